import { expect, it } from "vitest";
import { birthday, cityDay, cityInstant, dayLong, hourMinute, minutesSeconds } from "./time";

it("speaks of the city's day and hour", () => {
  expect(hourMinute("2026-11-25T00:58:00Z")).toBe("9:58");
  expect(hourMinute("2026-11-24T15:05:00Z")).toBe("0:05");
  expect(dayLong("2026-11-24T15:05:00Z")).toBe("2026年11月25日(水)");
  expect(cityDay(new Date("2026-11-24T15:05:00Z"))).toBe("2026-11-25");
  expect(birthday("1998-05-12")).toBe("1998年5月12日");
  expect(cityInstant("2026-11-25", "10:00")).toBe("2026-11-25T01:00:00.000Z");
});

it("counts minutes and seconds", () => {
  expect([0, 59_999, 130_000, 3_600_000, -5].map(minutesSeconds)).toEqual(["0:00", "0:59", "2:10", "1:00:00", "0:00"]);
});
