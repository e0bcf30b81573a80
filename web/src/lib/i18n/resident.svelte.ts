/** The resident's words. Each language is a chunk of its own, loaded when it is asked for. */
import type { Locale } from "./generated/resident/runtime.js";
import type * as Messages from "./generated/resident/messages/_index.js";

export type { Locale };

/** Keyed by every locale of the project: one without a chunk is a type error. */
const chunks: Record<Locale, () => Promise<unknown>> = {
  "ja-x-easy": () => import("./generated/resident/messages/ja-x-easy.js"),
  ja: () => import("./generated/resident/messages/ja.js"),
};

export const baseLocale: Locale = "ja-x-easy";

export const locales: readonly { locale: Locale; short: string; name: string }[] = [
  { locale: "ja-x-easy", short: "日本語", name: "やさしい日本語" },
  { locale: "ja", short: "日本語", name: "日本語" },
];

/** Languages whose messages carry readings. */
export const withFurigana: ReadonlySet<Locale> = new Set<Locale>(["ja-x-easy"]);

let loaded = $state.raw<{ locale: Locale; messages: typeof Messages }>();

/** Rejects when the chunk can't be had; the language that is shown stays. */
export async function loadLocale(locale: Locale): Promise<void> {
  loaded = { locale, messages: (await chunks[locale]()) as typeof Messages };
  // Private subtags mean nothing to a screen reader or to line breaking.
  document.documentElement.lang = locale.split("-x-")[0]!;
}

export function currentLocale(): Locale {
  return loaded?.locale ?? baseLocale;
}

/** `m.leave()`: the text in the language that is loaded; what shows it changes with the language. */
export const m: typeof Messages = new Proxy({} as typeof Messages, {
  get: (_, key) => loaded && Reflect.get(loaded.messages, key),
});
