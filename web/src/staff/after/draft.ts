/** What becomes of a note that is written here and changed elsewhere: pure comparison, field by field. */
import type { NoteFields, Verdict } from "../../lib/api/types";

export type Typed = { fields: NoteFields; verdict: Verdict | null };
export type Part = keyof NoteFields | "verdict";
/** Both have changed this part since they were last the same; what is typed here may change further until one is chosen. */
export type Difference = { part: Part; theirs: string };

/** A verdict that nobody has chosen is `null` here, however the server leaves it out. */
export const typedOf = ({ fields, verdict }: { fields: NoteFields; verdict?: Verdict | null }): Typed => ({ fields: { ...fields }, verdict: verdict ?? null });

const parts = (typed: Typed): Part[] => [...(Object.keys(typed.fields) as (keyof NoteFields)[]), "verdict"];
export const valueOf = (typed: Typed, part: Part): string => (part === "verdict" ? (typed.verdict ?? "") : typed.fields[part]);

export const withPart = (typed: Typed, part: Part, to: string): Typed =>
  part === "verdict" ? { ...typed, verdict: (to || null) as Verdict | null } : { ...typed, fields: { ...typed.fields, [part]: to } };

export const differing = (a: Typed, b: Typed): Part[] => parts(a).filter((part) => valueOf(a, part) !== valueOf(b, part));

/** `mine` with the server's own form of what it was sent: what stands here as it was sent is what the server made of it. */
export function answered(mine: Typed, sent: Typed, answer: Typed): Typed {
  return parts(mine).reduce((typed, part) => (valueOf(mine, part) === valueOf(sent, part) ? withPart(typed, part, valueOf(answer, part)) : typed), mine);
}

/** `mine` with what only they have changed since `base`; what both have changed, or was still `open` between them, stays mine until somebody chooses. */
export function merged(base: Typed, mine: Typed, theirs: Typed, open: readonly Difference[] = []): { typed: Typed; differences: Difference[] } {
  const differences: Difference[] = [];
  let typed = mine;
  for (const part of parts(mine)) {
    const [was, here, there] = [valueOf(base, part), valueOf(mine, part), valueOf(theirs, part)];
    if (here === there) continue;
    if (was === here) typed = withPart(typed, part, there);
    else if (was !== there || open.some((each) => each.part === part)) differences.push({ part, theirs: there });
  }
  return { typed, differences };
}
