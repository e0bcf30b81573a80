/** What a rule looks for and what is wrong with one, in words. */
import type { LikenessLine, RuleLine, RulePlace, Rules, RuleView } from "../../lib/api/types";
import { m } from "../../lib/i18n/staff";

/** The address of a rule's page: `smoking.still` is /rules/smoking/still. */
export const ruleHref = (rule: string): string => `/rules/${rule.replace(".", "/")}`;

const ofLikeness = (rule: string | null | undefined): boolean => rule?.endsWith(".likeness") ?? false;

/** Where what is wrong is mended: a likeness is no rule, it has its row in the table. */
export const placeHref = (rule: string): string => (ofLikeness(rule) ? "#tuning" : ruleHref(rule));

/** What it is called there. */
export const placeName = (rules: Rules, rule: string): string => tuning(rules).find((each) => each.rule === rule)?.name ?? rule;

/** The rule that an item opens with: what was changed last, else its first. */
export const firstOf = (rules: Rules, item: string): RuleLine | undefined => {
  const own = rules.rules.filter((each) => each.item === item);
  return own.find((each) => each.draft) ?? own[0];
};

/** The name of one more rule of the municipality's. */
export function newName(rules: Rules, item: string): string {
  const taken = new Set(rules.rules.map((each) => each.rule));
  let n = 1;
  while (taken.has(`${item}.city_${n}`)) n += 1;
  return `${item}.city_${n}`;
}

export function option({ rule, example, state, draft }: RuleLine): string {
  if (state === "off") return m.rules_option_off({ rule });
  return draft ? m.rules_option_draft({ rule, example }) : m.rules_option({ rule, example });
}

/** What was dismissed, the most first, and what is left out beside the rules. What was never dismissed needs no tuning. */
export function tuning({ rules, likeness, items }: Rules) {
  const sum = ({ dismissed }: RuleLine | LikenessLine): number => dismissed.reduce((sum, of) => sum + of.count, 0);
  const label = (item: string): string => items.find((each) => each.item === item)?.label ?? item;
  return [
    ...rules.map((each) => ({ ...each, sum: sum(each), name: each.rule, likeness: false })),
    ...likeness.map((each) => ({ ...each, sum: sum(each), name: m.rules_tuning_like({ label: label(each.item) }), likeness: true })),
  ]
    .filter((each) => each.sum > 0 || (each.likeness && (each.state === "off" || each.draft)))
    .toSorted((a, b) => b.sum - a.sum);
}

/** 何を見るか */
export function what({ text, subject, asked }: RuleView): string {
  const whose = { own: m.rules_what_own, partner: m.rules_what_partner, any: m.rules_what_any }[subject]();
  const question = asked?.replace(/[。？?]$/, "");
  const answers = question && (text.when === "asked" ? m.rules_what_asked({ question }) : m.rules_what_answers({ question }));
  return [whose, [answers, text.says === "safe" && m.rules_what_safe()].filter(Boolean).join("。")].join("");
}

/** 見ないもの */
export function not({ text, past, subject }: RuleView): string {
  const left = [
    text.negation === "clears" && m.rules_not_negation(),
    past === "clears" && m.rules_not_past(),
    subject === "own" ? m.rules_not_others() : subject === "partner" && m.rules_not_third(),
    text.supposed === "clears" && m.rules_not_supposed(),
    m.rules_not_nurse(),
  ];
  return [left.filter(Boolean).join("、"), past === "review" && m.rules_past_review()].filter(Boolean).join("。");
}

/** An example as people read it: 保健師「おたばこは」→「はい、ちょっと」 */
export function example(text: string): string {
  const [question = "", answer] = text.split("→").map((part) => part.trim());
  return answer === undefined ? m.rules_example({ text }) : m.rules_example_answer({ question, answer });
}

const faults: Record<RulePlace["fault"], () => string> = {
  group_not_closed: m.rules_fault_group_not_closed,
  group_not_opened: m.rules_fault_group_not_opened,
  class_not_closed: m.rules_fault_class_not_closed,
  nothing_to_repeat: m.rules_fault_nothing_to_repeat,
  bad_pattern: m.rules_fault_bad_pattern,
  no_concept: m.rules_fault_no_concept,
  length: m.rules_fault_length,
  no_patterns: m.rules_fault_no_patterns,
  no_examples: m.rules_fault_no_examples,
  not_an_answer: m.rules_fault_not_an_answer,
  too_big: m.rules_fault_too_big,
  too_many: m.rules_fault_too_many,
  no_rule: m.rules_fault_no_rule,
  other: m.rules_fault_other,
};

/** What is wrong, with the place within the list where it is one. */
export function fault(place: RulePlace): string {
  const own = place.fault === "no_rule" && ofLikeness(place.rule) ? m.rules_fault_no_likeness : undefined;
  const word = own ?? (faults as Partial<typeof faults>)[place.fault] ?? m.rules_fault_other;
  return place.row && place.at ? m.rules_fault_row({ row: place.row, at: place.at, fault: word() }) : word();
}

/** smoking.toml の 4行 12文字目 */
export const place = ({ file, line, column }: RulePlace): string => m.rules_place({ file, line, column });

/** The list of the form at which it is said; a missing example at the kind that is missing. */
export function fieldOf(place: RulePlace, text: { match: readonly string[] }): string {
  if (place.field) return place.field;
  if (place.fault === "no_examples") return text.match.length === 0 ? "match" : "no_match";
  return "patterns";
}

/** What was typed, a line each. */
export const lines = (typed: string): string[] => typed.split("\n").map((line) => line.trim()).filter((line) => line !== "");

/** Where the n-th line that is not empty begins in what was typed, and its character. */
export function offset(typed: string, row: number, at: number): number {
  let [from, n] = [0, 0];
  for (const line of typed.split("\n")) {
    if (line.trim() !== "") n += 1;
    if (n === row && line.trim() !== "") return from + (line.length - line.trimStart().length) + [...line.trimStart()].slice(0, at - 1).join("").length;
    from += line.length + 1;
  }
  return typed.length;
}
