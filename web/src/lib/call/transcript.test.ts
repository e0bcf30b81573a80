import { expect, it } from "vitest";
import type { Message } from "./messages";
import { agreedAt, doing, forgotten, heard, lateness, newestTurn, nothingSaid, pausedNow, pieces, speakerOf, withRepairs, withKept, type Transcript } from "./transcript";

const tell = (state: Transcript, ...messages: [string, object][]): Transcript =>
  messages.reduce((now, [type, data], i) => heard(now, { v: 1, seq: i + 1, at_ms: 0, type, data } as unknown as Message), state);

const said = (id: string, participant: string, start_ms: number, text: string) => ({ id, participant, start_ms, end_ms: start_ms + 900, text });
const gap = (start_ms: number, end_ms: number, more: object = {}) => ({ participant: "r", start_ms, end_ms, reason: "network", ...more });
const kept = (id: string, participant: string, start_ms: number, text: string) =>
  ({ ...said(id, participant, start_ms, text), party: participant === "n" ? "nurse" : "resident", revision: 1, model_sha256: "aa", unsure: [], repairs: [] });
const lines = (state: Transcript) => state.entries.map((each) => (each.kind === "turn" ? each.text : `(${each.reason} ${each.startMs}-${each.endMs})`));

it("puts both voices in the order of speaking, whenever their text came", () => {
  const state = tell(nothingSaid,
    ["segment", said("2", "r", 2000, "はい。")],
    ["segment", said("1", "n", 1000, "眠れていますか。")],
    ["gap", gap(3000, 4000)],
    ["segment", said("4", "n", 5000, "そうですか。")],
    ["segment", said("3", "r", 3500, "いいえ。")],
  );
  expect(lines(state)).toEqual(["眠れていますか。", "はい。", "(network 3000-4000)", "いいえ。", "そうですか。"]);
});

it("keeps the order of arrival for what began at the same moment", () => {
  const state = tell(nothingSaid, ["segment", said("1", "r", 1000, "あの")], ["segment", said("2", "n", 1000, "はい")]);
  expect(lines(state)).toEqual(["あの", "はい"]);
});

it("revises a partial in place and replaces it by the confirmed text of the same id", () => {
  const state = tell(nothingSaid, ["partial", said("1", "r", 1000, "やめたい")], ["partial", said("2", "n", 1500, "ええ")], ["partial", said("1", "r", 1000, "やめたいとは")]);
  expect(lines(state)).toEqual(["やめたいとは", "ええ"]);
  const after = tell(state, ["segment", said("1", "r", 1000, "やめたいとは思ってて。")]);
  expect(after.entries.map((each) => each.kind === "turn" && each.confirmed)).toEqual([true, false]);
  expect(lines(after)).toEqual(["やめたいとは思ってて。", "ええ"]);
});

it("moves a text whose beginning was found to be another", () => {
  const state = tell(nothingSaid, ["partial", said("1", "r", 1000, "あ")], ["partial", said("2", "n", 1200, "ええ")], ["segment", said("1", "r", 1400, "あの。")]);
  expect(lines(state)).toEqual(["ええ", "あの。"]);
});

it("never lets a partial or a repetition change confirmed text", () => {
  const state = tell(nothingSaid, ["segment", said("1", "r", 1000, "はい。")]);
  expect(tell(state, ["partial", said("1", "r", 1000, "は")])).toBe(state);
  expect(tell(state, ["segment", said("1", "r", 1000, "はい。")])).toBe(state);
});

it("has nothing twice when kept text and the socket tell the same", () => {
  const live = tell(nothingSaid, ["segment", said("2", "r", 2000, "はい。")], ["partial", said("3", "r", 3000, "でも")]);
  const state = withKept(live, [kept("1", "n", 1000, "眠れていますか。"), kept("2", "r", 2000, "はい。"), kept("3", "r", 3000, "でも、夜は。")]);
  expect(lines(state)).toEqual(["眠れていますか。", "はい。", "でも、夜は。"]);
  expect(lines(tell(state, ["segment", said("2", "r", 2000, "はい。")], ["partial", said("3", "r", 3000, "でも")]))).toEqual(lines(state));
  expect(lines(withKept(state, [kept("1", "n", 1000, "眠れていますか。")]))).toEqual(lines(state));
  expect([...state.parties]).toEqual([["n", "nurse"], ["r", "resident"]]);
});

