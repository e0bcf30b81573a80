/** Forms on both sides: her phone asks one thing at a time and shows nothing again; the nurse reads, asks and copies. */
import type { Page } from "@playwright/test";
import { conversation, filled, flag, forms, guest, id, items, say, Service, standing, stopClock, talking } from "./office";
import { atSizes, checkAt, everywhere, expect, expectAccessible, expectLargeTargets, ids, problem, shot, test } from "./page";
import { agreed, Service as PhoneService } from "./phone-service";

const questionnaire = forms()[0]!;
const answered = filled(questionnaire, {
  manner: "tap",
  answers: [
    { question: "alcohol", choice: "0", declined: false },
    { question: "tobacco", declined: true },
    { question: "mood", choice: "1", declined: false },
    { question: "help_later", choice: "1", declined: false },
    { question: "troubles", words: "引っ越してきたばかりで、まわりのことがわからない", declined: false },
  ],
});

for (const { name, ...viewport } of atSizes(everywhere)) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    let service: Service;
    test.beforeEach(async ({ page }) => {
      service = new Service();
      await service.serve(page);
      await stopClock(page);
    });
    const check = checkAt(name);

    test("the room before: what she answered, and that she would rather not say", async ({ page }) => {
      service.forms = forms();
      service.guests = [guest({ state: "identified" })];
      await page.goto(`/interviews/${id}`);
      const panel = page.getByRole("region", { name: "事前の質問票" });
      await expect(panel).toContainText("質問票は未回答です");
      // She answers, and knocks.
      service.forms = [answered, ...forms().slice(1)];
      service.guests = [guest()];
      await expect(panel).toContainText("11月23日 回答");
      await expect(panel).toContainText("本人が回答");
      await expect(panel.getByRole("definition")).toHaveText(["飲まない、やめた", "答えたくない", "ときどき、つらい・眠れない", "まだ決まっていない", "「引っ越してきたばかりで、まわりのことがわからない」"]);
      await expect(panel.locator("strong")).toHaveText(["答えたくない"]);
      await check(page, "03-room-before-form", everywhere);
    });

    test("the room before: nothing is answered, and a nurse takes it down", async ({ page }) => {
      await page.goto(`/interviews/${id}`);
      const panel = page.getByRole("region", { name: "事前の質問票" });
      await expect(panel).toContainText("質問票は未回答です");
      await panel.getByRole("button", { name: "記入する" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByRole("group", { name: "ご家庭で" })).toContainText("ひとりのときだけ聞く");
      await dialog.getByRole("button", { name: "保存する" }).click();
      await expect(dialog.getByText("どちらかを選んでください。")).toBeVisible();
      await dialog.getByRole("radio", { name: "聞き取って" }).check();
      await dialog.getByRole("button", { name: "保存する" }).click();
      await expect(dialog.getByText("ひとつ以上、答えを選んでください。")).toBeVisible();
      await dialog.getByRole("group", { name: "お酒は" }).getByRole("radio", { name: "よく飲む" }).check();
      await dialog.getByRole("group", { name: "たばこは" }).getByRole("radio", { name: "答えたくない" }).check();
      await dialog.getByRole("textbox", { name: "困っていること" }).fill("道がわからない");
      await check(page, "03-form-entry");
      await dialog.getByRole("button", { name: "保存する" }).click();
      await expect(dialog).toHaveCount(0);
      await expect(panel).toContainText("聞き取って・佐野");
      expect(service.posted).toEqual([[`/api/interviews/${id}/forms/questionnaire`, {
        revision: 0, manner: "spoken",
        answers: [{ question: "alcohol", choice: "2", declined: false }, { question: "tobacco", declined: true }, { question: "troubles", words: "道がわからない", declined: false }],
      }]]);
    });

    test("a scale is copied from the sheet, and its last question is said at once", async ({ page }) => {
      await page.goto(`/interviews/${id}`);
      const scales = page.getByRole("region", { name: "尺度" });
      await scales.getByRole("button", { name: /^EPDS.*記入する/ }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByRole("radio", { checked: true })).toHaveCount(10);
      await dialog.getByRole("radio", { name: "用紙から" }).check();
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9]) await dialog.getByRole("group", { name: `問${n}`, exact: true }).getByRole("radio", { name: "1", exact: true }).check();
      await dialog.getByRole("group", { name: "問10" }).getByRole("radio", { name: "2", exact: true }).check();
      await check(page, "03-scale-entry");
      await dialog.getByRole("button", { name: "保存する" }).click();
      await expect(scales).toContainText("11 / 30点・13点未満");
      await expect(scales.locator("strong")).toContainText("問10に点があります。すぐに、安全を声で確かめてください。");
      await check(page, "03-scales");
    });

    test("somebody else was first: what was chosen stays, and is said", async ({ page }) => {
      await page.goto(`/interviews/${id}`);
      await page.getByRole("region", { name: "尺度" }).getByRole("button", { name: /^GAD-2/ }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("radio", { name: "用紙から" }).check();
      await dialog.getByRole("radio", { name: "数日" }).check();
      await page.route("/api/interviews/*/forms/gad2", (route) => route.fulfill(problem(409, { type: "urn:yorisoi:problem:changed" })), { times: 1 });
      await dialog.getByRole("button", { name: "保存する" }).click();
      await expect(dialog.getByRole("alert")).toContainText("ほかの人が先に保存しました。");
      await expect(dialog.getByRole("radio", { name: "数日" })).toBeChecked();
      await check(page);
    });

    test("in the talk: the card says what is written, and the list says both where they differ", async ({ page }) => {
      await stopClock(page, "10:18:09");
      service.forms = [answered, ...forms().slice(1)];
      const drinks = { form: "事前の質問票", rule: "questionnaire.alcohol", label: "お酒", text: "飲まない、やめた", declined: false, sum: null, bears: false };
      service.flags = [
        ...standing().slice(1, 2),
        flag({ id: "00000000-0000-0000-0000-000000000021", item: "alcohol", label: "お酒", tier: "notice", answers: [drinks], quotes: [{ segment: "s", participant: ids.resident, party: "resident", start_ms: 1_067_000, part: "answer", before: "", marked: "週末に少し飲む", after: "くらいで。", repairs: [] }] }),
        flag({ id: "00000000-0000-0000-0000-000000000022", item: "age", label: "年齢", tier: "review", rule: null, how: "record", record: { age: 17, weeks: null } }),
        flag({
          id: "00000000-0000-0000-0000-000000000023", item: "suicidal_or_self_harm", label: "消えたい気持ち", rule: null, how: "form", at_ms: 0,
          answers: [{ form: "EPDS(エジンバラ産後うつ病質問票)", rule: "epds.q10", label: "問10", text: "2", declined: false, sum: null, bears: true }],
        }),
      ];
      service.coverage = items.map(({ item }) => {
        if (item === "alcohol") return { item, state: "positive", source: "engine", talk: "positive", form: "negative" };
        if (item === "smoking") return { item, state: "declined", source: "form", talk: null, form: "declined" };
        return { item, state: "not_asked", source: null, talk: null, form: null };
      });
      await talking(page, service);
      for (const [type, data] of conversation) await say(page, type, data);
      const flags = page.getByRole("region", { name: /^気づき/ });
      await expect(flags.getByRole("article", { name: "消えたい気持ち" })).toContainText(/EPDS.*問10: 2/);
      await expect(flags.getByRole("article", { name: "年齢" })).toContainText("台帳: 17歳");
      const card = flags.getByRole("article", { name: "お酒" });
      await card.getByRole("button", { name: "お酒を判断する" }).click();
      await expect(card).toContainText("週末に少し飲む");
      await expect(card.getByRole("definition").filter({ visible: true })).toHaveText("お酒: 飲まない、やめた");
      const first = flags.getByRole("article", { name: "消えたい気持ち" });
      await first.getByText("EPDS(エジンバラ産後うつ病質問票)から").click();
      await expect(first.getByRole("definition").filter({ visible: true })).toHaveText(["問10: 2", "epds.q10", "2026-11-01 版"]);
      const cover = page.getByRole("region", { name: /^聞いた項目/ });
      await cover.getByRole("button", { name: /項目を見る/ }).click();
      await expect(cover.getByRole("listitem").filter({ hasText: "お酒" })).toContainText("面談: あてはまる／質問票: あてはまらない");
      await expect(cover.getByRole("listitem").filter({ hasText: "たばこ" })).toContainText("答えたくない・質問票");
      await check(page, "04-room-forms", everywhere);
      await page.getByRole("button", { name: "質問票", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "質問票と尺度" });
      await expect(dialog.getByRole("definition").first()).toHaveText("飲まない、やめた");
      await check(page);
      await dialog.getByRole("button", { name: "閉じる" }).click();
      await expect(page.getByRole("dialog")).toHaveCount(0);
      // What she takes back leaves the page, also where it stood open.
      await page.getByRole("button", { name: "質問票", exact: true }).click();
      await expect(dialog).toBeVisible();
      await say(page, "withdrawn", { participant: ids.resident, at: "2026-11-25T10:41:00+09:00" });
      await expect(page.getByRole("dialog")).toHaveCount(0);
    });
  });
}

