// Keys: listed, for moving, editing and undoing; never while somebody types.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { axe, browser, Company, needed, pictures, sample, Visitor } from "./fixture.mjs";

needed("axe-core");
const folder = pictures();
let company, type, node, ids;

before(async () => {
  type = await browser();
  company = new Company();
  await company.serve();
  node = company.enrol("rep1", "沈一舟");
  ids = sample(node);
  await node.page();
});
after(async () => {
  await type?.close();
  await company?.close();
});

const focused = (page) => page.evaluate(() => document.activeElement.textContent);
const hash = (page) => page.evaluate(() => location.hash);

for (const language of ["zh", "en"])
  test(`? lists the keys, ${language}`, async () => {
    const dark = language === "en";
    const visitor = await new Visitor(type, node, { width: 1280, height: 800, language, dark }).open();
    const { page } = visitor;
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog");
    await sheet.waitFor();
    for (const key of ["n", "/", "j", "k", "e", "z", "?"])
      assert.equal(await sheet.locator("kbd").getByText(key, { exact: true }).count(), 1, key);
    await page.screenshot({ path: join(folder, `keys-1280-${language}.png`) });
    await page.evaluate(readFileSync(axe(), "utf8"));
    const found = await page.evaluate(() => window.axe.run(document));
    assert.deepEqual(found.violations.map((one) => one.id), []);
    // No key but its own works behind it.
    await page.keyboard.press("n");
    assert.equal(await hash(page), "");
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "detached" });
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });

test("j and k walk a list, Enter opens, e edits, z undoes", async () => {
  const visitor = await new Visitor(type, node, { width: 1280, height: 800 }).open();
  const { page } = visitor;
  await visitor.go("#/account");
  await page.locator(".slot a.row, .slot .row").first().waitFor();
  await page.keyboard.press("j");
  const first = await focused(page);
  await page.keyboard.press("j");
  assert.notEqual(await focused(page), first);
  await page.keyboard.press("k");
  assert.equal(await focused(page), first);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /^#\/account\/./.test(location.hash));

  await visitor.go(`#/account/${ids.account}`);
  await page.keyboard.press("e");
  await page.waitForFunction(() => location.hash.endsWith("/file"));
  await page.locator(".fact").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  const field = page.locator("form.editor input");
  await field.fill("鑫澜njkez/?");
  // What is typed is text.
  await field.press("End");
  for (const key of ["n", "j", "k", "e", "z", "/", "?"]) await page.keyboard.press(key);
  assert.equal(await field.inputValue(), "鑫澜njkez/?njkez/?");
  assert.ok((await hash(page)).endsWith("/file"));
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.keyboard.press("Enter");
  await page.getByText("简称 已改").waitFor();
  assert.equal(node.json("account", "show", ids.account).short_name, "鑫澜njkez/?njkez/?");
  await page.locator("body").click({ position: { x: 600, y: 700 } });
  await page.keyboard.press("z");
  await page.getByText("已撤销").waitFor();
  assert.equal(node.json("account", "show", ids.account).short_name, "鑫澜");
  await page.keyboard.press("z");
  await page.getByText("没有可撤销的").waitFor();
  await page.keyboard.press("/");
  await page.waitForFunction(() => location.hash === "#/search");
  await page.locator("input[type=search]").waitFor();
  await page.locator("body").click({ position: { x: 700, y: 700 } });
  await page.keyboard.press("n");
  await page.waitForFunction(() => location.hash === "#/visit/new");
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});
