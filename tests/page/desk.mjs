// What is not with head office, where it is, and what may be taken back; other
// devices and addresses; and what is shown to whom the page does not let in.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import {
  browser, Company, day, fits, lookName, looks, needed, Node, sample, violations, Visitor,
} from "./fixture.mjs";

needed("axe-core");
let company, type, rep, colleague, ids, visit;

before(async () => {
  type = await browser();
  company = new Company();
  await company.serve();
  rep = company.enrol("rep1", "沈一舟");
  colleague = company.enrol("rep2", "叶青禾");
  ids = sample(rep);
  rep.run("sync");
  colleague.run("sync");
  const set = (who, ...words) => who.run("account", "set", ids.account, ...words);
  set(rep, "--legal-name", "临溪鑫澜汽车部件股份有限公司", "--position", "leading");
  set(colleague, "--legal-name", "临溪鑫澜汽车零部件集团有限公司", "--position", "medium");
  set(rep, "--uscc", "91990101MA00010184");
  set(colleague, "--uscc", "91990101MA00010192");
  colleague.run("sync");
  rep.run("sync");
  await company.hub.stop();
  // One is with a colleague, two are here only.
  rep.run("contact", "set", ids.luo, "--title", "采购副总监");
  const address = await colleague.serve(["serve", "--listen", "tcp://127.0.0.1:0"], "listening ");
  rep.run("sync", address);
  await colleague.stop();
  visit = rep.json("visit", "add", "--account", ids.account, "--status", "done",
    "--visited-on", day(), "--goal", "看二期现场", "--contacts", ids.luo).id;
  rep.run("account", "set", ids.account, "--industry", "equipment");
  await rep.page();
});
after(async () => {
  await type?.close();
  await company?.close();
});

for (const look of looks)
  test(`sync and devices at ${lookName(look)}`, async () => {
    const visitor = await new Visitor(type, rep, look).open();
    const { page } = visitor;
    await visitor.go("#/sync");
    await page.locator(".outbox .row").nth(2).waitFor();
    await fits(page, "sync-waiting", look);
    // The second conflict is a line until it is tapped.
    assert.equal(await page.locator(".cf").count(), 1);
    await visitor.go("#/device");
    await page.locator("#new-address").waitFor();
    await fits(page, "devices-offline", look);
    await visitor.go("#/more");
    await fits(page, "settings-all", look);
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });

test("it says where each change is, and takes back what has not left", async () => {
  const visitor = await new Visitor(type, rep).open();
  const { page } = visitor;
  await visitor.go("#/sync");
  await page.getByText("已在叶青禾的设备上").waitFor();
  assert.equal(await page.getByRole("button", { name: /^撤回：/ }).count(), 2);
  await page.getByRole("button", { name: /^撤回：鑫澜.*|^撤回：临溪.*/ }).click();
  await page.getByText("已撤回").waitFor();
  assert.equal(rep.json("account", "show", ids.account).industry, "auto_parts");
  await page.getByRole("button", { name: /^撤回：拜访/ }).click();
  await page.getByText("之后已改写").first().waitFor();
  assert.equal(rep.json("visit", "show", visit).archived, true);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test("a visit says where it is: only here, or with a colleague, too", async () => {
  const visitor = await new Visitor(type, rep).open();
  const { page } = visitor;
  await visitor.go(`#/visit/new/${ids.account}`);
  await page.locator(".sheet textarea").first().fill("图纸收到了");
  await page.getByRole("button", { name: "存下" }).click();
  const mark = page.locator(".ev .mk-txt");
  await mark.filter({ hasText: "仅本机" }).waitFor();
  const address = await colleague.serve(["serve", "--listen", "tcp://127.0.0.1:0"], "listening ");
  rep.run("sync", address);
  await mark.filter({ hasText: "已在叶青禾的设备上" }).waitFor();
  await colleague.stop();
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test("a promise that was given no status is open, and so again when it is taken back", async () => {
  const { id } = rep.json("action", "add", "--account", ids.account, "--title", "寄旧样件",
    "--owed-by", "us");
  const visitor = await new Visitor(type, rep).open();
  const { page } = visitor;
  await visitor.go("#/today");
  const tick = page.getByRole("button", { name: "了结：寄旧样件" });
  await tick.click();
  await page.getByText("了结一件").waitFor();
  assert.equal(rep.json("action", "show", id).status, "done");
  await page.getByRole("button", { name: "撤销" }).click();
  await page.getByText("已撤销").waitFor();
  await tick.waitFor();
  assert.equal(rep.json("action", "show", id).status ?? null, null);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test("a second device comes in by a code, which head office has to make", async () => {
  const visitor = await new Visitor(type, rep).open();
  const { page } = visitor;
  await visitor.go("#/device");
  await page.getByRole("button", { name: "生成码" }).click();
  // Head office is away: said in place, until it is closed.
  await page.getByText("没有码").waitFor();
  await page.locator(".enrol").getByRole("button", { name: "关闭" }).click();
  await company.serve();
  // It is found again by itself, after a wait; the first code says that it was.
  for (;;)
    try {
      rep.json("device", "invite");
      break;
    } catch (error) {
      assert.match(String(error), /"unreachable"/);
    }
  const made = page.waitForResponse("**/api/invitation");
  await page.getByRole("button", { name: "生成码" }).click();
  const { token } = await (await made).json();
  await page.locator("svg.qr").waitFor();
  await page.getByText("等那边扫码…").waitFor();
  for (const look of [looks[0], looks[4]]) {
    await page.setViewportSize({ width: look.width, height: look.height });
    await fits(page, "devices-code", look);
  }
  // It may be taken back: then nobody gets in by it.
  await page.getByRole("button", { name: "收回" }).click();
  await page.getByText("已收回").waitFor();
  assert.equal(await page.locator("svg.qr").count(), 0);
  assert.throws(
    () => new Node(company, "late").run("init", token, "--no-encrypt"),
    /--no-encrypt: 5\n/, // refused
  );
  const remade = page.waitForResponse("**/api/invitation");
  await page.getByRole("button", { name: "生成码" }).click();
  const { token: another } = await (await remade).json();
  await page.locator("svg.qr").waitFor();
  // Devices stand in the order of their ids: the new one may be anywhere.
  await page.route("**/api/device", async (route) => {
    const answer = await route.fetch();
    const devices = await answer.json();
    const isNew = (one) => one.name === "沈一舟的手机";
    await route.fulfill({ response: answer, json: [...devices.filter(isNew), ...devices.filter((one) => !isNew(one))] });
  });
  const phone = new Node(company, "phone");
  phone.run("init", another, "--no-encrypt", "--name", "沈一舟的手机");
  phone.run("sync");
  await page.getByText("沈一舟的手机 已入网").waitFor();
  assert.equal(await page.locator("svg.qr").count(), 0);
  // The refusal above was asked for.
  assert.deepEqual(visitor.complaints.filter((one) => !one.includes("502")), []);
  await visitor.close();
});

test("an address that was added is dialled, and stays", async () => {
  const visitor = await new Visitor(type, rep, { width: 1280, height: 800 }).open();
  const { page } = visitor;
  await visitor.go("#/device");
  await page.fill("#new-address", "0.0.0.0:1");
  await page.getByRole("button", { name: "加上", exact: true }).click();
  await page.locator(".note.bad").waitFor();
  visitor.complaints.length = 0; // the browser tells of the refusal, too
  await page.fill("#new-address", "colleague.example:7447");
  await page.getByRole("button", { name: "加上", exact: true }).click();
  await page.getByText("tcp://colleague.example:7447").waitFor();
  const urls = rep.json("address", "list").filter((one) => one.own);
  assert.deepEqual(urls, [{ url: "tcp://colleague.example:7447", own: true }]);
  await page.getByRole("button", { name: "去掉 tcp://colleague.example:7447" }).click();
  await page.getByText("tcp://colleague.example:7447").waitFor({ state: "detached" });
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test("who is not let in is told what to do, in both languages", async () => {
  const link = rep.open();
  const context = await type.newContext();
  const page = await context.newPage();
  await page.goto(link);
  const other = await (await type.newContext()).newPage();
  for (const address of [link, new URL("/", link).href]) {
    await other.goto(address);
    const text = await other.locator("main").innerText();
    assert.match(text, /roadbook open/);
    assert.match(text, /[\u3400-\u9fff]/);
    assert.match(text, /link/);
    assert.deepEqual(await violations(other), []);
  }
  await context.close();
  await other.context().close();
});

test("a node that stopped is told in place, and the words come back with it", async () => {
  const visitor = await new Visitor(type, rep).open();
  const { page } = visitor;
  await visitor.go("#/sync");
  const port = rep.port;
  await rep.stop();
  await page.getByText("路书没在运行").first().waitFor();
  await rep.page(port);
  await page.getByText("路书没在运行").first().waitFor({ state: "detached" });
  await visitor.close();
});
