// What the page's tests stand on: a hub and nodes in a temporary folder, real
// processes, and Debian's Chromium. Everything that was started is ended by its
// own handle. Skipped (77) where there is no browser or no playwright-core.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const TOP = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const UI = join(TOP, "client/page/ui");
export const PICTURES = process.env.ROADBOOK_PICTURES ?? "page-pictures";
// Holds each answer back for so long: what a test did not wait for, it misses.
const SLOW_MS = Number(process.env.ROADBOOK_SLOW_MS ?? 0);
const PROGRAM = process.env.ROADBOOK ?? join(TOP, "build/release/roadbook");
const require = createRequire(join(UI, "package.json"));

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(77);
}

export function needed(name) {
  try {
    return require(name);
  } catch {
    return skip(`no ${name}: tools/setup --tests installs it`);
  }
}

export const axe = () => require.resolve("axe-core/axe.min.js");

function chromium() {
  const path = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  return path ?? skip("no chromium: tools/setup --tests installs it");
}

export async function browser() {
  const { chromium: type } = needed("playwright-core");
  return type.launch({
    executablePath: chromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--lang=en-US",
    ],
  });
}

export class Node {
  constructor(company, name) {
    this.company = company;
    this.name = name;
    this.dir = join(company.folder, name);
  }

