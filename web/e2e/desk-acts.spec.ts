/** What the nurse and the approver do after a talk: nothing typed is lost, nobody is overwritten, no gate is passed by. */
import type { Page } from "@playwright/test";
import { DeskService, flags, id, miura, queue, written } from "./desk-service";
import { expect, expectAccessible, problem, shot, test } from "./page";

let service: DeskService;
test.beforeEach(async ({ page }) => {
  service = new DeskService();
  await service.serve(page);
  await page.clock.setFixedTime("2026-11-25T10:50:00+09:00");
});

test.use({ viewport: { width: 1440, height: 900 } });

const note = `/interviews/${id}/note`;
const sent = (end: string) => service.posted.filter(([path]) => path.endsWith(end)).map(([, body]) => body);
const body = (page: Page) => page.getByLabel("身体・精神");

test.describe("the note", () => {
  test("saves by itself, and the verdict at once", async ({ page }) => {
    await page.goto(note);
    await body(page).fill("眠れない。");
    await expect(page.getByText("保存しています")).toBeVisible();
    await expect(page.getByText("保存ずみ 10:52")).toBeVisible();
    expect(sent("/note")).toEqual([{ revision: 1, fields: { ...written, body_mind: "眠れない。" }, verdict: null }]);
    await page.getByLabel("要支援").check();
    await expect(page.locator("#gate")).toContainText("のこり 1件:");
    expect(sent("/note").at(-1)).toMatchObject({ revision: 2, verdict: "support" });
  });

  test("the links of the gate lead to the card and to the verdict; when nothing is left it opens", async ({ page }) => {
    await page.goto(note);
    await page.getByRole("link", { name: "判定を選ぶ" }).click();
    await expect(page.getByLabel("なし", { exact: true })).toBeFocused();
    await page.getByRole("link", { name: "気づき「気分・睡眠」(要確認)を判断する" }).click();
    const card = page.getByRole("article", { name: "気分・睡眠" });
    await expect(card).toBeFocused();
    await card.getByRole("button", { name: "採用" }).click();
    await expect(page.locator("#gate")).not.toContainText("気づき");
    await page.getByRole("button", { name: "承認者に提出する" }).click({ force: true });
    expect(sent("/submit")).toEqual([]);
    await page.getByLabel("経過観察").check();
    await expect(page.getByText("提出できます")).toBeVisible();
    await expectAccessible(page);
    await body(page).fill("直前に書いた文。");
    await page.getByRole("button", { name: "承認者に提出する" }).click();
    await expect(page.locator("#submitted")).toBeFocused();
    // What was typed a moment before went first.
    expect(service.posted.map(([path]) => path.split("/").at(-1))).toEqual(["confirm", "note", "note", "submit"]);
    expect(service.note.fields["body_mind"]).toBe("直前に書いた文。");
    await expect(page.getByRole("article", { name: "気分・睡眠" })).toContainText("採用 佐野 10:49");
    await expect(page.getByRole("button", { name: "変える" })).toHaveCount(0);
  });

  test("Ctrl+Enter goes from one undecided card to the next, from inside the form too", async ({ page }) => {
    service.flags[2]!.state = "suggested";
    await page.goto(note);
    await expect(page.getByText("未判断 2")).toBeVisible();
    await body(page).focus();
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await page.keyboard.press("Control+Enter");
    const first = await focused();
    await page.keyboard.press("Control+Enter");
    const second = await focused();
    await page.keyboard.press("Control+Enter");
    expect([first, second, await focused()]).toEqual(["f-depressed_or_anxious", "f-no_support", "f-depressed_or_anxious"].map((flag) => `flag-${flag}`));
  });

  test("a decision that was changed elsewhere is read again and said", async ({ page }) => {
    await page.goto(note);
    const card = page.getByRole("article", { name: "気分・睡眠" });
    await expect(card).toBeVisible();
    Object.assign(service.flags[1]!, { revision: 5 });
    await card.getByRole("button", { name: "採用" }).click();
    await expect(page.getByText("ほかの画面で判断が変わっていました。")).toBeVisible();
    await expectAccessible(page);
  });

  test("without a line nothing typed is lost, the page says so, and saves when the line is back", async ({ page }) => {
    await page.goto(note);
    service.instead.set("PUT note", "abort");
    await body(page).fill("消えない文。");
    await expect(page.getByText("保存できていません。この画面は閉じないでください。")).toBeVisible();
    await expect(page.getByText("保存ずみ")).toHaveCount(0);
    await expectAccessible(page);
    await shot(page, "08-after-unsaved");
    await page.getByRole("button", { name: "今日" }).click();
    await expect(page.getByRole("dialog")).toContainText("保存していない文はなくなります");
    await page.getByRole("button", { name: "この画面に残る" }).click();
    await expect(body(page)).toHaveValue("消えない文。");
    service.instead.clear();
    await page.getByRole("button", { name: "いま保存する" }).click();
    await expect(page.getByText("保存ずみ 10:52")).toBeVisible();
    await expect(page.getByText("保存できていません。")).toHaveCount(0);
    expect(service.note.fields["body_mind"]).toBe("消えない文。");
  });

  test("on a full disk nothing typed is lost, the page says whom to tell, and saves by itself when there is room", async ({ page }) => {
    await page.goto(note);
    service.instead.set("PUT note", problem(507, { type: "urn:yorisoi:problem:storage-full" }));
    await body(page).fill("消えない文。");
    await expect(page.getByText("サーバーの空き容量がなく、保存できません。")).toBeVisible();
    await expect(page.getByText("画面を閉じずに、管理者に連絡してください。")).toBeVisible();
    await expectAccessible(page);
    service.instead.clear();
    await expect(page.getByText("保存ずみ 10:52")).toBeVisible();
    expect(service.note.fields["body_mind"]).toBe("消えない文。");
  });

  test("leaving saves first", async ({ page }) => {
    await page.goto(note);
    await body(page).fill("帰る前の文。");
    await page.getByRole("button", { name: "今日" }).click();
    await expect(page).toHaveURL("/");
    expect(service.note.fields["body_mind"]).toBe("帰る前の文。");
  });

  test("a login that has ended does not take the text away", async ({ page }) => {
    await page.goto(note);
    service.instead.set("PUT note", problem(401));
    await body(page).fill("残る文。");
    await expect(page.getByText("サインインが切れたため、保存できていません。")).toBeVisible();
    await expect(body(page)).toHaveValue("残る文。");
    await expect(page.getByRole("link", { name: "新しいタブでサインインする" })).toHaveAttribute("target", "_blank");
    await expectAccessible(page);
  });

  test("a field that the server refuses is marked", async ({ page }) => {
    await page.goto(note);
    service.instead.set("PUT note", problem(422, { fields: [{ field: "fields.body_mind", code: "too_long" }] }));
    await body(page).fill("長い文。");
    await expect(page.getByText("保存できない欄があります。")).toBeVisible();
    await expect(body(page)).toHaveAttribute("aria-invalid", "true");
    await expect(page.locator("[aria-invalid]")).toHaveCount(1);
    await expectAccessible(page);
  });

  test("what another page changed elsewhere in the note is taken in, and nothing asked", async ({ page }) => {
    await page.goto(note);
    await body(page).fill("こちらの文。");
    service.note = { ...service.note, revision: 7, fields: { ...service.note.fields, wishes: "あちらの文。" } };
    await expect(page.getByLabel("本人の希望")).toHaveValue("あちらの文。");
    await expect.poll(() => service.note.fields).toEqual({ ...written, body_mind: "こちらの文。", wishes: "あちらの文。" });
    await expect(page.getByText("ほかの画面でも、この記録が直されています。")).toHaveCount(0);
  });

  for (const keep of ["mine", "theirs"] as const) {
    test(`where both have written, both texts stand side by side: ${keep}`, async ({ page }) => {
      await page.goto(note);
      await body(page).fill("こちらの文。");
      service.note = { ...service.note, revision: 7, fields: { ...service.note.fields, body_mind: "あちらの文。" } };
      await expect(page.getByText("ほかの画面でも、この記録が直されています。")).toBeVisible();
      await expect(page.getByRole("group", { name: "身体・精神" })).toContainText("あちらの文。");
      await expect(page.locator("#gate")).toContainText("ちがいを選ぶ");
      expect(service.note.fields["body_mind"]).toBe("あちらの文。");
      await expectAccessible(page);
      if (keep === "mine") await shot(page, "08-after-differs");
      await page.getByRole("button", { name: keep === "mine" ? "この画面の文を残す" : "ほかの画面の文にする" }).click();
      await expect(page.getByText("ほかの画面でも")).toHaveCount(0);
      const kept = keep === "mine" ? "こちらの文。" : "あちらの文。";
      await expect(body(page)).toHaveValue(kept);
      await expect(page.getByText("保存しています")).toHaveCount(0);
      expect(service.note.fields["body_mind"]).toBe(kept);
    });
  }

  test("what both have written is still to be chosen after a decision, and what was typed meanwhile is this page's text", async ({ page }) => {
    await page.goto(note);
    await body(page).fill("こちらの文。");
    service.note = { ...service.note, revision: 7, fields: { ...service.note.fields, body_mind: "あちらの文。" } };
    const choice = page.getByRole("group", { name: "身体・精神" });
    await expect(choice).toContainText("あちらの文。");
    // Deciding reads the note again.
    const read = page.waitForResponse((response) => response.request().method() === "GET" && response.url().endsWith("/note"));
    await page.getByRole("article", { name: "気分・睡眠" }).getByRole("button", { name: "採用" }).click();
    await read;
    await expect(page.locator("#gate")).not.toContainText("気づき");
    await expect(choice).toContainText("あちらの文。");
    // The group that asks has the field's name too.
    await page.locator("#note-body_mind").fill("こちらの、もっと長い文。");
    await expect(choice).toContainText("こちらの、もっと長い文。");
    expect(service.note.fields["body_mind"]).toBe("あちらの文。");
    await page.getByRole("button", { name: "この画面の文を残す" }).click();
    await expect.poll(() => service.note.fields["body_mind"]).toBe("こちらの、もっと長い文。");
    await expect(body(page)).toHaveValue("こちらの、もっと長い文。");
  });

  test("what was typed when somebody else handed it in stays readable", async ({ page }) => {
    await page.goto(note);
    await body(page).fill("間に合わなかった文。");
    await page.getByLabel("本人の希望").fill("ほかの欄の文。");
    service.note.fields = { ...service.note.fields, body_mind: "出された文。" };
    service.submit();
    await expect(page.getByText("この画面で書いた、保存していない文があります。")).toBeVisible();
    await expect(page.getByText("間に合わなかった文。")).toBeVisible();
    await expect(page.getByText("ほかの欄の文。")).toBeVisible();
    await expectAccessible(page);
  });

  test("a gate that closed meanwhile is said, with what is left", async ({ page }) => {
    service.flags[1]!.state = "confirmed";
    service.note.verdict = "watch";
    await page.goto(note);
    await expect(page.getByText("提出できます")).toBeVisible();
    service.flags[1]!.state = "suggested";
    service.instead.set("POST note/submit", problem(409, { type: "urn:yorisoi:problem:gate-closed" }));
    await page.getByRole("button", { name: "承認者に提出する" }).click();
    await expect(page.getByText("提出できませんでした。")).toBeVisible();
    await expect(page.getByRole("article", { name: "気分・睡眠" }).getByRole("button", { name: "採用" })).toBeVisible();
    await expect(page.locator("#gate")).toContainText("気づき「気分・睡眠」");
  });

  test("a time leads to the words, a search finds them", async ({ page }) => {
    await page.goto(note);
    await page.getByRole("button", { name: "17:47 の言葉を見る" }).click();
    await expect(page.locator("#turn-s-17-47")).toBeFocused();
    await expect(page.locator("#turn-s-17-47")).toBeInViewport();
    const find = page.getByRole("searchbox", { name: "文字起こしの中を探す" });
    await find.fill("食欲");
    await expect(page.locator(".find")).toContainText("1/2");
    await expect(page.locator(".turn mark")).toHaveText(["食欲", "食欲"]);
    await find.press("Enter");
    await expect(page.locator(".find")).toContainText("2/2");
    await expect(page.locator("#turn-s-12-42")).toHaveClass(/said--now/);
    await find.fill("ありえない言葉");
    await expect(page.locator(".find")).toContainText("ありません");
    await expectAccessible(page);
  });

  test("a flag is added by hand", async ({ page }) => {
    await page.goto(note);
    await page.getByRole("button", { name: "加える" }).click();
    await expect(page.getByLabel("項目", { exact: true })).toBeFocused();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "加える" })).toBeFocused();
  });

  test("her own notes of the talk stand beside the form", async ({ page }) => {
    service.memo = "頬にあざ";
    await page.goto(note);
    await page.getByText("自分のメモ").click();
    await expect(page.getByText("頬にあざ")).toBeVisible();
    await expectAccessible(page);
  });

  for (const [what, consent, words] of [
    ["refused", { transcription: "none" }, "本人の希望で、この面談の文字は残っていません。"],
    ["captions only", { transcription: "captions_only" }, "字幕だけを出しました。"],
    ["silent", { transcription: "transcript" }, "文字起こしはありません。"],
  ] as const) {
    test(`an empty transcript says why: ${what}`, async ({ page }) => {
      service.transcript = { segments: [], gaps: [], accounts: [], complete: true };
      service.flags = [];
      service.note["facts"] = { ...(service.note["facts"] as object), consent: { keep_audio: "no", sharing: "yes", ...consent } };
      await page.goto(note);
      await expect(page.getByText(words)).toBeVisible();
      await expect(page.getByText("「気づきがない」は「心配がない」ではありません。")).toBeVisible();
      await expectAccessible(page);
    });
  }

  test("a withdrawn talk keeps the note and no word of hers", async ({ page }) => {
    service.transcript = { segments: [], gaps: [], accounts: [], complete: true };
    service.note["withdrawn"] = [{ party: "resident", at: "2026-11-25T10:41:00+09:00" }];
    service.flags = flags().map((flag) => ({ ...flag, withdrawn: true, quotes: [] }));
    await page.goto(note);
    await expect(page.getByText("本人の希望で消しました。書いた記録は残っています。")).toBeVisible();
    await expect(body(page)).toHaveValue(written.body_mind);
    await expectAccessible(page);
  });

  test("text that is late at the end of the talk is told to be coming, and comes by itself", async ({ page }) => {
    const all = service.transcript as { segments: object[] };
    service.transcript = { ...all, segments: all.segments.slice(0, -1), accounts: [], complete: false };
    await page.goto(note);
    await expect(page.getByText("面談の終わりの言葉を、いま文字にしています。")).toBeVisible();
    await expect(page.locator(".turn")).toHaveCount(14);
    await expectAccessible(page);
    service.transcript = all;
    await expect(page.locator(".turn")).toHaveCount(15, { timeout: 10_000 });
    await expect(page.getByText("面談の終わりの言葉を、いま文字にしています。")).toHaveCount(0);
  });

  test("text that can't be read is asked for again", async ({ page }) => {
    service.instead.set("GET transcript", "abort");
    await page.goto(note);
    await expect(page.getByText("ここまでの文字を読み込めませんでした。")).toBeVisible();
    service.instead.clear();
    await page.getByRole("button", { name: "もう一度読み込む" }).click();
    await expect(page.locator(".turn")).toHaveCount(15);
  });

  test("an approver reads it and changes nothing", async ({ page }) => {
    service.me = miura;
    service.submit();
    await page.goto(note);
    await expect(page.getByText("提出しました。")).toBeVisible();
    await expect(page.locator(".turn")).toHaveCount(15);
    await expect(page.getByRole("textbox")).toHaveCount(0);
    await expect(page.getByRole("link", { name: "この記録を確認する" })).toHaveAttribute("href", `/interviews/${id}/review`);
    await page.getByRole("button", { name: "承認", exact: true }).click();
    await expect(page).toHaveURL("/review");
  });

  test("before the talk there is nothing to write", async ({ page }) => {
    service.instead.set("GET note", problem(409));
    await page.goto(note);
    await expect(page.getByRole("heading", { name: "この面談は、まだ始まっていません" })).toBeVisible();
    await expectAccessible(page);
  });

  test("a flag that came after it was handed in brings it back, and the page says why", async ({ page }) => {
    service.note = { ...service.note, state: "returned", returned: { by: null, at: "2026-11-25T11:00:00+09:00", comment: null } };
    await page.goto(note);
    await expect(page.getByText("提出のあとで気づきが変わり、下書きに戻りました。")).toBeVisible();
    await expectAccessible(page);
  });

  test("how she may be reached stands above her note", async ({ page }) => {
    service.note["facts"] = { ...(service.note["facts"] as object), contact_restriction: "郵便は不可" };
    await page.goto(note);
    await expect(page.getByText("連絡の制限あり: 郵便は不可")).toBeVisible();
    await expectAccessible(page);
  });

  test("the server may write a text in its own way without a difference being seen", async ({ page }) => {
    await page.goto(note);
    await body(page).fill("文のあとに空白 ");
    await expect(page.getByText("保存ずみ 10:52")).toBeVisible();
    expect(service.note.fields["body_mind"]).toBe("文のあとに空白");
    await body(page).pressSequentially("と続き");
    // Deciding reads the note again while the text is on its way.
    await page.getByRole("article", { name: "気分・睡眠" }).getByRole("button", { name: "採用" }).click();
    await expect.poll(() => service.note.fields["body_mind"]).toBe("文のあとに空白 と続き");
    await expect(page.getByText("ほかの画面でも")).toHaveCount(0);
  });
});

