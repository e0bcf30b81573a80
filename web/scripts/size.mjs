// Fails when the phone page needs more script than its budget: entry, its static imports and one language.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 80_000;
const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
const gzipped = (file) => gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length;

/** The chunk and everything that it imports statically. */
function withImports(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const each of manifest[key].imports ?? []) withImports(each, seen);
  return seen;
}

function report(page) {
  const entry = manifest[page];
  const chunks = [...withImports(page)].map((key) => manifest[key]);
  const script = chunks.reduce((sum, chunk) => sum + gzipped(chunk.file), 0);
  const style = [...new Set(chunks.flatMap((chunk) => chunk.css ?? []))].reduce((sum, file) => sum + gzipped(file), 0);
  const languages = (entry.dynamicImports ?? []).filter((key) => key.includes("/i18n/generated/"));
  const language = Math.max(0, ...languages.map((key) => gzipped(manifest[key].file)));
  console.log(`${page}: script ${script} + largest of ${languages.length} languages ${language} = ${script + language} bytes gzip; style ${style}`);
  return script + language;
}

report("staff.html");
const phone = report("resident.html");
if (phone > BUDGET_BYTES) {
  console.error(`resident.html needs ${phone} bytes of script, ${phone - BUDGET_BYTES} more than its budget of ${BUDGET_BYTES}: load what the first step does not need lazily.`);
  process.exit(1);
}
