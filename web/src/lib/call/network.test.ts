import { expect, it } from "vitest";
import { measureNetwork } from "./network";

it("judges the network by the middle one of three answers", async () => {
  const line = (...took: number[]) => {
    let at = 0;
    const marks = took.flatMap((ms) => [at, (at += ms)]);
    return measureNetwork(async () => true, () => marks.shift()!);
  };
  expect(await line(20, 30, 5000)).toBe("good");
  expect(await line(20, 500, 600)).toBe("weak");
  expect(await line(1500, 1200, 30)).toBe("bad");
  expect(await measureNetwork(async () => false)).toBe("bad");
});