it("takes away what is still being recognised of a voice that is not to be shown any more, and nobody else's", () => {
  for (const allowed of ["nothing", "paused", "second_voice"]) {
    const state = tell(nothingSaid, ["segment", said("1", "r", 1000, "はい。")], ["partial", said("2", "r", 2000, "でも夫が")], ["partial", said("3", "n", 3000, "ええ")]);
    const stopped = tell(state, ["tap", { participant: "r", allowed }]);
    expect(lines(stopped)).toEqual(["はい。", "ええ"]);
    // It was allowed when it was said, and is kept.
    expect(lines(tell(stopped, ["segment", said("2", "r", 2000, "でも、夫が。")]))).toEqual(["はい。", "でも、夫が。", "ええ"]);
  }
});

it("puts a gap in the place of the text that it voids", () => {
  const state = tell(nothingSaid, ["partial", said("1", "r", 1000, "ごにょ")], ["partial", said("2", "r", 3000, "はい")], ["gap", gap(1000, 1900, { reason: "unintelligible", void: "1" })]);
  expect(lines(state)).toEqual(["(unintelligible 1000-1900)", "はい"]);
});

it("joins what is one gap, and nothing else", () => {
  const state = tell(nothingSaid,
    ["gap", gap(1000, 2000)],
    ["gap", gap(2500, 4000)],
    ["gap", gap(5200, 6000)],
    ["gap", gap(4000, 4500, { participant: "n" })],
    ["gap", gap(4000, 4600, { reason: "overload" })],
  );
  expect(lines(state)).toEqual(["(network 1000-4000)", "(network 4000-4500)", "(overload 4000-4600)", "(network 5200-6000)"]);
  expect(new Set(state.entries.map((each) => each.id)).size).toBe(4);
});

it("begins anew with a snapshot, without losing what was confirmed", () => {
  const state = tell(nothingSaid,
    ["tap", { participant: "r", allowed: "transcript" }],
    ["behind", { participant: "r", waiting_ms: 6000 }],
    ["segment", said("1", "r", 1000, "はい。")],
    ["partial", said("2", "r", 2000, "でも")],
    ["snapshot", { you: "n", place: "inside", participants: [{ id: "r", party: "resident" }], slots: { slots: [] }, screen: null }],
    ["participant", { id: "c", party: "companion" }],
  );
  expect(lines(state)).toEqual(["はい。"]);
  expect(state).toMatchObject({ you: "n", taps: new Map(), behind: new Map(), parties: new Map([["r", "resident"], ["c", "companion"]]) });
});

it("knows who was said to speak: by the line before the kept text, and over a snapshot", () => {
  const by = (state: Transcript) => state.entries.map((each) => each.kind === "turn" && speakerOf(state, each));
  const live = tell(nothingSaid, ["segment", said("1", "r", 1000, "はい。")], ["segment", said("2", "r", 2000, "ええ。")], ["speaker", { segment: "1", speaker: "companion" }]);
  expect(by(live)).toEqual(["companion", undefined]);
  // Read a moment before it was said, answered after it.
  const late = withKept(live, [{ ...kept("1", "r", 1000, "はい。"), speaker: null }, { ...kept("2", "r", 2000, "ええ。"), speaker: "nurse" }]);
  expect(by(late)).toEqual(["companion", "nurse"]);
  const back = tell(late, ["speaker", { segment: "2", speaker: null }]);
  expect(by(back)).toEqual(["companion", undefined]);
  const anew = tell(back, ["snapshot", there]);
  expect(by(anew)).toEqual(["companion", undefined]);
  // What was missed meanwhile stands in the kept text.
  expect(by(withKept(anew, [{ ...kept("1", "r", 1000, "はい。"), speaker: null }]))).toEqual([undefined, undefined]);
});

