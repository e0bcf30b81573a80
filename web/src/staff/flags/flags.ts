/** What the cards and the list of items are made of: order, counts and excerpts. Pure. */
import type { Asked, Coverage, Flag, FlagQuote, Item, Tier } from "../../lib/api/types";
import { withRepairs } from "../../lib/call/transcript";

export const undecided = (flag: Flag): boolean => flag.state === "suggested";
const urgent = (flag: Flag): boolean => undecided(flag) && flag.tier === "immediate";

/** Undecided immediate ones first, then the newest: a new card moves older ones down, a decision moves no other card. */
export function inOrder(flags: readonly Flag[]): Flag[] {
  const newest = (a: Flag, b: Flag) => Date.parse(b.made_at) - Date.parse(a.made_at);
  return [...flags].sort((a, b) => Number(urgent(b)) - Number(urgent(a)) || newest(a, b));
}

/** The flag in place of its older self. What comes late says nothing new. */
export function withFlag(flags: readonly Flag[], flag: Flag): readonly Flag[] {
  const known = flags.find((each) => each.id === flag.id);
  if (!known) return [...flags, flag];
  return known.revision > flag.revision ? flags : flags.map((each) => (each === known ? flag : each));
}

export function withCoverage(coverage: readonly Coverage[], news: Coverage): readonly Coverage[] {
  return coverage.some((each) => each.item === news.item) ? coverage.map((each) => (each.item === news.item ? news : each)) : [...coverage, news];
}

export const urgentOnes = (flags: readonly Flag[]): Flag[] => inOrder(flags).filter(urgent);

/** The next card that waits for a decision: below the one just decided, else from the top. */
export function nextUndecided(flags: readonly Flag[], after: string): Flag | undefined {
  const order = inOrder(flags);
  const at = order.findIndex((flag) => flag.id === after);
  return [...order.slice(at + 1), ...order.slice(0, Math.max(at, 0))].find(undecided);
}

export type CoverRow = { item: Item; state: Asked; source: Coverage["source"]; beside: boolean; both?: { talk: Asked; form: Asked } };

/** Items about which nobody is asked while somebody else is in the room (decision 11). */
const alone: ReadonlySet<string> = new Set(["partner_violence", "sexual_violence_or_unknown_father"]);

export function coverRows(items: readonly Item[], coverage: readonly Coverage[], companion: boolean): CoverRow[] {
  const states = new Map(coverage.map((each) => [each.item, each]));
  return items.map((item) => {
    const known = states.get(item.item);
    const row: CoverRow = { item, state: known?.state ?? "not_asked", source: known?.source, beside: companion && alone.has(item.item) };
    // They say different things: neither is taken for the other.
    const differ = known?.talk && known.form && known.talk !== known.form;
    return differ ? { ...row, both: { talk: known.talk!, form: known.form! } } : row;
  });
}

export type Cover = { open: CoverRow[]; answered: CoverRow[]; asked: number; vague: number; missing: number };

/** Something immediate was asked, and no answer was heard: silence is none, and it does not lie with what was answered. */
export const waits = ({ item, state, source }: CoverRow): boolean => item.tier === "immediate" && state === "asked" && source === "engine";

/** あいまい, what waits for its answer, 未確認 (immediate first), 答えたくない; what was answered apart. Asked in any way counts as asked. */
export function cover(rows: readonly CoverRow[]): Cover {
  const of = (...states: Asked[]) => rows.filter((row) => states.includes(row.state));
  const vague = of("vague");
  const missing = of("not_asked");
  const first = (row: CoverRow) => row.item.tier === "immediate";
  return {
    open: [...vague, ...rows.filter(waits), ...missing.filter(first), ...missing.filter((row) => !first(row)), ...of("declined")],
    answered: of("asked", "positive", "negative").filter((row) => !waits(row)),
    asked: rows.length - missing.length,
    vague: vague.length,
    missing: missing.length,
  };
}

export type Guide = { item: Item; emergency: boolean };

/**
 * What to ask next: about what somebody turned to by hand, else the newest undecided immediate flag, else what has the
 * focus, else a standing emergency, else the next unasked. It is an emergency only where somebody saw one or turns to it,
 * not where it is merely unasked.
 */
export function guided(items: readonly Item[], flags: readonly Flag[], at: { chosen?: string | undefined; focused?: string | undefined }, rows: readonly CoverRow[]): Guide | undefined {
  const of = (item: string | undefined) => items.find((each) => each.item === item);
  const standing = flags.find((flag) => flag.state !== "dismissed" && !flag.withdrawn && of(flag.item)?.emergency);
  const next = rows.find((row) => row.state === "not_asked" && !row.beside);
  const item = of(at.chosen) ?? of(urgentOnes(flags)[0]?.item) ?? of(at.focused) ?? of(standing?.item);
  if (item) return { item, emergency: item.emergency };
  return next && { item: next.item, emergency: false };
}

export type Mark = { tier: Tier; label: string };
const rank: Record<Tier, number> = { immediate: 0, review: 1, notice: 2, care: 3 };

/** The marks of each segment, the most urgent first. A dismissed flag marks nothing, a question alone neither. */
export function marksOf(flags: readonly Flag[]): ReadonlyMap<string, readonly Mark[]> {
  const marks = new Map<string, Mark[]>();
  for (const flag of flags) {
    if (flag.state === "dismissed") continue;
    for (const segment of new Set(flag.quotes.filter((quote) => quote.part !== "question").map((quote) => quote.segment))) {
      marks.set(segment, [...(marks.get(segment) ?? []), { tier: flag.tier, label: flag.label }].sort((a, b) => rank[a.tier] - rank[b.tier]));
    }
  }
  return marks;
}

export type QuotePiece = { text: string; marked: boolean; heard?: string };

/** The whole text of a quote as it is shown. A repaired word is marked where any of what was heard is. */
export function quotePieces({ before, marked, after, repairs }: FlagQuote): QuotePiece[] {
  const [from, to] = [before.length, before.length + marked.length];
  let at = 0;
  return withRepairs(before + marked + after, [[from, to]], repairs).map(({ text, heard }) => {
    const start = at;
    at += (heard ?? text).length;
    return { text, marked: start < to && from < at, ...(heard !== undefined && { heard }) };
  });
}

/** The quote as one line: the sentence in which it matched, and of a long one what stands near. */
export function excerpt(quote: FlagQuote, around = 18): string {
  const pieces = quotePieces(quote);
  const first = pieces.findIndex((piece) => piece.marked);
  const last = pieces.findLastIndex((piece) => piece.marked);
  const shown = (some: QuotePiece[]) => some.map((piece) => piece.text).join("");
  const [before, marked, after] = [shown(pieces.slice(0, Math.max(first, 0))), shown(pieces.slice(Math.max(first, 0), last + 1)), shown(pieces.slice(last + 1))];
  const from = before.slice(before.lastIndexOf("。") + 1);
  const to = after.split("。", 1)[0]!;
  return `${from.length > around ? `…${from.slice(-around)}` : from}${marked}${to.length > around ? `${to.slice(0, around)}…` : to}`;
}
