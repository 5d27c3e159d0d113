// Whatever stands in a text field is shown as text: nothing of it ever runs.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { browser, Company, day, pictures, TOP, Visitor } from "./fixture.mjs";

const own = [
  "<script>window.ran=1</script>",
  '"><img src=x onerror=window.ran=1>',
  "<svg/onload=window.ran=1>",
  "javascript:window.ran=1",
  "{{constructor.constructor('window.ran=1')()}}",
  "</textarea><script>window.ran=1</script>",
  "'-window.ran=1-'",
  "\u202eabc\u202c ‮",
  "很长的名字".repeat(60),
  "W".repeat(400),
  "😀👨‍👩‍👧‍👦 e\u0301 \u0000".replace("\u0000", ""),
  "<b>bold</b> &lt;i&gt; &amp;",
];

// The list of naughty strings beside the repository, where it is.
function shared() {
  const path = join(TOP, "../shared/data/blns.json");
  if (!existsSync(path)) return [];
  return JSON.parse(readFileSync(path, "utf8"))
    .filter((one) => one.trim() && !one.includes("\u0000") && /[<>"'&]|script|alert/i.test(one))
    .slice(0, 60);
}

const folder = pictures();
let company, type, node;

before(async () => {
  type = await browser();
  company = new Company();
  await company.serve();
  node = company.enrol("rep1", "<img src=x onerror=window.ran=1>");
  await node.page();
});
after(async () => {
  await type?.close();
  await company?.close();
});

test("scripts in every text field are shown as text", async () => {
  const visitor = await new Visitor(type, node).open();
  const { page } = visitor;
  const strings = [...own, ...shared()];
  // Every text field of the schema, through the page's own API.
  const ids = await page.evaluate(async ({ all, today }) => {
    const send = async (method, path, body) => {
      const answer = await fetch(path, {
        method,
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return answer.json();
    };
    const schema = await (await fetch("/api/schema")).json();
    const textual = (type, value) =>
      Object.fromEntries(
        schema
          .find((one) => one.type === type)
          .fields.filter((field) => (field.rank ?? 1) === 1)
          .filter((field) => ["text", "prose", "open"].includes(field.form))
          .map((field) => [field.name, field.kind === "set" ? [value] : value]),
      );
    const made = [];
    for (const one of all) {
      const account = await send("POST", "/api/account", textual("account", one));
      if (!account.id) continue; // too long for a name: refused
      const contact = await send("POST", "/api/contact", {
        ...textual("contact", one),
        account_id: account.id,
        phones: [{ value: one }],
      });
      const visit = await send("POST", "/api/visit", {
        ...textual("visit", one),
        account_id: account.id,
        visited_on: today,
        status: "done",
        contacts: [contact.id],
        customer_commitment: { text: one },
        next_contact_by: today,
      });
      for (const kind of ["quote", "risk"])
        await send("POST", "/api/visit_note", { visit_id: visit.id, kind, text: one });
      made.push({ account: account.id, contact: contact.id, text: one });
    }
    return made;
  }, { all: strings, today: day() });
  assert.ok(ids.length >= own.length - 1);
  const places = ["#/today", "#/account", "#/contact", "#/visit/new", "#/sync", "#/device"];
  for (const one of ids.slice(0, 24))
    places.push(`#/account/${one.account}`, `#/contact/${one.contact}`);
  places.push(`#/account/${ids[0].account}/file`, `#/account/${ids[0].account}/history`);
  for (const place of places) {
    await visitor.go(place);
    assert.equal(await page.evaluate(() => window.ran), undefined, place);
    assert.equal(await page.locator("main script, main img").count(), 0, place);
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    assert.ok(wide <= 0, `${place} is ${wide} px too wide`);
  }
  await visitor.go("#/account");
  await page.screenshot({ path: join(folder, "naughty-390-zh.png") });
  await visitor.go("#/search");
  for (const words of own.slice(0, 7)) {
    await page.fill("input[type=search]", words);
    await page.waitForFunction(
      (asked) => document.querySelector(".sec .row, [role=status].small") && asked,
      words,
    );
    assert.equal(await page.evaluate(() => window.ran), undefined);
  }
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});
