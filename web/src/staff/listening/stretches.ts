/** Which stretches of which voices belong to a flag. Pure. */
import type { Schemas } from "../../lib/api/client";
import type { FlagQuote } from "../../lib/api/types";

/** Times are milliseconds of the interview. */
export type Stretch = { participant: string; fromMs: number; toMs: number };

/** What stands around a quote belongs to it. */
const AROUND_MS = 2000;

/** Each quote with what stands around it, in the order of speaking; what overlaps in one voice is one stretch. */
export function stretches(quotes: readonly FlagQuote[], segments: readonly Schemas["TranscriptSegment"][]): readonly Stretch[] {
  const ends = new Map(segments.map((each) => [each.id, each.end_ms]));
  const all: Stretch[] = [];
  for (const { segment, participant, start_ms } of [...quotes].sort((a, b) => a.start_ms - b.start_ms)) {
    const end = ends.get(segment);
    // A voice that nobody could be told from another has no track.
    if (participant == null || end === undefined) continue;
    const [fromMs, toMs] = [Math.max(0, start_ms - AROUND_MS), end + AROUND_MS];
    const before = all.findLast((each) => each.participant === participant);
    if (before && fromMs <= before.toMs) before.toMs = Math.max(before.toMs, toMs);
    else all.push({ participant, fromMs, toMs });
  }
  return all;
}

/** The tracks on which a participant was heard: more than one where they came back. */
export const tracksOf = (accounts: readonly Schemas["TranscriptAccount"][], participant: string): string[] =>
  accounts.filter((each) => each.participant === participant).map((each) => each.track);
