// What is committed in client/page/dist is what the source builds, is small
// enough, and says the same things in both languages.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { needed, TOP, UI } from "./fixture.mjs";

const DIST = join(TOP, "client/page/dist");
const KB = 1024;
const files = readdirSync(DIST);
const packed = (name) => gzipSync(readFileSync(join(DIST, name)), { level: 9 }).length;

test("the first screen is at most 60 KB compressed, everything at most 300 KB", () => {
  // With app.js comes what it imports, and what that imports.
  const needs = new Set(["index.html", "page.css", "app.js"]);
  for (const name of needs)
    for (const [, other] of readFileSync(join(DIST, name), "utf8").matchAll(
      /(?:from|import)"\.\/([\w-]+\.js)"/g,
    ))
      needs.add(other);
  const first = [...needs].reduce((sum, one) => sum + packed(one), 0);
  const all = files.reduce((sum, one) => sum + packed(one), 0);
  console.log(`first screen ${(first / KB).toFixed(1)} KB, everything ${(all / KB).toFixed(1)} KB`);
  assert.ok(first <= 60 * KB);
  assert.ok(all <= 300 * KB);
});

test("nothing in it names another host", () => {
  for (const name of files) {
    const text = readFileSync(join(DIST, name), "utf8");
    const hosts = [...text.matchAll(/https?:\/\/[\w.-]+/g)].map((one) => one[0]);
    // The names of XML's languages are no addresses.
    assert.deepEqual(hosts.filter((one) => one !== "http://www.w3.org"), [], name);
  }
});

test("both dictionaries have the same words, and each is used", () => {
  const words = (name) => JSON.parse(readFileSync(join(UI, "src/words", name), "utf8"));
  const [en, zh] = [words("en.json"), words("zh.json")];
  assert.deepEqual(Object.keys(en), Object.keys(zh));
  const source = readdirSync(join(UI, "src"))
    .filter((one) => /\.tsx?$/.test(one))
    .map((one) => readFileSync(join(UI, "src", one), "utf8"))
    .join("\n");
  const unused = Object.keys(en).filter((key) => !source.includes(`"${key}"`));
  assert.deepEqual(unused, []);
  for (const key of Object.keys(zh)) {
    assert.ok(/[\u3000-\u9fff，。：、]/.test(zh[key]) || /^\{\w+\}/.test(zh[key]), key);
    assert.ok(!/[\u3400-\u9fff]/.test(en[key]), key);
  }
});

test("dist is what the source builds", () => {
  needed("esbuild");
  const folder = mkdtempSync(join(process.env.TMPDIR ?? "/tmp", "rb-dist-"));
  try {
    execFileSync("node", [join(UI, "build.mjs"), folder]);
    assert.deepEqual(readdirSync(folder).sort(), files.sort());
    for (const name of files)
      assert.ok(
        readFileSync(join(folder, name)).equals(readFileSync(join(DIST, name))),
        `${name} differs: node client/page/ui/build.mjs`,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the source has the types that it says", () => {
  needed("typescript/package.json");
  execFileSync(join(UI, "node_modules/.bin/tsc"), ["--noEmit", "-p", UI], { stdio: "inherit" });
});
