/** The rules: what they show at every size, an edit, its result, and the two people who put it into use. */
import type { Page } from "@playwright/test";
import { sano } from "./desk-service";
import { atSizes, checkAt, everywhere, expect, expectAccessible, problem, test } from "./page";
import { administrator, RulesService } from "./rules-service";

let service: RulesService;
test.beforeEach(async ({ page }) => {
  service = new RulesService();
  await service.serve(page);
  await page.clock.setFixedTime("2026-11-25T10:50:00+09:00");
});

const open = async (page: Page) => {
  await page.goto("/rules/smoking/cut_down");
  await expect(page.getByRole("heading", { name: "たばこ smoking.cut_down" })).toBeVisible();
};

for (const { name, ...viewport } of atSizes(everywhere)) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("the version in use, the items, one rule, and the result of the working copy", async ({ page }) => {
      service.addExample();
      await open(page);
      await expect(page.getByText("使用中 2026.11 版")).toBeVisible();
      await expect(page.getByText("既定 2026.10 に、市の追加 3・変更 1")).toBeVisible();
      await expect(page.getByText("下書き 変更 1")).toBeVisible();
      const row = page.getByRole("region", { name: "項目の表" }).getByRole("row", { name: /たばこ/ });
      await expect(row).toHaveAttribute("aria-current", "true");
      await expect(row).toContainText("26/26");
      await expect(page.getByText("保健師「おたばこは」→「はい、ちょっと」")).toBeVisible();
      await expect(page.getByRole("listitem").filter({ hasText: "加熱式ならいいかなって" })).toContainText("追加");
      await expect(page.getByRole("heading", { name: "試した結果: 例文 26件すべて合格" })).toBeVisible();
      await page.getByRole("button", { name: "過去の面談で試す" }).click();
      await expect(page.getByText("承認ずみの面談 50件では、見つける数が +2、見つけなくなる数が −0。 たばこ +2")).toBeVisible();
      await check(page, "12-rules", everywhere);
    });

    test("an example that fails: its row, its name, and the closed button with the sentence", async ({ page }) => {
      service.addExample();
      service.failing = [{ rule: "smoking.cut_down", text: "加熱式ならいいかなって", of: null, should_match: true }];
      await open(page);
      const row = page.getByRole("row", { name: /たばこ/ });
      await expect(row).toContainText("25/26");
      await expect(row.locator(".state--so")).toBeVisible();
      await expect(page.getByRole("heading", { name: "試した結果: 例文 26件のうち 1件が合いません" })).toBeVisible();
      await expect(page.getByText("「加熱式ならいいかなって」が見つかりません")).toBeVisible();
      const ask = page.getByRole("button", { name: "承認を頼む" });
      await expect(ask).toHaveAttribute("aria-disabled", "true");
      await expect(ask).toHaveAccessibleDescription("合わない例文を直すと、承認を頼めます。");
      await ask.click({ force: true });
      await expect(page.getByRole("dialog")).toHaveCount(0);
      await check(page, "12-rules-failing");
    });

    test("a rule that knows its example alone: what was tried, and how to write it instead", async ({ page }) => {
      service.addExample();
      service.failing = [{ rule: "smoking.cut_down", text: "加熱式ならいいかなってるんです", of: "加熱式ならいいかなって", should_match: true }];
      await open(page);
      await expect(page.getByText("「加熱式ならいいかなってるんです」が見つかりません(例文「加熱式ならいいかなって」の言いかえ)")).toBeVisible();
      await expect(page.getByText("言い方を文まるごとではなく、要になる短い言葉で書いてください。")).toBeVisible();
      await expect(page.getByRole("listitem").filter({ hasText: /加熱式ならいいかなって」\s*追加/ })).toBeVisible();
      await expect(page.getByRole("button", { name: "承認を頼む" })).toHaveAttribute("aria-disabled", "true");
      await expect(page.getByText("この画面では変えられません。")).toBeVisible();
      await check(page, "12-rules-memorised");
    });

    test("the form, and a pattern that can't be read at its line and character", async ({ page }) => {
      await open(page);
      await page.getByRole("button", { name: "直す" }).click();
      await page.getByText("くわしい設定").click();
      await check(page, "12-rules-form");
      await page.getByRole("textbox", { name: "言い方" }).fill("まだ吸\n減(らし");
      await page.getByRole("button", { name: "下書きに入れる" }).click();
      await expect(page.getByText("2行目の2文字目: 開いたかっこ「(」が閉じていません。 city/rule/smoking.cut_down.toml の 9行 5文字目")).toBeVisible();
      await expect(page.getByRole("textbox", { name: "言い方" })).toBeFocused();
      expect(await page.getByRole("textbox", { name: "言い方" }).evaluate((box: HTMLTextAreaElement) => box.value.slice(box.selectionStart, box.selectionEnd))).toBe("(");
      await check(page, "12-rules-wrong");
    });

    test("asked for: another person decides, whoever asked can take it back", async ({ page }) => {
      service.addExample();
      service.asked(false);
      service.me = administrator;
      await open(page);
      await expect(page.getByRole("heading", { name: "三浦さんが、2026年12月1日から使うことを頼んでいます(2026.12 版)" })).toBeVisible();
      await expect(page.getByRole("button", { name: "直す" })).toHaveCount(0);
      await check(page, "12-rules-asked");
      await page.getByRole("button", { name: "版の履歴" }).click();
      await expect(page.getByRole("dialog").getByRole("listitem")).toHaveCount(2);
      await expect(page.getByRole("dialog")).toContainText("三浦が頼み、管理者 坂が承認");
      await check(page);
    });

    test("what was dismissed, by rule and reason", async ({ page }) => {
      service.dismissed = [{ reason: "figure_of_speech", count: 3 }, { reason: "past", count: 1 }];
      await open(page);
      await expect(page.getByText("見つけた 12・採用 8・却下 4(冗談・言い回し 3、過去のこと 1)")).toBeVisible();
      await expect(page.getByRole("region", { name: "却下のあったルールなどの表" }).getByRole("row").nth(1)).toContainText("smoking.cut_down1284");
      await check(page, "12-rules-tuning");
    });

    test("what is only like talk of an item is counted, and left out in the working copy", async ({ page }) => {
      service.dismissed = [{ reason: "past", count: 1 }];
      service.likeness = [{ reason: "figure_of_speech", count: 3 }, { reason: "not_hers", count: 2 }];
      await open(page);
      const table = page.getByRole("region", { name: "却下のあったルールなどの表" });
      const like = table.getByRole("row", { name: /よく似た言い方で見つけたもの\(たばこ\)/ });
      await expect(table.getByRole("row").nth(1)).toContainText("よく似た言い方で見つけたもの(たばこ)");
      await expect(like.getByRole("cell")).toHaveText(["9", "2", "5", "冗談・言い回し 3、本人のことではない 2", /使っています/]);
      await like.getByRole("button", { name: "使わない: よく似た言い方で見つけたもの(たばこ)" }).click();
      await expect(like).toContainText("下書き");
      await expect(like.getByRole("status")).toHaveText(/下書き\s*使っていません/);
      await expect(page.getByText("下書き 変更 1")).toBeVisible();
      expect(service.posted.at(-1)).toEqual(["PUT", "/api/rules/draft/rule/smoking.likeness", { kind: "off" }]);
      await check(page);
      await like.getByRole("button", { name: "使う: よく似た言い方で見つけたもの(たばこ)" }).click();
      await expect(like).toContainText("使っています");
      expect(service.posted.at(-1)![2]).toEqual({ kind: "shipped" });
      service.full = true;
      await like.getByRole("button", { name: /使わない/ }).click();
      await expect(like.getByRole("button")).toHaveAccessibleDescription(/多すぎます。/);
      await check(page);
      // While somebody decides, nothing changes.
      service.asked(true);
      await page.reload();
      await expect(like).toContainText("使っています");
      await expect(like.getByRole("button")).toHaveCount(0);
    });
  });
}

