/** The words of a note: its fields, what was decided about a flag, who was there. */
import type { Flag, NoteFacts, NoteFields, Tier, Verdict } from "../../lib/api/types";
import { m } from "../../lib/i18n/staff";
import { dayMonth } from "../../lib/time";
import { reason as why } from "../flags/words";
import { party, quotedParty } from "../words";

export type Field = keyof NoteFields;

/** In the order of the form. */
export const longFields: readonly Field[] = ["body_mind", "life_family", "support", "wishes", "explained", "contact"];
export const shortFields: readonly Field[] = ["next", "handover"];

export const field: Record<Field, () => string> = {
  body_mind: m.note_body_mind,
  life_family: m.note_life_family,
  support: m.note_support,
  wishes: m.note_wishes,
  explained: m.note_explained,
  contact: m.note_contact,
  next: m.note_next,
  handover: m.note_handover,
};

export const verdicts: Record<Verdict, () => string> = {
  none: m.verdict_none,
  watch: m.verdict_watch,
  support: m.verdict_support,
  high_risk: m.verdict_high_risk,
  candidate: m.verdict_candidate,
};

export const tierOrder: readonly Tier[] = ["immediate", "review", "notice", "care"];

const states: Record<Flag["state"], () => string> = {
  suggested: m.decided_suggested,
  confirmed: m.decided_confirmed,
  dismissed: m.decided_dismissed,
  held: m.decided_held,
};

/** 採用, 却下(制度の質問), 保留(11月27日まで) */
export function decision(state: string, reason: string | null | undefined, until?: string | null): string {
  const more = state === "held" && until ? m.decided_until({ day: dayMonth(until) }) : state === "dismissed" ? m.decided_because({ reason: why(reason) }) : "";
  return ((states as Partial<Record<string, () => string>>)[state]?.() ?? state) + more;
}

/** Undecided ones first, the most urgent of them on top; then the decided ones as they came. */
export const undecidedFirst = (flags: readonly Flag[]): readonly Flag[] =>
  flags.toSorted((a, b) => Number(b.state === "suggested") - Number(a.state === "suggested") || tierOrder.indexOf(a.tier) - tierOrder.indexOf(b.tier) || a.at_ms - b.at_ms);

/** A party that this page does not know yet keeps the name that came. */
const parties: Partial<Record<string, () => string>> = { ...party, mixed: m.voice_unknown };

export const people = (facts: NoteFacts): string =>
  [facts.interviewer, ...(facts.company.length ? facts.company.map((each) => parties[each]?.() ?? each) : [m.note_alone()])].join("・");

export function consent({ consent }: NoteFacts): string {
  const text = { transcript: m.yes_have(), captions_only: m.captions_short(), none: m.no_have() }[consent.transcription ?? "none"];
  const parts = [m.f_transcription({ value: text })];
  if (consent.transcription === "transcript") parts.push(m.f_audio({ value: consent.keep_audio === "yes" ? m.until_approval() : m.not_kept() }));
  parts.push(m.f_share({ value: consent.sharing === "yes" ? m.yes_have() : m.no_have() }));
  return parts.join("・");
}

/** Who speaks: the nurse by her name, others by what they are. */
export const voice = (of: string | undefined, interviewer: string | undefined): string =>
  of === "nurse" && interviewer ? interviewer : (parties[of ?? ""]?.() ?? m.voice_unknown());

/** The same beside what a flag quotes. */
export const quoted = (of: string, interviewer: string | undefined): string => (of === "interpreter" ? quotedParty.interpreter() : voice(of, interviewer));
