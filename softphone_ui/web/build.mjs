// Bundle what browsers load into softphone_ui/static/built: style.css, theme.js, icons.svg, and a script for every
// file in src/pages. Everything comes from here: no page asks another server for anything.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const built = join(here, "..", "static", "built");

async function pages() {
  const files = await readdir(join(here, "src", "pages"));
  return files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [basename(file, ".ts"), `src/pages/${file}`]);
}

/** Return one file with every picture of icons.json, for <use href="icons.svg#name">. */
async function icons() {
  const names = JSON.parse(await readFile(join(here, "icons.json"), "utf8"));
  const symbols = await Promise.all(names.map(symbol));
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

async function symbol(name) {
  const file = join(here, "node_modules/@tabler/icons/icons/outline", `${name}.svg`);
  const drawn = (await readFile(file, "utf8"))
    .replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "")
    .replace(/\s+/g, " ");
  const stroke =
    'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${stroke}>${drawn.trim()}</symbol>`;
}

await rm(built, { recursive: true, force: true });
await mkdir(built, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: Object.fromEntries([
    ["style", "src/style.css"],
    ["theme", "src/theme.ts"],
    ...(await pages()),
  ]),
  outdir: built,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  loader: { ".woff2": "file" },
  logLevel: "warning",
});
await writeFile(join(built, "icons.svg"), await icons());
