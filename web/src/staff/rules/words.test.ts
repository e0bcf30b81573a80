import { describe, expect, test } from "vitest";
import type { RulePlace, Rules, RuleView } from "../../lib/api/types";
import { example, fault, fieldOf, firstOf, lines, newName, not, offset, placeHref, placeName, ruleHref, tuning, what } from "./words";

const line = (rule: string, more: object = {}) => ({ rule, item: "smoking", state: "shipped", draft: false, example: "まだ吸ってます", found: 0, confirmed: 0, dismissed: [], ...more });
const rules = (...all: object[]) => ({ rules: all }) as unknown as Rules;
const view = (text: object, more: object = {}) =>
  ({ text: { when: "always", says: "risk", negation: "clears", supposed: "clears", ...text }, past: "clears", subject: "own", asked: "たばこは吸いますか。", ...more }) as unknown as RuleView;
const wrong = (more: object) => ({ file: "city/rule/a.b.toml", line: 9, column: 5, fault: "group_not_closed", field: "patterns", row: 2, at: 3, ...more }) as unknown as RulePlace;

describe("rules in words", () => {
  test("an item opens with what was changed, else with its first rule", () => {
    expect(firstOf(rules(line("smoking.a"), line("smoking.b", { draft: true })), "smoking")?.rule).toBe("smoking.b");
    expect(firstOf(rules(line("smoking.a"), line("smoking.b")), "smoking")?.rule).toBe("smoking.a");
    expect(firstOf(rules(), "smoking")).toBeUndefined();
  });
  test("a new rule has a name that nobody has", () => {
    expect(newName(rules(line("smoking.city_1")), "smoking")).toBe("smoking.city_2");
    expect(ruleHref("smoking.city_2")).toBe("/rules/smoking/city_2");
  });
  test("what was dismissed comes first, and what is left out beside the rules is there to be taken in again", () => {
    const [past, none] = [[{ reason: "past", count: 2 }], []];
    const like = (item: string, more: object) => ({ item, rule: `${item}.likeness`, state: "shipped", draft: false, found: 1, confirmed: 0, dismissed: none, ...more });
    const seen = tuning({
      items: [{ item: "smoking", label: "たばこ" }],
      rules: [line("smoking.a", { dismissed: past }), line("smoking.b"), line("smoking.c", { state: "off", draft: true })],
      likeness: [like("smoking", { dismissed: [...past, ...past] }), like("alcohol", {}), like("language", { state: "off" }), like("isolation", { draft: true })],
    } as unknown as Rules);
    expect(seen.map(({ name, sum }) => [name, sum])).toEqual([["よく似た言い方で見つけたもの(たばこ)", 4], ["smoking.a", 2], ["よく似た言い方で見つけたもの(language)", 0], ["よく似た言い方で見つけたもの(isolation)", 0]]);
  });
  test("what is wrong with a likeness is mended in the table, by the button that is there", () => {
    expect([placeHref("smoking.likeness"), placeHref("smoking.city_2")]).toEqual(["#tuning", "/rules/smoking/city_2"]);
    const all = { items: [{ item: "smoking", label: "たばこ" }], rules: [line("smoking.a")], likeness: [{ item: "smoking", rule: "smoking.likeness", state: "off", dismissed: [] }] } as unknown as Rules;
    expect([placeName(all, "smoking.likeness"), placeName(all, "smoking.a")]).toEqual(["よく似た言い方で見つけたもの(たばこ)", "smoking.a"]);
    const gone = { fault: "no_rule", row: null, at: null };
    expect(fault(wrong({ ...gone, rule: "smoking.likeness" }))).toContain("「使う」で直ります");
    expect(fault(wrong({ ...gone, rule: "smoking.a" }))).toContain("「既定に戻す」で直ります");
  });
  test("what is looked at, and what is not", () => {
    expect(what(view({}))).toBe("本人の言葉。「たばこは吸いますか」などの質問への答えも見ます");
    expect(what(view({ when: "asked", says: "safe" }))).toContain("答えだけを見ます。心配ないという答え");
    expect(not(view({}))).toBe("否定、過去(今はちがう)、ほかの人のこと、もしもの話や質問、保健師の言葉");
    expect(not(view({ negation: "keeps", supposed: "keeps" }, { past: "review", subject: "any" }))).toBe("保健師の言葉。過去のことは「要確認」になります");
  });
  test("an example with its question", () => {
    expect(example("おたばこは → はい、ちょっと")).toBe("保健師「おたばこは」→「はい、ちょっと」");
    expect(example("まだ吸ってます")).toBe("「まだ吸ってます」");
  });
  test("a fault is said at its list, its line and its character", () => {
    expect(fault(wrong({}))).toBe("2行目の3文字目: 開いたかっこ「(」が閉じていません。");
    expect(fault(wrong({ row: null, at: null, fault: "unheard_of" }))).toBe("読めないところがあります。");
    expect(fieldOf(wrong({}), { match: [] })).toBe("patterns");
    expect(fieldOf(wrong({ field: null, fault: "no_examples" }), { match: ["a"] })).toBe("no_match");
    expect(offset("まだ吸\n\n  口を(きか", 2, 3)).toBe(9);
    expect(lines(" a \n\n b")).toEqual(["a", "b"]);
  });
});
