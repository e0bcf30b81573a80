/** Words that were taken back elsewhere go from the open pages of a talk that is over: within a minute, without a reload. */
import type { Page } from "@playwright/test";
import { DeskService, facts, id, record, written } from "./desk-service";
import { expect, expectAccessible, test } from "./page";

/** Of hers, in the text, in the cards and in what is found. */
const HERS = /物を投げたり|3時ごろ目が覚めて、そのままで|頼れる人がいない|3本くらい吸/;
const seen = (page: Page) => page.locator("body").innerText();

let service: DeskService;
test.beforeEach(async ({ page }) => {
  service = new DeskService();
  service.note["facts"] = { ...facts, consent: { ...facts.consent, keep_audio: "yes" } };
  service.note["sound_kept"] = true;
  await service.serve(page);
  await page.clock.install({ time: "2026-11-25T10:50:00+09:00" });
});

for (const { name, ...viewport } of [{ name: "desk", width: 1440, height: 900 }, { name: "phone", width: 390, height: 844 }]) {
  test.describe(name, () => {
    test.use({ viewport });

    test("the nurse's page forgets the text and the quotes, and keeps what she is writing", async ({ page }) => {
      await page.goto(`/interviews/${id}/note`);
      await expect(page.locator(".turn")).toHaveCount(15);
      expect(await seen(page)).toMatch(HERS);
      // Nothing is forgotten while nothing is taken back.
      await page.clock.fastForward(60_000);
      await expect(page.locator(".turn")).toHaveCount(15);
      await page.getByLabel("身体・精神").fill("まだ書いている文。");
      service.takeBack();
      await page.clock.fastForward(60_000);
      await expect(page.locator(".turn")).toHaveCount(0);
      await expect(page.getByText("〔撤回〕 言葉は、本人の希望で消しました")).toHaveCount(5);
      await expect(page.getByText("〔撤回〕本人の希望で、声と文字と引用を消しました")).toBeVisible();
      await expect(page.getByLabel("身体・精神")).toHaveValue("まだ書いている文。");
      expect(await seen(page)).not.toMatch(HERS);
      await expectAccessible(page);
    });

    test("the approver's page forgets the quotes, says that something changed, and keeps the comment", async ({ page }) => {
      await service.review(page);
      await expect(page.getByText("物を投げたりする").first()).toBeVisible();
      await page.getByLabel("佐野さんへのコメント").fill("受診の目安を");
      service.takeBack();
      await page.clock.fastForward(60_000);
      await expect(page.getByText("〔撤回〕本人の希望で言葉を消しました。")).toHaveCount(5);
      await expect(page.getByText("読んでいる間に、記録か気づきが変わりました。")).toBeVisible();
      await expect(page.getByLabel("佐野さんへのコメント")).toHaveValue("受診の目安を");
      expect(await seen(page)).not.toMatch(HERS);
      await expectAccessible(page);
    });
  });
}

test("the nurse's page forgets also what can't be read again", async ({ page }) => {
  await page.goto(`/interviews/${id}/note`);
  await expect(page.locator(".turn")).toHaveCount(15);
  service.takeBack();
  for (const what of ["transcript", "flags", "note"]) service.instead.set(`GET ${what}`, "abort");
  await page.clock.fastForward(60_000);
  await expect(page.getByText("ここまでの文字を読み込めませんでした。")).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(0);
  await expect(page.getByLabel("身体・精神")).toHaveValue(written.body_mind);
  expect(await seen(page)).not.toMatch(HERS);
});

test("the approver's page forgets also what can't be read again", async ({ page }) => {
  await service.review(page);
  await expect(page.getByText("物を投げたりする").first()).toBeVisible();
  service.takeBack();
  service.instead.set("GET review", "abort");
  await page.clock.fastForward(60_000);
  await expect(page.getByRole("heading", { name: "サーバーにつながりません" })).toBeVisible();
  expect(await seen(page)).not.toMatch(HERS);
});

test("nobody approves by a question that was asked before", async ({ page }) => {
  await service.review(page);
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "承認する" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  service.takeBack();
  await page.clock.fastForward(60_000);
  await expect(page.getByText("読んでいる間に、記録か気づきが変わりました。")).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(service.posted.filter(([path]) => path.endsWith("/approve"))).toEqual([]);
});

test("the record tells of it by itself", async ({ page }) => {
  await page.goto(`/interviews/${id}/record`);
  await expect(page.getByRole("region", { name: "履歴" })).not.toContainText("D-00872");
  service.takeBack();
  const before = record();
  service.record = { ...before, quotes: {}, history: [{ at: "2026-11-25T10:50:00+09:00", kind: "withdrawn", by: "田野倉", words: null, certificate: "D-00872" }, ...before.history] };
  await page.clock.fastForward(60_000);
  await expect(page.getByRole("region", { name: "履歴" })).toContainText("D-00872");
});

test("a page that nobody looks at forgets too", async ({ page }) => {
  await page.goto(`/interviews/${id}/note`);
  await expect(page.locator(".turn")).toHaveCount(15);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  service.takeBack();
  await page.clock.fastForward(60_000);
  await expect(page.locator(".turn")).toHaveCount(0);
});
