// Compiles messages/ to src/lib/i18n/generated/. Two projects, because a phone must not load the staff's words.
import { readFileSync } from "node:fs";
import { compile } from "@inlang/paraglide-js";

for (const audience of ["resident", "staff"]) {
  const project = `messages/${audience}/project.inlang`;
  const outdir = `src/lib/i18n/generated/${audience}`;
  await compile({
    project,
    outdir,
    // One module per locale is what makes a lazily loaded chunk per locale possible.
    outputStructure: "locale-modules",
    emitReadme: false,
    emitPrettierIgnore: false,
  });

  // A wrong path of the plugin or of the messages compiles to nothing without an error, and a text that is
  // missing in one locale becomes the text of another: both stop here instead.
  const { baseLocale, locales } = JSON.parse(readFileSync(`${project}/settings.json`, "utf8"));
  const compiled = readFileSync(`${outdir}/messages/${baseLocale}.js`, "utf8");
  const keysOf = (locale) => Object.keys(JSON.parse(readFileSync(`messages/${audience}/${locale}.json`, "utf8")));
  const keys = keysOf(baseLocale);
  for (const key of keys) {
    if (!compiled.includes(`export const ${key} =`)) throw new Error(`${audience}: ${key} was not compiled; check the paths in ${project}/settings.json`);
  }
  for (const locale of locales) {
    const there = new Set(keysOf(locale));
    const missing = keys.filter((key) => !there.delete(key));
    if (missing.length > 0) throw new Error(`messages/${audience}/${locale}.json lacks ${missing.join(", ")}`);
    if (there.size > 0) throw new Error(`messages/${audience}/${locale}.json has ${[...there].join(", ")}, which ${baseLocale}.json lacks`);
  }
}
