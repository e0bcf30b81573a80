/** Which consent question comes next. The server keeps the answers; this only walks through the questions. */
import type { Schemas } from "../lib/api/client";

export type Choice = Schemas["ShownText"]["choice"];
export type Given = Partial<Record<Choice, string | null>>;

/**
 * The questions that are asked. Without a transcript there is no sound to keep, so that is not asked then; who comes
 * along with her is asked about their own voice alone.
 */
export function asked(given: Given, along: boolean): Choice[] {
  const keeps = given.transcription == null || given.transcription === "transcript";
  const voice: Choice[] = keeps ? ["transcription", "keep_audio"] : ["transcription"];
  return along ? voice : ["interview", ...voice, "sharing"];
}

/** The first question without an answer; undefined when there is none. */
export const nextQuestion = (given: Given, along: boolean): Choice | undefined => asked(given, along).find((choice) => given[choice] == null);

/** What the server still holds of a question that was not asked counts as no answer once it is asked again. */
export function withAnswer(given: Given, choice: Choice, value: string): Given {
  const after = { ...given, [choice]: value };
  const reopened = choice === "transcription" && value === "transcript" && given.transcription !== "transcript";
  return reopened ? { ...after, keep_audio: null } : after;
}
