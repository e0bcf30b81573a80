/** What a form says on the staff's pages, and what is sent of one that is filled in. Pure. */
import type { Schemas } from "../../lib/api/client";
import { m } from "../../lib/i18n/staff";
import { cityDay, dayMonth } from "../../lib/time";

type Form = Schemas["InterviewForm"];
type Filled = Schemas["FilledForm"];

const manners: Record<Filled["manner"], () => string> = { tap: m.form_by_herself, spoken: m.form_spoken, paper: m.form_paper, not_asked: m.manner_not_asked };

/** 11月23日 回答 */
export const filledOn = (filled: Filled): string => m.form_answered({ day: dayMonth(cityDay(new Date(filled.at))) });

/** 本人が回答 / 用紙から・佐野 */
export const filledHow = (filled: Filled): string => [manners[filled.manner](), filled.by].filter(Boolean).join("・");

/** The sum as it stands on the sheet, never a word about her. */
export function sumWord({ filled }: Form): string {
  const sum = filled?.sum;
  if (!sum) return m.form_no_sum();
  const words = [m.form_sum({ points: sum.points, most: sum.most }), sum.reached ? m.form_reached({ cut: sum.cut }) : m.form_below({ cut: sum.cut })];
  return [...words, ...(sum.incomplete ? [m.form_incomplete()] : [])].join("・");
}

/** What the sum of a scale is called beside other answers. */
export const sumOf = (sum: Schemas["FormSum"]): string => `${m.form_sum(sum)}・${sum.reached ? m.form_reached(sum) : m.form_below(sum)}`;

/** What is typed into a form: by question a choice, words, or 答えたくない; empty is not asked. */
export type Typed = Record<string, { choice: string; words: string }>;
export const DECLINED = "—";

export function typedOf(form: Form): Typed {
  const known = new Map(form.filled?.answers.map((answer) => [answer.question, answer]));
  return Object.fromEntries(
    form.questions.map(({ question, choices }) => {
      const answer = known.get(question);
      const words = choices.length === 0 && !answer?.declined ? (answer?.text ?? "") : "";
      return [question, { choice: answer?.declined ? DECLINED : (answer?.choice ?? ""), words }];
    }),
  );
}

export function answersOf(form: Form, typed: Typed): Schemas["NewAnswer"][] {
  return form.questions.flatMap(({ question, choices }): Schemas["NewAnswer"][] => {
    const { choice = "", words = "" } = typed[question] ?? {};
    if (choice === DECLINED) return [{ question, declined: true }];
    if (choices.length > 0) return choice ? [{ question, choice, declined: false }] : [];
    return words.trim() ? [{ question, words: words.trim(), declined: false }] : [];
  });
}