test("the edit goes to the working copy whole, and an example alone too", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "例文を加える" }).click();
  await page.getByRole("button", { name: "例文を加える" }).click();
  await expect(page.getByText("例文を書いてください。")).toBeVisible();
  await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
  await page.getByLabel("例文", { exact: true }).fill("加熱式ならいいかなって");
  await page.getByRole("radio", { name: "見つける例文" }).check();
  await page.getByRole("button", { name: "例文を加える" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "加熱式ならいいかなって" })).toContainText("追加");
  const [method, path, body] = service.posted.at(-1)! as [string, string, { text: { match: string[]; patterns: string[] } }];
  expect([method, path]).toEqual(["PUT", "/api/rules/draft/rule/smoking.cut_down"]);
  expect(body.text.match).toHaveLength(5);
  expect(body.text.patterns).toHaveLength(3);

  await page.getByRole("button", { name: "直す" }).click();
  await page.getByLabel("見つけない例文").fill("");
  await page.getByRole("button", { name: "下書きに入れる" }).click();
  await expect(page.getByText("見つける例文と見つけない例文が、ひとつずつ要ります。")).toBeVisible();
  await expect(page.getByLabel("見つけない例文")).toBeFocused();
  await page.getByRole("button", { name: "下書きを取り消す" }).click();
  await expect(page.getByText("下書き 変更 1")).toHaveCount(0);
  expect(service.posted.at(-1)!.slice(0, 2)).toEqual(["DELETE", "/api/rules/draft/rule/smoking.cut_down"]);
});

