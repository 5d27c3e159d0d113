// Builds client/page/dist, the same bytes from the same source.
//   node build.mjs [FOLDER]     (../dist)
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "../dist");

// The two dictionaries say the same things.
const words = (name) =>
  JSON.parse(readFileSync(join(here, "src/words", name), "utf8"));
const [en, zh] = [words("en.json"), words("zh.json")];
const marks = (text) =>
  [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();
const wrong = [...new Set([...Object.keys(en), ...Object.keys(zh)])].filter(
  (key) => !(key in en && key in zh) || marks(en[key]) !== marks(zh[key]),
);
if (wrong.length) {
  console.error("en.json and zh.json differ:", wrong.join(", "));
  process.exit(1);
}

// What is no longer built goes.
rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: { app: "src/app.tsx", page: "src/all.css" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  splitting: true, // app.js is the first screen; the others follow it
  chunkNames: "[name]-[hash]",
  target: ["chrome100", "firefox100", "safari15.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  charset: "utf8",
  logLevel: "warning",
});
mkdirSync(out, { recursive: true });
for (const name of ["index.html", "icon.svg"])
  writeFileSync(join(out, name), readFileSync(join(here, "src", name)));
