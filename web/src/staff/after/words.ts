/** The transcript of a talk that is over, as rows: words, gaps, and where a search finds something. */
import type { Schemas } from "../../lib/api/client";
import type { GapReason } from "../../lib/call/messages";
import { heard, nothingSaid, withKept, type Transcript } from "../../lib/call/transcript";

/** Everything that was kept of a talk, in the order of speaking. */
export const kept = ({ segments, gaps }: Pick<Schemas["Transcript"], "segments" | "gaps">): Transcript =>
  gaps.reduce(
    (all, gap) => heard(all, { v: 1, seq: 0, at_ms: 0, type: "gap", data: { ...gap, reason: gap.reason as GapReason, void: null } } as Parameters<typeof heard>[1]),
    withKept(nothingSaid, segments),
  );

export type Piece = { text: string; hit: boolean };

/** The text in pieces, those that were looked for apart. Upper and lower case are one. */
export function pieces(text: string, query: string): readonly Piece[] {
  const wanted = query.trim().toLowerCase();
  const whole = text.toLowerCase();
  // Where lower case has another length, places would not be places of the text.
  if (wanted === "" || whole.length !== text.length) return [{ text, hit: false }];
  const found: Piece[] = [];
  let from = 0;
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, from)) {
    if (at > from) found.push({ text: text.slice(from, at), hit: false });
    from = at + wanted.length;
    found.push({ text: text.slice(at, from), hit: true });
  }
  if (from < text.length) found.push({ text: text.slice(from), hit: false });
  return found;
}