test("a new rule has a name of its own; a rule is left out", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "ルールを加える" }).click();
  await expect(page.getByRole("heading", { name: "たばこ smoking.city_1" })).toBeVisible();
  await page.getByRole("textbox", { name: "言い方" }).fill("加熱式.{0,6}いい");
  await page.getByLabel("見つける例文").fill("加熱式ならいいかなって");
  await page.getByLabel("見つけない例文").fill("駅から来ました");
  await page.getByRole("button", { name: "下書きに入れる" }).click();
  await expect.poll(() => service.posted.at(-1)?.[1]).toBe("/api/rules/draft/rule/smoking.city_1");
  await expect(page).toHaveURL(/\/rules\/smoking\/city_1$/);
  await open(page);
  await page.getByRole("button", { name: "直す" }).click();
  await page.getByRole("button", { name: "このルールを使わない" }).click();
  await expect.poll(() => service.posted.at(-1)?.[2]).toEqual({ kind: "off" });
});

test("words of a concept, with what is wrong beside them", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "{tobacco} の言葉を加える" }).click();
  const dialog = page.getByRole("dialog", { name: "{tobacco} の言葉" });
  await dialog.getByLabel("市が加える言葉").fill("ヤニ(");
  await dialog.getByRole("button", { name: "下書きに入れる" }).click();
  await expect(dialog.getByText("開いたかっこ「(」が閉じていません。")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByLabel("市が加える言葉").fill("ヤニ\n\n電子");
  await dialog.getByRole("button", { name: "下書きに入れる" }).click();
  await expect(dialog).toHaveCount(0);
  expect(service.posted.at(-1)).toEqual(["PUT", "/api/rules/draft/words/tobacco", { words: ["ヤニ", "電子"] }]);
});

