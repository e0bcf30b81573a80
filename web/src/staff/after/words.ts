/** The transcript of a talk that is over, as rows: words, gaps, and where a search finds something. */
import type { Schemas } from "../../lib/api/client";
import type { GapReason } from "../../lib/call/messages";
import { heard, nothingSaid, withKept, withRepairs, type Transcript, type Turn } from "../../lib/call/transcript";

/** Everything that was kept of a talk, in the order of speaking. */
export const kept = ({ segments, gaps }: Pick<Schemas["Transcript"], "segments" | "gaps">): Transcript =>
  gaps.reduce(
    (all, gap) => heard(all, { v: 1, seq: 0, at_ms: 0, type: "gap", data: { ...gap, reason: gap.reason as GapReason, void: null } } as Parameters<typeof heard>[1]),
    withKept(nothingSaid, segments),
  );

export type Piece = { text: string; hit: boolean; heard?: string };

/** A turn in pieces, what was looked for in what is shown apart. Upper and lower case are one. */
export function pieces({ text, repairs }: Pick<Turn, "text" | "repairs">, query: string): readonly Piece[] {
  const shown = withRepairs(text, [], repairs);
  const hits = places(shown.map((piece) => piece.text).join(""), query);
  let at = 0;
  return shown.flatMap(({ text, heard }): Piece[] => {
    const start = at;
    at += text.length;
    // A repaired word is one button, however little of it was looked for.
    if (heard !== undefined) return [{ text, heard, hit: hits.some(([from, to]) => from < start + text.length && start < to) }];
    const edges = hits.flat().map((edge) => Math.min(Math.max(edge - start, 0), text.length));
    const cuts = [...new Set([0, ...edges, text.length])];
    return cuts.slice(1).map((end, i) => ({ text: text.slice(cuts[i], end), hit: hits.some(([from, to]) => from <= start + cuts[i]! && start + end <= to) }));
  });
}

/** Where a text holds what is looked for, in order and apart from each other. */
function places(text: string, query: string): [from: number, to: number][] {
  const wanted = query.trim().toLowerCase();
  const whole = text.toLowerCase();
  // Where lower case has another length, places would not be places of the text.
  if (wanted === "" || whole.length !== text.length) return [];
  const found: [number, number][] = [];
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + wanted.length)) found.push([at, at + wanted.length]);
  return found;
}
