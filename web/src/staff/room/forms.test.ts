import { expect, test } from "vitest";
import type { Schemas } from "../../lib/api/client";
import { answersOf, DECLINED, filledHow, filledOn, sumWord, typedOf } from "./forms";

const choices = [{ choice: "no", text: "飲まない" }, { choice: "yes", text: "飲む" }];
const form = (filled: Partial<Schemas["FilledForm"]> | null): Schemas["InterviewForm"] => ({
  form: "questionnaire", title: "事前の質問票", hint: null, filled_by: "resident", version: 1, sha256: "aa",
  questions: [
    { question: "alcohol", label: "お酒", ask: "飲みますか", alone: false, choices },
    { question: "tobacco", label: "たばこ", ask: "吸いますか", alone: false, choices },
    { question: "money", label: "お金", ask: "心配ですか", alone: false, choices },
    { question: "troubles", label: "困りごと", ask: "ほかに", alone: false, choices: [] },
  ],
  filled: filled && { revision: 1, at: "2026-11-23T10:12:00+09:00", manner: "tap", by: null, answers: [], sum: null, ...filled },
});

test("what was answered is taken over, and what was left out stays out", () => {
  const answered = form({
    answers: [
      { question: "alcohol", label: "お酒", choice: "yes", text: "飲む", declined: false, urgent: false },
      { question: "tobacco", label: "たばこ", choice: null, text: null, declined: true, urgent: false },
      { question: "troubles", label: "困りごと", choice: null, text: "道がわからない", declined: false, urgent: false },
    ],
  });
  const typed = typedOf(answered);
  expect(typed).toEqual({ alcohol: { choice: "yes", words: "" }, tobacco: { choice: DECLINED, words: "" }, money: { choice: "", words: "" }, troubles: { choice: "", words: "道がわからない" } });
  expect(answersOf(answered, typed)).toEqual([
    { question: "alcohol", choice: "yes", declined: false },
    { question: "tobacco", declined: true },
    { question: "troubles", words: "道がわからない", declined: false },
  ]);
  expect(answersOf(form(null), typedOf(form(null)))).toEqual([]);
});

test("a sum is said with its limit, and that something is missing", () => {
  const filled = (reached: boolean, incomplete: boolean) => form({ manner: "paper", by: "佐野", sum: { points: 12, most: 30, cut: 13, reached, incomplete } });
  expect(sumWord(filled(false, false))).toBe("12 / 30点・13点未満");
  expect(sumWord(filled(true, true))).toBe("12 / 30点・13点以上・答えのない問あり");
  expect(sumWord(form(null))).toBe("合計なし");
  expect(filledHow(filled(false, false).filled!)).toBe("用紙から・佐野");
  expect(filledHow(form({}).filled!)).toBe("本人が回答");
  expect(filledOn(form({}).filled!)).toBe("11月23日 回答");
});
