import { expect, it } from "vitest";
import { asked, nextQuestion, withAnswer } from "./consent";

it("asks four, or three where there would be no sound to keep", () => {
  expect(asked({})).toHaveLength(4);
  expect(asked({ transcription: "transcript" })).toHaveLength(4);
  expect(asked({ transcription: "none" })).toEqual(["interview", "transcription", "sharing"]);
  expect(asked({ transcription: "captions_only" })).toHaveLength(3);
});

it("walks through them in order", () => {
  expect(nextQuestion({})).toBe("interview");
  expect(nextQuestion({ interview: "yes", transcription: "transcript" })).toBe("keep_audio");
  expect(nextQuestion({ interview: "yes", transcription: "none" })).toBe("sharing");
  expect(nextQuestion({ interview: "yes", transcription: "none", sharing: "no" })).toBeUndefined();
});

it("asks about the sound when she changes her mind and wants the text", () => {
  const without = { interview: "yes", transcription: "none", keep_audio: "no", sharing: "yes" };
  expect(nextQuestion(withAnswer(without, "transcription", "transcript"))).toBe("keep_audio");
  const all = { ...without, transcription: "transcript" };
  expect(nextQuestion(withAnswer(all, "transcription", "transcript"))).toBeUndefined();
  expect(nextQuestion(withAnswer(all, "sharing", "no"))).toBeUndefined();
});
