// Until when a device opens: told where it matters, in both languages.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { browser, Company, fits, Node, Visitor } from "./fixture.mjs";

let company, type;

before(async () => {
  type = await browser();
  company = new Company();
  const word = join(company.folder, "word");
  writeFileSync(word, "correct horse battery\n", { mode: 0o600 });
  company.env.ROADBOOK_PASSPHRASE_FILE = word;
  await company.serve();
});
after(async () => {
  await type?.close();
  await company?.close();
});

// A rep whose store is encrypted, under a lease of so many days, and its page.
async function leased(login, ...policy) {
  company.hub.run("hub", "policy", "lease", ...policy);
  company.hub.run("hub", "user", "add", login, "--name", "沈一舟");
  const token = company.hub.run("hub", "invite", login, "--territory", "east/linxi",
    "--role", "rep", "--url", company.url);
  const node = new Node(company, login);
  node.run("init", token);
  node.run("sync");
  await node.page();
  return node;
}

const words = {
  zh: { left: /还剩 14 天/, lock: "密封保存", soon: "2 天后锁定", wipe: "清除本机全部数据" },
  en: { left: /14 days left/, lock: "are sealed", soon: "locks in 2 days", wipe: "erases itself" },
};

test("a lease that has days is told by the sync screen alone", async () => {
  const node = await leased("rep1", "--days", "14", "--grace", "3", "--then", "lock");
  for (const language of ["zh", "en"]) {
    const look = { width: 390, height: 844, language };
    const visitor = await new Visitor(type, node, look).open();
    const { page } = visitor;
    assert.equal(await page.getByText(/天后锁定|locks in/).count(), 0);
    await visitor.go("#/sync");
    await page.getByText(words[language].left).waitFor();
    await page.getByText(words[language].lock).waitFor();
    await fits(page, "lease", look);
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  }
});

test("one that is nearly over is told on every screen", async () => {
  const node = await leased("rep2", "--days", "2", "--grace", "1", "--then", "wipe");
  for (const language of ["zh", "en"]) {
    const look = { width: 1280, height: 800, language, dark: language === "en" };
    const visitor = await new Visitor(type, node, look).open();
    const { page } = visitor;
    for (const place of ["#/today", "#/account"]) {
      await visitor.go(place);
      await page.locator("a.syncbox").getByText(words[language].soon).waitFor();
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator("a.sync").getByText(words[language].soon).waitFor();
    await page.setViewportSize(look);
    await visitor.go("#/sync");
    await page.getByText(words[language].wipe).waitFor();
    await fits(page, "lease-soon", look);
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  }
});
