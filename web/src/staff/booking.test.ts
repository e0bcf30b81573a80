import { expect, it } from "vitest";
import { emptyBooking, readBooking, type TypedBooking } from "./booking";

const good: TypedBooking = {
  ...emptyBooking(new Date("2026-11-25T00:20:00Z")),
  name: " 白石 ひなた ", kana: "シライシ ヒナタ", birth: "1998-05-12", due: "2027-05-24",
};

it("proposes the next full hour", () => {
  expect(emptyBooking(new Date("2026-11-25T00:20:00Z"))).toMatchObject({ day: "2026-11-25", time: "10:00" });
  expect(emptyBooking(new Date("2026-11-25T14:30:00Z"))).toMatchObject({ day: "2026-11-26", time: "00:00" });
});

it("sends one of due date and weeks, or neither", () => {
  const sent = (typed: TypedBooking) => {
    const read = readBooking(typed, "office");
    return "body" in read ? read.body : read.errors;
  };
  expect(sent(good)).toEqual({
    office: "office", name: "白石 ひなた", kana: "シライシ ヒナタ", birth_date: "1998-05-12", due_date: "2027-05-24",
    kind: "notification", method: "online", scheduled_at: "2026-11-25T01:00:00.000Z",
  });
  expect(sent({ ...good, pregnancy: "weeks", weeks: "１４", days: "2" })).toMatchObject({ weeks: { weeks: 14, days: 2 } });
  expect(sent({ ...good, pregnancy: "weeks", weeks: "14", days: "" })).toMatchObject({ weeks: { weeks: 14, days: 0 } });
  const neither = sent({ ...good, pregnancy: "unknown" });
  expect(neither).not.toHaveProperty("due_date");
  expect(neither).not.toHaveProperty("weeks");
});

it("names every field that is missing, and weeks that can't be", () => {
  expect(readBooking({ ...good, name: " ", birth: "", due: "", time: "" }, "o")).toEqual({
    errors: { name: "required", birth_date: "required", due_date: "required", scheduled_at: "required" },
  });
  for (const [weeks, days] of [["50", "0"], ["14", "7"], ["十四", "1"]]) {
    expect(readBooking({ ...good, pregnancy: "weeks", weeks: weeks!, days: days! }, "o")).toEqual({ errors: { weeks: "out_of_range" } });
  }
});
