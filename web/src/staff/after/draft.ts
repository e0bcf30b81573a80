/** What becomes of a note that is written here and changed elsewhere: pure comparison, field by field. */
import type { NoteFields, Verdict } from "../../lib/api/types";

export type Typed = { fields: NoteFields; verdict: Verdict | null };
export type Part = keyof NoteFields | "verdict";
/** Both have changed this part since they were last the same. */
export type Difference = { part: Part; mine: string; theirs: string };

/** A verdict that nobody has chosen is `null` here, however the server leaves it out. */
export const typedOf = ({ fields, verdict }: { fields: NoteFields; verdict?: Verdict | null }): Typed => ({ fields: { ...fields }, verdict: verdict ?? null });

const parts = (typed: Typed): Part[] => [...(Object.keys(typed.fields) as (keyof NoteFields)[]), "verdict"];
const value = (typed: Typed, part: Part): string => (part === "verdict" ? (typed.verdict ?? "") : typed.fields[part]);

export const withPart = (typed: Typed, part: Part, to: string): Typed =>
  part === "verdict" ? { ...typed, verdict: (to || null) as Verdict | null } : { ...typed, fields: { ...typed.fields, [part]: to } };

export const same = (a: Typed, b: Typed): boolean => parts(a).every((part) => value(a, part) === value(b, part));

/** `mine` with the server's own form of what it was sent: what stands here as it was sent is what the server made of it. */
export function answered(mine: Typed, sent: Typed, answer: Typed): Typed {
  return parts(mine).reduce((typed, part) => (value(mine, part) === value(sent, part) ? withPart(typed, part, value(answer, part)) : typed), mine);
}

/** `mine` with what only they have changed since `base`; what both have changed stays mine until somebody chooses. */
export function merged(base: Typed, mine: Typed, theirs: Typed): { typed: Typed; differences: Difference[] } {
  const differences: Difference[] = [];
  let typed = mine;
  for (const part of parts(mine)) {
    const [was, here, there] = [value(base, part), value(mine, part), value(theirs, part)];
    if (here === there || was === there) continue;
    if (was === here) typed = withPart(typed, part, there);
    else differences.push({ part, mine: here, theirs: there });
  }
  return { typed, differences };
}
