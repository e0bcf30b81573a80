import { expect, it } from "vitest";
import { lastFour, nothingGiven, readContact } from "./contact";

it("takes numbers as people write them", () => {
  for (const phone of ["090-0000-1234", "０９０（００００）１２３４", "+81 90 0000 1234", "0300001234"]) {
    expect(readContact({ ...nothingGiven, phone, place: "home" }), phone).toHaveProperty("body.place", "自宅");
  }
  for (const phone of ["", "090", "でんわ", "0900000123456"]) {
    expect(readContact({ ...nothingGiven, phone, place: "home" }), phone).toEqual({ unread: ["phone"] });
  }
});

it("wants a name for another place", () => {
  expect(readContact({ phone: "09000001234", place: "elsewhere", where: " " })).toEqual({ unread: ["where"] });
  expect(readContact({ phone: "09000001234", place: "elsewhere", where: " となり市 " })).toMatchObject({ body: { place: "となり市" } });
  expect(readContact({ phone: "09000001234", place: undefined, where: "" })).toEqual({ unread: ["place"] });
});

it("shows the last four digits and no more", () => {
  expect(lastFour("０９０-0000-1234")).toBe("1234");
});
