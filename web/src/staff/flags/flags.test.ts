import { expect, it } from "vitest";
import type { Asked, Coverage, Flag, Item, Tier } from "../../lib/api/types";
import { cover, coverRows, excerpt, guided, inOrder, marksOf, nextUndecided, quotePieces, withCoverage, withFlag } from "./flags";
import { howRead, rulesOf } from "./words";

const flag = (id: string, tier: Tier, minute: number, more: Partial<Flag> = {}): Flag => ({
  id, item: id, label: id, tier, rule: "r", pack_version: "2026.11", how: "direct", sound: null, state: "suggested", unsure: false, speaker_unknown: false, quotes: [], seen: null,
  made_at: `2026-11-25T10:${String(minute).padStart(2, "0")}:00+09:00`, made_by: null, decided: null, alert: null, answers: [], record: null, at_ms: 0, revision: 1, withdrawn: false, ...more,
});
const ids = (flags: readonly Flag[]) => flags.map((each) => each.id).join("");
const quote = (segment: string, part: "question" | "answer" | "statement", before = "", marked = "", after = "") => ({ segment, participant: "p", party: "resident", start_ms: 0, part, before, marked, after, repairs: [] as { at: number[]; now: string }[] });

it("has the undecided immediate ones first, and moves no other card for a decision", () => {
  const flags = [flag("a", "review", 1), flag("b", "immediate", 2), flag("c", "notice", 3), flag("d", "immediate", 4)];
  expect(ids(inOrder(flags))).toBe("dbca");
  expect(ids(inOrder(flags.map((each) => (each.id === "c" ? { ...each, state: "confirmed" } : each))))).toBe("dbca");
  expect(ids(inOrder(flags.map((each) => (each.id === "b" ? { ...each, state: "held" } : each))))).toBe("dcba");
});

it("takes a newer revision and leaves an older one", () => {
  const flags = [flag("a", "review", 1, { revision: 3 })];
  expect(withFlag(flags, flag("a", "review", 1, { revision: 2 }))).toBe(flags);
  expect(withFlag(flags, flag("a", "review", 1, { revision: 4, state: "confirmed" }))[0]!.state).toBe("confirmed");
  expect(ids(withFlag(flags, flag("b", "care", 2)))).toBe("ab");
});

it("goes on to the next undecided card, then from the top", () => {
  const flags = [flag("a", "review", 1), flag("b", "review", 2, { state: "confirmed" }), flag("c", "review", 3)];
  expect(nextUndecided(flags, "c")?.id).toBe("a");
  expect(nextUndecided(flags, "a")?.id).toBe("c");
  expect(nextUndecided([flags[1]!], "b")).toBeUndefined();
});

const item = (id: string, tier: Tier, emergency = false): Item => ({ item: id, label: id, tier, ask: [], how: [], services: [], emergency });
const items = [item("a", "review"), item("partner_violence", "immediate"), item("e", "immediate", true), item("b", "notice")];
const states = (...all: Asked[]): Coverage[] => all.map((state, i) => ({ item: items[i]!.item, state, source: "engine" }));

it("orders coverage: vague, unasked with immediate first, declined; the answered apart", () => {
  const rows = coverRows(items, states("not_asked", "not_asked", "declined", "vague"), false);
  expect(cover(rows).open.map((row) => row.item.item)).toEqual(["b", "partner_violence", "a", "e"]);
  expect(cover(rows)).toMatchObject({ asked: 2, vague: 1, missing: 2, answered: [] });
  const all = cover(coverRows(items, states("asked", "positive", "negative", "declined"), false));
  expect([all.answered.length, all.asked, all.missing]).toEqual([3, 4, 0]);
});

it("does not lay something immediate that was asked with what was answered, unless a nurse says so", () => {
  const asked = (source: "engine" | "nurse" | "form") => cover(coverRows(items, [{ item: "e", state: "asked", source }, { item: "a", state: "asked", source }], false));
  expect(asked("engine").open.map((row) => row.item.item)).toEqual(["e", "partner_violence", "b"]);
  expect(asked("engine")).toMatchObject({ asked: 2, missing: 2, answered: [{ item: { item: "a" } }] });
  expect(asked("nurse").answered.length).toBe(2);
});

it("knows nothing of an item that nobody told of, and whom not to ask beside others", () => {
  const rows = coverRows(items, withCoverage([], { item: "b", state: "asked", source: "nurse" }), true);
  expect(rows.map((row) => row.state)).toEqual(["not_asked", "not_asked", "not_asked", "asked"]);
  expect(rows.filter((row) => row.beside).map((row) => row.item.item)).toEqual(["partner_violence"]);
});

