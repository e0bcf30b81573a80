import { expect, it } from "vitest";
import { nothingTyped, readTyped, type Typed } from "./identity";

const good: Typed = { kana: "シライシ ヒナタ", year: "1998", month: "5", day: "12", number: "K7R-4M2" };

it("reads what the page asks for", () => {
  expect(readTyped(good)).toEqual({ body: { name_kana: "シライシ ヒナタ", birth_date: "1998-05-12", booking_number: "K7R-4M2" } });
});

it("takes full-width digits, half-width kana and small letters", () => {
  expect(readTyped({ kana: " ｼﾗｲｼ　ﾋﾅﾀ ", year: "１９９８", month: "０５", day: "１２", number: "ｋ7r-4m2 " })).toEqual(readTyped(good));
});

it("takes hiragana, long vowels and middle dots", () => {
  expect(readTyped({ ...good, kana: "らー・まりあ" })).toMatchObject({ body: { name_kana: "らー・まりあ" } });
});

it("names every field that can't be read", () => {
  expect(readTyped(nothingTyped)).toEqual({ unread: ["kana", "birth", "number"] });
  expect(readTyped({ ...good, kana: "白石 ひなた" })).toEqual({ unread: ["kana"] });
});

it("knows which days there are", () => {
  for (const [year, month, day] of [["1998", "2", "29"], ["1998", "13", "1"], ["98", "5", "12"], ["平成10", "5", "12"], ["1998", "4", "31"], ["1998", "0", "1"]]) {
    expect(readTyped({ ...good, year: year!, month: month!, day: day! }), `${year}-${month}-${day}`).toEqual({ unread: ["birth"] });
  }
  expect(readTyped({ ...good, year: "2000", month: "2", day: "29" })).toMatchObject({ body: { birth_date: "2000-02-29" } });
});
