/** What staff take down: consent aloud or on paper, somebody beside her, a withdrawal, and the line of one by its number. */
import type { Page } from "@playwright/test";
import { DeskService, id as over } from "./desk-service";
import { detail, guest, say, Service, stopClock, talking } from "./office";
import { atSizes, checkAt, expect, expectAccessible, ids, problem, test } from "./page";

const answers = (values: [string, string][]) => values.map(([value, label]) => ({ value, label, consequence: null }));
const text = (choice: string, question: string, values: [string, string][]) => ({ choice, version: 2, sha256: `${choice}-hash`, question, paragraphs: ["役所の中の機械だけを使います。"], answers: answers(values) });
const yesNo: [string, string][] = [["yes", "はい"], ["no", "いいえ"]];
const texts = {
  locale: "ja",
  texts: [
    text("interview", "面談をしてもよいですか", yesNo),
    text("transcription", "お話しになった声を、文字にしてもよいですか", [["transcript", "文字にして残す"], ["captions_only", "画面に表示するだけ"], ["none", "文字にしない"]]),
    text("keep_audio", "声を残してもよいですか", yesNo),
    text("sharing", "市の中で共有してもよいですか", yesNo),
  ],
  second_voice: { version: 1, sha256: "beside-hash", question: "そばにいらっしゃる方の声も、文字にしてよいですか", paragraphs: ["お名前は残しません。"] },
};
const reads = (page: Page) => page.route("**/consent-texts*", (route) => route.fulfill({ json: texts }));

