import { expect, it } from "vitest";
import { kept, pieces } from "./words";

const segment = (id: string, start_ms: number) => ({ id, participant: "p", party: "resident", start_ms, end_ms: start_ms + 900, revision: 1, model_sha256: "aa", text: id, unsure: [], repairs: [] });

it("puts words and gaps in the order of speaking, and joins a gap that goes on", () => {
  const gap = (start_ms: number, end_ms: number) => ({ participant: "p", start_ms, end_ms, reason: "paused" });
  const { entries } = kept({ segments: [segment("a", 1000), segment("b", 9000)], gaps: [gap(2000, 4000), gap(4500, 8000)] });
  expect(entries.map((each) => (each.kind === "turn" ? each.id : [each.startMs, each.endMs]))).toEqual(["a", [2000, 8000], "b"]);
});

const said = (text: string, ...repairs: { at: number[]; now: string }[]) => ({ text, repairs });

it("finds every place of what is looked for, and leaves the text whole", () => {
  expect(pieces(said("AbaB"), "ab")).toEqual([{ text: "Ab", hit: true }, { text: "aB", hit: true }]);
  expect(pieces(said("夜は眠れて"), "眠れ")).toEqual([{ text: "夜は", hit: false }, { text: "眠れ", hit: true }, { text: "て", hit: false }]);
  expect(pieces(said("夜"), " ")).toEqual([{ text: "夜", hit: false }]);
  expect(pieces(said("夜"), "朝")).toEqual([{ text: "夜", hit: false }]);
});

it("looks in what is shown, and keeps what was heard with it", () => {
  const turn = said("今、人心がわかった", { at: [2, 4], now: "妊娠" });
  expect(pieces(turn, "")).toEqual([{ text: "今、", hit: false }, { text: "妊娠", heard: "人心", hit: false }, { text: "がわかった", hit: false }]);
  expect(pieces(turn, "娠が")).toEqual([
    { text: "今、", hit: false }, { text: "妊娠", heard: "人心", hit: true }, { text: "が", hit: true }, { text: "わかった", hit: false },
  ]);
  expect(pieces(turn, "人心").some((piece) => piece.hit)).toBe(false);
});