test.describe("the approver's list", () => {
  test("an alert is opened once, and leads to where its interview is now", async ({ page }) => {
    service.me = miura;
    await page.goto("/review");
    await page.getByRole("button", { name: "白石 ひなた さんの面談を見る" }).click();
    await expect(page).toHaveURL(`/interviews/${id}/review`);
    expect(sent("/open")).toHaveLength(0);
    await page.goBack();
    await page.getByRole("button", { name: "藤代 みのり さんの面談を見る" }).click();
    await expect(page).toHaveURL("/interviews/i2/note");
    expect(service.posted.map(([path]) => path)).toEqual(["/api/alerts/a2/open"]);
  });

  test("without a line the list stays, with its time", async ({ page }) => {
    await page.clock.install({ time: "2026-11-25T10:50:00+09:00" });
    service.me = miura;
    await page.goto("/review");
    await expect(page.getByRole("row")).toHaveCount(9);
    await page.route("/api/review?*", (route) => route.abort());
    await page.clock.fastForward(11_000);
    await expect(page.getByText("表示は 10:50 のものです。")).toBeVisible();
    await expect(page.getByRole("row")).toHaveCount(9);
  });

  test("a grant that has gone shows nothing any more", async ({ page }) => {
    service.me = miura;
    await page.route("/api/review?*", (route) => route.fulfill(problem(403)));
    await page.goto("/review");
    await expect(page.getByText("この一覧は、いまは見られません。")).toBeVisible();
    await expect(page.getByRole("table")).toHaveCount(0);
    await expectAccessible(page);
  });

  test("an alert whose words were withdrawn sends to the nurse", async ({ page }) => {
    service.me = miura;
    const alert = { ...queue().alerts[1]!, flag: null, name: "藤代 みのり" };
    service.queue = { ...queue(), alerts: [alert] };
    await page.goto("/review");
    await expect(page.getByText("まだ開いていません・本人が言葉を消しました。面談者に話を聞いてください")).toBeVisible();
    // It stands on the day's list too, for whoever is on the contact list and approves nothing.
    await page.goto("/");
    await expect(page.getByRole("heading", { name: "即時の気づき 1件" })).toBeVisible();
    await expectAccessible(page);
  });

  test("months without an approval have no median", async ({ page }) => {
    service.me = miura;
    service.queue = { ...queue(), median_days: null };
    await page.goto("/review");
    await expect(page.locator(".figures")).toContainText("まだありません");
  });
});