const there = { you: "n", place: "inside", participants: [{ id: "n", party: "nurse" }, { id: "r", party: "resident" }], slots: { slots: [] }, screen: null };
const tap = (participant: string, allowed: string) => ["tap", { participant, allowed }] as [string, object];
const at = (state: Transcript, at_ms: number, ...messages: [string, object][]): Transcript =>
  messages.reduce((now, [type, data]) => heard(now, { v: 1, seq: 1, at_ms, type, data } as unknown as Message), state);

it("tells her own pause from everybody's, and leaves a gap behind it", () => {
  const begun = tell(nothingSaid, ["snapshot", { ...there, taps: [{ participant: "n", allowed: "transcript" }, { participant: "r", allowed: "transcript" }], withdrawn: [] }]);
  expect(pausedNow(begun, "r")).toBeUndefined();
  const hers = at(begun, 10_000, tap("r", "paused"));
  expect(pausedNow(hers, "r")).toEqual({ by: "her", sinceMs: 10_000 });
  const all = at(hers, 15_000, tap("n", "paused"));
  expect(pausedNow(all, "r")).toEqual({ by: "all", sinceMs: 15_000 });
  const after = at(at(all, 20_000, tap("n", "transcript")), 25_000, tap("r", "transcript"));
  expect(pausedNow(after, "r")).toBeUndefined();
  expect(lines(after)).toEqual(["(paused 10000-25000)", "(paused 15000-20000)"]);
  expect(doing("paused", "transcript")).toBe("running");
  expect(doing("paused", "captions_only")).toBe("captions");
});

it("keeps the pane while somebody beside her is asked, and leaves a gap without consent behind it", () => {
  const asked = at(nothingSaid, 10_000, tap("r", "second_voice"));
  expect(doing("second_voice", "transcript")).toBe("running");
  expect(pausedNow(asked, "r")).toBeUndefined();
  // The line was lost in between: its beginning is known from before.
  const back = at(asked, 15_000, ["snapshot", { ...there, taps: [{ participant: "r", allowed: "second_voice" }], withdrawn: [] }]);
  const after = at(back, 20_000, tap("r", "transcript"));
  expect(lines(after)).toEqual(["(not_consented 10000-20000)"]);
});

it("knows of a pause from the snapshot, and its beginning from before the line was lost", () => {
  const taps = [{ participant: "n", allowed: "paused" }, { participant: "r", allowed: "paused" }];
  const opened = at(nothingSaid, 60_000, ["snapshot", { ...there, taps, withdrawn: [] }]);
  expect(pausedNow(opened, "r")).toEqual({ by: "all", sinceMs: 60_000 });
  expect(pausedNow(at(opened, 90_000, ["snapshot", { ...there, taps, withdrawn: [] }]), "r")).toEqual({ by: "all", sinceMs: 60_000 });
  expect(pausedNow(at(opened, 90_000, ["snapshot", { ...there, taps: [], withdrawn: [] }]), "r")).toBeUndefined();
});

it("has no word of whoever took theirs back, whatever comes later", () => {
  const begun = tell(nothingSaid, ["segment", said("1", "n", 1000, "眠れていますか。")], ["segment", said("2", "r", 2000, "いいえ。")]);
  const state = tell(begun, ["withdrawn", { participant: "r", at: "2026-11-25T10:41:00+09:00" }], ["partial", said("3", "r", 3000, "でも")]);
  expect(lines(state)).toEqual(["眠れていますか。"]);
  expect(lines(withKept(state, [kept("2", "r", 2000, "いいえ。")]))).toEqual(["眠れていますか。"]);
  const again = tell(state, ["snapshot", { ...there, taps: [], withdrawn: ["r", "c"] }]);
  expect([...again.withdrawn].sort()).toEqual([["c", undefined], ["r", "2026-11-25T10:41:00+09:00"]]);
  expect(lines(tell(begun, ["snapshot", { ...there, taps: [], withdrawn: ["r"] }]))).toEqual(["眠れていますか。"]);
});

