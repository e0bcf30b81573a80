import { expect, test } from "vitest";
import { csv } from "./csv";

test("a table of names is read as names by a spreadsheet", () => {
  const text = csv([["氏名", "番号"], ['佐藤 "愛"', "K7R-4M2"], ["=HYPERLINK(1)", "-1"]]);
  expect(text).toBe('\ufeff"氏名","番号"\r\n"佐藤 ""愛""","K7R-4M2"\r\n"\'=HYPERLINK(1)","\'-1"\r\n');
});
