/** She sits beside the nurse: one microphone hears both of them, and the screen that both can see tells nobody anything. */
import type { Page } from "@playwright/test";
import { NOTHING, probes } from "./probes";
import { type Demo, expect, speak, test } from "./service";
import { traces, written } from "./traces";

/** Recognition on a busy machine. */
const heard = { timeout: 90_000 };

/** The demo's booking for the counter. */
const HERS = ["グルン", "スニタ", "2001-02-03"];
/** What must not stand on a screen that she sees. */
const TELLS = /グルン|スニタ|気づき|たばこ|要確認|即時|本くらい|お酒/;

const mark = (page: Page) => page.getByRole("button", { name: /^未判断/ });

async function sitDown(nurse: Page, demo: Demo, answers: Record<string, string>): Promise<string> {
  await nurse.goto(demo.signIn);
  await nurse.getByRole("link", { name: "グルン スニタ" }).click();
  await nurse.getByRole("button", { name: "本人が来ました" }).click();
  await nurse.getByRole("button", { name: "口頭・書面の同意を記録" }).click();
  const asked = nurse.getByRole("dialog");
  await asked.getByRole("radio", { name: "口頭" }).check();
  for (const [choice, value] of Object.entries(answers)) await asked.locator(`input[name$="-${choice}"][value="${value}"]`).check();
  await asked.getByRole("button", { name: "記録する", exact: true }).click();
  await nurse.getByRole("button", { name: "面談を始める" }).click();
  await expect(nurse.getByRole("heading", { name: "面談", exact: true })).toBeVisible();
  // The microphone is there, and nobody has said anything yet.
  await expect(nurse.getByRole("region", { name: "マイクと文字起こし" })).toContainText("音が届いていません");
  return new URL(nurse.url()).pathname.split("/").at(-1)!;
}

test("what is said at the counter is flagged by a number alone, and its words are there while the key is held", async ({ demo, nurse }) => {
  const interview = await sitDown(nurse, demo, { interview: "yes", transcription: "transcript", keep_audio: "yes", sharing: "yes" });
  await expect(mark(nurse)).toHaveText("0");
  await nurse.getByRole("textbox").fill("窓口で。");
  await speak(nurse, "turns/ask-smoking.opus");
  await speak(nurse, "turns/answer-smoking.opus");
  await expect(mark(nurse)).not.toHaveText("0", heard);
  if (process.env["SHOTS"]) await nurse.screenshot({ path: `${process.env["SHOTS"]}/counter-real.png` });
  expect(await nurse.locator("body").innerText()).not.toMatch(TELLS);

  await nurse.getByRole("textbox").click();
  await nurse.keyboard.down("Control");
  await nurse.keyboard.down(".");
  const peek = nurse.getByRole("region", { name: "気づき" });
  await expect(peek.getByRole("article", { name: "たばこ" })).toContainText(/話し手 未確定.*本くらい/);
  await nurse.keyboard.up(".");
  await nurse.keyboard.up("Control");
  await expect(peek).toHaveCount(0);
  expect(await nurse.locator("body").innerText()).not.toMatch(TELLS);

  // One voice, kept as hers; whoever speaks on it is not known.
  const { voices, made } = await probes(demo, interview);
  expect(voices).toBe(1);
  for (const what of ["segments", "flags", "keys", "spool"] as const) expect(made[what], what).toBeGreaterThan(0);
  await nurse.getByRole("button", { name: "通常の表示に変える" }).click();
  await expect(nurse.getByRole("log")).toContainText(/話し手 未確定[^]*本くらい/);

  await nurse.getByRole("button", { name: "面談を終える" }).click();
  await nurse.getByRole("dialog").getByRole("button", { name: "終える", exact: true }).click();
  await expect(nurse.getByRole("heading", { name: "面談記録票" })).toBeVisible();
  await expect(nurse.getByRole("article", { name: "たばこ" })).toContainText("〔話者不明〕");
  // What she typed beside it went into the note's notes.
  await expect.poll(async () => (await probes(demo, interview)).settled).toBe(1);
  const secrets = [...HERS, "本くらい", "窓口で。", demo.signIn.split("#")[1]!];
  expect(await traces(nurse)).not.toMatch(written(secrets));
  expect(demo.log()).not.toMatch(written(secrets));
});

test("who says no at the counter is heard by nobody but the nurse", async ({ demo, nurse }) => {
  const interview = await sitDown(nurse, demo, { interview: "yes", transcription: "none", sharing: "no" });
  await expect(nurse.getByText("していません。聞きもらしの確認もありません")).toBeVisible();
  await speak(nurse, "turns/answer-smoking.opus");
  await expect.poll(async () => (await probes(demo, interview)).voices).toBe(1);
  await nurse.getByRole("button", { name: "終える", exact: true }).click();
  await nurse.getByRole("dialog").getByRole("button", { name: "終える", exact: true }).click();
  // She may still sit there: the page says that it is over, and no more.
  await expect(nurse.getByRole("heading", { name: "この面談は終わりました" })).toBeVisible();
  expect(await nurse.locator("body").innerText()).not.toMatch(TELLS);
  await expect.poll(async () => (await probes(demo, interview)).settled).toBe(1);
  expect((await probes(demo, interview)).made).toEqual(NOTHING);
});
