// Somebody leaves: what came late is decided on, and what was handed over is
// followed, by a manager and by who takes over.
import assert from "node:assert/strict";
import { join } from "node:path";
import test, { after, before } from "node:test";
import {
  browser, Company, day, fits, lookName, looks, needed, pictures, sample, Visitor,
} from "./fixture.mjs";

needed("axe-core");
let company, type, leaver, follower, boss, ids, handover;

before(async () => {
  type = await browser();
  company = new Company();
  await company.serve();
  leaver = company.enrol("rep1", "陶知远");
  follower = company.enrol("rep2", "沈一舟");
  boss = company.enrol("boss", "顾明岚", "east", "manager");
  ids = sample(leaver);
  for (const node of [leaver, follower, boss]) node.run("sync");
  // What head office does not have when he leaves.
  leaver.run("account", "set", ids.account, "--website", "xinlan.example",
    "--phones", "10000009999");
  leaver.run("account", "set", ids.account, "--industry", "equipment");
  const visit = leaver.json("visit", "add", "--account", ids.account, "--contacts", ids.luo,
    "--visited-on", day(-1), "--status", "done", "--goal", "最后一次拜访，交钥匙").id;
  leaver.run("visit", "note", visit, "--kind", "promise", "--text", "月底前补一份备件清单");
  company.hub.run("hub", "offboard", "rep1", "--to", "rep2", "--reason", "resigned");
  assert.throws(() => leaver.run("sync"));
  for (const node of [follower, boss]) node.run("sync");
  handover = boss
    .json("handover", "list")
    .find((one) => one.account_id === ids.account);
  await boss.page();
  await follower.page();
});
after(async () => {
  await type?.close();
  await company?.close();
});

for (const look of looks)
  test(`what a manager sees at ${lookName(look)}`, async () => {
    const visitor = await new Visitor(type, boss, look).open();
    const late = boss.json("quarantine", "list");
    const screens = {
      quarantine: "#/quarantine",
      late: `#/quarantine/${late[0].id}`,
      handovers: "#/handover",
      handover: `#/handover/${handover.id}`,
      "manager-settings": "#/more",
    };
    for (const [name, place] of Object.entries(screens)) {
      await visitor.go(place);
      await fits(visitor.page, name, look);
    }
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });

test("who follows reads the brief, and sees no quarantine", async () => {
  for (const look of [looks[0], looks[5]]) {
    const visitor = await new Visitor(type, follower, look).open();
    const { page } = visitor;
    await visitor.go("#/more");
    assert.equal(await page.locator('a[href="#/quarantine"]').count(), 0);
    await visitor.go("#/handover");
    await fits(page, "follower-handovers", look);
    await page.locator(".card.ho", { hasText: "鑫澜" }).click();
    await page.getByText("罗素秋").first().waitFor();
    await page.getByText("账期方案：60 天改 45 天").first().waitFor();
    // The checks are the manager's to write.
    assert.equal(await page.getByRole("button", { name: /记下|Write down/ }).count(), 0);
    await fits(page, "follower-handover", look);
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  }
});

test("a handover prints as a page of its own", async () => {
  const visitor = await new Visitor(type, boss, { width: 794, height: 1123 }).open();
  const { page } = visitor;
  await visitor.go(`#/handover/${handover.id}`);
  await page.emulateMedia({ media: "print" });
  for (const hidden of [".side", ".tabbar", ".noprint", ".head .tools"])
    assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
  await page.getByText("账期方案：60 天改 45 天").first().waitFor();
  await page.screenshot({ path: join(pictures(), "handover-print.png"), fullPage: true });
  await visitor.close();
});

test("a manager writes down what the check after 30 days came to", async () => {
  const visitor = await new Visitor(type, boss).open();
  const { page } = visitor;
  await visitor.go(`#/handover/${handover.id}`);
  await page.getByRole("button", { name: "记下" }).first().click();
  await page.getByLabel("备注").fill("两位都见过");
  await page.getByRole("button", { name: "存下" }).click();
  await page.getByText("两位都见过").waitFor();
  const checks = boss.json("handover", "show", handover.id).checks;
  assert.deepEqual([checks.length, checks[0].day, checks[0].note], [1, 30, "两位都见过"]);
  // Written once more it replaces what stood there.
  await page.getByRole("button", { name: "改", exact: true }).click();
  await page.getByLabel("备注").fill("再看一次");
  await page.getByRole("button", { name: "存下" }).click();
  await page.getByText("再看一次").waitFor();
  const again = boss.json("handover", "show", handover.id).checks;
  assert.deepEqual(again.map((one) => one.note), ["再看一次"]);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test("some is taken in, and the rest left out with a reason", async () => {
  const visitor = await new Visitor(type, boss).open();
  const { page } = visitor;
  await visitor.go("#/quarantine");
  const before = boss.json("quarantine", "list");
  assert.equal(before.length, 4);
  const [first] = before;
  await page.locator(`a[href="#/quarantine/${first.id}"]`).click();
  await page.getByText("xinlan.example").waitFor();
  await page.getByText("现在是").first().waitFor();
  await page.locator("a.back").click();
  // All but one.
  await page.getByRole("checkbox").nth(1).click();
  await page.getByRole("button", { name: "收下 3 条" }).click();
  await page.getByText("收下了 3 条").waitFor();
  assert.deepEqual(boss.json("account", "show", ids.account).website, ["xinlan.example"]);
  await page.getByRole("button", { name: "退回 1 条" }).click();
  await page.getByLabel("为什么退回，会留在记录里").fill("行业没有变");
  await page.getByRole("button", { name: "退回 1 条" }).click();
  await page.getByText("没有晚到的").waitFor();
  const all = boss.json("quarantine", "list", "--all");
  assert.deepEqual(all.map((one) => one.decision).sort(), [
    "accepted", "accepted", "accepted", "rejected",
  ]);
  assert.equal(all.find((one) => one.decision === "rejected").reason, "行业没有变");
  assert.equal(boss.json("account", "show", ids.account).industry, "auto_parts");
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});