test.describe("on her phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  let service: PhoneService;
  test.beforeEach(async ({ page }) => {
    service = new PhoneService();
    service.state = { step: "ready", scheduled_at: "2026-11-25T01:00:00Z", consent: { ...agreed }, form_open: true };
    await service.serve(page);
  });
  const check = async (page: Page, name?: string) => {
    await expectAccessible(page);
    await expectLargeTargets(page);
    if (name) await shot(page, name);
  };
  const tap = (page: Page, name: string) => page.getByRole("button", { name }).first().click();
  const heading = (page: Page) => page.locator("main h1");

  test("one thing at a time, each hers to leave out, and nothing that was chosen is shown again", async ({ page }) => {
    await page.goto("/r");
    await expect(heading(page)).toContainText("質問");
    await check(page, "18f-questions-offer");
    await page.locator("main").getByRole("button").first().click();
    await expect(heading(page)).toContainText("わかったとき");
    await expect(heading(page)).toBeFocused();
    await expect(page.getByRole("radio")).toHaveCount(0);
    await check(page, "18g-question");
    await tap(page, "うれしかった");
    await expect(heading(page)).toContainText("お");
    // Back: the question is there again, and not what she said to it.
    const before = await page.locator("main").innerHTML();
    await tap(page, "よく");
    await expect(heading(page)).toContainText("たばこ");
    await tap(page, "前");
    await expect(heading(page)).toContainText("みますか");
    expect(await page.locator("main").innerHTML()).toBe(before);
    await tap(page, "ときどき");
    await tap(page, "えたくない");
    await page.getByRole("textbox").fill("道がわからない");
    await check(page, "18h-question-words");
    await tap(page, "つぎ");
    await expect(heading(page)).toContainText("これで");
    expect(service.posted["form"]).toEqual([{
      locale: "ja-x-easy", version: 1, sha256: "ee",
      answers: [
        { question: "feeling", choice: "glad", declined: false },
        { question: "alcohol", choice: "sometimes", declined: false },
        { question: "tobacco", declined: true },
        { question: "troubles", words: "道がわからない", declined: false },
      ],
    }]);
    await expect(page.locator("body")).not.toContainText("道がわからない");
    await page.reload();
    await expect(heading(page)).toContainText("これで");
  });

  test("who wants none of it goes on at once, and half of it is taken as it is", async ({ page }) => {
    await page.goto("/r");
    await tap(page, "ないで");
    await expect(heading(page)).toContainText("これで");
    expect(service.posted["form"]).toBeUndefined();
    await page.reload();
    await page.locator("main").getByRole("button").first().click();
    await tap(page, "とばす");
    await tap(page, "ときどき");
    await tap(page, "ここで");
    await expect(heading(page)).toContainText("これで");
    expect(service.posted["form"]).toHaveLength(1);
    expect((service.posted["form"]![0] as { answers: object[] }).answers).toEqual([{ question: "alcohol", choice: "sometimes", declined: false }]);
  });

  test("a lost line loses no answer, and who comes along is asked nothing", async ({ page }) => {
    await page.goto("/r");
    await page.locator("main").getByRole("button").first().click();
    await tap(page, "うれしかった");
    await page.route("/api/join/form", (route) => route.abort(), { times: 1 });
    await tap(page, "ここで");
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(heading(page)).toContainText("れていません");
    await check(page, "18i-questions-offline");
    await tap(page, "もう");
    await expect(heading(page)).toContainText("これで");
    expect(service.posted["form"]).toHaveLength(1);
    service.state = { step: "ready", along: "companion", consent: { ...agreed }, form_open: false };
    await page.reload();
    await expect(heading(page)).toContainText("これで");
  });
});
