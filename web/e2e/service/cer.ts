/** Character error rate of Japanese text: NFKC, no punctuation, katakana as hiragana; a wrong kanji is an error. */

const normalised = (text: string): string[] =>
  [
    ...text
      .normalize("NFKC")
      .replace(/[^\p{L}\p{N}]/gu, "")
      .replace(/[ァ-ヶ]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60)),
  ];

function distance(a: string[], b: string[]): number {
  let row = a.map((_, i) => i).concat(a.length);
  b.forEach((y, i) => {
    const next = [i + 1];
    a.forEach((x, j) => next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (x === y ? 0 : 1))));
    row = next;
  });
  return row[a.length]!;
}

/** Of several voices together: each `[spoken, heard]`. */
export function characterErrorRate(voices: (readonly [string, string])[]): number {
  let [wrong, length] = [0, 0];
  for (const [spoken, heard] of voices) {
    const reference = normalised(spoken);
    wrong += distance(reference, normalised(heard));
    length += reference.length;
  }
  return wrong / length;
}