test.describe("the review", () => {
  test("another approver's signature stands, and one's own is still asked", async ({ page }) => {
    service.signatures = [{ flag: "f-partner_violence", by: "統括 今井", by_me: false, at: "2026-11-25T10:45:00+09:00" }];
    await service.review(page);
    await expect(page.getByText("署名 統括 今井 10:45")).toBeVisible();
    await expect(page.getByText("署名 0/1")).toBeVisible();
    await expect(page.getByRole("checkbox")).toHaveCount(1);
  });

  test("one signature for each immediate flag, then approval, asked once", async ({ page }) => {
    await service.review(page);
    await page.getByRole("link", { name: "「パートナーとの安全」に署名する" }).click();
    const box = page.getByRole("checkbox");
    await expect(box).toBeFocused();
    await page.getByRole("button", { name: "承認する" }).click({ force: true });
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await box.check();
    await expect(page.getByText("署名 三浦 13:58")).toBeVisible();
    await expect(page.getByText("署名 1/1")).toBeVisible();
    await expect(page.getByText("承認できます")).toBeVisible();
    expect(sent("/sign")).toEqual([{ revision: 1 }]);
    await expectAccessible(page);
    await page.getByRole("button", { name: "承認する" }).click();
    await expectAccessible(page);
    // No answer has the focus: a key that was meant for the page approves nothing.
    await expect(page.getByRole("heading", { name: "承認しますか" })).toBeFocused();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Space");
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "承認する" })).toBeFocused();
    expect(sent("/approve")).toEqual([]);
    await page.getByRole("button", { name: "承認する" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "承認する" }).click();
    await expect(page).toHaveURL(`/interviews/${id}/record`);
    expect(sent("/approve")).toEqual([{ revision: 2 }]);
  });

  test("a dismissed immediate flag is signed too", async ({ page }) => {
    await service.review(page);
    service.flags[0] = { ...service.flags[0]!, state: "dismissed" };
    await page.reload();
    await expect(page.getByRole("checkbox")).toHaveCount(1);
  });

  test("a flag that changed meanwhile is not signed", async ({ page }) => {
    await service.review(page);
    await expect(page.getByRole("checkbox")).toBeVisible();
    Object.assign(service.flags[0]!, { revision: 3, decided: { ...(service.flags[0]!.decided as object), words: "あとで変えた" } });
    await page.getByRole("checkbox").click();
    await expect(page.getByText("読んでいる間に、記録か気づきが変わりました。")).toBeVisible();
    await expect(page.getByRole("checkbox")).not.toBeChecked();
    await expect(page.getByText("あとで変えた")).toBeVisible();
    await expectAccessible(page);
  });

  test("returning needs a comment, which stays until it has arrived", async ({ page }) => {
    await service.review(page);
    await page.getByRole("button", { name: "差し戻す" }).click();
    const comment = page.getByLabel("佐野さんへのコメント");
    await expect(comment).toBeFocused();
    await expect(page.getByText("直してほしいことを書いてください。")).toBeVisible();
    await expectAccessible(page);
    await comment.fill("受診の目安を書いてください");
    service.instead.set("POST note/return", "abort");
    await page.getByRole("button", { name: "差し戻す" }).click();
    await expect(page.getByText("サーバーにつながりません。")).toBeVisible();
    await expect(comment).toHaveValue("受診の目安を書いてください");
    service.instead.set("POST note/return", problem(401));
    await page.getByRole("button", { name: "差し戻す" }).click();
    await expect(page.getByText("サインインが切れました。")).toBeVisible();
    await expect(page.getByRole("link", { name: "新しいタブでサインインする" })).toHaveAttribute("target", "_blank");
    await expect(comment).toHaveValue("受診の目安を書いてください");
    service.instead.clear();
    await page.getByRole("button", { name: "差し戻す" }).click();
    await expect(page).toHaveURL("/review");
    expect(sent("/return")).toEqual([{ revision: 2, comment: "受診の目安を書いてください" }]);
  });

  test("a held flag keeps the approval closed", async ({ page }) => {
    await service.review(page);
    service.flags[2] = { ...service.flags[2]!, state: "held", decided: { by: "佐野", by_me: false, at: "2026-11-25T10:19:00+09:00", reason: null, words: "次の電話で聞く", until: "2026-11-27" } };
    await page.reload();
    await expect(page.getByText("保留 1件")).toBeVisible();
    await expect(page.locator("#gate")).toContainText("「周りの支え」の保留");
    await expect(page.getByText("保留(11月27日まで)")).toBeVisible();
    await expect(page.getByText("「次の電話で聞く」")).toBeVisible();
    await expectAccessible(page);
  });

  test("a note that went back meanwhile can't be approved any more, and the page says so", async ({ page }) => {
    await service.review(page);
    await page.getByRole("checkbox").check();
    await expect(page.getByText("承認できます")).toBeVisible();
    service.note = { ...service.note, state: "returned", revision: 9 };
    await page.getByRole("button", { name: "承認する" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "承認する" }).click();
    await expect(page.getByRole("heading", { name: "この記録は、いま承認を待っていません。" })).toBeVisible();
    await expectAccessible(page);
  });
});