it("guides by what was chosen, the newest urgent flag, the focus, a standing emergency, and then what is unasked", () => {
  const rows = coverRows(items, states("asked", "not_asked", "not_asked", "not_asked"), false);
  const urgent = [flag("partner_violence", "immediate", 1), flag("e", "immediate", 2)];
  expect(guided(items, urgent, { focused: "b" }, rows)).toEqual({ item: items[2], emergency: true });
  expect(guided(items, urgent, { focused: "b", chosen: "b" }, rows)?.item.item).toBe("b");
  const decided = urgent.map((each) => ({ ...each, state: "confirmed" as const }));
  expect(guided(items, decided, { focused: "b" }, rows)?.item.item).toBe("b");
  expect(guided(items, decided, {}, rows)).toEqual({ item: items[2], emergency: true });
  const dismissed = urgent.map((each) => ({ ...each, state: "dismissed" as const }));
  expect(guided(items, dismissed, {}, rows)?.item.item).toBe("partner_violence");
  // Unasked is no emergency, and beside somebody else the question waits.
  const beside = coverRows(items, states("asked", "not_asked", "not_asked", "not_asked"), true);
  expect(guided(items, [], {}, beside)).toEqual({ item: items[2], emergency: false });
  expect(guided(items, [], {}, coverRows(items, states("asked", "asked", "asked", "asked"), false))).toBeUndefined();
});

it("marks what was said, the most urgent first, and neither questions nor what was dismissed", () => {
  const marks = marksOf([
    flag("a", "notice", 1, { quotes: [quote("q", "question"), quote("s", "answer")] }),
    flag("b", "immediate", 2, { quotes: [quote("s", "statement")] }),
    flag("c", "review", 3, { state: "dismissed", quotes: [quote("t", "statement")] }),
  ]);
  expect([...marks]).toEqual([["s", [{ tier: "immediate", label: "b" }, { tier: "notice", label: "a" }]]]);
});

it("quotes the sentence that matched, and of a long one what stands near", () => {
  expect(excerpt(quote("s", "answer", "実家は遠くて…。こっちには、", "頼れる人がいない", "です。そうです。"))).toBe("こっちには、頼れる人がいないです");
  expect(excerpt(quote("s", "answer", "あ".repeat(30), "い", "う".repeat(30)))).toBe(`…${"あ".repeat(18)}い${"う".repeat(18)}…`);
});

it("shows a repaired word in a quote, marked where any of what was heard matched", () => {
  const heard = { ...quote("s", "statement", "この人", "心がわ", "かった時。次"), repairs: [{ at: [2, 4], now: "妊娠" }] };
  expect(quotePieces(heard)).toEqual([
    { text: "この", marked: false }, { text: "妊娠", marked: true, heard: "人心" }, { text: "がわ", marked: true }, { text: "かった時。次", marked: false },
  ]);
  expect(excerpt(heard)).toBe("この妊娠がわかった時");
  expect(quotePieces(quote("s", "question", "はい。"))).toEqual([{ text: "はい。", marked: false }]);
});

it("says how a flag was read, and by which rules", () => {
  const said = (party: string) => ({ quotes: [quote("q", "question", "?"), { ...quote("s", "answer", "", "x"), party }] });
  const answer = (form: string, rule: string, bears: boolean) => ({ form, rule, label: null, text: null, declined: false, sum: null, bears });
  expect(howRead(flag("a", "review", 1, said("resident")))).toBe("本人のことばから");
  expect(howRead(flag("a", "review", 1, said("companion")))).toBe("同席者のことばから");
  expect(howRead(flag("a", "review", 1, { ...said("resident"), speaker_unknown: true }))).toBe("面談のことばから");
  expect(howRead(flag("a", "review", 1, { how: "answer", answers: [answer("質問票", "q.a", true), answer("質問票", "q.b", false)] }))).toBe("質問への答えから・質問票から");
  const sound = { distance: 0, words: [{ heard: "人心", like: "妊娠" }] };
  expect(howRead(flag("a", "review", 1, { how: "likeness" }))).toBe("よく似た言い方から");
  expect(howRead(flag("a", "review", 1, { how: "sound", sound }))).toBe("聞こえの近さから(「人心」→「妊娠」)");
  expect(howRead(flag("a", "review", 1, { how: "sound", sound: { distance: 2, words: [] } }))).toBe("聞こえの近さから");
  expect(howRead(flag("a", "review", 1, { how: "record", rule: null, record: { age: 17, weeks: null } }))).toBe("台帳から");
  expect(howRead(flag("a", "review", 1, { how: null, rule: null }))).toBe("");
  expect(howRead(flag("a", "review", 1, { withdrawn: true }))).toBe("");
  expect(rulesOf(flag("a", "review", 1, { answers: [answer("質問票", "q.a", true), answer("質問票", "q.b", false)] }))).toEqual(["r", "q.a"]);
});
