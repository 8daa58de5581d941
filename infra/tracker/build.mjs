// Makes the tracker's scripts from their sources: `make tracker`. Usage: node build.mjs SOURCES FOLDER
// script.js is what most sites need; script.all.js has everything. Both are committed.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { minify } from "terser";

const [sources, folder] = process.argv.slice(2);
const names = readdirSync(sources).filter((name) => name.endsWith(".js")).sort();
const parts = names.map((name) => readFileSync(join(sources, name), "utf8"));
// a second copy of the script ends at once
const whole = `(() => {\nconst early = window.analytics;\nif (early?.on) return;\n${parts.join("\n")}\n})();`;

for (const [name, everything] of [["script.js", false], ["script.all.js", true]]) {
  const { code } = await minify(whole, {
    ecma: 2020,
    compress: { passes: 5, unsafe_arrows: true, booleans_as_integers: false, global_defs: { EVERYTHING: everything } },
    mangle: true,
    format: { semicolons: true },
  });
  writeFileSync(join(folder, name), `${code}\n`);
  console.log(`${name}: ${code.length + 1} bytes, gzipped ${gzipSync(`${code}\n`, { level: 9 }).length}`);
}
