/** The words and signs of flags and items. */
import type { Asked, DismissReason, Flag, Tier } from "../../lib/api/types";
import { m } from "../../lib/i18n/staff";
import type { IconName } from "../../lib/ui/icons";
import { sumOf } from "../room/forms";
import { type CoverRow, waits } from "./flags";
import { quotedParty } from "../words";

export const tier: Record<Tier, { word: () => string; icon: IconName }> = {
  immediate: { word: m.tier_immediate, icon: "alert" },
  review: { word: m.tier_review, icon: "question" },
  notice: { word: m.tier_notice, icon: "dot" },
  care: { word: m.tier_care, icon: "chat" },
};

export const reasons: Record<DismissReason, () => string> = {
  misheard: m.dismiss_misheard,
  not_hers: m.dismiss_not_hers,
  past: m.dismiss_past,
  about_services: m.dismiss_about_services,
  figure_of_speech: m.dismiss_figure_of_speech,
  other: m.dismiss_other,
};

/** A reason that this page does not know yet is still a reason. */
export const reason = (code: string | null | undefined): string => (reasons as Partial<Record<string, () => string>>)[code ?? ""]?.() ?? m.dismiss_other();

const icons: Record<Asked, IconName> = { vague: "question", not_asked: "circle", declined: "minus", asked: "check", positive: "check", negative: "check" };
export const coverIcon = (row: CoverRow): IconName => (waits(row) ? "circle" : icons[row.state]);

/** What one source says, in a word. */
const said: Record<Asked, () => string> = { vague: m.cover_vague, not_asked: m.cover_missing, declined: m.cover_declined, asked: m.cover_asked, positive: m.cover_positive, negative: m.cover_negative };
export const askedWord = (state: Asked): string => said[state]();

export function coverWord(row: CoverRow): string {
  const { item, state, beside } = row;
  const urgent = item.tier === "immediate";
  switch (state) {
    case "vague":
      return urgent ? m.cover_vague_aloud() : m.cover_vague();
    case "not_asked":
      return beside ? m.cover_missing_beside() : urgent ? m.cover_missing_now() : m.cover_missing();
    case "declined":
      return m.cover_declined();
    case "asked":
      return waits(row) ? m.cover_asked_waits() : m.cover_asked();
    case "positive":
      return m.cover_positive();
    case "negative":
      return m.cover_negative();
  }
}

/** What in the talk led to a flag. `answers` and the record stand beside it. */
function howSaid({ how, speaker_unknown, quotes, sound }: Flag): string | undefined {
  if (how === "answer") return m.flag_how_answer();
  if (how === "likeness") return m.flag_how_likeness();
  if (how === "sound") {
    const words = (sound?.words ?? []).map(({ heard, like }) => m.flag_how_alike({ heard, like })).join("、");
    return words ? m.flag_how_sounds({ words }) : m.flag_how_sound();
  }
  if (how !== "direct") return undefined;
  const of = quotes.find((quote) => quote.part !== "question")?.party;
  return !speaker_unknown && (of === "resident" || of === "companion" || of === "interpreter") ? m.flag_how_direct({ who: quotedParty[of]() }) : m.flag_how_talk();
}

const borne = ({ answers }: Pick<Flag, "answers">) => answers.filter((answer) => answer.bears);

/** How a flag was come to, in a line: by what was said, and by what is written. Empty: by hand, or withdrawn. */
export function howRead(flag: Flag): string {
  if (flag.withdrawn) return "";
  const forms = borne(flag).map((answer) => answer.form);
  const written = [...new Set([...forms, ...(flag.record ? [m.flag_record()] : [])])];
  return [howSaid(flag), ...written.map((form) => m.flag_how_written({ form }))].filter(Boolean).join("・");
}

/** What was applied: a rule of the talk, a question of a form. */
export const rulesOf = (flag: Flag): string[] => [...(flag.rule ? [flag.rule] : []), ...borne(flag).map((answer) => answer.rule)];

/** A flag that rests on something written, in one line. */
export function writtenLine({ answers, record }: Pick<Flag, "answers" | "record">): string {
  const [answer] = [...answers].sort((a, b) => Number(b.bears) - Number(a.bears));
  if (record?.age != null) return `${m.flag_record()}: ${m.about_age({ n: record.age })}`;
  if (record?.weeks) return `${m.flag_record()}: ${m.flag_record_weeks(record.weeks)}`;
  if (!answer) return "";
  const words = answer.sum ? sumOf(answer.sum) : answer.declined ? m.form_declined() : (answer.text ?? "");
  return [answer.form, answer.label, words].filter(Boolean).join(": ");
}
