// What a screen says while it waits, when something went wrong and when there
// is nothing; and what it looks like with far too much. A picture of each.
import assert from "node:assert/strict";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { browser, Company, day, pictures, sample, Visitor } from "./fixture.mjs";

const folder = pictures();
let company, type, node, bare, ids, full;

const LONG = "临溪市经济技术开发区鑫澜汽车零部件及新能源动力系统精密制造（集团）股份有限公司北屿分公司第二事业部";
const TITLE = "集团副总裁兼新能源动力系统精密制造事业部采购与供应链管理中心总监";
const NOTE = "他说价格必须在月底之前定下来，否则集团会启动第二轮比价。".repeat(40);
const WORD = "Supercalifragilistic".repeat(12);

// An account with more of everything than anybody needs.
function fill(node) {
  const account = node.json("account", "add", "--short-name", LONG.slice(0, 30), "--legal-name",
    LONG + LONG, "--website", `https://${WORD}.example`).id;
  const roles = ["KDM", "KI", "KU", "GATE", "COACH", "SPONSOR"];
  const levels = ["exec", "mgmt", "working"];
  const people = Array.from({ length: 13 }, (_, i) =>
    node.json("contact", "add", "--account", account, "--name",
      i % 4 === 0 ? `欧阳${"慕容".repeat(6)}${i}` : i % 4 === 1 ? `Maximiliane Wolfeschlegelstein ${i}` : `人${i}`,
      ...(i % 2 ? ["--title", TITLE] : []), "--level", levels[i % 3], "--key-role", roles[i % 6],
      "--mobiles", "10000003001").id);
  people.forEach((one, i) => {
    node.run("contact", "rate", one, "--level", `CR${(i % 5) + 1}`, "--evidence", NOTE.slice(0, 300),
      ...(i % 5 === 3 ? ["--competitor", "赫砾供应链股份有限公司"] : []));
    node.run("contact", "rate", one, "--level", `K${(i % 5) + 1}`, "--evidence", WORD);
    if (i)
      node.run("contact_link", "add", "--contact", one, "--to-contact", people[(i * 5) % i],
        "--kind", ["reports_to", "influences", "ally", "opposes"][i % 4], "--formal", i % 2 ? "yes" : "no");
  });
  const visit = node.json("visit", "add", "--account", account, "--status", "done", "--visited-on",
    day(-1), "--goal", NOTE.slice(0, 400), "--result", "regressed",
    ...people.flatMap((one) => ["--contacts", one])).id;
  node.run("visit", "note", visit, "--kind", "quote", "--text", NOTE);
  node.run("visit", "note", visit, "--kind", "fact", "--text", WORD);
  node.run("action", "add", "--account", account, "--title", NOTE.slice(0, 200), "--owed-by", "us",
    "--due-on", day(-400), "--contacts", people[0]);
  node.run("action", "add", "--account", account, "--title", WORD, "--owed-by", "customer");
  const at = new Date();
  at.setHours(23, 50, 0);
  node.run("visit", "add", "--account", account, "--status", "planned", "--planned-start",
    at.toISOString(), "--goal", NOTE.slice(0, 200), "--contacts", people[0], "--contacts", people[1]);
  return { account, person: people[1] };
}

before(async () => {
  type = await browser();
  company = new Company();
  company.hub.run("hub", "territory", "add", "west/hexi");
  await company.serve();
  node = company.enrol("rep1", "沈一舟");
  bare = company.enrol("rep9", "陶知远", "west/hexi");
  ids = sample(node);
  full = fill(node);
  node.run("sync");
  await node.page();
  await bare.page();
});
after(async () => {
  await type?.close();
  await company?.close();
});

const shot = (visitor, name) =>
  visitor.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });

async function fits(page, name) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
}

const screens = () => ({
  today: "#/today",
  account: `#/account/${ids.account}`,
  brief: `#/account/${ids.account}/brief`,
  history: `#/account/${ids.account}/history`,
  contact: `#/contact/${ids.luo}`,
});

const told = {
  zh: { today: "先给你客户和电话", account: "时间线从近到远", again: "再试" },
  en: { today: "Accounts and phones first", account: "Timeline, newest first", again: "Try again" },
};

