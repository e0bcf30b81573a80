import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectLargeTargets, ids, listens, person, problem, shot, snapshot, test } from "./page";
import { agreed, Service } from "./phone-service";

const check = async (page: Page, name?: string, only?: "phone") => {
  await expectAccessible(page);
  await expectLargeTargets(page);
  if (name) await shot(page, name, only);
};
const next = (page: Page) => page.getByRole("button", { name: /^次/ }).click();
const pick = (page: Page, n: number) => page.locator(".choice").nth(n).click();

test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });

let service: Service;
test.beforeEach(async ({ page }) => {
  service = new Service();
  await service.serve(page);
});

test("from the call-back number to the waiting room", async ({ page }) => {
  test.setTimeout(60_000);
  await page.goto("/r#secret");
  await expect(page.getByRole("heading", { name: "電話" })).toBeVisible();
  await next(page);
  await expect(page.getByRole("textbox")).toBeFocused();
  await page.getByRole("textbox").fill("０９０-0000-1234");
  await pick(page, 0);
  await check(page, "15c-callback");
  await next(page);

  await expect(page.getByRole("heading", { name: "使" })).toBeFocused();
  await check(page, "17-device-ask");
  // One question of the browser, after her tap.
  expect(await page.evaluate(() => window.service.opened)).toBe(0);
  await page.getByRole("button", { name: "カメラとマイク" }).click();
  await expect(page.locator(".state--good")).toHaveCount(4, { timeout: 10_000 });
  expect(await page.evaluate(() => window.service.opened)).toBe(1);
  expect(await page.locator("video").evaluate((video: HTMLVideoElement) => video.videoWidth)).toBeGreaterThan(0);
  await check(page, "17-device-ok");
  await next(page);

  await expect(page.getByText("4つのうち 1つめ")).toBeVisible();
  await check(page, "18a-consent-interview");
  await next(page);
  await expect(page.locator("#answer-error")).toBeVisible();
  await expect(page.getByRole("radio").first()).toBeFocused();
  await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
  await check(page);
  await pick(page, 0);
  await next(page);
  await expect(page.getByText("4つのうち 2つめ")).toBeVisible();
  await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
  await check(page, "18b-consent-text");
  await page.getByRole("switch").click();
  await check(page, "18b-consent-text-plain");
  await page.getByRole("switch").click();
  await pick(page, 0);
  await next(page);
  await expect(page.getByText("4つのうち 3つめ")).toBeVisible();
  await check(page, "18c-consent-audio");
  await pick(page, 0);
  await next(page);
  await expect(page.getByText("4つのうち 4つめ")).toBeVisible();
  await check(page, "18d-consent-share");
  await pick(page, 0);
  await next(page);
  await expect(page.getByRole("heading", { name: "これで、いいですか" })).toBeFocused();
  await check(page, "18e-consent-summary");
  expect(service.posted["consent"]).toEqual([
    { choice: "interview", value: "yes", version: 3, sha256: "aa", locale: "ja-x-easy" },
    { choice: "transcription", value: "transcript", version: 3, sha256: "bb", locale: "ja-x-easy" },
    { choice: "keep_audio", value: "yes", version: 3, sha256: "cc", locale: "ja-x-easy" },
    { choice: "sharing", value: "yes", version: 3, sha256: "dd", locale: "ja-x-easy" },
  ]);
  expect(service.posted["contact"]).toEqual([{ callback: "090-0000-1234", place: "自宅" }]);
  expect(service.posted["device"]).toEqual([{ camera: "works", microphone: "works", noise: "quiet", network: "good" }]);

  await page.getByRole("button", { name: "進" }).click();
  await expect(page.getByRole("heading", { name: "待" })).toBeFocused();
  await expect(page.getByText("10:00")).toBeVisible();
  await check(page, "19-waiting");
  // The tap leaves no trace on the screen.
  const before = await page.screenshot();
  await page.locator("main").getByRole("button").nth(1).tap();
  await expect.poll(() => service.posted["nearby"]).toEqual([{ nearby: "someone" }]);
  expect((await page.screenshot()).equals(before)).toBe(true);
  // The same probe sees what would be one.
  await page.locator("main button").first().evaluate((button) => (button.style.background = "#eee"));
  expect((await page.screenshot()).equals(before)).toBe(false);
  // Neither sound nor picture has left the page.
  expect(await page.evaluate(() => window.service.sent.filter((each) => each.type === "offer").length)).toBe(0);
  expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
});

