/** A talk at the counter: the screen is in view of both, and one microphone hears the room. */
import type { Page } from "@playwright/test";
import { asked, atCounter, detail, flag, guest, id, Service, standing, say, stopClock, talking } from "./office";
import { atSizes, checkAt, expect, ids, person, problem, test } from "./page";

let service: Service;
test.beforeEach(async ({ page }) => {
  service = new Service();
  await service.serve(page);
});

/** What she said at the counter, and nobody knows who it was. */
const mixed = standing().slice(1).map((each) => ({ ...each, state: "suggested" as const, decided: null, speaker_unknown: true, quotes: each.quotes.map((quote) => ({ ...quote, party: "mixed" })) }));
const urgent = flag({ quotes: [{ segment: "s", participant: ids.resident, party: "mixed", start_ms: 900_000, part: "statement", before: "", marked: "物を投げたりする", after: "んです", repairs: [] }] });
const mark = (page: Page) => page.getByRole("button", { name: /^未判断/ });
const peek = (page: Page) => page.getByRole("region", { name: "気づき" });

async function together(page: Page, guest: object = {}): Promise<void> {
  await stopClock(page, "11:14:36");
  service.detail = { ...detail, method: "in_person", state: "in_progress", scheduled_at: "2026-11-25T11:00:00+09:00", contact_restriction: "郵便は不可" };
  service.guests = [atCounter({ state: "admitted", ...guest })];
  service.flags = mixed;
  service.coverage = asked;
  service.memo = { text: "通訳の方と三人で\n届出 10週。健診は1回", revision: 1, saved_at: "2026-11-25T11:15:00+09:00" };
  await page.goto(`/interviews/${id}`);
  await expect(page.getByRole("heading", { name: "面談", exact: true })).toBeVisible();
}

/** What somebody who sits beside the nurse must not read, or see. */
async function tellsNothing(page: Page, but: readonly string[] = []): Promise<void> {
  const seen = await page.locator("body").innerText();
  for (const word of ["白石", "14週", "気づき", "周りの支え", "たばこ", "即時", "要確認", "気になる", "頼れる人", "聞いた項目", "郵便", "28歳", "質問票"].filter((word) => !but.includes(word))) expect(seen).not.toContain(word);
  await expect(page).toHaveTitle("面談｜寄り添い");
  await expect(page.locator(".flag--immediate, .chip--immediate, .notice--warn, .notice--error, video")).toHaveCount(0);
}

