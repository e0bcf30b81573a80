import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { office, Service, stopClock } from "./office";
import { atSizes, checkAt, expect, problem, test } from "./page";

let service: Service;
test.beforeEach(async ({ page }) => {
  service = new Service();
  await service.serve(page);
});

const booking = (name: string, kana: string, at: string, more = {}) => ({
  office, name, kana, birth_date: "1998-05-12", due_date: null, weeks: { weeks: 14, days: 2 }, kind: "notification", method: "online", scheduled_at: at, once: true, ...more,
});

const first = booking("白石 ひなた", "シライシ ヒナタ", "2026-11-26T01:30:00Z");
const second = booking("髙橋 愛", "タカハシ アイ", "2026-11-26T02:30:00Z", { weeks: null, due_date: "2027-05-24", method: "telephone" });
const third = booking("グルン スニタ", "グルン スニタ", "2026-11-27T00:00:00Z", { weeks: null });
const good = (row: number, of: typeof first) => ({ row, name: of.name, problems: [], booking: of });

const found = {
  missing: [], unread: ["備考"],
  rows: [
    good(2, first), good(3, second), good(5, third),
    { row: 4, name: "倉持 あかね", booking: null, problems: [{ column: "生年月日", typed: "平成40年2月3日", code: "not_a_date" }, { column: "時刻", typed: "", code: "required" }] },
    { row: 6, name: "田口 みのり", booking: null, problems: [{ column: "面談日", typed: "11/26", code: "already_booked" }] },
  ],
};

const choose = (page: Page) => page.locator("input[type=file]").setInputFiles({ name: "yoyaku.csv", mimeType: "text/csv", buffer: Buffer.from("氏名,…\n") });

for (const { name, ...viewport } of atSizes(["phone", "desk"])) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("a table is shown row by row, and booked when the nurse says so", async ({ page }) => {
      await stopClock(page);
      await page.goto("/interviews/new");
      await page.getByRole("link", { name: "CSVからまとめて入れる" }).click();
      await expect(page.getByText("読んだだけでは、まだ予約になりません。")).toBeVisible();
      await check(page, "book-file");

      await page.route("**/api/interviews/file?*", (route) => route.fulfill({ json: found }));
      await choose(page);
      const wrong = page.getByRole("region", { name: "直すところの表" });
      await expect(wrong.getByRole("row").nth(1)).toContainText("生年月日「平成40年2月3日」 日付を確かめてください。");
      await expect(wrong.getByRole("row").nth(1)).toContainText("時刻 入力してください。");
      await expect(wrong.getByRole("row").nth(2)).toContainText("同じ人・同じ時刻の予約が");
      await expect(page.getByRole("region", { name: "予約できる人の表" }).getByRole("row")).toHaveCount(4);
      expect(service.posted).toEqual([]);
      await check(page, "book-file-read");

      await page.getByRole("button", { name: "3件を予約する" }).click();
      await expect(page.getByRole("heading", { name: "3件を予約しました" })).toBeVisible();
      expect(service.posted.map(([, body]) => body)).toEqual([first, second, third]);
      await expect(page.getByRole("region", { name: "直すところがある行(2件)" })).toBeVisible();
      await check(page, "book-file-booked");
    });
  });
}

test("links and numbers leave in two files, and neither holds the other", async ({ page }) => {
  await page.route("**/api/interviews/file?*", (route) => route.fulfill({ json: found }));
  await page.goto("/interviews/new/file");
  await choose(page);
  await page.getByRole("button", { name: "3件を予約する" }).click();
  const saved = async (button: string): Promise<string> => {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    return readFile((await (await download).path())!, "utf8");
  };
  const links = await saved("リンクの一覧を保存");
  const numbers = await saved("予約番号の一覧を保存");
  // Who is called by telephone needs no link.
  for (const text of [links, numbers]) {
    expect(text).toContain("白石 ひなた");
    expect(text).not.toContain("髙橋");
  }
  expect(links).toContain("/r#");
  expect(links).not.toContain("K7R-4M2");
  expect(numbers).toContain("K7R-4M2");
  expect(numbers).not.toContain("/r#");
});

test("what is booked stays booked when the line is lost in the middle, and nobody is booked twice after it", async ({ page }) => {
  await page.route("**/api/interviews/file?*", (route) => route.fulfill({ json: found }));
  let tries = 0;
  await page.route("**/api/interviews", (route) => {
    if (route.request().method() !== "POST" || route.request().postDataJSON().name !== second.name) return route.fallback();
    // The first time it is booked, and the answer is lost.
    return ++tries === 1 ? route.abort() : route.fulfill(problem(422, { fields: [{ field: "scheduled_at", code: "already_booked" }] }));
  });
  await page.goto("/interviews/new/file");
  await choose(page);
  await expect(page.getByText("読まなかった列: 備考")).toBeVisible();
  await page.getByRole("button", { name: "3件を予約する" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByRole("heading", { name: "1件を予約しました" })).toBeVisible();
  await page.getByRole("button", { name: "残りの2件を予約する" }).click();
  await expect(page.getByRole("heading", { name: "2件を予約しました" })).toBeVisible();
  await expect(page.getByRole("region", { name: "直すところの表" }).getByRole("row").filter({ hasText: second.name })).toContainText("同じ人・同じ時刻の予約が、もうある");
  expect(service.posted.map(([, body]) => body)).toEqual([first, third]);
  // Links that stand here alone are saved before another file takes their place.
  await expect(page.getByText("別のファイルを選ぶ")).toHaveCount(0);
  await page.getByRole("button", { name: "リンクの一覧を保存" }).click();
  await page.getByRole("button", { name: "予約番号の一覧を保存" }).click();
  await expect(page.getByText("別のファイルを選ぶ")).toBeVisible();
});

test("a file that can't be read says what it is and what to do", async ({ page }) => {
  const answers = [
    problem(422, { fields: [{ field: "file", code: "not_text" }] }),
    problem(413),
    { json: { missing: ["氏名カナ", "生年月日"], unread: [], rows: [] } },
    { json: { missing: [], unread: [], rows: [] } },
  ];
  await page.route("**/api/interviews/file?*", (route) => route.fulfill(answers.shift()!));
  await page.goto("/interviews/new/file");
  for (const words of ["CSVとして読めませんでした", "一度に読めるのは、300行(64KB)までです", "足りない列があります: 氏名カナ・生年月日", "予約する行がありません"]) {
    await choose(page);
    await expect(page.getByText(words)).toBeVisible();
    await expect(page.getByRole("button", { name: "を予約する" })).toHaveCount(0);
  }
});