for (const { name, ...viewport } of atSizes(["desk", "phone"])) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("who speaks beside her is asked aloud, and the page says what is not written meanwhile", async ({ page }) => {
      const service = new Service();
      await service.serve(page);
      await reads(page);
      await stopClock(page, "10:18:09");
      await page.route("**/second-voice", async (route) => {
        const body = route.request().postDataJSON();
        service.posted.push(["second-voice", body]);
        const second_voice = { speaks: "not_asked", agrees: "agreed", refuses: "refused", gone: "nobody" }[body.said as string];
        service.guests = [guest({ state: "admitted", second_voice })];
        await say(page, "tap", { participant: ids.resident, allowed: second_voice === "not_asked" || second_voice === "refused" ? "second_voice" : "transcript_and_audio" });
        await route.fulfill({ status: 204 });
      });
      await talking(page, service);
      await page.getByRole("button", { name: "同席者が話す" }).click();
      await expect(page.getByText("同席者の同意を聞くまで、本人の声の文字起こしを止めています")).toBeVisible();
      await expect(page.getByText("「そばにいらっしゃる方の声も、文字にしてよいですか」")).toBeVisible();
      await expect(page.getByText("(同じマイクで話しています)")).toBeVisible();
      await check(page, "04-room-beside");
      await page.getByRole("button", { name: "「いいえ」と答えた" }).click();
      await expect(page.getByText("同席者は、文字にしないと答えました")).toBeVisible();
      await page.getByRole("button", { name: "「はい」に変わった" }).click();
      await expect(page.getByText("この間の気づきには「話し手 未確認」と出ます。")).toBeVisible();
      await page.getByRole("button", { name: "同席者の話は終わった" }).click();
      await expect(page.getByRole("button", { name: "同席者が話す" })).toBeVisible();
      const read = { locale: "ja", version: 1, sha256: "beside-hash" };
      expect(service.posted.filter(([path]) => path === "second-voice").map(([, body]) => body)).toEqual([{ said: "speaks" }, { said: "refuses", read }, { said: "agrees", read }, { said: "gone" }]);
    });

    test("answers given aloud are taken down to the text that was read, and none is preselected", async ({ page }) => {
      const service = new Service();
      await service.serve(page);
      await reads(page);
      await stopClock(page);
      service.guests = [guest({ consent: { interview: "yes", transcription: null, keep_audio: null, sharing: null } })];
      await page.goto(`/interviews/${detail.id}`);
      await page.getByRole("button", { name: "口頭・書面の同意を記録" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByText("お話しになった声を、文字にしてもよいですか")).toBeVisible();
      await expect(dialog.locator("input:checked")).toHaveCount(0);
      // Without text there is no sound to keep.
      await expect(dialog.getByText("声を残してもよいですか")).toHaveCount(0);
      await dialog.getByRole("button", { name: "記録する" }).click();
      await expect(dialog.locator(".error")).toHaveCount(1);
      await dialog.getByLabel("読み上げて、口頭で聞いた").check();
      await dialog.getByRole("button", { name: "記録する" }).click();
      await expect(dialog.getByText("記録する答えを、ひとつは選んでください")).toBeVisible();
      await dialog.getByLabel("文字にして残す").check();
      await expect(dialog.getByText("声を残してもよいですか")).toBeVisible();
      await dialog.getByRole("group", { name: "声を残してもよいですか" }).getByLabel("いいえ").check();
      await check(page, "03-take-consent");
      await dialog.getByRole("button", { name: "記録する" }).click();
      await expect(dialog).toHaveCount(0);
      const taken = service.posted.filter(([path]) => path.endsWith("/consent")).map(([, body]) => body);
      expect(taken).toEqual([
        { choice: "transcription", value: "transcript", manner: "spoken", locale: "ja", version: 2, sha256: "transcription-hash" },
        { choice: "keep_audio", value: "no", manner: "spoken", locale: "ja", version: 2, sha256: "keep_audio-hash" },
      ]);
    });

    test("a withdrawal is taken down once whose it is was made sure of, and its number is told", async ({ page }) => {
      const service = new DeskService();
      await service.serve(page);
      await page.clock.setFixedTime("2026-11-25T10:50:00+09:00");
      await page.route("**/withdrawals", (route) => route.fulfill({ json: [{ participant: "r", party: "resident", certificate: null }] }));
      const taken: unknown[] = [];
      await page.route("**/withdraw", (route) => {
        taken.push(route.request().postDataJSON());
        service.note["withdrawn"] = [{ party: "resident", at: "2026-11-25T10:50:00+09:00" }];
        return route.fulfill({ json: { certificate: "D-00872", at: "2026-11-25T10:50:00+09:00" } });
      });
      await page.goto(`/interviews/${over}/note`);
      await page.getByRole("button", { name: "撤回を受け付ける" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByText("あなたが書いた記録とメモは残ります。")).toBeVisible();
      await dialog.getByLabel("本人", { exact: true }).check();
      await dialog.getByLabel("声で").check();
      await dialog.getByRole("button", { name: "消す" }).click();
      await expect(dialog.getByText("だれの分か、受け付け方、本人の確認の3つを入れてください")).toBeVisible();
      expect(taken).toEqual([]);
      await dialog.getByLabel("本人であることを確かめました").check();
      await check(page, "08-take-withdrawal");
      await dialog.getByRole("button", { name: "消す" }).click();
      await expect(dialog.getByText("D-00872")).toBeVisible();
      await dialog.getByRole("button", { name: "閉じる" }).click();
      expect(taken).toEqual([{ manner: "spoken", identity_checked: true }]);
      await expect(page.getByText("〔撤回〕本人の希望で、声と文字と引用を消しました")).toBeVisible();
      await expectAccessible(page);
    });

    test("the number leads to the line, and a number of nobody to a sentence", async ({ page }) => {
      const service = new DeskService();
      await service.serve(page);
      await page.clock.setFixedTime("2026-11-26T09:00:00+09:00");
      await page.route("**/api/certificates/*", (route) =>
        route.request().url().endsWith("872")
          ? route.fulfill({
              json: {
                certificate: "D-00872", interview: over, interview_at: "2026-11-25T10:00:00+09:00", record_number: "中央-R8-0214", party: "resident", manner: "tap",
                at: "2026-11-25T10:41:00+09:00", taken_by: null, done_at: "2026-11-25T10:41:02+09:00", audit_number: 48103, audit_head: "9f3c71ab40d2".padEnd(64, "0"),
              },
            })
          : route.fulfill(problem(404)),
      );
      await page.goto("/");
      await page.getByRole("link", { name: "撤回" }).click();
      await page.getByRole("button", { name: "さがす" }).click();
      await expect(page.getByText("番号を入れてください")).toBeVisible();
      await page.getByLabel("控えの番号").fill("D-00001");
      await page.getByRole("button", { name: "さがす" }).click();
      await expect(page.getByText("この番号の撤回は、見つかりません")).toBeVisible();
      await page.getByLabel("控えの番号").fill("D-00872");
      await page.getByRole("button", { name: "さがす" }).click();
      await expect(page.getByRole("link", { name: "中央-R8-0214" })).toBeVisible();
      await expect(page.getByText("監査記録 48103番")).toBeVisible();
      await check(page, "28-certificate");
    });
  });
}
