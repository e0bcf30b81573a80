import { expect, it } from "vitest";
import { quoted, voice } from "./note/words";
import { duration, gap, phoneNumber } from "./words";

it("groups mobile numbers and leaves the rest", () => {
  expect(phoneNumber("09000001234")).toBe("090-0000-1234");
  expect(phoneNumber("0300001234")).toBe("0300001234");
  expect(phoneNumber("+819000001234")).toBe("+819000001234");
});

it("says how long in words", () => {
  expect([0, 59_000, 130_000, -1].map(duration)).toEqual(["0秒", "59秒", "2分10秒", "0秒"]);
});

it("says what a gap means, and that an unknown one is a gap", () => {
  expect(gap("network").word()).toBe("通信断");
  expect([gap("of a later version").word(), gap("of a later version").means()]).toEqual(["途切れ", "この間の言葉は残っていません"]);
});

it("calls an interpreter's words hers where a flag quotes them, and nowhere else", () => {
  expect(["interpreter", "companion", "nurse", "mixed"].map((of) => quoted(of, "佐野"))).toEqual(["本人(通訳)", "同席者", "佐野", "話し手 未確定"]);
  expect([voice("interpreter", "佐野"), quoted("nurse", undefined)]).toEqual(["通訳", "保健師"]);
});
