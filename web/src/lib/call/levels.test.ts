import { describe, expect, it } from "vitest";
import { Levels, measure } from "./levels";

const tone = (amplitude: number) => Float32Array.from({ length: 2048 }, (_, i) => amplitude * Math.sin(i / 5));

function heard(...amplitudes: number[]): Levels {
  const levels = new Levels();
  for (const amplitude of amplitudes) levels.add(measure(tone(amplitude)));
  return levels;
}
const times = (n: number, amplitude: number) => Array.from({ length: n }, () => amplitude);

describe("measure", () => {
  it("gives decibels below full scale", () => {
    const { rms, peak } = measure(tone(1));
    expect(peak).toBeCloseTo(0, 1);
    expect(rms).toBeCloseTo(-3, 0);
    expect(measure(new Float32Array(8)).rms).toBe(-120);
  });
});

describe("the sound", () => {
  it("is nothing where a microphone is dead, and silence where only the room is heard", () => {
    expect(heard(...times(30, 0)).sound).toBe("nothing");
    expect(heard().sound).toBe("nothing");
    expect(heard(...times(30, 0.001)).sound).toBe("silence");
  });

  it("is a voice when something stands above the room", () => {
    expect(heard(...times(25, 0.001), ...times(5, 0.1)).sound).toBe("voice");
    // Two tenths of a second are a knock on the table.
    expect(heard(...times(25, 0.001), ...times(2, 0.1)).sound).toBe("silence");
    expect(heard(...times(40, 0.1)).sound).toBe("silence");
  });

  it("clips when it touches full scale again and again", () => {
    expect(heard(...times(25, 0.001), ...times(5, 1)).sound).toBe("clipping");
    expect(heard(...times(25, 0.001), ...times(1, 1)).sound).not.toBe("clipping");
  });
});

describe("the surroundings", () => {
  it("are judged by what is always there, not by her voice", () => {
    expect(heard(...times(10, 0.001)).noise).toBe("unknown");
    expect(heard(...times(15, 0.0005), ...times(15, 0.3)).noise).toBe("quiet");
    expect(heard(...times(30, 0.006)).noise).toBe("some");
    expect(heard(...times(30, 0.05)).noise).toBe("loud");
    expect(heard(...times(30, 0)).noise).toBe("unknown");
  });

  it("are those of the last ten seconds", () => {
    expect(heard(...times(100, 0.05), ...times(100, 0.0005)).noise).toBe("quiet");
  });
});

it("percent fills a meter", () => {
  expect(heard(0).percent).toBe(0);
  expect(heard(1).percent).toBeGreaterThan(90);
  expect(heard(0.03).percent).toBeGreaterThan(30);
});