test("who wants no text is asked three questions, and may change her mind", async ({ page }) => {
  service.state.step = "consent";
  service.state.consent = { interview: "yes" };
  await page.goto("/r");
  await pick(page, 2);
  await next(page);
  await expect(page.getByText("3つのうち 3つめ")).toBeVisible();
  await pick(page, 1);
  await next(page);
  await expect(page.locator(".chosen > div")).toHaveCount(3);
  await page.getByRole("button", { name: "変える: 文字" }).click();
  await expect(page.getByRole("radio", { checked: true })).toHaveCount(1);
  await pick(page, 0);
  await next(page);
  await expect(page.getByText("4つのうち 3つめ")).toBeVisible();
});

test("today without an interview ends with thanks", async ({ page }) => {
  service.state.step = "consent";
  await page.goto("/r");
  await pick(page, 1);
  await next(page);
  await expect(page.getByRole("heading", { name: "わかりました" })).toBeVisible();
  await check(page, "18-declined");
});

test("a text that changed meanwhile is asked again", async ({ page }) => {
  service.state.step = "consent";
  await page.goto("/r");
  await page.route("/api/join/consent", (route) => (route.request().method() === "POST" ? route.fulfill(problem(409)) : route.fallback()), { times: 1 });
  await pick(page, 0);
  await next(page);
  await expect(page.getByText("4つのうち 1つめ")).toBeVisible();
  await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
});

test("a refused microphone is explained, and she can go on without it", async ({ page }) => {
  service.state.step = "device";
  await page.addInitScript(() => window.service && (window.service.devices = "none"));
  await page.goto("/r");
  await page.getByRole("button", { name: "カメラとマイク" }).click();
  await expect(page.getByRole("heading", { name: "声" })).toBeVisible();
  await expect(page.locator("main > .stack p")).toContainText("許可");
  await expect(page.locator(".numbered li").last()).toContainText("許可");
  await expect(page.locator(".state--good")).toHaveCount(1);
  await check(page, "17b-device-mic");
  await page.getByRole("button", { name: "マイクなし" }).click();
  await expect.poll(() => service.posted["device"]).toMatchObject([{ camera: "refused", microphone: "refused" }]);
});

test("a refused camera is no barrier", async ({ page }) => {
  service.state.step = "device";
  await page.addInitScript(() => window.service && (window.service.devices = "voice"));
  await page.goto("/r");
  await page.getByRole("button", { name: "カメラとマイク" }).click();
  await expect(page.getByText("だけで話")).toBeVisible();
  await expect(page.locator("video")).toHaveCount(0);
  await check(page, "17-device-voice");
});

for (const [what, says, next] of [["missing", "マイクが見", "さし直"], ["busy", "ほかのアプリが", "閉"]] as const) {
  test(`a microphone that is ${what} is said, with what to do`, async ({ page }) => {
    service.state.step = "device";
    await page.addInitScript((devices) => window.service && (window.service.devices = devices), what);
    await page.goto("/r");
    await page.getByRole("button", { name: "カメラとマイク" }).click();
    await expect(page.locator("main > .stack p")).toContainText(says);
    await expect(page.locator(".numbered li").first()).toContainText(next);
    await expectAccessible(page);
    // Mended, and asked for again.
    await page.evaluate(() => (window.service.devices = "both"));
    await page.getByRole("button", { name: "もう" }).click();
    await expect(page.locator(".numbered")).toHaveCount(0);
  });
}

for (const [sound, says, next, told] of [["dead", "音", "スイッチ", "silent"], ["loud", "大", "離", "works"]] as const) {
  test(`a microphone that is ${sound} is said at the check, and holds nobody up`, async ({ page }) => {
    service.state.step = "device";
    await page.addInitScript((sound) => window.service && (window.service.sound = sound), sound);
    await page.goto("/r");
    await page.getByRole("button", { name: "カメラとマイク" }).click();
    const row = page.locator(".check-row").nth(1);
    await expect(row.locator(".state--so")).toContainText(says, { timeout: 10_000 });
    await expect(row.locator(".check-row__say")).toContainText(next);
    await check(page, `17-device-${sound}`);
    await page.getByRole("button", { name: /^次/ }).click();
    await expect.poll(() => service.posted["device"]).toMatchObject([{ microphone: told }]);
  });
}

test("a slow line is said at the check", async ({ page }) => {
  service.state.step = "device";
  await page.goto("/r");
  await expect(page.getByRole("button", { name: "カメラとマイク" })).toBeVisible();
  await page.route("/api/join/state", async (route) => (await new Promise((done) => setTimeout(done, 500)), route.fallback()));
  await page.getByRole("button", { name: "カメラとマイク" }).click();
  const row = page.locator(".check-row").last();
  await expect(row.locator(".state--so")).toContainText("弱", { timeout: 10_000 });
  await expect(row.locator(".check-row__say")).toContainText("電波");
});

async function enterTalk(page: Page): Promise<void> {
  service.state.step = "talk";
  await page.addInitScript((value) => window.service && (window.service.snapshot = value), snapshot("resident", "inside"));
  await page.goto("/r");
  await expect(page.locator(".video__main")).toBeVisible();
  await expect.poll(() => page.locator(".video__main").evaluate((video: HTMLVideoElement) => video.videoWidth), { timeout: 10_000 }).toBeGreaterThan(0);
}

test("the nurse opens the door and the talk begins by itself", async ({ page }) => {
  service.state.step = "waiting";
  await page.goto("/r");
  await expect(page.getByRole("heading", { name: "待" })).toBeVisible();
  await listens(page);
  service.state.step = "talk";
  await page.evaluate(([nurse, person]) => {
    window.service.say("participant", person as object);
    window.service.say("slots", { slots: [nurse, null, null] });
    window.service.say("place", { place: "inside" });
  }, [ids.nurse, person("nurse")] as const);
  await expect(page.locator(".video__main")).toBeVisible();
  await expect.poll(() => page.locator(".video__main").evaluate((video: HTMLVideoElement) => video.videoWidth)).toBeGreaterThan(0);
});

test("in the talk: mute, camera, a signal without a trace, and a sheet with the rest", async ({ page }) => {
  await enterTalk(page);
  await check(page, "20a-talk", "phone");
  await expect(page.locator("body")).not.toContainText("妊娠");
  await page.getByRole("button", { name: "マイク" }).click();
  await expect(page.getByRole("button", { name: "マイク" })).toHaveAttribute("aria-pressed", "true");
  expect(await page.evaluate(() => window.service.sent.findLast((each) => each.type === "muted")?.data)).toEqual({ on: true });
  await page.getByRole("button", { name: "カメラ" }).click();
  await expect(page.locator(".video__self")).toHaveCount(0);
  await check(page);

  const before = await page.locator("#app").innerHTML();
  await page.getByRole("button", { name: "合図" }).click();
  await expect.poll(() => service.posted["nearby"]).toEqual([{ nearby: "someone" }]);
  expect(await page.locator("#app").innerHTML()).toBe(before);

  await page.getByRole("button", { name: "ほか" }).click();
  await expect(page.getByRole("dialog").getByRole("button", { name: "閉じる" })).toBeFocused();
  await check(page, "20c-talk-sheet", "phone");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "ほか" })).toBeFocused();
  await page.getByRole("button", { name: "ほか" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "戻" }).click();
  await expect.poll(() => service.posted["nearby"]).toEqual([{ nearby: "someone" }, { nearby: "alone" }]);
  await expect(page.getByRole("button", { name: "ほか" })).toBeFocused();

  await page.getByRole("button", { name: "ほか" }).click();
  await page.getByRole("button", { name: "終" }).click();
  await expect(page.getByRole("heading", { name: "ありがとうございました" })).toBeVisible();
  expect(service.posted["leave"]).toEqual([{ how: "closed" }]);
  await check(page, "22-thanks");
});

const caption = (page: Page, party: keyof typeof ids, text: string, id = text) =>
  page.evaluate(([data]) => window.service.say("caption", data as object), [{ participant: ids[party], party, id, text, final: false }] as const);

test("captions: off at the start, large, labelled, and only what is said from now on", async ({ page }) => {
  Object.assign(service.state, { consent: { ...agreed }, erasable: true });
  await enterTalk(page);
  await check(page, "20a-talk-text", "phone");
  const key = page.getByRole("button", { name: "字幕" });
  await expect(key).toHaveAttribute("aria-pressed", "false");
  await caption(page, "nurse", "前に言った言葉");
  await expect(page.getByRole("region", { name: "字幕" })).toHaveCount(0);
  await key.click();
  await expect(key).toHaveAttribute("aria-pressed", "true");
  expect(await page.evaluate(() => window.service.sent.findLast((each) => each.type === "captions")?.data)).toEqual({ on: true });
  const pane = page.getByRole("region", { name: "字幕" });
  await expect(pane).not.toContainText("前に言った言葉");
  await check(page, "20b-talk-captions-wait", "phone");
  await caption(page, "nurse", "そうでしたか。産後のお手伝いのことも、", "1");
  await caption(page, "nurse", "そうでしたか。産後のお手伝いのことも、あとでご説明しますね。", "1");
  await expect(pane).toContainText("保健師");
  await expect(pane.locator("p")).toHaveText("そうでしたか。産後のお手伝いのことも、あとでご説明しますね。");
  await expect(pane.locator("p")).toHaveCSS("font-size", "24px");
  await expect(pane).toHaveAttribute("aria-live", "off");
  await check(page, "20b-talk-captions", "phone");
  // What she says herself is not shown to whoever looks over her shoulder.
  await caption(page, "resident", "わたしの言葉");
  await expect(pane).not.toContainText("わたしの言葉");
  await caption(page, "companion", "同席の人の言葉です。".repeat(8));
  await expect(pane).toContainText("いっしょの");
  expect((await pane.boundingBox())!.height).toBeLessThan(200);
  await check(page);
  // Taken back: nothing of that voice stays, and of nobody else anything goes.
  await caption(page, "nurse", "");
  await expect(pane).toContainText("同席の人の言葉です。");
  await caption(page, "companion", "");
  await expect(pane).not.toContainText("同席の人の言葉です。");
  await expect(pane).not.toContainText("いっしょの");
  await page.reload();
  await expect(page.locator(".video__main")).toBeVisible();
  await expect(page.getByRole("region", { name: "字幕" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "字幕" })).toHaveAttribute("aria-pressed", "false");
});

test("who wants no text has nothing to switch, pause or erase", async ({ page }) => {
  service.state.consent = { interview: "yes", transcription: "none", sharing: "yes" };
  await enterTalk(page);
  await expect(page.getByRole("button", { name: "字幕" })).toHaveCount(0);
  await page.getByRole("button", { name: "ほか" }).click();
  await expect(page.getByRole("dialog").getByRole("button")).toHaveCount(3);
});

test("a pause is said on her screen, and ends when she wants", async ({ page }) => {
  Object.assign(service.state, { consent: { ...agreed }, erasable: true });
  await enterTalk(page);
  await page.getByRole("button", { name: "ほか" }).click();
  await check(page, "20c-talk-sheet-text", "phone");
  await page.route("/api/join/pause", (route) => route.abort(), { times: 1 });
  await page.getByRole("button", { name: "止" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await check(page, "20c-talk-pause-failed", "phone");
  await expect(page.locator(".pill")).toContainText("しています");
  await page.getByRole("button", { name: /少.*止/ }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.locator(".pill")).toContainText("止");
  await expect(page.locator(".pill")).not.toContainText("しています");
  await check(page, "20a-talk-paused", "phone");
  await page.getByRole("button", { name: "ほか" }).click();
  await page.getByRole("button", { name: "また" }).click();
  await expect(page.locator(".pill")).toContainText("しています");
  expect(service.posted["pause"]).toEqual([{ on: true }, { on: false }]);
});

test("she stops the text for good, and may still erase what there is", async ({ page }) => {
  Object.assign(service.state, { consent: { ...agreed }, erasable: true });
  await enterTalk(page);
  const more = page.getByRole("button", { name: "ほか" });
  await more.click();
  await page.route("/api/join/consent", (route) => (route.request().method() === "POST" ? route.abort() : route.fallback()), { times: 2 });
  const stop = page.getByRole("dialog").getByRole("button", { name: "やめる" });
  await stop.click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.unroute("/api/join/consent");
  await stop.click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(service.posted["consent"]).toEqual([{ choice: "transcription", value: "none", version: 3, sha256: "bb", locale: "ja-x-easy" }]);
  await expect(page.locator(".pill")).toContainText("していません");
  await expect(page.getByRole("button", { name: "字幕" })).toHaveCount(0);
  await more.click();
  await expect(stop).toHaveCount(0);
  await expect(page.getByRole("dialog").getByRole("button", { name: "全部" })).toBeVisible();
});

test("what is kept is what the server does with her voice", async ({ page }) => {
  Object.assign(service.state, { consent: { ...agreed }, erasable: true });
  await enterTalk(page);
  const pill = page.locator(".pill");
  const tap = (allowed: string) => page.evaluate((data) => window.service.say("tap", data), { participant: ids.resident, allowed });
  await tap("transcript_and_audio");
  await expect(pill).toHaveText(/文字.*声.*しています/);
  await tap("transcript");
  await expect(pill).not.toContainText("声");
  await expect(pill).toHaveText(/文字.*しています/);
  await tap("captions_only");
  await expect(pill).toContainText("していません");
  // The nurse has paused.
  await tap("paused");
  await expect(pill).toHaveText(/^止.*めています$/);
  await tap("nothing");
  await expect(pill).toContainText("していません");
  await page.evaluate((data) => window.service.say("tap", data), { participant: ids.nurse, allowed: "transcript_and_audio" });
  await expect(pill).toContainText("していません");
});

test("a reload in a pause still says so", async ({ page }) => {
  Object.assign(service.state, { consent: { ...agreed }, erasable: true, paused: true });
  await enterTalk(page);
  await expect(page.locator(".pill")).toHaveText(/^止.*めています$/);
});

test("she erases today's voice and text, keeps the number, and talks on", async ({ page }) => {
  Object.assign(service.state, { consent: { ...agreed }, erasable: true });
  await enterTalk(page);
  await page.getByRole("button", { name: "ほか" }).click();
  await page.getByRole("button", { name: "全部" }).click();
  const question = page.getByRole("dialog");
  await expect(question.getByRole("heading")).toBeFocused();
  const looks = await question.getByRole("button").evaluateAll((all) => all.map((each) => each.className));
  expect(looks).toHaveLength(2);
  expect(new Set(looks).size).toBe(1);
  await check(page, "20d-talk-erase", "phone");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "ほか" })).toBeFocused();
  await page.getByRole("button", { name: "ほか" }).click();
  await page.getByRole("button", { name: "全部" }).click();
  await question.getByRole("button", { name: /消.*さない/ }).click();
  await expect(page.getByRole("button", { name: "ほか" })).toBeFocused();
  expect(service.posted["withdraw"]).toBeUndefined();

  await page.getByRole("button", { name: "ほか" }).click();
  await page.getByRole("button", { name: "全部" }).click();
  let release!: () => void;
  const wait = new Promise<void>((done) => (release = done));
  await page.route("/api/join/withdraw", async (route) => (await wait, route.fallback()), { times: 1 });
  await page.getByRole("button", { name: "全部" }).click();
  await expect(page.getByRole("heading", { name: /消.*しています/ })).toBeFocused();
  await check(page, "24-withdrawing", "phone");
  // The talk goes on behind this page, in both directions.
  const hears = () => page.locator(".video__main").evaluate((video: HTMLVideoElement) => !video.paused && !video.muted && video.srcObject !== null);
  expect(await hears()).toBe(true);
  await expect(page.locator(".talk")).toBeHidden();
  release();
  await expect(page.getByText("D-00872")).toBeVisible();
  await expect(page.locator(".num").first()).toContainText("10:21");
  await expect(page.getByText("つながったまま")).toBeVisible();
  expect(await hears()).toBe(true);
  await check(page, "24-withdrawn", "phone");
  expect(await page.evaluate(() => window.service.sockets.length)).toBe(1);
  await page.getByRole("button", { name: "戻" }).click();
  await expect(page.locator(".talk")).toBeVisible();
  await expect(page.locator(".pill")).toContainText("していません");
  expect(service.posted["withdraw"]).toHaveLength(1);
});

test("what could not be erased is never called erased", async ({ page }) => {
  Object.assign(service.state, { consent: { ...agreed }, erasable: true });
  await enterTalk(page);
  const erase = async () => {
    await page.getByRole("button", { name: "ほか" }).click();
    await page.getByRole("button", { name: "全部" }).click();
    await page.getByRole("button", { name: "全部" }).click();
  };
  await page.route("/api/join/withdraw", (route) => route.fulfill(problem(500, { reference: "7F3K-20" })), { times: 1 });
  await erase();
  await expect(page.getByRole("heading", { name: "まだ" })).toBeVisible();
  await expect(page.getByText("7F3K-20")).toBeVisible();
  // Nobody owes her what the service never took up.
  await expect(page.getByText("今日中")).toHaveCount(0);
  await expect(page.locator("main strong")).toContainText("保健師");
  await check(page, "24-withdraw-failed", "phone");
  await page.route("/api/join/withdraw", (route) => route.abort(), { times: 1 });
  await page.getByRole("button", { name: "もう" }).click();
  await expect(page.getByText("インターネット")).toBeVisible();
  await check(page, "24-withdraw-offline", "phone");
  await page.getByRole("button", { name: "もう" }).click();
  await expect(page.getByText("D-00872")).toBeVisible();
  // The number stays until she has read it, also when the nurse ends the talk.
  service.state.step = "over";
  await page.evaluate(() => window.service.drop(4002));
  await expect(page.getByRole("button", { name: "戻" })).toHaveCount(0);
  await expect(page.getByText("D-00872")).toBeVisible();
  await page.getByRole("button", { name: "終" }).click();
  await expect(page.getByRole("heading", { name: "ありがとうございました" })).toBeVisible();
});

test("what is still to be erased has its number, and keeps it", async ({ page }) => {
  Object.assign(service.state, { consent: { ...agreed }, erasable: true });
  await enterTalk(page);
  await page.route("/api/join/withdraw", (route) => route.fulfill(problem(503, { type: "urn:yorisoi:problem:withdrawal-pending", certificate: "D-00873", reference: "7F3K-21" })), { times: 1 });
  await page.getByRole("button", { name: "ほか" }).click();
  await page.getByRole("button", { name: "全部" }).click();
  await page.getByRole("button", { name: "全部" }).click();
  await expect(page.locator("main strong")).toContainText("今日中");
  await expect(page.getByText("D-00873")).toBeVisible();
  await expect(page.locator("dt")).toContainText("控");
  await expect(page.getByText("7F3K-21")).toHaveCount(0);
  await check(page, "24-withdraw-pending", "phone");
  // A dead line at the next try takes neither the promise nor the number.
  await page.route("/api/join/withdraw", (route) => route.abort(), { times: 1 });
  await page.getByRole("button", { name: "もう" }).click();
  await expect(page.getByText("インターネット")).toBeVisible();
  await expect(page.locator("main strong")).toContainText("今日中");
  await expect(page.getByText("D-00873")).toBeVisible();
});

