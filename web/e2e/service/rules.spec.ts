/** What the machine looks for is changed by two people, and what she answers on her phone reaches the nurse. */
import type { Page } from "@playwright/test";
import { comeIn, expect, test } from "./service";

const smoking = async (page: Page, link?: string) => {
  if (link) await page.goto(link);
  await page.getByRole("navigation").getByRole("link", { name: "ルール" }).click();
  await page.getByRole("region", { name: "項目の表" }).getByRole("link", { name: "たばこ" }).click();
  await expect(page.getByRole("heading", { level: 2, name: /^たばこ smoking\./ })).toBeVisible();
};

test("one edits, another person puts it into use, and both see which version is used", async ({ demo, approver, administrator, nurse }) => {
  await smoking(approver, demo.approver);
  const before = await approver.getByText(/^使用中 .* 版$/).innerText();
  await approver.getByLabel("ルール", { exact: true }).selectOption({ value: "smoking.still" });
  await expect(approver.getByRole("heading", { name: "たばこ smoking.still" })).toBeVisible();

  // What can't be read is refused at its place, and an unfinished rule changes nothing.
  await approver.getByRole("button", { name: "{tobacco} の言葉を加える" }).click();
  const words = approver.getByRole("dialog", { name: "{tobacco} の言葉" });
  await words.getByLabel("市が加える言葉").fill("モクモク棒(");
  await words.getByRole("button", { name: "下書きに入れる" }).click();
  await expect(words.getByText("開いたかっこ「(」が閉じていません。")).toBeVisible();
  await words.getByLabel("市が加える言葉").fill("モクモク棒");
  await words.getByRole("button", { name: "下書きに入れる" }).click();
  await expect(words).toHaveCount(0);
  await expect(approver.getByText("下書き 変更 1")).toBeVisible();

  // The new word is proved by an example, and the whole is tried on the talks that were approved.
  await approver.getByRole("button", { name: "例文を加える" }).click();
  await approver.getByLabel("例文", { exact: true }).fill("モクモク棒なら大丈夫かなって");
  await approver.getByRole("radio", { name: "見つける例文" }).check();
  await approver.getByRole("button", { name: "例文を加える" }).click();
  await expect(approver.getByText("下書き 変更 2")).toBeVisible();
  await expect(approver.getByRole("heading", { name: /^試した結果: 例文 \d+件すべて合格$/ })).toBeVisible();
  await approver.getByRole("button", { name: "過去の面談で試す" }).click();
  // The demo begins without any here.
  await expect(approver.getByText("試せる面談がありません。")).toBeVisible();

  await approver.getByRole("button", { name: "承認を頼む" }).click();
  const asking = approver.getByRole("dialog", { name: "承認を頼む" });
  await asking.getByLabel("使い始める日").fill(demo.today);
  await asking.getByRole("button", { name: "承認を頼む" }).click();
  await expect(approver.getByText("別の承認者か管理者の承認を待っています。")).toBeVisible();
  await expect(approver.getByRole("button", { name: "承認する" })).toHaveCount(0);

  await administrator.goto(demo.administrator);
  await smoking(administrator);
  await administrator.getByRole("button", { name: "承認する" }).click();
  await administrator.getByRole("dialog").getByRole("button", { name: "承認する" }).click();
  await expect(administrator.getByText(before)).toHaveCount(0);
  const after = await administrator.getByText(/^使用中 .* 版$/).innerText();
  await approver.reload();
  await expect(approver.getByText(after)).toBeVisible();
  await expect(approver.getByText(/^下書き/)).toHaveCount(0);

  // Nurses read it too, and change nothing.
  await smoking(nurse, demo.signIn);
  await expect(nurse.getByText(after)).toBeVisible();
  await expect(nurse.getByRole("button", { name: "直す" })).toHaveCount(0);
});

test("what she answers on her phone stands in the nurse's card, and says that it was written", async ({ demo, nurse, phone }) => {
  const resident = await phone();
  await nurse.goto(demo.signIn);
  const row = nurse.getByRole("row").filter({ hasText: "白石 ひなた" }).first();
  await expect(row).toContainText("事前の質問票 未回答");
  await comeIn(resident, demo, 0, async (page) => {
    await page.locator(".step__foot .button").first().click();
    await page.getByRole("button", { name: "なやんだ" }).click();
    await page.getByRole("heading", { name: "予定" }).waitFor();
    await page.getByRole("button", { name: "ここで" }).click();
  });
  await expect(row).not.toContainText("未回答");
  await nurse.getByRole("link", { name: "面談室を開く" }).click();
  await nurse.getByRole("button", { name: "入室してもらう" }).click();
  const card = nurse.getByRole("region", { name: /^気づき/ }).getByRole("article").filter({ hasText: "わかったときの気持ち" });
  await expect(card).toContainText("困った、悩んだ");
  await card.getByRole("button", { name: /判断する/ }).click();
  await card.getByText("事前の質問票から").click();
  await expect(card).toContainText("questionnaire.feeling");
  await expect(resident.locator("body")).not.toContainText(/困った|なやんだ|気づき/);
});
