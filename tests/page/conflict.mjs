// Two browsers on two nodes write the same field; one tap settles it for both.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { browser, Company, Visitor } from "./fixture.mjs";

let company, type, a, b, id;

before(async () => {
  type = await browser();
  company = new Company();
  await company.serve();
  a = company.enrol("rep1", "沈一舟");
  b = company.enrol("rep2", "叶青禾");
  id = a.json("account", "add", "--short-name", "鑫澜", "--legal-name", "临溪鑫澜有限公司").id;
  a.run("sync");
  b.run("sync");
  await company.hub.stop();
  await a.page();
  await b.page();
});
after(async () => {
  await type?.close();
  await company?.close();
});

async function edit(visitor, words) {
  const { page } = visitor;
  await visitor.go(`#/account/${id}/file`);
  await page.getByRole("button", { name: "改 企业全称" }).click();
  await page.getByRole("textbox", { name: "企业全称" }).fill(words);
  await page.getByRole("button", { name: "存下" }).click();
  await page.getByText("企业全称 已改").waitFor();
}

test("both values stand, and one tap settles them everywhere", async () => {
  const here = await new Visitor(type, a).open();
  const there = await new Visitor(type, b, { width: 1280, height: 800 }).open();
  await edit(here, "临溪鑫澜股份有限公司");
  await edit(there, "临溪鑫澜集团有限公司");
  await company.serve();
  a.run("sync");
  b.run("sync");
  a.run("sync");
  await here.go("#/sync");
  await there.go("#/sync");
  const card = there.page.locator(".cf");
  await card.getByText("临溪鑫澜股份有限公司").first().waitFor();
  await here.page.getByText("沈一舟的").or(here.page.getByText("我的")).first().waitFor();
  assert.ok(await card.getByText("原值").isVisible());
  await card.getByRole("button", { name: "用我的" }).click();
  await there.page.getByText("没有要你定的").waitFor();
  b.run("sync");
  a.run("sync");
  // The other page hears of it without being touched.
  await here.page.getByText("没有要你定的").waitFor();
  for (const node of [a, b])
    assert.equal(node.json("account", "show", id).legal_name, "临溪鑫澜集团有限公司");
  // Who settled it may settle it otherwise; each time it is a write like any.
  const line = there.page.locator(".card.mini", { hasText: "企业全称" });
  await line.getByRole("button", { name: "重新定" }).click();
  await card.getByRole("radio", { name: /叶青禾的/ }).or(card.getByRole("radio", { name: /沈一舟的/ })).click();
  await card.getByRole("button", { name: /用/ }).click();
  await line.getByText("临溪鑫澜股份有限公司").waitFor();
  const name = () => b.json("account", "show", id).legal_name;
  assert.equal(name(), "临溪鑫澜股份有限公司");
  await there.page.getByRole("button", { name: "撤销" }).click();
  await line.getByText("临溪鑫澜集团有限公司").waitFor();
  assert.equal(name(), "临溪鑫澜集团有限公司");
  assert.deepEqual([...here.complaints, ...there.complaints], []);
  await here.close();
  await there.close();
});

test("a form opened before a sync overwrites nothing that was not seen", async () => {
  const here = await new Visitor(type, a).open();
  const { page } = here;
  await here.go(`#/account/${id}/file`);
  await page.getByRole("button", { name: "改 简称" }).click();
  b.run("account", "set", id, "--short-name", "鑫澜集团");
  b.run("sync");
  a.run("sync");
  await page.getByRole("heading", { name: "鑫澜集团" }).waitFor();
  // The form still shows what it was opened on.
  const field = page.getByRole("textbox", { name: "简称" });
  assert.equal(await field.inputValue(), "鑫澜");
  await field.fill("鑫澜汽配");
  await page.getByRole("button", { name: "存下" }).click();
  await page.getByText("简称 已改").waitFor();
  const [conflict] = a.json("conflicts");
  assert.deepEqual(conflict.siblings.map((one) => one.value).sort(), ["鑫澜汽配", "鑫澜集团"].sort());
  await here.close();
});
