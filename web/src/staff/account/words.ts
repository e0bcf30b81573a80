/** What the accounts' pages call things. */
import { isProblem, type Answer, type Schemas } from "../../lib/api/client";
import { m } from "../../lib/i18n/staff";

const systems: Record<Schemas["System"], () => string> = {
  windows: () => "Windows",
  mac: () => "Mac",
  linux: () => "Linux",
  chrome_os: () => "Chromebook",
  ios: () => "iPhone・iPad",
  android: () => "Android",
  other: m.device_other,
};

const browsers: Record<Schemas["Browser"], string> = { edge: "Edge", chrome: "Chrome", safari: "Safari", firefox: "Firefox", other: "" };

/** A kind of device in words: Windows・Edge. */
export const device = ({ system, browser }: Pick<Schemas["SessionLine"], "system" | "browser">): string =>
  [systems[system](), browsers[browser]].filter(Boolean).join("・");

export const role: Record<Schemas["Role"], () => string> = { nurse: m.role_nurse, approver: m.role_approver, administrator: m.role_administrator };

/** What is wrong with the password that was asked for, if it is that. */
export function passwordError(answer: Answer<unknown>): string | undefined {
  if (answer.kind !== "refused" || !(isProblem(answer.problem, "wrong-credentials") || answer.problem.status === 429)) return undefined;
  const seconds = answer.problem.retry_after_s;
  return m.password_wrong() + (seconds ? m.sign_in_wait({ seconds }) : "");
}