  // Runs a command; what it prints, decoded where it is JSON.
  run(...args) {
    const done = spawnSync(PROGRAM, ["--dir", this.dir, ...args.map(String)], {
      env: this.company.env,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    if (done.status !== 0)
      throw new Error(`roadbook ${args.join(" ")}: ${done.status}\n${done.stderr}`);
    return args.includes("--json") ? JSON.parse(done.stdout) : done.stdout.trim();
  }

  json(...args) {
    return this.run(...args, "--json");
  }

  // Starts serving; the lines up to the one that begins so.
  async serve(words, until) {
    this.process = spawn(PROGRAM, ["--dir", this.dir, ...words], {
      env: this.company.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.company.started.push(this.process);
    for await (const line of createInterface({ input: this.process.stdout }))
      if (line.startsWith(until)) return line.slice(until.length).trim();
    throw new Error(`${words.join(" ")} ended`);
  }

  async page(port = 0) {
    this.link = await this.serve(["serve", "--http", `127.0.0.1:${port}`], "page ");
    this.port = Number(new URL(this.link).port);
    return this.link;
  }

  // A fresh link that opens the page.
  open() {
    return this.json("open").link;
  }

  async stop(signal = "SIGTERM") {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill(signal);
    await ended;
  }
}

export class Company {
  constructor() {
    this.folder = mkdtempSync(join(process.env.TMPDIR ?? "/tmp", "rb-page-"));
    this.started = [];
    this.env = {
      PATH: process.env.PATH,
      HOME: this.folder,
      XDG_RUNTIME_DIR: this.folder,
      TMPDIR: this.folder,
      LANG: "C.UTF-8",
      TZ: process.env.TZ ?? "Asia/Shanghai",
    };
    this.hub = new Node(this, "hub");
    this.hub.run("hub", "init", "--company", "云泽泓策", "--no-encrypt");
    this.hub.run("hub", "territory", "add", "east/linxi");
  }

  async serve() {
    this.url = await this.hub.serve(
      ["hub", "serve", "--listen", this.url ?? "tcp://127.0.0.1:0"],
      "listening ",
    );
  }

  enrol(login, name, territory = "east/linxi", role = "rep") {
    this.hub.run("hub", "user", "add", login, "--name", name);
    const token = this.hub.run(
      "hub", "invite", login, "--territory", territory, "--role", role, "--url", this.url,
    );
    const node = new Node(this, login);
    node.run("init", token, "--no-encrypt");
    return node;
  }

  async close() {
    for (const process of this.started)
      if (process.exitCode === null && process.signalCode === null) {
        const ended = new Promise((resolve) => process.once("exit", resolve));
        process.kill("SIGKILL");
        await ended;
      }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// ---- a page in a browser ----

// What a browser complained about, of pages that are made by `open`.
export class Visitor {
  constructor(type, node, options = {}) {
    Object.assign(this, { type, node, options, complaints: [] });
  }

  async open() {
    const { width = 390, height = 844, language = "zh", dark = false } = this.options;
    this.context = await this.type.newContext({
      viewport: { width, height },
      locale: language === "zh" ? "zh-CN" : "en-GB",
      colorScheme: dark ? "dark" : "light",
      timezoneId: this.node.company.env.TZ,
      reducedMotion: "reduce",
    });
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(60000);
    const complain = (text) => this.complaints.push(text);
    this.page.on("console", (line) => {
      if (line.type() === "error" || line.type() === "warning") complain(line.text());
    });
    this.page.on("pageerror", (error) => complain(String(error)));
    this.page.on("dialog", (dialog) => {
      complain(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    // Nothing is asked of any other host.
    this.page.on("request", (request) => {
      const { host, protocol } = new URL(request.url());
      if (protocol !== "data:" && host !== `127.0.0.1:${this.node.port}`)
        complain(`a request to ${request.url()}`);
    });
    if (SLOW_MS)
      await this.context.route("**/api/**", async (asked) => {
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        await asked.continue().catch(() => undefined); // who left asks no more
      });
    await this.page.goto(this.node.open());
    await this.ready();
    return this;
  }

  // Goes to a screen and waits until all of it is there.
  async go(place) {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, place);
    await this.ready();
  }

  async ready() {
    await this.page.waitForFunction(
      () => document.querySelector("main, .sheet main") && !document.querySelector(".skel"),
    );
  }

  // Drops the visit that is being written, once the page has kept it: a draft
  // that is kept later would be there again.
  async dropDraft() {
    await this.page.waitForSelector(".sheet [role=status] svg");
    await this.page.evaluate(() => fetch("/api/draft/visit", { method: "DELETE" }));
  }

  async close() {
    await this.context.close();
  }
}

// ---- sample data: invented people, as all of tools/sample ----

const two = (n) => String(n).padStart(2, "0");

// A day from today on, and a moment of it, in the zone of the tests.
export function day(days = 0) {
  const at = new Date(Date.now() + days * 86400000);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function sample(node) {
  const accounts = join(TOP, "tools/sample/accounts.csv");
  node.run(
    "import", "account", accounts, "--key", "客户编号", "--map", "客户简称=short_name",
    "--map", "客户全称=legal_name", "--map", "统一社会信用代码=uscc", "--map",
    "行业=industry", "--map", "电话=phones",
  );
  node.run("import", "contact", join(TOP, "tools/sample/contacts.csv"));
  const account = node.json("account", "show", "鑫澜").id;
  const person = (name, title, level, phone) =>
    node.json(
      "contact", "add", "--account", account, "--name", name, "--title", title,
      "--level", level, "--mobiles", phone,
    ).id;
  const luo = person("罗素秋", "采购总监", "mgmt", "10000002001");
  const shao = person("邵一鸣", "技术中心主任", "mgmt", "10000002002");
  const he = person("贺知微", "质量部长", "mgmt", "10000002003");
  const han = person("韩景行", "总经理", "exec", "10000002004");
  const rate = (who, level, ...more) =>
    node.run("contact", "rate", who, "--level", level, ...more);
  rate(luo, "CR1", "--evidence", "替我们在采购会上说话");
  rate(luo, "K5", "--evidence", "只和我们谈二期");
  rate(shao, "CR2", "--evidence", "主动约我们看现场");
  rate(shao, "K3");
  rate(he, "CR3");
  rate(he, "K2");
  rate(han, "CR4", "--competitor", "澄锋");
  rate(han, "K1");
  const role = (who, code) => node.run("contact", "set", who, "--key-role", code);
  role(han, "KDM");
  for (const one of [luo, shao, he]) role(one, "KI");
  const link = (from, to, kind, formal) =>
    node.json("contact_link", "add", "--contact", from, "--to-contact", to, "--kind", kind,
      "--formal", formal, "--confidence", "3").id;
  link(luo, han, "reports_to", "yes");
  link(shao, han, "influences", "no");
  link(he, han, "reports_to", "yes");
  node.run("intel", "add", "--account", account, "--category", "challenge_supplier", "--text",
    "澄锋在二期线上报价低 6%，交期晚三周。", "--observed-on", day(-12), "--source", "visit");
  const visit = (of, ...fields) => node.json("visit", "add", "--account", of, ...fields).id;
  const note = (id, kind, text) =>
    node.run("visit", "note", id, "--kind", kind, "--text", text);
  const call = visit(account, "--type", "call", "--status", "done", "--visited-on", day(-3),
    "--contacts", shao, "--result", "continued");
  note(call, "fact", "邵一鸣：疲劳数据缺 200 万次那一组。");
  const seen = visit(account, "--status", "done", "--visited-on", day(-12), "--contacts", luo,
    "--contacts", shao, "--result", "advanced", "--goal", "谈二期线的价格",
    "--customer-commitment", `二期图纸终版,due_on=${day(4)}`);
  note(seen, "quote", "二期线的价，月底前必须定下来。");
  note(seen, "fact", "澄锋报价低 6%，交期晚三周。");
  note(seen, "promise", "盐雾试验报告");
  const others = node.json("account", "list").filter((one) => one.id !== account);
  const now = new Date();
  const at = (hours) => {
    const moment = new Date(now.getFullYear(), now.getMonth(), now.getDate(), hours, 20);
    return moment.toISOString();
  };
  visit(others[0].id, "--status", "done", "--visited-on", day(0), "--result", "advanced",
    "--started-at", at(0), "--goal", "样品周五送到");
  visit(account, "--status", "planned", "--planned-start", at(22), "--contacts", luo,
    "--contacts", shao, "--goal", "交报告，定二期报价范围");
  visit(others[1].id, "--status", "planned", "--planned-start", at(23), "--goal", "催收");
  visit(others[2].id, "--status", "done", "--visited-on", day(-26), "--next-contact-by", day(-5));
  visit(others[3].id, "--status", "done", "--visited-on", day(-20), "--next-contact-by", day(1));
  node.run("action", "add", "--account", account, "--title", "账期方案：60 天改 45 天",
    "--owed-by", "us", "--status", "open", "--due-on", day(-2));
  return { account, luo, shao, he, han };
}

export function pictures() {
  mkdirSync(PICTURES, { recursive: true });
  return PICTURES;
}

// ---- every screen in every look ----

// Each of these in the other light, too: fits() turns it.
export const looks = [
  { width: 390, height: 844, language: "zh" },
  { width: 390, height: 844, language: "en", dark: true },
  { width: 768, height: 1024, language: "zh", dark: true },
  { width: 768, height: 1024, language: "en" },
  { width: 1280, height: 800, language: "zh" },
  { width: 1280, height: 800, language: "en", dark: true },
];

export const lookName = (look) =>
  `${look.width} px, ${look.language}, ${look.dark ? "dark" : "light"}`;

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

export async function violations(page, runOnly = TAGS) {
  // The policy forbids the page to load it: it comes from outside.
  if (!(await page.evaluate(() => "axe" in window)))
    await page.evaluate(readFileSync(axe(), "utf8"));
  const found = await page.evaluate(
    (only) => window.axe.run(document, { runOnly: only, resultTypes: ["violations"] }),
    runOnly,
  );
  return found.violations.map(
    (one) => `${one.id}: ${one.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`,
  );
}

const PHONE = 390;
const SMALLEST = 360;

async function isNotTooWide(page, name) {
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
}

// The screen that is shown fits, and axe finds nothing, in this light and in the
// other, where nothing but colours differs; a picture is kept.
export async function fits(page, name, look) {
  await page.screenshot({
    path: join(pictures(), `${name}-${look.width}-${look.language}${look.dark ? "-dark" : ""}.png`),
    fullPage: look.width < 1000,
  });
  await isNotTooWide(page, name);
  if (look.width === PHONE) {
    await page.setViewportSize({ width: SMALLEST, height: look.height });
    await isNotTooWide(page, `${name}, on the smallest phone,`);
    await page.setViewportSize({ width: look.width, height: look.height });
  }
  assert.deepEqual(await violations(page), [], name);
  const scheme = (dark) => page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
  await scheme(!look.dark);
  const colours = await violations(page, ["color-contrast"]);
  await scheme(look.dark);
  assert.deepEqual(colours, [], `${name}, in the other light`);
}