for (const language of ["zh", "en"])
  test(`every screen says that it waits, and what went wrong, ${language}`, async () => {
    const visitor = await new Visitor(type, node, { language, dark: language === "en" }).open();
    const { page } = visitor;
    const isAsked = (url) => /\/api\/(read|account|contact|due)/.test(url.pathname);
    const error = { code: "failed", message: "node.db: disk I/O error", hint: "roadbook verify" };
    const fail = (route) => route.fulfill({ status: 500, json: { error } });
    let way = (route) => route.continue();
    await page.route(isAsked, (route) => way(route));
    // No event mends the screen before its button does.
    await page.route("**/api/events", () => undefined);
    for (const [name, place] of Object.entries(screens())) {
      // The answer does not come.
      const held = [];
      way = (route) => void held.push(route);
      await page.goto("about:blank");
      await page.goto(`http://127.0.0.1:${node.port}/${place}`);
      await page.locator(".skel").first().waitFor();
      if (told[language][name]) await page.getByText(told[language][name]).waitFor();
      await shot(visitor, `loading-${name}-${language}`);
      await fits(page, name);
      // It comes, and is an error.
      way = fail;
      for (const one of held) await fail(one);
      const note = page.locator("main .note.bad").last();
      await note.getByText("disk I/O error").first().waitFor();
      await note.getByText(/roadbook verify · HTTP 500/).first().waitFor();
      await shot(visitor, `error-${name}-${language}`);
      await fits(page, name);
      // It stays, and trying again helps.
      way = (route) => route.continue();
      await note.getByRole("button", { name: told[language].again }).click();
      await page.waitForFunction(
        () => !document.querySelector(".skel") && document.querySelector("main .card"),
      );
    }
    await visitor.close();
  });

for (const [language, words] of Object.entries({
  zh: ["今天没有排拜访。看看该见谁", "还没有拜访。第一条由你写", "还没有联系人，写个姓名就行"],
  en: ["Nothing planned today. See who is due", "No visits yet; write the first", "No contacts yet; a name will do"],
}))
  for (const width of [390, 1280])
    test(`nothing there yet, ${language}, ${width} px`, async () => {
      const visitor = await new Visitor(type, bare, { width, height: 844, language }).open();
      const { page } = visitor;
      const name = (what) => `empty-${what}-${width}-${language}`;
      await visitor.go("#/today");
      await shot(visitor, name("today"));
      for (const place of ["account", "contact"]) {
        await visitor.go(`#/${place}`);
        await shot(visitor, name(`${place}s`));
      }
      const one = bare.json("account", "add", "--short-name", "新客户").id;
      await visitor.go(`#/account/${one}`);
      await page.getByText(words[1]).waitFor();
      await page.getByText(words[2]).waitFor();
      await shot(visitor, name("account"));
      await fits(page, "account");
      for (const tab of ["timeline", "people", "brief"]) {
        await visitor.go(`#/account/${one}/${tab}`);
        await shot(visitor, name(tab));
        await fits(page, tab);
      }
      await visitor.go(`#/visit/new/${one}`);
      await page.getByText(words[2]).waitFor();
      await shot(visitor, name("visit"));
      await visitor.dropDraft();
      bare.run("account", "archive", one);
      await visitor.go(`#/account/${one}`);
      await page.getByText(language === "zh" ? "已归档" : "Archived").first().waitFor();
      await shot(visitor, name("archived"));
      await visitor.go("#/today");
      await page.getByText(words[0]).first().waitFor();
      assert.deepEqual(visitor.complaints, []);
      await visitor.close();
    });

for (const look of [
  { width: 390, height: 844, language: "zh" },
  { width: 768, height: 1024, language: "en", dark: true },
  { width: 1280, height: 800, language: "zh" },
])
  test(`long names and long notes, ${look.width} px`, async () => {
    const visitor = await new Visitor(type, node, look).open();
    const { page } = visitor;
    const places = {
      today: "#/today",
      account: `#/account/${full.account}`,
      timeline: `#/account/${full.account}/timeline`,
      brief: `#/account/${full.account}/brief`,
      file: `#/account/${full.account}/file`,
      history: `#/account/${full.account}/history`,
      contact: `#/contact/${full.person}`,
      visit: `#/visit/new/${full.account}`,
      accounts: "#/account",
    };
    for (const [name, place] of Object.entries(places)) {
      await visitor.go(place);
      if (name === "visit") await page.waitForSelector(".chip.person");
      await shot(visitor, `long-${name}-${look.width}`);
      await fits(page, name);
      // No text runs out of its box, and no node over another.
      const out = await page.evaluate(() =>
        [...document.querySelectorAll("main .card, .node, .chip, .fig, .row")]
          .filter((box) => box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX === "visible")
          .map((box) => `${box.className}: ${box.textContent.slice(0, 40)}`));
      assert.deepEqual(out, [], name);
      if (name === "visit") await visitor.dropDraft();
    }
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });
