import { expect, it } from "vitest";
import { answered, differing, merged, typedOf, withPart, type Typed } from "./draft";

const base: Typed = {
  fields: { body_mind: "a", life_family: "", support: "", wishes: "", explained: "", contact: "", next: "", handover: "" },
  verdict: null,
};

it("takes what only the other page has changed, and keeps what only this one has", () => {
  const mine = withPart(base, "body_mind", "mine");
  const theirs = withPart(withPart(base, "support", "theirs"), "verdict", "watch");
  const { typed, differences } = merged(base, mine, theirs);
  expect(differences).toEqual([]);
  expect(typed).toEqual({ fields: { ...base.fields, body_mind: "mine", support: "theirs" }, verdict: "watch" });
});

it("keeps mine and names the difference where both have changed", () => {
  const { typed, differences } = merged(base, withPart(base, "body_mind", "mine"), withPart(base, "body_mind", "theirs"));
  expect(typed.fields.body_mind).toBe("mine");
  expect(differences).toEqual([{ part: "body_mind", theirs: "theirs" }]);
});

it("takes the server's form of what was sent, and keeps what was typed since", () => {
  const sent = withPart(withPart(base, "body_mind", "a "), "next", "b ");
  const answer = withPart(withPart(base, "body_mind", "a"), "next", "b");
  const typed = answered(withPart(sent, "next", "b c"), sent, answer);
  expect([typed.fields.body_mind, typed.fields.next]).toEqual(["a", "b c"]);
  // The server cut a space off; nobody else wrote.
  expect(merged(answer, typed, answer)).toEqual({ typed, differences: [] });
});

it("keeps an open difference when the same is read again, until both are the same", () => {
  const [mine, theirs] = [withPart(base, "body_mind", "mine"), withPart(base, "body_mind", "theirs")];
  const open = merged(base, mine, theirs).differences;
  const later = withPart(theirs, "support", "also theirs");
  const again = merged(theirs, mine, later, open);
  expect(again.differences).toEqual(open);
  expect(again.typed).toEqual(withPart(mine, "support", "also theirs"));
  expect(merged(later, again.typed, withPart(later, "body_mind", "newer"), again.differences).differences).toEqual([{ part: "body_mind", theirs: "newer" }]);
  expect(merged(theirs, theirs, theirs, open).differences).toEqual([]);
});

it("sees no difference where both wrote the same", () => {
  const both = withPart(base, "verdict", "support");
  expect(merged(base, both, both)).toEqual({ typed: both, differences: [] });
});

it("takes a verdict back", () => {
  expect(withPart(withPart(base, "verdict", "watch"), "verdict", "").verdict).toBeNull();
});

it("compares what is typed, and copies it", () => {
  const copy = typedOf(base);
  expect(differing(base, copy)).toEqual([]);
  copy.fields.next = "b";
  expect(differing(base, copy)).toEqual(["next"]);
  expect(base.fields.next).toBe("");
});
