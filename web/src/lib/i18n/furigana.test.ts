import { describe, expect, it } from "vitest";
import { plain, readings } from "./furigana";

describe("readings", () => {
  it("puts the reading on the kanji before it", () => {
    expect(readings("もう一度《いちど》、確《たし》かめます")).toEqual([
      { text: "もう" },
      { text: "一度", reading: "いちど" },
      { text: "、" },
      { text: "確", reading: "たし" },
      { text: "かめます" },
    ]);
  });

  it("keeps two readings side by side apart", () => {
    expect(readings("10秒《びょう》待《ま》つ")).toEqual([
      { text: "10" },
      { text: "秒", reading: "びょう" },
      { text: "待", reading: "ま" },
      { text: "つ" },
    ]);
  });

  it("begins the word at ｜ when kana belong to it", () => {
    expect(readings("次の｜お知らせ《おしらせ》")).toEqual([
      { text: "次の" },
      { text: "お知らせ", reading: "おしらせ" },
    ]);
  });

  it("leaves a text without readings as it is", () => {
    expect(readings("Yorisoi")).toEqual([{ text: "Yorisoi" }]);
    expect(readings("")).toEqual([]);
  });
});

it("plain drops the readings and nothing else", () => {
  expect(plain("予約《よやく》した｜お人《おひと》《》")).toBe("予約したお人《》");
});