for (const { name, ...viewport } of atSizes(["desk", "phone"])) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("in person the page is a note pad: a neutral mark, and words only while the key is held", async ({ page }) => {
      await together(page);
      await expect(page.getByText("11:00 の予約・来所・控えめな表示")).toBeVisible();
      await expect(page.getByRole("textbox", { name: "面談のメモ" })).toHaveValue(/通訳の方と三人で/);
      await expect(page.getByText("聞こえています", { exact: true })).toBeVisible();
      await expect(page.getByText("動いています(マイク1本)")).toBeVisible();
      await expect(mark(page)).toHaveText("2");
      await tellsNothing(page);
      // The notes are the page, and what stands beside them does not move them.
      const pad = (await page.getByRole("textbox").boundingBox())!;
      expect(pad.width).toBeGreaterThan(name === "desk" ? 900 : 300);
      expect(pad.y).toBeLessThan(300);
      await check(page, "06-room-discreet");
      await page.getByRole("textbox").click();
      await page.keyboard.down("Control");
      await page.keyboard.down(".");
      await expect(peek(page)).toContainText(/要確認\s*周りの支え\s*16:51\(話し手 未確定\)「こっちには、頼れる人がいないです」/);
      await expect(peek(page)).toContainText("まだ聞いていない項目 8");
      // No colour but that of ink.
      await expect(peek(page).locator(".flag--plain")).toHaveCount(2);
      if (name === "desk") expect(await page.getByRole("textbox").boundingBox()).toEqual(pad);
      await expect(peek(page).locator("[class*=immediate], [class*=review], [class*=notice], svg")).toHaveCount(0);
      await check(page, "06b-room-discreet-peek");
      await page.keyboard.up(".");
      await page.keyboard.up("Control");
      await expect(peek(page)).toHaveCount(0);
      await expect(page.getByRole("textbox")).toHaveValue(/1回$/);
      await tellsNothing(page);
    });

    test("something urgent adds a ring to the mark and nothing else, without a sound", async ({ page }) => {
      await page.addInitScript(() => {
        for (const play of ["play"] as const) HTMLMediaElement.prototype[play] = async () => void document.body.setAttribute("data-played", "");
      });
      await together(page);
      await expect(mark(page)).toHaveText("2");
      await say(page, "tap", { participant: ids.resident, allowed: "transcript" });
      await expect(page.getByText("聞こえています", { exact: true })).toBeVisible();
      const text = async () => (await page.locator("body").innerText()).replace(/^\d+:\d\d$/gm, "");
      const before = await text();
      const frame = await mark(page).boundingBox();
      await say(page, "flag", urgent);
      await expect(mark(page)).toHaveText("3");
      await expect(mark(page)).toHaveClass(/mark--ring/);
      expect((await text()).replace(/^3$/m, "2")).toBe(before);
      expect(await mark(page).boundingBox()).toEqual(frame);
      await tellsNothing(page);
      await expect(page.locator("body")).not.toHaveAttribute("data-played");
      await check(page, "06-room-discreet-ring");
      // By the finger, and gone when the page is left with the finger on it.
      await mark(page).hover();
      await page.mouse.down();
      await expect(peek(page).getByRole("heading", { level: 3 })).toHaveText(["パートナーとの安全", "たばこ", "周りの支え"]);
      await page.mouse.up();
      await expect(peek(page)).toHaveCount(0);
      await mark(page).focus();
      await page.keyboard.down("Enter");
      await expect(peek(page)).toBeVisible();
      await page.evaluate(() => dispatchEvent(new Event("blur")));
      await expect(peek(page)).toHaveCount(0);
    });

    test("a microphone that hears nothing is said, and nothing is red", async ({ page }) => {
      await page.addInitScript(() => window.service && (window.service.sound = "dead"));
      await together(page);
      await expect(page.getByRole("status").filter({ hasText: "音が届いていません" })).toHaveCount(1);
      await tellsNothing(page);
      await check(page);
    });

    test("she who sits there is asked aloud first; then the talk begins, discreet", async ({ page }) => {
      await stopClock(page, "11:00:10");
      service.detail = { ...detail, method: "in_person", state: "scheduled", scheduled_at: "2026-11-25T11:00:00+09:00", contact_restriction: "郵便は不可" };
      service.guests = [];
      service.wrongTries = 0;
      await page.goto(`/interviews/${id}`);
      await expect(page.getByText("このパソコンのマイク1本で、部屋の声を聞きます。")).toBeVisible();
      await expect(page.getByText("ほかの情報は、通常の表示にあります。")).toBeVisible();
      await expect(page.getByRole("button", { name: "連絡・閲覧の制限" })).toHaveCount(0);
      await tellsNothing(page, ["質問票"]);
      await check(page, "03-counter");
      // What she wants to know beforehand stands one press away, and is gone when she for whom it is comes.
      await page.getByRole("button", { name: "通常の表示に変える" }).click();
      await expect(page.getByText("郵便は不可")).toBeVisible();
      await expect(page.getByRole("button", { name: "連絡・閲覧の制限" })).toBeVisible();
      await check(page);
      await page.getByRole("button", { name: "本人が来ました" }).click();
      await expect(page.getByRole("heading", { name: "面談", exact: true })).toBeVisible();
      await tellsNothing(page, ["質問票"]);
      const undo = page.getByRole("button", { name: "取り消す", exact: true });
      await undo.click();
      await expect(page.getByText("入室を断りました")).toHaveCount(0);
      await page.getByRole("button", { name: "本人が来ました" }).click();
      const begin = page.getByRole("button", { name: "面談を始める" });
      await expect(begin).toHaveAttribute("aria-disabled", "true");
      await expect(page.getByText("先に、面談への同意を記録してください。")).toBeVisible();
      await check(page, "03-counter-asks");
      await page.getByRole("button", { name: "口頭・書面の同意を記録" }).click();
      await check(page, "03-counter-consent");
      await tellsNothing(page, ["質問票"]);
      await page.getByRole("radio", { name: "口頭" }).check();
      await page.getByRole("radio", { name: "はい" }).check();
      await page.getByRole("button", { name: "記録する", exact: true }).click();
      await begin.click();
      await expect(page.getByRole("heading", { name: "面談", exact: true })).toBeVisible();
      expect(service.posted.map(([path]) => path.split("/").at(-1))).toEqual(["counter", "refuse", "counter", "consent", "admit"]);
      await tellsNothing(page);
      // Her seat's microphone and the nurse's news are two lines.
      const sockets = await page.evaluate(() => window.service.sockets.map((each) => new URL(each.url).pathname.split("/").slice(4).join("/")));
      expect(sockets.slice(-2)).toEqual(["counter/socket", "socket"]);
    });

    test("the end of it says that it is over, and leads to the note when she wants it", async ({ page }) => {
      await together(page);
      await page.getByRole("button", { name: "終える", exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: "終える", exact: true }).click();
      await expect(page.getByRole("heading", { name: "この面談は終わりました" })).toBeVisible();
      await expect(page).toHaveURL(new RegExp(`/interviews/${id}$`));
      await tellsNothing(page);
      await check(page, "06-room-discreet-over");
      await page.getByRole("link", { name: "記録を書く" }).click();
      await expect(page).toHaveURL(/\/note$/);
    });

    test("what is not written is said, and nobody is told that somebody watches", async ({ page }) => {
      const words = (page: Page) => page.getByRole("region", { name: "マイクと文字起こし" }).locator("div", { hasText: "文字起こし" });
      await together(page);
      await say(page, "recognition", { stopped: true });
      await expect(words(page)).toContainText("止まっています");
      await tellsNothing(page);
      await say(page, "recognition", { stopped: false });
      await expect(words(page)).toContainText("動いています(マイク1本)");
      await say(page, "behind", { participant: ids.resident, waiting_ms: 40_000 });
      await expect(words(page)).toContainText("遅れています");
      await say(page, "behind", { participant: ids.resident, waiting_ms: 0 });
      await say(page, "gap", { participant: ids.resident, start_ms: 1_000_000, end_ms: 1_004_000, reason: "overload", void: null });
      await expect(words(page)).toContainText("止まっています");
      // She answers otherwise in the middle of it, and somebody beside her speaks.
      for (const [transcription, allowed, said] of [["none", "nothing", "していません。聞きもらしの確認もありません"], ["captions_only", "captions_only", "字幕だけ。聞きもらしの確認もありません"]] as const) {
        service.guests = [atCounter({ state: "admitted", consent: { interview: "yes", transcription, keep_audio: "no", sharing: "no" } })];
        await say(page, "tap", { participant: ids.resident, allowed });
        await expect(words(page)).toContainText(said);
        await tellsNothing(page);
        await check(page, `06-room-discreet-${transcription}`);
      }
      service.guests = [atCounter({ state: "admitted", second_voice: "not_asked" })];
      await say(page, "tap", { participant: ids.resident, allowed: "second_voice" });
      await expect(words(page)).toContainText("止めています");
      await expect(page.getByText("「書き残してもよいですか」")).toBeVisible();
      await tellsNothing(page);
      await check(page, "06-room-discreet-beside");
    });

    test("she who has no phone takes her words back at the counter, and a voice beside her is noted", async ({ page }) => {
      await together(page);
      await page.route("/api/interviews/*/withdrawals", (route) => route.fulfill({ json: [{ participant: ids.resident, party: "resident", certificate: null }] }));
      await page.route("/api/interviews/*/participants/*/withdraw", (route) => route.fulfill({ json: { certificate: "D-00001", at: "2026-11-25T11:15:00+09:00" } }));
      await page.getByRole("button", { name: "同席者が話す" }).click();
      await expect.poll(() => service.posted.at(-1)).toEqual([expect.stringMatching(/second-voice$/), { said: "speaks" }]);
      await page.getByRole("button", { name: "撤回を受け付ける" }).click();
      await expect(page.getByText("その人の今回の声と文字を、すべて消します。")).toBeVisible();
      await tellsNothing(page);
      await check(page, "06-room-discreet-take-back");
      await page.getByRole("radio", { name: "本人" }).check();
      await page.getByRole("radio", { name: "声で" }).check();
      await page.getByRole("checkbox").check();
      await page.getByRole("button", { name: "消す", exact: true }).click();
      await expect(page.getByText("D-00001")).toBeVisible();
      await page.getByRole("button", { name: "閉じる" }).last().click();
      await say(page, "withdrawn", { participant: ids.resident, at: "2026-11-25T11:15:00+09:00" });
      await expect(page.getByText("本人の希望で消しました 11:15")).toBeVisible();
      await tellsNothing(page);
    });

    test("a microphone that is plugged in later is heard", async ({ page }) => {
      await page.addInitScript(() => window.service && (window.service.devices = "missing"));
      await together(page);
      await expect(page.getByRole("region", { name: "音の届き方" }).getByText("音が届いていません")).toBeVisible();
      await page.evaluate(() => void (window.service.devices = "both"));
      await page.getByRole("button", { name: "マイクを使う" }).click();
      await expect(page.getByRole("meter")).toBeVisible();
      await expect(page.getByText("聞こえています", { exact: true })).toBeVisible();
    });

    test("a colleague's page leaves the microphone to whoever received her", async ({ page }) => {
      const opened = () => page.evaluate(() => window.service.sockets.map((each) => new URL(each.url).pathname.split("/").slice(4).join("/")));
      const sounds = () => page.evaluate(() => window.service.sent.filter((each) => each.type === "muted").map((each) => each.data));
      await together(page, { let_in_by_me: false });
      await expect(page.getByText("この画面のマイクは切れています。")).toBeVisible();
      expect(await opened()).not.toContain("counter/socket");
      // Nor does it bring a voice of its own.
      await expect.poll(sounds).toContainEqual({ on: true });
      expect(await sounds()).not.toContainEqual({ on: false });
      await tellsNothing(page);
      await check(page, "06-room-discreet-elsewhere");
      await page.getByRole("button", { name: "この画面のマイクを使う" }).click();
      await expect(page.getByText("聞こえています", { exact: true })).toBeVisible();
      expect(await opened()).toContain("counter/socket");
      // Another page of hers has it now: said in either view, and nothing goes on by itself.
      await page.evaluate(() => window.service.sockets.findLast((each) => each.url.includes("/counter/"))?.drop(4001));
      await expect(page.getByText("この面談のマイクは、ほかの画面で使われています。")).toBeVisible();
      await tellsNothing(page);
      await page.getByRole("button", { name: "通常の表示に変える" }).click();
      await expect(page.getByText("この面談のマイクは、ほかの画面で使われています。")).toBeVisible();
      await expect(page.getByRole("button", { name: "この画面で続ける" })).toBeVisible();
      await check(page);
    });

    test("of her safety nothing is left out in an online talk", async ({ page }) => {
      await stopClock(page, "10:18:09");
      service.flags = standing();
      await talking(page, service);
      service.detail = { ...service.detail, contact_restriction: "郵便は不可" };
      await page.getByRole("button", { name: "控えめな表示に変える" }).click();
      await say(page, "nearby", { participant: ids.resident, someone: true });
      const facts = page.getByRole("region", { name: "面談の状況" });
      await expect(facts.getByText("近くの人").locator("..")).toContainText("います");
      await say(page, "participant", person("resident", { presence: "interrupted" }));
      await stopClock(page, "10:18:29");
      await expect(page.getByRole("heading", { name: "つながり直すのを待っています" })).toBeVisible();
      await expect(page.getByText("090-0000-1234").last()).toBeVisible();
      await expect(page.getByText("電話では、本人とわかるまで用件を話さないでください。")).toBeVisible();
      for (const word of ["白石", "郵便", "即時"]) await expect(page.getByRole("main")).not.toContainText(word);
      await expect(page.locator(".notice--warn, .chip--immediate")).toHaveCount(0);
      await check(page, "06-room-discreet-lost");
      service.guests = [guest({ state: "quick_exit" })];
      service.wrongTries = 2;
      await say(page, "participant", person("resident", { presence: "left_quickly" }));
      await expect(page.getByText("本人がすぐ閉じました", { exact: true })).toBeVisible();
      await expect(page.getByText("入力のまちがい 2回")).toBeVisible();
      await check(page, "06-room-discreet-quick");
    });

    test("any talk goes into the discreet view and out of it, and the notes stay", async ({ page }) => {
      await stopClock(page, "10:18:09");
      service.flags = standing();
      service.coverage = asked;
      await talking(page, service);
      await page.getByRole("textbox").fill("郵便・電話の可否");
      await page.getByRole("button", { name: "控えめな表示に変える" }).click();
      await expect(mark(page)).toHaveText("2");
      await expect(page.getByText("10:00 の予約・オンライン・控えめな表示")).toBeVisible();
      await expect(page.getByRole("textbox")).toHaveValue("郵便・電話の可否");
      await expect(page.getByText("白石")).toHaveCount(0);
      await check(page);
      await page.getByRole("button", { name: "通常の表示に変える" }).click();
      await expect(page.getByRole("heading", { name: "白石 ひなた さん" })).toBeVisible();
      await expect(page.getByRole("textbox")).toHaveValue("郵便・電話の可否");
      await expect(page.getByLabel("白石 ひなた さんの映像")).toBeVisible();
    });

    test("the ordinary view at the counter knows no speaker and plays no echo", async ({ page }) => {
      await together(page);
      await page.getByRole("button", { name: "通常の表示に変える" }).click();
      await say(page, "segment", { id: "x", participant: ids.resident, start_ms: 700_000, end_ms: 702_000, text: "親とは、もう何年も会ってなくて" });
      await expect(page.getByRole("log")).toContainText(/話し手 未確定\s*親とは/);
      await expect(page.locator("video, audio")).toHaveCount(0);
      await expect(page.getByRole("article").first()).toContainText("〔話者不明〕");
      await check(page, "06c-room-counter");
    });
  });
}

test("a colleague's page that may not hold it shows nothing of it", async ({ page }) => {
  service.detail = { ...detail, method: "in_person", state: "in_progress" };
  await page.route("/api/interviews/*/door", (route) => route.fulfill(problem(403)));
  await page.goto(`/interviews/${id}`);
  await expect(page.getByText("白石")).toHaveCount(0);
});
