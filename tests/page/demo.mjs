// tools/demo ends with two links, of a rep and of the manager; behind each there
// is something to look at on every screen.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test, { after, before } from "node:test";
import { browser, needed, TOP, violations } from "./fixture.mjs";

needed("axe-core");
// The day that the demo tells of is not to end while it is looked at.
if (new Date().getHours() === 23) process.env.TZ = "Asia/Tokyo";
let type, demo, folder;
const links = [];

before(async () => {
  type = await browser();
  folder = mkdtempSync(join(process.env.TMPDIR ?? "/tmp", "rb-demo-"));
  demo = spawn(join(TOP, "tools/demo"), ["--wait"], {
    env: { ...process.env, TMPDIR: folder, LANG: "zh_CN.UTF-8", XDG_RUNTIME_DIR: folder },
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: demo.stdout })) {
    const link = / page (http:\S+)$/.exec(line)?.[1];
    if (link) links.push(link);
    if (links.length === 2) break;
  }
});
after(async () => {
  await type?.close();
  if (demo && demo.exitCode === null) {
    const ended = new Promise((resolve) => demo.once("exit", resolve));
    demo.stdin.end("\n");
    await ended;
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function open(link) {
  const context = await type.newContext({ locale: "zh-CN", viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (line) => {
    if (["error", "warning"].includes(line.type())) complaints.push(line.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(link);
  return { context, page, complaints };
}

async function see(page, place, words) {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, place);
  await page.getByText(words).first().waitFor();
  await page.waitForFunction(() => !document.querySelector(".skel"));
  assert.deepEqual(await violations(page), [], place);
}

test("the rep's link opens a day on the road", async () => {
  const { context, page, complaints } = await open(links[0]);
  await see(page, "#/today", "定三年框架的价格");
  await see(page, "#/today", "样品检验报告");
  await see(page, "#/account", "鑫澜");
  await see(page, "#/sync", "用我的");
  await see(page, "#/handover", "拓昱");
  await see(page, "#/device", "生成码");
  assert.equal(await page.locator('a[href="#/quarantine"]').count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the manager's link opens what came late, and the handover", async () => {
  const { context, page, complaints } = await open(links[1]);
  await see(page, "#/quarantine", "三号代表");
  await see(page, "#/quarantine", "tuoyu.example");
  await see(page, "#/handover", "拓昱");
  await page.locator(".card.ho", { hasText: "拓昱" }).click();
  await page.getByText("补一份噪声报告").first().waitFor();
  await see(page, "#/sync", "锐砚");
  assert.deepEqual(complaints, []);
  await context.close();
});
