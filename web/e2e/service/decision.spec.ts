/** One whole interview: said, heard, flagged, decided, returned, approved, and frozen. */
import { execFileSync } from "node:child_process";
import type { Locator } from "@playwright/test";
import { characterErrorRate } from "./cer";
import { admit, binary, comeIn, expect, speak, speech, test } from "./service";

test.use({ actionTimeout: 20_000 });

const grown = { timeout: 20_000 };
/** Recognition on a busy machine. */
const heard = { timeout: 90_000 };

/** What the three clips of this talk say, and whose they are. */
const ASKED = "皆さんにお聞きしてるんですけど、お酒とか、おたばことかは、どうですか。";
const ANSWERED = "わかりました。来月予約します。えっと、で、さっきの、あの、すいません、まだちょっと。1日、4、5本くらい。";
const KICKED = "もう、めちゃめちゃ動きます。夜中に、お腹蹴られて起きるくらい。上の子のときより激しいです。";

test("what she says becomes a flag, people decide, another person approves, and the record stands", async ({ demo, nurse, approver, phone }) => {
  test.setTimeout(300_000);
  const resident = await phone();
  await comeIn(resident, demo);
  await admit(nurse, demo);

  const log = nurse.getByRole("log");
  await speak(nurse, "turns/ask-smoking.opus");
  await expect(log).toContainText("たばこ", heard);
  await speak(resident, "turns/answer-smoking.opus");
  await expect(log).toContainText("本くらい", heard);

  // Question and answer stand in the flag together.
  const smoking = nurse.getByRole("article", { name: "たばこ" });
  await expect(smoking).toContainText("本くらい", grown);
  await smoking.getByRole("button", { name: "たばこを判断する" }).click();
  await expect(smoking.locator("blockquote p").first()).toContainText("たばこ");
  await expect(smoking.locator("blockquote mark").first()).not.toBeEmpty();
  // A nurse in a hurry can decide now; she decides after the talk.
  await nurse.keyboard.press("Escape");

  // The child's kicks are no violence.
  await speak(resident, "turns/baby-kicks.opus");
  await expect(log).toContainText("激しい", heard);
  await expect(nurse.getByRole("article", { name: "パートナーとの安全" })).toHaveCount(0);

  const live = characterErrorRate([[ASKED, await said(log, "佐野")], [ANSWERED + KICKED, await said(log, "本人")]]);
  const offline = characterErrorRate([[ASKED, recognised("ask-smoking")], [ANSWERED + KICKED, recognised("answer-smoking") + recognised("baby-kicks")]]);
  expect(live).toBeLessThanOrEqual(offline + 0.1);

  // What no word said, the nurse adds by hand.
  await nurse.getByRole("button", { name: "自分で加える" }).click();
  await nurse.getByLabel("項目", { exact: true }).selectOption({ label: "気分・睡眠(要確認)" });
  await nurse.getByLabel("見たこと・聞いたこと").fill("表情が暗い。");
  await nurse.getByRole("button", { name: "加える", exact: true }).click();
  await expect(nurse.getByRole("article", { name: "気分・睡眠" })).toBeVisible(grown);

  // A reload in the talk: the same seat, nothing lost, nothing twice.
  const turns = await log.locator(".turn").count();
  await nurse.reload();
  await expect(log.locator(".turn")).toHaveCount(turns, grown);
  await expect(nurse.getByRole("article", { name: "たばこ" })).toHaveCount(1, grown);
  await expect(resident.locator("body")).not.toContainText(/気づき|たばこ|表情/);

  await nurse.getByRole("button", { name: "面談を終える" }).click();
  await nurse.getByRole("dialog").getByRole("button", { name: "終える", exact: true }).click();

  // The gate is closed and says why; it opens when everything is decided.
  await expect(nurse.getByRole("heading", { name: "面談記録票" })).toBeVisible(grown);
  const gate = nurse.locator("#gate");
  await expect(gate).toContainText("気分・睡眠");
  const submit = nurse.getByRole("button", { name: "承認者に提出する" });
  await expect(submit).toHaveAttribute("aria-disabled", "true");
  await nurse.getByRole("article", { name: "気分・睡眠" }).getByRole("button", { name: "採用" }).click();
  await nurse.getByRole("article", { name: "たばこ" }).getByRole("button", { name: "採用" }).click();
  await nurse.getByLabel("身体・精神").fill("たばこは1日4、5本。やめたい気持ちはある。");
  await nurse.getByLabel("経過観察").check();
  await expect(nurse.getByText("提出できます")).toBeVisible(grown);
  await submit.click();
  await expect(nurse.getByText("提出しました。")).toBeVisible(grown);

  // Another person returns it, then approves.
  await approver.goto(demo.approver);
  await approver.getByRole("navigation").getByRole("link", { name: /承認/ }).click();
  await approver.getByRole("link", { name: /白石 ひなた/ }).first().click();
  await approver.getByLabel("佐野さんへのコメント").fill("受診の目安を書いてください");
  await approver.getByRole("button", { name: /差し戻す/ }).click();
  await expect(approver).toHaveURL(/\/review$/);

  await nurse.reload();
  await expect(nurse.getByText("受診の目安を書いてください")).toBeVisible(grown);
  await nurse.getByLabel("説明・指導").fill("受診の目安を伝えた。");
  await expect(nurse.getByText("提出できます")).toBeVisible(grown);
  await nurse.getByRole("button", { name: "承認者に提出する" }).click();
  await expect(nurse.getByText("提出しました。")).toBeVisible(grown);

  await approver.getByRole("link", { name: /白石 ひなた/ }).first().click();
  await expect(approver.getByText("承認できます")).toBeVisible(grown);
  await approver.getByRole("button", { name: "承認する" }).click();
  await approver.getByRole("dialog").getByRole("button", { name: "承認する" }).click();
  await expect(approver.getByText("承認ずみ").first()).toBeVisible(grown);
  await expect(approver.getByText("受診の目安を伝えた。")).toBeVisible();
  await expect(approver.getByRole("textbox")).toHaveCount(0);

  // Frozen: not by the page alone.
  const id = /interviews\/([^/]+)/.exec(nurse.url())![1];
  const refused = await nurse.evaluate(async (path) => {
    const headers = { "content-type": "application/json", "x-requested-with": "yorisoi" };
    const note = await (await fetch(path)).json();
    const body = JSON.stringify({ revision: note.revision, fields: note.fields, verdict: "none" });
    return (await fetch(path, { method: "PUT", headers, body })).status;
  }, `/api/interviews/${id}/note`);
  expect(refused).toBe(409);
});

test("a practice guest comes by the link, is let in, and speaks", async ({ demo, nurse }) => {
  test.setTimeout(180_000);
  await nurse.goto(demo.signIn);
  await nurse.getByRole("link", { name: "白石 ひなた" }).click();
  await nurse.getByRole("button", { name: "練習の相手を呼ぶ" }).click();
  await nurse.getByRole("button", { name: "入室してもらう" }).click({ timeout: 60_000 });
  await expect(nurse.getByRole("log")).toContainText("お願いします", heard);
});

/** What the page shows of one voice. */
async function said(log: Locator, who: string): Promise<string> {
  const turns = log.locator(".turn").filter({ has: log.page().locator(".turn__who", { hasText: who }) });
  return (await turns.locator("p:not(.turn__mark)").allInnerTexts()).join("");
}

/** The same clip as a file, through `yorisoi transcribe`. */
function recognised(clip: string): string {
  const report = execFileSync(binary, ["transcribe", "--format", "json", speech(`turns/${clip}.opus`)], { stdio: ["ignore", "pipe", "ignore"] });
  const { segments } = JSON.parse(report.toString()) as { segments: { text: string }[] };
  return segments.map((segment) => segment.text).join("");
}
