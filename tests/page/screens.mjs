// Every screen at three widths, in both languages, light and dark: it fits, the
// browser has nothing to complain about, axe finds nothing; a picture is kept.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { browser, Company, fits, lookName, looks, needed, sample, Visitor } from "./fixture.mjs";

needed("axe-core");
let company, type, node, ids;

before(async () => {
  type = await browser();
  company = new Company();
  await company.serve();
  node = company.enrol("rep1", "沈一舟");
  const other = company.enrol("rep2", "叶青禾");
  ids = sample(node);
  node.run("sync");
  other.run("sync");
  const set = (who, ...words) => who.run("account", "set", ids.account, ...words);
  set(node, "--legal-name", "临溪鑫澜汽车部件股份有限公司", "--position", "leading");
  set(other, "--legal-name", "临溪鑫澜汽车零部件集团有限公司", "--position", "medium");
  other.run("sync");
  node.run("sync");
  await node.page();
});
after(async () => {
  await type?.close();
  await company?.close();
});

const screens = () => ({
  today: "#/today",
  accounts: "#/account",
  account: `#/account/${ids.account}`,
  brief: `#/account/${ids.account}/brief`,
  timeline: `#/account/${ids.account}/timeline`,
  file: `#/account/${ids.account}/file`,
  history: `#/account/${ids.account}/history`,
  contacts: "#/contact",
  contact: `#/contact/${ids.luo}`,
  "new-account": "#/account/new",
  search: "#/search",
  sync: "#/sync",
  devices: "#/device",
  settings: "#/more",
  "visit-account": "#/visit/new",
  visit: `#/visit/new/${ids.account}`,
});

for (const look of looks)
  test(`every screen at ${lookName(look)}`, async () => {
    const visitor = await new Visitor(type, node, look).open();
    const { page } = visitor;
    for (const [name, place] of Object.entries(screens())) {
      await visitor.go(place);
      if (name === "search") {
        await page.fill("input[type=search]", "二期");
        await page.waitForSelector(".sec .row");
      }
      if (name === "visit") await page.waitForSelector(".chip.person");
      if (name === "visit-account") await page.waitForSelector(".sheet .row");
      await fits(page, name, look);
      if (name === "visit") await visitor.dropDraft();
    }
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });
