/** After the talk, the approver's list, the review and the record: what they show at every size. */
import { DeskService, id, miura, sano, segments } from "./desk-service";
import { atSizes, checkAt, everywhere, expect, expectAccessible, problem, test } from "./page";

let service: DeskService;
test.beforeEach(async ({ page }) => {
  service = new DeskService();
  await service.serve(page);
  await page.clock.setFixedTime("2026-11-25T10:50:00+09:00");
});

for (const { name, ...viewport } of atSizes(everywhere)) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("after: the undecided card on top, the words, the form, and what is left beside the closed button", async ({ page }) => {
      await page.goto(`/interviews/${id}/note`);
      const cards = page.getByRole("group", { name: "気づきの一覧" }).getByRole("article");
      await expect(cards).toHaveCount(5);
      await expect(cards.first()).toContainText("気分・睡眠");
      await expect(cards.first().getByRole("button", { name: "採用" })).toBeVisible();
      await expect(cards.first()).toContainText("夜は眠れていますか。");
      await expect(page.getByRole("group", { name: "文字起こし" }).locator(".turn")).toHaveCount(15);
      await expect(page.getByText("一時停止 38秒(12:50–13:28)")).toBeVisible();
      await expect(page.getByText("音声は残していません(本人の希望)。聞き直しもありません")).toBeVisible();
      await expect(page.getByRole("button", { name: "聞く" })).toHaveCount(0);
      await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
      await expect(page.locator("#gate")).toContainText("のこり 2件:");
      await expect(page.getByRole("button", { name: "承認者に提出する" })).toHaveAttribute("aria-disabled", "true");
      await expect(page.getByText("保存ずみ 10:48")).toBeVisible();
      await check(page, "08-after", everywhere);
    });

    test("after: how each flag was read, and what was heard where another word is shown", async ({ page }) => {
      const repairs = [{ at: [10, 12], now: "覚め" }];
      const text = "うん…、3時ごろ目が差目て、そのままで。";
      service.transcript = { ...service.transcript, segments: segments.map((each) => (each.id === "s-12-13" ? { ...each, text, repairs } : each)) };
      const misheard = { how: "sound", unsure: true, sound: { distance: 1, words: [{ heard: "差目て", like: "覚めて" }] } };
      const spoken = (quotes: object[]) => quotes.slice(1).map((quote) => ({ ...quote, before: "うん…、", marked: "3時ごろ目が差目て、そのまま", after: "で。", repairs }));
      service.flags = service.flags.map((each) => (each.item === "depressed_or_anxious" ? { ...each, ...misheard, quotes: spoken(each["quotes"] as object[]) } : each));
      await page.goto(`/interviews/${id}/note`);
      const cards = page.getByRole("group", { name: "気づきの一覧" }).getByRole("article");
      await expect(cards.first()).toContainText("聞き取り不確か");
      const why = cards.first().getByText("聞こえの近さから(「差目て」→「覚めて」)");
      await expect(cards.first().getByText("depressed_or_anxious.1")).toBeHidden();
      await why.click();
      await expect(cards.first().getByRole("definition")).toHaveText(["depressed_or_anxious.1", "2026-11-01 版", "0.25拍"]);
      await cards.first().getByRole("button", { name: "覚め" }).click();
      await expect(cards.first()).toContainText("(聞こえたまま:「差目」)");
      // What was decided says it as well.
      await expect(cards.nth(1)).toContainText("質問への答えから");
      const words = page.getByRole("group", { name: "文字起こし" });
      await page.getByRole("searchbox").fill("覚めて");
      await expect(words.locator("mark")).toHaveText(["覚め", "て"]);
      await words.getByRole("button", { name: "覚め" }).click();
      await expect(words).toContainText("(聞こえたまま:「差目」)");
      await check(page, "08-after-heard", everywhere);
      await page.keyboard.press("Escape");
      await expect(words).not.toContainText("聞こえたまま");
    });

    test("after: returned, with the approver's comment on top", async ({ page }) => {
      service.submit(1);
      service.confirm(1);
      service.note = { ...service.note, state: "returned", verdict: "support", returned: { by: "三浦", at: "2026-11-25T10:40:00+09:00", comment: "受診の目安を書いてください" } };
      await page.goto(`/interviews/${id}/note`);
      await expect(page.getByText("三浦さんが差し戻しました(10:40)")).toBeVisible();
      await expect(page.getByText("「受診の目安を書いてください」")).toBeVisible();
      await check(page, "08-after-returned");
    });

    test("after: handed in again, and read-only", async ({ page }) => {
      service.submit(1);
      service.confirm(1);
      service.note = { ...service.note, state: "returned", verdict: "support", returned: { by: "三浦", at: "2026-11-25T10:40:00+09:00", comment: "受診の目安を書いてください" } };
      await page.goto(`/interviews/${id}/note`);
      await page.getByRole("button", { name: "承認者に提出する" }).click();
      await expect(page.locator("#submitted")).toBeFocused();
      await expect(page.locator("#submitted")).toContainText("第2版");
      await expect(page.getByRole("textbox")).toHaveCount(0);
      await expect(page.getByRole("button", { name: "採用" })).toHaveCount(0);
      await page.getByRole("button", { name: "版の一覧" }).click();
      await expect(page.getByRole("dialog").getByRole("listitem")).toHaveCount(2);
      await page.keyboard.press("Escape");
      await check(page, "08-after-submitted");
    });

    test("queue: who must be decided about first", async ({ page }) => {
      service.me = miura;
      await page.goto("/review");
      await expect(page.getByRole("row")).toHaveCount(9);
      await expect(page.getByRole("link", { name: /承認\s*8/ })).toHaveAttribute("aria-current", "page");
      await expect(page.locator(".figures")).toContainText("1.2日 n=86");
      await expect(page.getByRole("heading", { name: "即時の気づき 2件" })).toBeVisible();
      await expect(page.getByText("藤代 みのり さん(通知 9:34・まだ開いていません)")).toBeVisible();
      const rows = page.getByRole("row");
      await expect(rows.nth(1)).toContainText("今日まで");
      await expect(rows.nth(3)).toContainText("1日 過ぎています");
      await expect(rows.nth(3)).toContainText("承認がないと、文字は12月20日で消えます");
      await expect(page.getByText("承認がないと")).toHaveCount(1);
      await expect(rows.nth(1).getByRole("link", { name: "白石 ひなた" })).toHaveAttribute("href", `/interviews/${id}/review`);
      await expect(rows.nth(2).getByRole("link")).toHaveCount(0);
      await expect(page.getByText("自分が面談した記録は、この一覧には出ません")).toBeVisible();
      await check(page, "09-queue");
    });

    test("queue: nothing waits", async ({ page }) => {
      service.me = miura;
      service.queue = { rows: [], today: 0, overdue: 0, median_days: null, alerts: [] };
      await page.goto("/review");
      await expect(page.getByRole("heading", { name: "待っている記録はありません" })).toBeVisible();
      await check(page, "09-queue-empty");
    });

    test("review: the red card with its empty box, the closed button, and what is left", async ({ page }) => {
      service.me = miura;
      service.confirm(1);
      service.note.verdict = "support";
      service.submit();
      await page.goto(`/interviews/${id}/review`);
      const cards = page.getByRole("group", { name: "気づきの一覧" }).getByRole("article");
      await expect(cards.first()).toContainText("パートナーとの安全");
      await expect(cards.last()).toContainText("却下(制度の質問) 佐野 10:42");
      await expect(cards.last()).toContainText("本人のことばから");
      await cards.first().getByText("質問への答えから").click();
      await expect(cards.first().getByRole("definition")).toHaveText(["partner_violence.1", "2026-11-01 版"]);
      const box = page.getByRole("checkbox", { name: "引用を読み、判断を確かめました" });
      await expect(box).toHaveCount(1);
      await expect(box).not.toBeChecked();
      await expect(page.getByText("聞いた項目 6/7")).toBeVisible();
      await expect(page.getByText("答えたくない 1: ご自身の育ち。")).toBeVisible();
      await expect(page.getByText("要支援(佐野が選択)")).toBeVisible();
      await expect(page.getByRole("button", { name: "承認する" })).toHaveAttribute("aria-disabled", "true");
      await check(page, "10-review", everywhere);
    });

    test("record: frozen, decided, added to, with its history", async ({ page }) => {
      await page.goto(`/interviews/${id}/record`);
      await expect(page.getByText("連絡の制限があります。")).toBeVisible();
      await expect(page.getByText("承認ずみ・追記 1")).toBeVisible();
      await expect(page.getByRole("row")).toHaveCount(6);
      await expect(page.getByRole("row").nth(1)).toContainText("三浦 11月25日 13:58");
      await expect(page.getByRole("region", { name: "履歴" }).getByRole("listitem")).toHaveCount(6);
      await expect(page.getByText("2031年11月25日まで")).toBeVisible();
      await check(page, "11-record");
      await page.getByRole("button", { name: "追記する" }).click();
      await page.getByRole("button", { name: "追記する" }).click();
      await expect(page.getByText("追記を書いてください。")).toBeVisible();
      await check(page);
    });
  });
}

test("the day's list leads from a talk that is over to its note, and what is due of other days stands beside it", async ({ page }) => {
  const line = (name: string, more: object) => ({ id: name, name, scheduled_at: "2026-11-25T09:00:00+09:00", kind: "notification", method: "online", state: "ended", contact_restricted: false, waiting: [], note: null, questionnaire_open: false, ...more });
  await page.route("/api/interviews?*", (route) => route.fulfill({ json: { day: "2026-11-25", interviews: [
    line("b", { note: "draft" }), line("c", { note: "returned" }), line("d", { note: "submitted" }), line("e", { note: "approved" }), line("f", { state: "scheduled" }),
  ] } }));
  const due = (interview: string, due_on: string, more: object) => ({ interview, name: interview, due_on, started_at: "2026-11-24T14:00:00+09:00", state: "writing", overdue: false, ...more });
  await page.route("/api/notes?*", (route) => route.fulfill({ json: { rows: [
    due("x", "2026-11-25", {}), due("y", "2026-11-24", { state: "returned", overdue: true }), due("z", "2026-11-30", { state: "held" }),
  ] } }));
  await page.goto("/");
  await expect(page.locator("tbody tr td:last-child")).toHaveText([/^\s*記録を書く\s*$/, /^\s*差し戻し\s*$/, /^\s*提出ずみ\s*$/, /^\s*承認ずみ\s*$/, /^\s*$/]);
  const links = await page.locator("tbody th a").evaluateAll((all) => all.map((each) => each.getAttribute("href")));
  expect(links).toEqual(["/interviews/b/note", "/interviews/c/note", "/interviews/d/note", "/interviews/e/record", "/interviews/f"]);
  await expect(page.getByRole("region", { name: "期限のあるもの" }).getByRole("listitem")).toHaveText([/x さんの記録\s*今日中/, /y さんの記録\s*期限を過ぎています.*差し戻し/, /z さんの記録.*まで.*保留あり/]);
  await expectAccessible(page);
});

test("the menu has 承認 for approvers only, and no 記録", async ({ page }) => {
  service.me = sano;
  await page.goto("/");
  await expect(page.getByRole("navigation").getByRole("link")).toHaveText(["今日", "撤回", "ルール"]);
  await page.goto("/review");
  await expect(page.getByRole("heading", { name: "ページが見つかりません" })).toBeVisible();
  service.me = miura;
  await page.goto("/");
  await expect(page.getByRole("navigation").getByRole("link")).toHaveText(["今日", /承認\s*8/, "撤回", "ルール"]);
});

test("an interview that is foreign or has no note is not found", async ({ page }) => {
  service.instead.set("GET note", problem(404));
  await page.goto(`/interviews/${id}/note`);
  await expect(page.getByRole("heading", { name: "ページが見つかりません" })).toBeVisible();
});