test.describe("the record", () => {
  test("what is added stands below, and is not lost when the line is", async ({ page }) => {
    await page.goto(`/interviews/${id}/record`);
    await expect(page.getByRole("region", { name: "履歴" })).toContainText("監査記録 871番");
    await page.getByRole("button", { name: "追記する" }).click();
    const box = page.getByRole("textbox", { name: "追記" });
    await expect(box).toBeFocused();
    await box.fill("病院が変わった。");
    service.instead.set("POST record/addenda", "abort");
    await page.getByRole("button", { name: "追記する" }).click();
    await expect(page.getByText("サーバーにつながりません。")).toBeVisible();
    await expect(box).toHaveValue("病院が変わった。");
    service.instead.clear();
    await page.getByRole("button", { name: "追記する" }).click();
    await expect(page.getByText("承認ずみ・追記 2")).toBeVisible();
    await expect(page.getByText("11月28日 10:00")).toBeVisible();
    expect(sent("/addenda")).toEqual([{ words: "病院が変わった。" }]);
    await expectAccessible(page);
  });

  test("an approver adds nothing; a record without addenda has no block for them", async ({ page }) => {
    service.me = miura;
    service.record = { ...service.record, addenda: [], flags: [] };
    await page.goto(`/interviews/${id}/record`);
    await expect(page.getByText("承認ずみ", { exact: true })).toBeVisible();
    await expect(page.getByRole("heading", { name: "追記" })).toHaveCount(0);
    await expect(page.getByRole("button", { name: "追記する" })).toHaveCount(0);
    await expect(page.getByText("気づきはありませんでした。")).toBeVisible();
    await expectAccessible(page);
  });
});