it("knows from the snapshot and the news whether voices become text at all", () => {
  const opened = tell(nothingSaid, ["snapshot", { ...there, taps: [], recognition_stopped: true, withdrawn: [] }]);
  expect(opened.stopped).toBe(true);
  expect(tell(opened, ["recognition", { stopped: false }]).stopped).toBe(false);
  expect(tell(opened, ["snapshot", { ...there, taps: [], recognition_stopped: false, withdrawn: [] }]).stopped).toBe(false);
});

it("says how late the latest voice is", () => {
  const state = tell(nothingSaid, ["behind", { participant: "r", waiting_ms: 6000 }], ["behind", { participant: "n", waiting_ms: 16_000 }]);
  expect(lateness(state)).toBe(16_000);
  expect(lateness(tell(state, ["behind", { participant: "n", waiting_ms: 0 }]))).toBe(6000);
  expect(lateness(nothingSaid)).toBe(0);
});

it("reads the newest line, and forgets every word when she does not want the text any more", () => {
  const state = tell(nothingSaid, ["segment", said("1", "r", 1000, "はい。")], ["gap", gap(2000, 3000)]);
  expect(newestTurn(state)?.text).toBe("はい。");
  expect(forgotten(state).entries).toEqual([]);
  expect(newestTurn(forgotten(state))).toBeUndefined();
});

it("begins with the time without consent when she agreed later", () => {
  const state = agreedAt(tell(nothingSaid, ["partial", said("1", "r", 61_000, "はい")]), "r", 60_000);
  expect(lines(state)).toEqual(["(not_consented 0-60000)", "はい"]);
});

it("believes what the server does before what she agreed to", () => {
  expect([undefined, "nothing", "captions_only", "transcript", "transcript_and_audio"].map((tap) => doing(tap as never, "transcript"))).toEqual(["running", "resting", "captions", "running", "running"]);
  expect([doing(undefined, "captions_only"), doing("nothing", "captions_only"), doing(undefined, "none"), doing(undefined, undefined), doing("nothing", "none"), doing("transcript", "none")]).toEqual(["captions", "resting", "none", "none", "none", "running"]);
});

it("keeps where the recognizer was unsure, and cuts the text there", () => {
  const state = tell(nothingSaid, ["segment", { ...said("1", "r", 1000, "夜は、なかなか眠れない"), unsure: [[3, 7]] }]);
  expect(state.entries[0]).toMatchObject({ unsure: [[3, 7]] });
  const cut = (unsure: [number, number][]) => pieces("夜は、なかなか眠れない", unsure).map((each) => (each.unsure ? `~${each.text}~` : each.text)).join("");
  expect([cut([]), cut([[3, 7]]), cut([[7, 11], [0, 2]]), cut([[0, 4], [2, 6]]), cut([[5, 99], [4, 4]])]).toEqual(["夜は、なかなか眠れない", "夜は、~なかなか~眠れない", "~夜は~、なかなか~眠れない~", "~夜は、な~かなか眠れない", "夜は、なかなか眠れない"]);
});

it("shows a repaired word and keeps what was heard", () => {
  const state = tell(nothingSaid, ["segment", { ...said("1", "r", 1000, "人心がわかった時"), unsure: [[0, 3]], repairs: [{ at: [0, 2], now: "妊娠" }] }]);
  expect(state.entries[0]).toMatchObject({ text: "人心がわかった時" });
  expect(withRepairs("人心がわかった時", [[0, 3]], [{ at: [0, 2], now: "妊娠" }])).toEqual([{ text: "妊娠", unsure: false, heard: "人心" }, { text: "が", unsure: true }, { text: "わかった時", unsure: false }]);
  expect(withRepairs("はい", [], [{ at: [1, 9], now: "x" }])).toEqual([{ text: "はい", unsure: false }]);
});
