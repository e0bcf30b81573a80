import { expect, it } from "vitest";
import { birthday, cityDay, cityInstant, dayLong, dayMonth, daysBetween, hourMinute, minutesSeconds, whenLong, whenShort } from "./time";

it("speaks of the city's day and hour", () => {
  expect(hourMinute("2026-11-25T00:58:00Z")).toBe("9:58");
  expect(hourMinute("2026-11-24T15:05:00Z")).toBe("0:05");
  expect(dayLong("2026-11-24T15:05:00Z")).toBe("2026年11月25日(水)");
  expect(cityDay(new Date("2026-11-24T15:05:00Z"))).toBe("2026-11-25");
  expect(birthday("1998-05-12")).toBe("1998年5月12日");
  expect(cityInstant("2026-11-25", "10:00")).toBe("2026-11-25T01:00:00.000Z");
});

it("says no more of a moment than is needed", () => {
  const now = Date.parse("2026-11-25T12:00:00+09:00");
  expect(whenShort("2026-11-25T00:58:00Z", now)).toBe("9:58");
  expect(whenShort("2026-11-24T14:59:00Z", now)).toBe("11月24日 23:59");
  expect(whenLong("2026-11-25T00:58:00Z", now)).toBe("11月25日 9:58");
  expect(whenLong("2025-12-31T15:00:00Z", now)).toBe("1月1日 0:00");
  expect(whenLong("2025-12-31T14:59:00Z", now)).toBe("2025年12月31日 23:59");
  expect(dayMonth("2026-11-27")).toBe("11月27日");
  expect([daysBetween("2026-11-25", "2026-12-01"), daysBetween("2026-11-25", "2026-11-24")]).toEqual([6, -1]);
});

it("counts minutes and seconds", () => {
  expect([0, 59_999, 130_000, 3_600_000, -5].map(minutesSeconds)).toEqual(["0:00", "0:59", "2:10", "1:00:00", "0:00"]);
});