test("what is refused in the table is said there alone, and what is wrong in the form at the form alone", async ({ page }) => {
  service.likeness = [{ reason: "figure_of_speech", count: 3 }];
  service.full = true;
  await open(page);
  await page.getByRole("button", { name: "直す" }).click();
  const patterns = page.getByRole("textbox", { name: "言い方" });
  const like = page.getByRole("row", { name: /よく似た言い方で見つけたもの\(たばこ\)/ });
  await patterns.fill("減(らし");
  await like.getByRole("button", { name: /使わない/ }).click();
  await expect(like.getByRole("alert")).toContainText("多すぎます。");
  await expect(page.getByText("多すぎます。")).toHaveCount(1);
  await expect(like.getByRole("button")).toBeFocused();
  await page.getByRole("button", { name: "下書きに入れる" }).click();
  await expect(patterns).toBeFocused();
  await expect(patterns).toHaveAccessibleDescription(/開いたかっこ「\(」が閉じていません。/);
  await expect(page.getByText("閉じていません。")).toHaveCount(1);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("who approves sees which likeness is switched, also where no rule is changed", async ({ page }) => {
  service.likenessOff = true;
  service.asked(false);
  await page.goto("/rules/alcohol/said");
  const asked = page.getByRole("region", { name: /三浦さんが、2026年12月1日から使うことを頼んでいます/ });
  const link = asked.getByRole("link", { name: "使わない: よく似た言い方で見つけたもの(たばこ)" });
  await expect(link).toBeVisible();
  await expectAccessible(page);
  await link.click();
  await expect(page.getByRole("heading", { name: "却下のあったルールなど" })).toBeInViewport();
  await expect(page).toHaveURL(/\/rules\/alcohol\/said#tuning$/);
  await expect(page.getByRole("row", { name: /よく似た言い方で見つけたもの\(たばこ\)/ })).toContainText("使っていません");
});

test("asking needs a day, and what is asked for can be taken back", async ({ page }) => {
  service.addExample();
  await open(page);
  await page.getByRole("button", { name: "承認を頼む" }).click();
  const dialog = page.getByRole("dialog", { name: "承認を頼む" });
  await dialog.getByRole("button", { name: "承認を頼む" }).click();
  await expect(dialog.getByText("今日から1年以内の日を選んでください。")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByLabel("使い始める日").fill("2026-12-01");
  await dialog.getByRole("button", { name: "承認を頼む" }).click();
  await expect(page.getByRole("heading", { name: "2026年12月1日から使うことを頼みました(2026.12 版)" })).toBeVisible();
  expect(service.posted.at(-1)![2]).toEqual({ from: "2026-12-01" });
  await expect(page.getByRole("button", { name: "承認する" })).toHaveCount(0);
  await page.getByRole("button", { name: "取り下げる" }).click();
  await expect(page.getByRole("button", { name: "承認を頼む" })).toBeVisible();
});

test("the other person approves after one more question, or gives it back", async ({ page }) => {
  service.addExample();
  service.asked(false);
  await open(page);
  await page.getByRole("button", { name: "承認する" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "やめる" }).click();
  expect(service.posted).toEqual([]);
  await page.getByRole("button", { name: "承認する" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "承認する" }).click();
  await expect(page.getByText("下書き 変更 1")).toHaveCount(0);
  expect(service.posted.at(-1)![1]).toMatch(/approve$/);
  service.draft = true;
  service.asked(false);
  await page.reload();
  await page.getByRole("button", { name: "差し戻す" }).click();
  await expect(page.getByRole("button", { name: "承認を頼む" })).toBeVisible();
  service.asked(true, "坂");
  await page.reload();
  await expect(page.getByRole("heading", { name: "2026年12月1日から 2026.12 版を使います" })).toBeVisible();
});

test("newer shipped rules that do not go together are said with their place", async ({ page }) => {
  service.trouble = { file: "city/rule/smoking.amount.toml", line: 1, column: 12, rule: "smoking.amount", fault: "no_rule", field: null, row: null, at: null, sentence: "" };
  await open(page);
  await expect(page.getByText("市のルールの一部が、新しい既定と合いません")).toBeVisible();
  await expect(page.getByRole("link", { name: "smoking.amount" })).toHaveAttribute("href", "/rules/smoking/amount");
  await expectAccessible(page);
  // A likeness has no page of its own; here and in the working copy.
  service.likenessOff = true;
  service.trouble = service.fault = { ...service.trouble, rule: "smoking.likeness" };
  await page.reload();
  const links = page.getByRole("link", { name: "よく似た言い方で見つけたもの(たばこ)" });
  await expect(links).toHaveCount(2);
  for (const link of await links.all()) await expect(link).toHaveAttribute("href", "#tuning");
  await expect(page.getByText("表の「使う」で直ります。")).toHaveCount(2);
  await expect(page.getByRole("button", { name: "使う: よく似た言い方で見つけたもの(たばこ)" })).toBeVisible();
});

test("nurses read what is in use and change nothing; who only administers comes to the rules by the menu", async ({ page }) => {
  service.me = sano;
  service.may_change = false;
  await page.goto("/rules");
  await expect(page.getByRole("heading", { name: /partner_violence.said/ })).toBeVisible();
  for (const name of ["直す", "例文を加える", "ルールを加える", "承認を頼む"]) await expect(page.getByRole("button", { name })).toHaveCount(0);
  service.me = administrator;
  service.may_change = true;
  service.addExample();
  await page.route("**/api/users", (route) => route.fulfill({ json: { users: [] } }));
  await page.goto("/");
  await expect(page.getByRole("navigation").getByRole("link")).toHaveText(["利用者", "ルール", "監査"]);
  await page.getByRole("link", { name: "ルール" }).click();
  await page.getByRole("link", { name: "たばこ" }).click();
  // Counts, and no words of a talk; also where nothing can be tried.
  service.talks = 0;
  await page.getByRole("button", { name: "過去の面談で試す" }).click();
  await expect(page.getByText("試せる面談がありません。")).toBeVisible();
  await page.getByLabel("項目を探す").fill("ないもの");
  await expect(page.getByText("あてはまる項目はありません。")).toBeVisible();
});

test("a lost line and somebody else's change are said, and nothing typed is lost", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "直す" }).click();
  await page.getByRole("textbox", { name: "言い方" }).fill("まだ吸って");
  service.instead.set("PUT /api/rules/draft/rule/smoking.cut_down", "abort");
  await page.getByRole("button", { name: "下書きに入れる" }).click();
  await expect(page.getByText("サーバーにつながりません。")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "言い方" })).toHaveValue("まだ吸って");
  service.instead.set("PUT /api/rules/draft/rule/smoking.cut_down", problem(409, { type: "urn:yorisoi:problem:wrong-state" }));
  service.asked(false);
  await page.getByRole("button", { name: "下書きに入れる" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "言い方" })).toHaveValue("まだ吸って");
});
