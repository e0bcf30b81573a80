import { expect, it } from "vitest";
import { asked, nextQuestion, withAnswer } from "./consent";

it("asks four, or three where there would be no sound to keep", () => {
  expect(asked({}, false)).toHaveLength(4);
  expect(asked({ transcription: "transcript" }, false)).toHaveLength(4);
  expect(asked({ transcription: "none" }, false)).toEqual(["interview", "transcription", "sharing"]);
  expect(asked({ transcription: "captions_only" }, false)).toHaveLength(3);
});

it("asks who comes along about their own voice alone", () => {
  const given = { interview: "yes", sharing: "no" };
  expect(nextQuestion(given, true)).toBe("transcription");
  expect(asked({ ...given, transcription: "transcript" }, true)).toEqual(["transcription", "keep_audio"]);
  expect(nextQuestion({ ...given, transcription: "none" }, true)).toBeUndefined();
});

it("walks through them in order", () => {
  expect(nextQuestion({}, false)).toBe("interview");
  expect(nextQuestion({ interview: "yes", transcription: "transcript" }, false)).toBe("keep_audio");
  expect(nextQuestion({ interview: "yes", transcription: "none" }, false)).toBe("sharing");
  expect(nextQuestion({ interview: "yes", transcription: "none", sharing: "no" }, false)).toBeUndefined();
});

it("asks about the sound when she changes her mind and wants the text", () => {
  const without = { interview: "yes", transcription: "none", keep_audio: "no", sharing: "yes" };
  expect(nextQuestion(withAnswer(without, "transcription", "transcript"), false)).toBe("keep_audio");
  const all = { ...without, transcription: "transcript" };
  expect(nextQuestion(withAnswer(all, "transcription", "transcript"), false)).toBeUndefined();
  expect(nextQuestion(withAnswer(all, "sharing", "no"), false)).toBeUndefined();
});
