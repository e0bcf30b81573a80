import { expect, it } from "vitest";
import type { Schemas } from "../../lib/api/client";
import type { FlagQuote } from "../../lib/api/types";
import { stretches, tracksOf } from "./stretches";

const segment = (id: string, participant: string, start_ms: number, end_ms: number) => ({ id, participant, start_ms, end_ms }) as Schemas["TranscriptSegment"];
const segments = [segment("q", "n", 1000, 3000), segment("a", "r", 4000, 6000), segment("b", "r", 7000, 9000), segment("c", "r", 60_000, 62_000)];
const quote = (of: string, more: object = {}) => {
  const { id, participant, start_ms } = segments.find((each) => each.id === of)!;
  return { segment: id, participant, start_ms, ...more } as FlagQuote;
};

it("plays from two seconds before each quote to two seconds after it, each voice by itself", () => {
  expect(stretches([quote("c"), quote("q"), quote("a")], segments)).toEqual([
    { participant: "n", fromMs: 0, toMs: 5000 },
    { participant: "r", fromMs: 2000, toMs: 8000 },
    { participant: "r", fromMs: 58_000, toMs: 64_000 },
  ]);
});

it("plays nothing twice of one voice", () => {
  expect(stretches([quote("a"), quote("b"), quote("a")], segments)).toEqual([{ participant: "r", fromMs: 2000, toMs: 11_000 }]);
});

it("leaves out what has no voice or no text any more", () => {
  expect(stretches([quote("a", { participant: null }), quote("b", { segment: "gone" })], segments)).toEqual([]);
});

it("knows every track of somebody who came back", () => {
  const account = (participant: string, track: string) => ({ participant, track }) as Schemas["TranscriptAccount"];
  expect(tracksOf([account("r", "1"), account("n", "2"), account("r", "3")], "r")).toEqual(["1", "3"]);
});
