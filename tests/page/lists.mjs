// Long lists: only what is in sight is asked for; what comes in is told and
// moves nothing; a part of the name finds an account.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { browser, Company, pictures, Visitor } from "./fixture.mjs";

const COUNT = 3000;
const folder = pictures();
let company, type, node;

before(async () => {
  type = await browser();
  company = new Company();
  await company.serve();
  node = company.enrol("rep1", "沈一舟");
  const rows = Array.from({ length: COUNT }, (_, i) => `C${i},第${String(i).padStart(4, "0")}家`);
  const file = join(company.folder, "many.csv");
  writeFileSync(file, ["code,short_name", ...rows].join("\n"));
  node.run("import", "account", file, "--key", "code");
  await node.page();
});
after(async () => {
  await type?.close();
  await company?.close();
});

test("a list of thousands scrolls to its end with few rows in the page", async () => {
  const visitor = await new Visitor(type, node).open();
  const { page } = visitor;
  await visitor.go("#/account");
  await page.getByText(`共 ${COUNT} 条`).waitFor();
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  const began = Date.now();
  await page.getByText(`第${COUNT - 1}家`, { exact: true }).waitFor();
  console.log(`the end of ${COUNT} rows after ${Date.now() - began} ms`);
  assert.ok((await page.locator(".slot").count()) < 100);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test("news is told on a line, and nothing moves until it is tapped", async () => {
  const visitor = await new Visitor(type, node).open();
  const { page } = visitor;
  await visitor.go("#/account");
  const first = page.locator(".slot").first();
  const before = await first.innerText();
  const top = (await first.boundingBox()).y;
  node.run("account", "add", "--short-name", " 一家新的");
  const line = page.getByRole("button", { name: "1 条新的" });
  await line.waitFor();
  assert.equal(await first.innerText(), before);
  assert.equal(await page.getByText(`共 ${COUNT} 条`).count(), 1);
  assert.equal((await first.boundingBox()).y, top);
  await page.screenshot({ path: join(folder, "news-390-zh.png") });
  await line.click();
  await page.getByText(`共 ${COUNT + 1} 条`).waitFor();
  assert.equal(await line.count(), 0);
  await visitor.close();
});

test("a part of the name finds an account, to open or to log a visit at", async () => {
  const visitor = await new Visitor(type, node).open();
  const { page } = visitor;
  await visitor.go("#/search");
  await page.fill("input[type=search]", "第2718");
  await page.getByRole("link", { name: /第2718家/ }).click();
  await page.getByRole("heading", { name: "第2718家" }).waitFor();
  await visitor.go("#/visit/new");
  await page.fill("input[type=search]", "没有的");
  await page.getByText("没有客户名字里有它").waitFor();
  await page.fill("input[type=search]", "2900");
  await page.getByRole("button", { name: /第2900家/ }).click();
  await page.locator(".done-f").getByText("第2900家").waitFor();
  await visitor.close();
});

// What is done after a drawing is done late, on what is loaded from now on.
async function drawsSlowly(page) {
  await page.addInitScript(() => {
    const later = window.setTimeout.bind(window);
    const LATE = 1000;
    window.requestAnimationFrame = (call) => later(() => call(performance.now()), LATE);
    window.setTimeout = (call, ms, ...more) => later(call, Math.max(ms ?? 0, LATE), ...more);
  });
}

test("a screen whose file comes while it is drawn is shown", async () => {
  const visitor = await new Visitor(type, node).open();
  const { page } = visitor;
  const { id } = node.json("account", "list", "--limit", 1)[0];
  await drawsSlowly(page);
  await visitor.go(`#/account/${id}`);
  await page.reload();
  await visitor.ready();
  await page.locator(".tabs").waitFor();
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test("who goes on before the first screen is painted is taken there", async () => {
  const visitor = await new Visitor(type, node).open();
  const { page } = visitor;
  await drawsSlowly(page);
  // In the moment in which the first screen stands in the document.
  await page.addInitScript(() => {
    const goOn = new MutationObserver(() => {
      if (!document.querySelector("main")) return;
      goOn.disconnect();
      location.hash = "#/account";
    });
    goOn.observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  await page.locator(".slot").first().waitFor();
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});