for (const [what, status] of [["fails", 500], ["says that the seat is gone", 401]] as const) {
  test(`the number stays on the page when the service ${what} right after`, async ({ page }) => {
    Object.assign(service.state, { consent: { ...agreed }, erasable: true });
    await enterTalk(page);
    await page.getByRole("button", { name: "ほか" }).click();
    await page.getByRole("button", { name: "全部" }).click();
    let asked = 0;
    await page.route("/api/join/state", (route) => (asked++, route.fulfill(problem(status))));
    await page.getByRole("button", { name: "全部" }).click();
    await expect(page.getByText("D-00872")).toBeVisible();
    await expect.poll(() => asked).toBeGreaterThan(0);
    await page.waitForTimeout(500);
    await expect(page.getByText("D-00872")).toBeVisible();
    await expect(page).toHaveTitle("ご予約の確認");
  });
}

test("a service that fails for a moment takes no talk from the page", async ({ page }) => {
  service.state.step = "waiting";
  await page.goto("/r");
  await expect(page.getByRole("heading", { name: "待" })).toBeVisible();
  await listens(page);
  service.state.step = "talk";
  let asked = 0;
  await page.route("/api/join/state", (route) => (++asked > 2 ? route.fallback() : route.fulfill(problem(500))));
  await page.evaluate(([nurse, person]) => {
    window.service.say("participant", person as object);
    window.service.say("slots", { slots: [nurse, null, null] });
    window.service.say("place", { place: "inside" });
  }, [ids.nurse, person("nurse")] as const);
  await expect.poll(() => asked).toBeGreaterThan(0);
  await expect(page.locator(".video__main")).toBeVisible();
  await page.waitForTimeout(500);
  await expect(page.locator(".video__main")).toBeVisible();
});

test("an answer that comes after she has left opens neither camera nor line again", async ({ page }) => {
  await enterTalk(page);
  // The page asks while the line is lost; the answer is slow, and she ends the talk meanwhile.
  let release!: () => void;
  const wait = new Promise<void>((done) => (release = done));
  let asked = 0;
  await page.route("/api/join/state", async (route) => (asked++, await wait, route.fallback()));
  await page.evaluate(() => {
    window.service.down = true;
    window.service.drop(1006);
  });
  await expect(page.getByRole("heading", { name: "つなぎ" })).toBeVisible();
  await expect.poll(() => asked).toBeGreaterThan(0);
  await page.evaluate(() => (window.service.down = false));
  await page.getByRole("button", { name: "つなぎ" }).click();
  await expect(page.locator(".talk")).toBeVisible();
  await page.getByRole("button", { name: "ほか" }).click();
  await page.getByRole("button", { name: "終" }).click();
  await expect(page.getByRole("heading", { name: "ありがとうございました" })).toBeVisible();
  const before = await page.evaluate(() => [window.service.opened, window.service.sockets.length]);
  release();
  await page.waitForTimeout(1000);
  expect(await page.evaluate(() => [window.service.opened, window.service.sockets.length])).toEqual(before);
  await expect(page.getByRole("heading", { name: "ありがとうございました" })).toBeVisible();
});

test("a microphone that dies in mid-talk is said, with what to do, and another one speaks on", async ({ page }) => {
  await enterTalk(page);
  await expect(page.getByRole("button", { name: "マイク" })).toBeVisible();
  await page.evaluate(() => {
    for (const video of document.querySelectorAll("video")) {
      const [track] = (video.srcObject as MediaStream).getAudioTracks();
      if (video.muted) track!.dispatchEvent(new Event("ended"));
    }
  });
  await expect(page.getByRole("alert")).toContainText("マイク");
  await expect(page.locator("p.key")).toHaveText("マイクなし");
  expect(await page.evaluate(() => window.service.sent.findLast((each) => each.type === "muted")?.data)).toEqual({ on: true });
  await check(page, "20a-talk-mic-lost", "phone");
  const opened = await page.evaluate(() => window.service.opened);
  await page.getByRole("alert").getByRole("button").click();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "マイク" })).toHaveAttribute("aria-pressed", "false");
  expect(await page.evaluate(() => window.service.opened)).toBe(opened + 1);
  expect(await page.evaluate(() => window.service.sent.findLast((each) => each.type === "muted")?.data)).toEqual({ on: false });
});

test("consent texts that do not come are said as a failure, and can be asked for again", async ({ page }) => {
  service.state.step = "consent";
  let texts = 0;
  await page.route("/api/join/consent**", (route) => (texts++ === 0 ? route.fulfill(problem(500, { reference: "E-0417" })) : route.fallback()));
  await page.goto("/r");
  await expect(page.getByText("E-0417")).toBeVisible();
  await page.getByRole("button", { name: /試/ }).click();
  await expect(page.getByText("4つのうち 1つめ")).toBeVisible();
});

test("a language whose words do not come is said, and can be chosen again", async ({ page }) => {
  service.state.step = "consent";
  await page.goto("/r");
  await expect(page.getByText("4つのうち 1つめ")).toBeVisible();
  let refused = 0;
  await page.route(/\/assets\/ja-(?!x-easy)/, (route) => (refused++ === 0 ? route.abort() : route.continue()));
  const list = page.getByRole("combobox");
  await list.selectOption({ label: "日本語" });
  await expect(page.getByRole("alert")).toContainText("インターネット");
  await expect(list).toHaveValue("ja-x-easy");
  await list.selectOption({ label: "日本語" });
  await expect(page.getByRole("switch")).toHaveCount(0);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a lost line is said after three seconds and heals by itself", async ({ page }) => {
  await enterTalk(page);
  await page.evaluate(() => {
    window.service.down = true;
    window.service.drop(1006);
  });
  await page.waitForTimeout(1500);
  await expect(page.locator(".talk")).toBeVisible();
  await expect(page.getByRole("heading", { name: "つなぎ" })).toBeVisible({ timeout: 4000 });
  await check(page, "21-lost");
  // In one go: a page that heals by itself takes the button away.
  await page.getByRole("button", { name: "つなぎ" }).evaluate((button: HTMLElement) => {
    window.service.down = false;
    button.click();
  });
  await expect(page.locator(".talk")).toBeVisible({ timeout: 8000 });
});

test("a network that lets no media through is said, with what to do, and heals by itself", async ({ page }) => {
  test.setTimeout(60_000);
  service.state.step = "talk";
  await page.addInitScript((value) => window.service && Object.assign(window.service, { snapshot: value, blocked: true }), snapshot("resident", "inside"));
  await page.goto("/r");
  await expect(page.locator(".video__over")).toBeVisible();
  await expect(page.getByRole("heading", { name: "声" })).toBeVisible({ timeout: 25_000 });
  await expect(page.getByText("Wi-Fiを切")).toBeVisible();
  await expect(page.getByText("つながらないときは")).toBeVisible();
  await check(page, "21-blocked");
  await page.evaluate(() => (window.service.blocked = false));
  await expect(page.locator(".talk")).toBeVisible({ timeout: 25_000 });
});

test("when the nurse's line is gone she is told to wait, and that she will be called", async ({ page }) => {
  await enterTalk(page);
  await page.evaluate((nurse) => window.service.say("participant", nurse), person("nurse", { presence: "absent" }));
  await expect(page.locator(".video__over")).toContainText("待");
  await expect(page.locator(".video__over")).toContainText("電話");
  await check(page, "20a-talk-away", "phone");
  await page.evaluate((nurse) => window.service.say("participant", nurse), person("nurse"));
  await expect(page.locator(".video__over")).toHaveCount(0);
});

test("what others say is text, whatever stands in it", async ({ page }) => {
  service.state.consent = { ...agreed };
  await enterTalk(page);
  await page.getByRole("button", { name: "字幕" }).click();
  await caption(page, "nurse", "<img src=x onerror=alert(1)><b>太い</b>&amp;", "1");
  await expect(page.getByRole("region", { name: "字幕" }).locator("p")).toHaveText("<img src=x onerror=alert(1)><b>太い</b>&amp;");
  await expect(page.locator("img[src=x]")).toHaveCount(0);
});

test("the end of the interview ends the talk; nothing is left on the page", async ({ page }) => {
  await enterTalk(page);
  service.state.step = "over";
  await page.evaluate(() => window.service.drop(4002));
  await expect(page.getByRole("heading", { name: "面談" })).toBeVisible();
  await expect(page.locator("video")).toHaveCount(0);
  await check(page, "22-ended");
});

test("another page of hers takes the seat, and this one can take it back", async ({ page }) => {
  await enterTalk(page);
  await page.evaluate(() => window.service.drop(4001));
  await expect(page.getByRole("heading", { name: "ほかの" })).toBeVisible();
  await check(page);
});

test("quick exit in the talk destroys the seat, and Back finds no page of ours", async ({ page }) => {
  await page.goto("/signin");
  await enterTalk(page);
  await page.getByRole("link", { name: "すぐ閉じる" }).click();
  await expect(page).toHaveTitle("資源とごみの出し方");
  // By the page that she left and by the one she came to: the first may have met a dead line.
  await expect.poll(() => service.posted["leave"]).toEqual([{ how: "quick_exit" }, { how: "quick_exit" }]);
  await shot(page, "23-neutral");
  await page.goBack();
  expect(new URL(page.url()).pathname).toBe("/signin");
});

test("a quick exit on a dead line destroys the seat when the line is back", async ({ page, context }) => {
  await enterTalk(page);
  let dead = true;
  await page.route("/api/join/leave", (route) => (dead ? route.abort() : route.fallback()));
  await context.setOffline(true);
  await page.getByRole("link", { name: "すぐ閉じる" }).click();
  await expect(page).toHaveURL((url) => url.pathname !== "/r");
  // The page comes, the line goes again before it has said anything: it says it once when the line is back.
  await context.setOffline(false);
  await page.goto("/info");
  await expect(page).toHaveTitle("資源とごみの出し方");
  expect(service.posted["leave"]).toBeUndefined();
  dead = false;
  await context.setOffline(true);
  await context.setOffline(false);
  await expect.poll(() => service.posted["leave"]).toEqual([{ how: "quick_exit" }]);
  await context.setOffline(true);
  await context.setOffline(false);
  await page.waitForTimeout(500);
  expect(service.posted["leave"]).toEqual([{ how: "quick_exit" }]);
});

test("on a dead line nothing of the talk stays on the page while the browser looks for another", async ({ page, context }) => {
  await enterTalk(page);
  // No other page takes the place of hers: as long as a line that swallows everything gives none, or an answer without one.
  await page.route("/info", (route) => route.fulfill({ status: 204 }));
  await page.route("/api/join/leave", () => undefined);
  await page.getByRole("link", { name: "すぐ閉じる" }).click();
  await expect(page.locator("body")).toHaveText("");
  await expect(page.locator("video")).toHaveCount(0);
  // For whoever holds the phone next: the seat is nobody's with the first request that arrives.
  expect((await context.cookies()).map(({ name, value, expires }) => ({ name, value, expires }))).toEqual([{ name: "__Host-end", value: "1", expires: -1 }]);
});

test("a change that comes too soon is made when its time has come, and she sees nothing of it", async ({ page }) => {
  Object.assign(service.state, { consent: { ...agreed }, erasable: true });
  await enterTalk(page);
  let asked = 0;
  await page.route("/api/join/pause", (route) => (asked++ === 0 ? route.fulfill(problem(429, { type: "urn:yorisoi:problem:too-soon", retry_after_s: 1 })) : route.fallback()));
  await page.getByRole("button", { name: "ほか" }).click();
  await page.getByRole("button", { name: /少.*止/ }).click();
  await expect.poll(() => service.posted["pause"]).toEqual([{ on: true }]);
  expect(asked).toBe(2);
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.locator(".pill")).toContainText("止");
});

test("after a reload a browser that would ask waits for her tap", async ({ page }) => {
  service.state.step = "waiting";
  await page.addInitScript(() => window.service && (window.service.devices = "ask"));
  await page.goto("/r");
  await expect(page.getByRole("button", { name: "カメラとマイク" })).toBeVisible();
  expect(await page.evaluate(() => window.service.sockets.length)).toBe(0);
  await page.getByRole("button", { name: "カメラとマイク" }).click();
  await expect(page.getByRole("heading", { name: "待" })).toBeVisible();
});

for (const [step, heading] of [["identity", "予約"], ["contact", "電話"], ["device", "カメラ"], ["consent", "面談"], ["ready", "これで"], ["waiting", "待"], ["declined", "わかりました"], ["over", "終"]] as const) {
  test(`a reload at ${step} comes back to it, in the same history entry`, async ({ page }) => {
    service.state.step = step;
    service.state.consent = step === "ready" ? { interview: "yes", transcription: "none", sharing: "no" } : {};
    await page.goto("/r");
    await expect(page.getByRole("heading", { name: heading }).first()).toBeVisible();
    const entries = await page.evaluate(() => history.length);
    await page.reload();
    await expect(page.getByRole("heading", { name: heading }).first()).toBeVisible();
    expect(await page.evaluate(() => history.length)).toBe(entries);
  });
}

test("a seat that is gone shows the page of every bad link", async ({ page }) => {
  await page.route("/api/join/state", (route) => route.fulfill(problem(401)));
  await page.goto("/r");
  await expect(page).toHaveTitle("ページが見つかりません");
});
