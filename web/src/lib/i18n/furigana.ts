/** A stretch of text and, where it has one, how to read it. */
export type Part = { text: string; reading?: string };

/**
 * The notation of Aozora Bunko: 《》 holds the reading of the kanji before it,
 * and ｜ marks where the word begins when it is not kanji alone (｜お知らせ《おしらせ》).
 */
const marked = /｜([^《｜]+)《([^》]+)》|([\p{Script=Han}々]+)《([^》]+)》/gu;

/** `予約《よやく》した` → [{ text: "予約", reading: "よやく" }, { text: "した" }] */
export function readings(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(marked)) {
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    const [whole, word, wordReading, kanji, kanjiReading] = match;
    parts.push({ text: (word ?? kanji)!, reading: (wordReading ?? kanjiReading)! });
    end = match.index + whole.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** The text without readings, for titles and accessible names. */
export function plain(text: string): string {
  return readings(text).map((part) => part.text).join("");
}
