import type { Route } from "@playwright/test";
import { asked, conversation, deadlines, detail, guest, id, me, office, said, say, Service, standing, stopClock, talking } from "./office";
import { atSizes, checkAt, everywhere, expect, expectAccessible, ids, person, problem, shot, snapshot, test } from "./page";

let service: Service;
test.beforeEach(async ({ page }) => {
  service = new Service();
  await service.serve(page);
});

for (const { name, ...viewport } of atSizes(everywhere)) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("today: who waits and since when, then the day", async ({ page }) => {
      await stopClock(page);
      service.due = deadlines;
      await page.goto("/");
      await expect(page.getByRole("heading", { name: "白石 ひなた さんが待っています" })).toBeVisible();
      await expect(page.getByText("2:10")).toBeVisible();
      await expect(page.getByRole("row")).toHaveCount(6);
      await expect(page.getByRole("row").filter({ hasText: "事前の質問票 未回答" })).toHaveText(/倉持 あかね/);
      await expect(page.getByRole("region", { name: "期限のあるもの" }).getByRole("listitem")).toHaveCount(3);
      await check(page, "02-today");
    });

    test("a day without interviews says so", async ({ page }) => {
      await stopClock(page);
      service.day = { day: "2026-11-25", interviews: [] };
      await page.goto("/");
      await expect(page.getByRole("heading", { name: "今日の面談はありません" })).toBeVisible();
      await expect(page.getByText("期限のあるものはありません。")).toBeVisible();
      await check(page, "02-today-empty");
    });

    test("booking gives a link, its picture, and the number apart from it", async ({ page }) => {
      await stopClock(page);
      await page.goto("/interviews/new");
      await page.getByRole("button", { name: "予約する" }).click();
      await expect(page.getByLabel("氏名", { exact: true })).toBeFocused();
      await expect(page.locator("[aria-invalid]")).toHaveCount(4);
      await check(page);
      await page.getByLabel("氏名", { exact: true }).fill("白石 ひなた");
      await page.getByLabel("氏名(カナ)").fill("シライシ ヒナタ");
      await page.getByLabel("生年月日").fill("1998-05-12");
      await page.getByText("面談の日の週数").click();
      await page.getByLabel("週", { exact: true }).fill("14");
      await page.getByLabel("日(0〜6)").fill("2");
      await page.getByLabel("時刻").fill("10:30");
      await check(page, "book");
      await page.getByRole("button", { name: "予約する" }).click();
      await expect(page.getByRole("heading", { name: "予約しました" })).toBeFocused();
      expect(service.posted).toEqual([["/api/interviews", {
        office, name: "白石 ひなた", kana: "シライシ ヒナタ", birth_date: "1998-05-12", weeks: { weeks: 14, days: 2 },
        kind: "notification", method: "online", scheduled_at: "2026-11-25T01:30:00.000Z",
      }]]);
      await expect(page.getByRole("img", { name: "リンクのQRコード" })).toBeVisible();
      const link = page.getByRole("region", { name: "本人に送るリンク" });
      await expect(link).toContainText("/r#");
      await expect(link).not.toContainText("K7R-4M2");
      await check(page, "booked");
    });

    test("the room before: what is known of her, and three answers", async ({ page }) => {
      await stopClock(page);
      await page.goto(`/interviews/${id}`);
      await expect(page.getByText("一致")).toHaveCount(3);
      await expect(page.getByText("入力のまちがい 1回(生年月日)。")).toBeVisible();
      await expect(page.getByText("説明文 第3版・やさしい日本語・本人が画面で選択")).toBeVisible();
      await expect(page.getByText("2分10秒")).toBeVisible();
      await check(page, "03-room-before", everywhere);
      await page.getByRole("button", { name: "入室させない" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await check(page);
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toHaveCount(0);
      await page.getByRole("button", { name: "少し待ってもらう" }).click();
      await expect(page.getByText("待ってもらっています")).toBeVisible();
      expect(service.posted.map(([path]) => path.split("/").at(-1))).toEqual(["wait"]);
    });

    test("the talk: her face, the facts, and what is not happening", async ({ page }) => {
      await stopClock(page);
      await page.goto(`/interviews/${id}`);
      await page.getByRole("button", { name: "入室してもらう" }).click();
      const face = page.getByLabel("白石 ひなた さんの映像");
      await expect(face).toBeVisible();
      await expect.poll(() => face.evaluate((video: HTMLVideoElement) => video.videoWidth), { timeout: 10_000 }).toBeGreaterThan(0);
      await expect(page.getByText("文字起こし あり・音声 承認まで・庁内共有 あり")).toBeVisible();
      await expect(page.getByText("この面談は、文字起こしも録音もしていません")).toHaveCount(0);
      await expect(page.getByText("気づきは、まだありません。聞いた項目を見てください。")).toBeVisible();
      await expect(page.getByText("まだ、だれも話していません。")).toBeVisible();
      await page.evaluate((other) => window.service.say("participant", other, 1_089_000), person("resident"));
      await expect(page.locator(".room__clock")).toContainText("18:");
      await check(page, "04-room-empty");
      await page.evaluate((participant) => window.service.say("nearby", { participant, someone: true }, 1_090_000), ids.resident);
      await expect(page.getByText("います", { exact: false }).first()).toBeVisible();
      await page.getByRole("button", { name: "面談を終える" }).click();
      await check(page, "04-end");
      await page.getByRole("button", { name: "終える", exact: true }).click();
      await expect(page).toHaveURL(`/interviews/${id}/note`);
      expect(service.posted.at(-1)?.[0]).toBe(`/api/interviews/${id}/end`);
    });

    test("both voices as they speak, beside her face", async ({ page }) => {
      await stopClock(page);
      await talking(page, service);
      await page.evaluate((tap) => window.service.say("tap", tap, 1_089_000), { participant: ids.resident, allowed: "transcript_and_audio" });
      for (const [type, data] of conversation) await say(page, type, data);
      await say(page, "partial", said("p", "resident", 1_086_000, "やめたいとは"));
      await say(page, "partial", said("p", "resident", 1_086_000, "やめたいとは思ってて、でも夜になると"));
      const log = page.getByRole("log", { name: "文字起こし" });
      await expect(log).toHaveAttribute("aria-live", "off");
      await expect(log.locator(".turn").first()).toHaveText(/15:44\s*佐野\s*ここからは/);
      await expect(log.locator(".turn--resident .turn__who").first()).toHaveCSS("font-weight", "700");
      await expect(log.locator(".turn--nurse").first()).toHaveCSS("color", await page.locator(".quiet").first().evaluate((node) => getComputedStyle(node).color));
      await expect(log.locator(".gap")).toHaveText("本人・通信断 4秒(16:31–16:35)この間の言葉は残っていません");
      const partial = log.locator(".turn__partial");
      await expect(partial).toHaveText("やめたいとは思ってて、でも夜になると");
      await expect(partial).toHaveCSS("text-decoration-style", "dotted");
      await expect(page.getByText("動いています", { exact: true })).toBeVisible();
      await expect(page.getByText("途切れ 1回")).toBeVisible();
      await check(page);
      const rows = await log.locator(".turn").count();
      await say(page, "segment", said("p", "resident", 1_086_000, "やめたいとは思ってて、でも夜になるとどうしても。"));
      await expect(partial).toHaveCount(0);
      await expect(log.locator(".turn")).toHaveCount(rows);
      await expect(log.locator(".turn").last()).toContainText("夜になるとどうしても。");
    });

    test("captions only: the words are shown and the page says that they are not kept", async ({ page }) => {
      await stopClock(page);
      await talking(page, service, { interview: "yes", transcription: "captions_only", keep_audio: "no", sharing: "yes" });
      await say(page, "tap", { participant: ids.resident, allowed: "captions_only" });
      await say(page, "segment", said("1", "resident", 950_000, "はい。"));
      await expect(page.getByRole("log", { name: "字幕" }).getByText("はい。")).toBeVisible();
      await expect(page.getByText("字幕だけ出しています。残していません")).toBeVisible();
      await expect(page.getByText("聞きもらしや気になる言葉を見つけるしくみも、動いていません。")).toBeVisible();
      await expect(page.getByText("文字起こし 字幕だけ・庁内共有 あり")).toBeVisible();
      await check(page, "05-captions");
    });

    test("late text, a machine that stopped, and a voice that is not transcribed are said", async ({ page }) => {
      await stopClock(page);
      await talking(page, service);
      await say(page, "participant", person("companion"));
      await say(page, "tap", { participant: ids.companion, allowed: "nothing" });
      await say(page, "segment", said("1", "resident", 950_000, "はい。"));
      await say(page, "behind", { participant: ids.resident, waiting_ms: 4900 });
      await expect(page.getByText("同席者の声は、文字にしていません")).toBeVisible();
      await expect(page.getByText("遅れ")).toHaveCount(0);
      await say(page, "behind", { participant: ids.resident, waiting_ms: 6200 });
      await expect(page.getByText("遅れ 6秒")).toBeVisible();
      await expect(page.getByText("文字起こしが追いついていません。")).toHaveCount(0);
      await say(page, "behind", { participant: ids.resident, waiting_ms: 16_000 });
      await expect(page.getByText("文字起こしが追いついていません。")).toBeVisible();
      await say(page, "gap", { participant: ids.resident, start_ms: 953_000, end_ms: 965_000, reason: "overload", void: null });
      await expect(page.getByText("止まっています", { exact: true })).toBeVisible();
      await check(page, "04-room-late");
      await say(page, "behind", { participant: ids.resident, waiting_ms: 0 });
      await say(page, "segment", said("2", "nurse", 970_000, "もう一度うかがいます。"));
      await expect(page.getByText("動いています", { exact: true })).toBeVisible();
      await expect(page.getByText("遅れ")).toHaveCount(0);
      // The service has lost its speech model; what was said is written down once it has it again.
      await say(page, "recognition", { stopped: true });
      await expect(page.getByText("止まっています", { exact: true })).toBeVisible();
      await expect(page.getByText("文字起こしが止まっています。")).toBeVisible();
      await check(page, "04-room-stopped");
      await say(page, "recognition", { stopped: false });
      await expect(page.getByText("動いています", { exact: true })).toBeVisible();
    });

    test("who refused the text is respected in words", async ({ page }) => {
      await stopClock(page);
      service.detail = { ...detail, state: "in_progress" };
      service.guests = [guest({ state: "admitted", consent: { interview: "yes", transcription: "none", keep_audio: "no", sharing: "yes" } })];
      await page.goto(`/interviews/${id}`);
      await expect(page.getByText("本人が「文字にしない」を選びました。")).toBeVisible();
      await expect(page.getByText("こちらから勧めることはしません。")).toBeVisible();
      await check(page);
    });

    test("her lost line shows number and place after a moment", async ({ page }) => {
      service.detail = { ...detail, state: "in_progress" };
      service.guests = [guest({ state: "admitted" })];
      await page.goto(`/interviews/${id}`);
      await expect(page.getByLabel("白石 ひなた さんの映像")).toBeVisible();
      await page.evaluate((other) => window.service.say("participant", other), person("resident", { presence: "interrupted" }));
      await expect(page.getByRole("heading", { name: "つながり直すのを待っています" })).toBeVisible({ timeout: 6000 });
      await expect(page.locator(".lost__number")).toHaveText("090-0000-1234");
      await check(page);
      await page.evaluate((other) => window.service.say("participant", other), person("resident"));
      await expect(page.getByRole("heading", { name: "つながり直すのを待っています" })).toHaveCount(0);
    });
  });
}

test("a reloaded room has the earlier text once, and says which gaps it can't know", async ({ page }) => {
  const kept = (id: string, party: "nurse" | "resident", start_ms: number, text: string) => ({ ...said(id, party, start_ms, text), party, revision: 1, model_sha256: "aa" });
  service.segments = [kept("1", "nurse", 944_000, "眠れていますか。"), kept("2", "resident", 950_000, "はい。")];
  await talking(page, service);
  const turns = page.getByRole("log").locator(".turn");
  await expect(turns).toHaveText([/佐野\s*眠れていますか。/, /本人\s*はい。/]);
  await say(page, "segment", said("2", "resident", 950_000, "はい。"));
  await say(page, "segment", said("3", "resident", 960_000, "だいたいは。"));
  await expect(turns).toHaveText([/眠れていますか。/, /はい。/, /だいたいは。/]);
  // The line was gone for so long that the server begins anew: nothing is lost, nothing twice.
  await say(page, "snapshot", snapshot("nurse", "inside"));
  await say(page, "segment", said("4", "nurse", 970_000, "そうですか。"));
  await expect(turns).toHaveText([/眠れていますか。/, /はい。/, /だいたいは。/, /そうですか。/]);
  await expect(page.getByText("画面を開く前や、つながらなかった間の途切れは、ここに出ません")).toBeVisible();
  await expectAccessible(page);
});

test("earlier text that can't be read is asked for again", async ({ page }) => {
  await page.route("**/transcript", (route) => route.abort());
  await talking(page, service);
  await expect(page.getByText("ここまでの文字を読み込めませんでした。")).toBeVisible();
  await expectAccessible(page);
  await page.unroute("**/transcript");
  await page.getByRole("button", { name: "もう一度読み込む" }).click();
  await expect(page.getByText("ここまでの文字を読み込めませんでした。")).toHaveCount(0);
  await expect(page.getByText("まだ、だれも話していません。")).toBeVisible();
});

test("the pane stays at the newest line, and still while she reads what was said before", async ({ page }) => {
  await talking(page, service);
  for (let i = 0; i < 40; i++) await say(page, "segment", said(`s${i}`, i % 2 ? "resident" : "nurse", i * 5000, `${i}番目の言葉です。`));
  const log = page.getByRole("log");
  await expect(log.getByText("39番目の言葉です。")).toBeInViewport();
  await expect(page.getByRole("button", { name: "最新へ" })).toHaveCount(0);
  await log.hover();
  await page.mouse.wheel(0, -600);
  const newest = page.getByRole("button", { name: "最新へ" });
  await expect(newest).toBeVisible();
  const read = log.getByText("20番目の言葉です。");
  await read.scrollIntoViewIfNeeded();
  await page.waitForTimeout(300);
  const before = (await read.boundingBox())!.y;
  for (let i = 40; i < 45; i++) await say(page, "segment", said(`s${i}`, "resident", i * 5000, `${i}番目の言葉です。`));
  await say(page, "partial", said("p", "resident", 400_000, "まだ話しています"));
  await expect(log.locator(".turn")).toHaveCount(46);
  expect(Math.abs((await read.boundingBox())!.y - before)).toBeLessThan(1);
  await expectAccessible(page);
  await newest.click();
  await expect(log.getByText("まだ話しています")).toBeInViewport();
  await expect(newest).toHaveCount(0);
  await expect(log).toBeFocused();
});

test("Alt+2 goes to the words, Alt+R reads the newest line", async ({ page }) => {
  await talking(page, service);
  await page.keyboard.press("Alt+Digit2");
  await expect(page.getByRole("log")).toBeFocused();
  const aloud = page.locator("p[aria-live=polite]");
  await page.keyboard.press("Alt+KeyR");
  await expect(aloud).toHaveText("まだ文字はありません");
  await say(page, "segment", said("1", "nurse", 1000, "眠れていますか。"));
  await say(page, "segment", said("2", "resident", 2000, "はい。"));
  await expect(aloud).toHaveText("まだ文字はありません");
  await page.keyboard.press("Alt+KeyR");
  await expect(aloud).toHaveText("本人 はい。");
});

test("facts and words follow what the server does with her voice, together", async ({ page }) => {
  await talking(page, service);
  await expect(page.getByText("文字起こし あり・音声 承認まで・庁内共有 あり")).toBeVisible();
  await say(page, "tap", { participant: ids.resident, allowed: "transcript" });
  await expect(page.getByText("文字起こし あり・音声 残さない・庁内共有 あり")).toBeVisible();
  await say(page, "segment", said("1", "resident", 2000, "はい。"));
  await say(page, "tap", { participant: ids.resident, allowed: "nothing" });
  await expect(page.getByText("いまは動いていません")).toBeVisible();
  await expect(page.getByText("文字起こし あり(いまは していません)")).toBeVisible();
  // She has taken her consent back: the words go, and both say so.
  service.guests = [guest({ state: "admitted", consent: { interview: "yes", transcription: "none", keep_audio: "no", sharing: "yes" } })];
  await say(page, "tap", { participant: ids.resident, allowed: "nothing" });
  await expect(page.getByText("この面談は、文字起こしも録音もしていません")).toBeVisible();
  await expect(page.getByText("文字起こし なし・庁内共有 あり")).toBeVisible();
  await expect(page.getByRole("log")).toHaveCount(0);
  // What she had said by then and got its text only now is not shown, also not later.
  await say(page, "segment", said("2", "resident", 3000, "でも、夫が。"));
  // And given it again: what comes from now on.
  service.guests = [guest({ state: "admitted" })];
  await say(page, "tap", { participant: ids.resident, allowed: "transcript_and_audio" }, 600_000);
  await expect(page.getByRole("log")).toHaveText("本人・同意なし 10分0秒(0:00–10:00)この間の言葉は残っていません");
  await expect(page.getByText("この面談は、文字起こしも録音もしていません")).toHaveCount(0);
});

for (const { name, ...viewport } of [{ name: "desk", width: 1440, height: 900 }, { name: "laptop", width: 1366, height: 768 }, { name: "phone", width: 390, height: 844 }]) {
  test(`a pause is hers or everybody's, runs on, and stays as a gap: ${name}`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await talking(page, service);
    for (const participant of [ids.nurse, ids.resident]) await say(page, "tap", { participant, allowed: "transcript" });
    for (const [type, data] of conversation) await say(page, type, data);
    const pane = page.getByRole("region", { name: "文字起こし" });
    await pane.getByRole("button", { name: "一時停止" }).click();
    await expect(pane.locator(".chip")).toHaveText("一時停止中");
    await expect(pane.getByText("職員が一時停止しています。再開するまで、だれの声も文字にしません。")).toBeVisible();
    await expect(pane.locator(".gap").last()).toHaveText(/^全員・一時停止中 \d+秒\(18:10–\)この間の言葉は残っていません$/);
    await expect(page.getByText("文字起こし あり(いまは していません)")).toBeVisible();
    await expectAccessible(page);
    if (name === "desk") await shot(page, "04-room-paused");
    await pane.getByRole("button", { name: "再開" }).click();
    await expect(pane.locator(".chip")).toHaveText("動いています");
    await expect(pane.locator(".gap").last()).toHaveText(/本人・一時停止 22秒\(18:10–18:32\)/);
    expect(service.posted.filter(([path]) => path.endsWith("/pause")).map(([, body]) => body)).toEqual([{ on: true }, { on: false }]);

    await say(page, "tap", { participant: ids.resident, allowed: "paused" }, 1_120_000);
    await expect(pane.getByText("本人が一時停止しています。本人が再開するまで、本人の声は文字にしません。")).toBeVisible();
    await expect(pane.locator(".gap").last()).toContainText("本人・一時停止中");
    await expect(pane.getByRole("button", { name: "一時停止" })).toBeVisible();
  });
}

test("a pause that did not reach the server does not look like one", async ({ page }) => {
  await talking(page, service);
  await say(page, "tap", { participant: ids.resident, allowed: "transcript" });
  await page.route("**/pause", (route) => route.abort());
  await page.getByRole("button", { name: "一時停止" }).click();
  await expect(page.getByRole("alert")).toContainText("サーバーにつながりません。");
  await expect(page.getByRole("region", { name: "文字起こし" }).locator(".chip")).toHaveText("動いています");
});

test("nobody at the door: a new link, and the number apart", async ({ page }) => {
  service.detail = { ...detail, state: "scheduled" };
  service.guests = [];
  service.wrongTries = 0;
  await page.goto(`/interviews/${id}`);
  await expect(page.getByRole("heading", { name: "まだ、だれも来ていません" })).toBeVisible();
  await page.getByRole("button", { name: "新しいリンクを作る" }).click();
  await expect(page.getByRole("img", { name: "リンクのQRコード" })).toBeVisible();
  await expectAccessible(page);
  await shot(page, "03-nobody");
});

test("under the demonstration a practice guest can be called to the door", async ({ page }) => {
  service.me = { ...me, demo: true };
  service.detail = { ...detail, state: "scheduled" };
  service.guests = [];
  service.wrongTries = 0;
  await page.goto(`/interviews/${id}`);
  await expectAccessible(page);
  await shot(page, "03-practice");
  await page.getByRole("button", { name: "練習の相手を呼ぶ" }).click();
  await expect(page.getByText("呼びました。準備ができると、入口に出ます。")).toBeVisible();
  expect(service.posted).toEqual([[`/api/interviews/${id}/practice`, null]]);
  await expectAccessible(page);
});

test("wrong tries, a second device and a quick exit are said", async ({ page }) => {
  service.guests = [guest({ participant: "q", state: "quick_exit" }), guest({ second_device: true, device: null })];
  await page.goto(`/interviews/${id}`);
  await expect(page.getByText("同じリンクから、もう1台")).toBeVisible();
  await expect(page.getByText("確かめていません")).toBeVisible();
  await expect(page.getByText("本人がすぐ閉じました")).toBeVisible();
  await expectAccessible(page);
});

test("a second page of hers takes the room, and the first says so and can take it back", async ({ page }) => {
  await talking(page, service);
  await page.evaluate(() => window.service.drop(4001));
  await expect(page.getByText("ほかの画面で、この面談室を開いています。")).toBeVisible();
  const opened = await page.evaluate(() => window.service.sockets.length);
  await page.waitForTimeout(1500);
  expect(await page.evaluate(() => window.service.sockets.length)).toBe(opened);
  await expectAccessible(page);
  await page.getByRole("button", { name: "この画面で続ける" }).click();
  await expect(page.getByLabel("白石 ひなた さんの映像")).toBeVisible();
  await expect(page.getByText("ほかの画面で、この面談室を開いています。")).toHaveCount(0);
});

test("a laptop that slept for two hours is in the talk again when it wakes, with what was said", async ({ page }) => {
  await page.clock.install();
  await talking(page, service);
  await say(page, "segment", said("1", "resident", 2000, "眠る前の言葉。"));
  await page.evaluate(() => {
    window.service.down = true;
    window.service.drop(1006);
  });
  await page.clock.fastForward("02:00:00");
  service.segments = [
    { id: "1", participant: ids.resident, party: "resident", start_ms: 2000, end_ms: 4000, text: "眠る前の言葉。", unsure: [], revision: 1 },
    { id: "2", participant: ids.resident, party: "resident", start_ms: 60_000, end_ms: 62_000, text: "眠っている間の言葉。", unsure: [], revision: 1 },
  ];
  await page.evaluate(() => {
    window.service.down = false;
    window.service.snapshot = { ...window.service.snapshot };
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.clock.runFor(5000);
  await expect(page.getByText("あなたの通信が切れています", { exact: false })).toHaveCount(0);
  await expect(page).toHaveURL(`/interviews/${id}`);
  await expect(page.getByRole("log").getByText("眠る前の言葉。")).toHaveCount(1);
});

test("a network that lets no media through is said to her, with what to do", async ({ page }) => {
  test.setTimeout(60_000);
  await page.addInitScript(() => window.service && (window.service.blocked = true));
  await talking(page, service);
  await expect(page.getByText("あなたの声と映像が通っていません。")).toBeVisible({ timeout: 25_000 });
  await expect(page.getByText("面談は電話で続けられます。")).toBeVisible();
  await expectAccessible(page);
});

for (const [sound, says] of [["dead", "あなたのマイクに音が入っていません。"], ["loud", "あなたの声が大きすぎて、割れています。"]] as const) {
  test(`a microphone of hers that is ${sound} is said before the talk`, async ({ page }) => {
    service.detail = { ...detail, state: "scheduled" };
    service.guests = [];
    await page.addInitScript((sound) => window.service && (window.service.sound = sound), sound);
    await page.goto(`/interviews/${id}`);
    await expect(page.getByText(says)).toBeVisible({ timeout: 10_000 });
    await expectAccessible(page);
  });
}

test("a microphone that dies in mid-talk is said: her own with a button, the resident's beside the name", async ({ page }) => {
  await talking(page, service);
  const name = page.locator(".video > .video__name");
  await expect(name).not.toContainText("マイク切");
  await say(page, "participant", person("resident", { muted: true }));
  await expect(name).toContainText("マイク切");
  await page.locator("video.video__self").evaluate((video: HTMLVideoElement) => (video.srcObject as MediaStream).getAudioTracks()[0]!.dispatchEvent(new Event("ended")));
  const alert = page.getByRole("alert").filter({ hasText: "マイクなし" });
  await expect(alert).toContainText("届いていません");
  await expect(page.locator(".control--none")).toHaveText("マイクなし");
  await expectAccessible(page);
  await alert.getByRole("button", { name: "マイクを使う" }).click();
  await expect(alert).toHaveCount(0);
  await expect(page.getByRole("button", { name: "マイクを切る" })).toHaveAttribute("aria-pressed", "false");
});

test("names and words are text, whatever stands in them", async ({ page }) => {
  const markup = "<img src=x onerror=alert(1)><b>太い</b>";
  service.detail = Object.assign({ ...detail, state: "in_progress" }, { name: markup });
  service.guests = [guest({ state: "admitted", place: markup })];
  await page.goto(`/interviews/${id}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`${markup} さん`);
  await expect(page.locator(".facts")).toContainText(markup);
  await say(page, "segment", said("1", "resident", 2000, markup));
  await expect(page.getByRole("log")).toContainText(markup);
  await expect(page.locator("img[src=x]")).toHaveCount(0);
});

test("a full disk is said, with whom to tell, and what was typed stays", async ({ page }) => {
  await page.route("/api/interviews", (route) => route.fulfill(problem(507, { type: "urn:yorisoi:problem:storage-full", reference: "7F3K-20" })));
  await page.goto("/interviews/new");
  await page.getByLabel("氏名", { exact: true }).fill("白石 ひなた");
  await page.getByLabel("氏名(カナ)").fill("シライシ ヒナタ");
  await page.getByLabel("生年月日").fill("1998-05-12");
  await page.getByText("わからない").click();
  await page.getByLabel("時刻").fill("10:30");
  await page.getByRole("button", { name: "予約する" }).click();
  await expect(page.getByRole("alert")).toContainText("サーバーの空き容量がなく、保存できません。");
  await expect(page.getByRole("alert")).toContainText("管理者に連絡し");
  await expect(page.getByLabel("氏名", { exact: true })).toHaveValue("白石 ひなた");
  await expectAccessible(page);
});

test("an office without contacts can't begin, and the page says what to do", async ({ page }) => {
  await page.route("**/admit", (route) => route.fulfill(problem(409, { type: "urn:yorisoi:problem:no-contacts" })));
  await page.goto(`/interviews/${id}`);
  await page.getByRole("button", { name: "入室してもらう" }).click();
  await expect(page.getByRole("alert")).toContainText("連絡先が登録されていません");
  await expectAccessible(page);
});

test("a login that has ended leads to the sign-in page", async ({ page }) => {
  await page.route("/api/me", (route) => route.fulfill(problem(401)));
  await page.goto("/");
  await expect(page).toHaveURL("/signin");
});

test("whoever leaves the desk is signed out, but never out of a talk", async ({ page }) => {
  service.detail = { ...detail, state: "in_progress" };
  service.guests = [guest({ state: "admitted" })];
  await page.clock.install();
  await page.goto(`/interviews/${id}`);
  await expect(page.getByLabel("白石 ひなた さんの映像")).toBeVisible();
  await page.clock.fastForward("40:00");
  await expect(page.getByRole("button", { name: "面談を終える" })).toBeVisible();
  expect(service.posted).toEqual([]);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "今日の面談" })).toBeVisible();
  await page.clock.fastForward("31:00");
  await expect(page).toHaveURL("/signin");
  expect(service.posted).toEqual([["/api/logout", null]]);
});

for (const [what, change] of [["over", { state: "ended" }], ["not begun", { state: "scheduled" }]] as const) {
  test(`a room whose interview is ${what} keeps nobody signed in`, async ({ page }) => {
    service.detail = { ...detail, ...change };
    await page.clock.install();
    await page.goto(`/interviews/${id}`);
    await expect(page.getByText(what === "over" ? "この面談は終わりました" : "一致").first()).toBeVisible();
    await page.clock.fastForward("31:00");
    await expect(page).toHaveURL("/signin");
    expect(service.posted).toEqual([["/api/logout", null]]);
  });
}

const holding = (...roles: string[]) => ({ ...me, grants: roles.map((role) => ({ office, office_name: "中央保健センター", role })) });

test("who looks after the accounts alone asks for no interview", async ({ page }) => {
  service.me = holding("administrator");
  for (const path of ["/interviews/new", `/interviews/${id}`]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { name: "この画面で行う仕事は、まだありません" })).toBeVisible();
    await expectAccessible(page);
  }
  expect(new Set(service.asked)).toEqual(new Set(["/api/me"]));
});

test("an approver sees the list, books nothing and opens no room", async ({ page }) => {
  await stopClock(page);
  service.me = holding("administrator", "approver");
  await page.goto("/");
  await expect(page.getByRole("row")).toHaveCount(6);
  await expect(page.getByRole("heading", { name: "白石 ひなた さんが待っています" })).toBeVisible();
  await expect(page.locator("main a")).toHaveCount(0);
  await expectAccessible(page);
  await shot(page, "02-approver");
  for (const path of ["/interviews/new", `/interviews/${id}`]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { name: "ページが見つかりません" })).toBeVisible();
  }
  expect(service.asked.filter((path) => path.startsWith("/api/interviews/"))).toEqual([]);
  expect(await page.evaluate(() => window.service.sockets.length)).toBe(0);
});

test("who loses the grant is told so, and the list is asked for no more", async ({ page }) => {
  await page.clock.install();
  await page.route("/api/interviews?*", (route) => (service.asked.push("denied"), route.fulfill(problem(403))));
  await page.goto("/");
  await expect(page.getByText("この一覧は、いまは見られません。")).toBeVisible();
  await page.clock.fastForward("01:00");
  await page.clock.runFor(1000);
  expect(service.asked.filter((path) => path === "denied")).toHaveLength(1);
});

test("a nurse who may not hold this interview gets no room, no camera and no second refusal", async ({ page }) => {
  await page.clock.install();
  let refusals = 0;
  await page.route("**/door", (route) => (refusals++, route.fulfill(problem(403))));
  await page.goto(`/interviews/${id}`);
  await expect(page.getByRole("heading", { name: "ページが見つかりません" })).toBeVisible();
  await page.clock.fastForward("01:00");
  await page.clock.runFor(1000);
  expect(refusals).toBe(1);
  expect(await page.evaluate(() => window.service.sockets.length)).toBe(0);
});

test("loading is shown after 300 ms and gives advice after 10 s", async ({ page }) => {
  await page.clock.install();
  await page.route(/\/api\/(me|interviews)/, () => {});
  for (const path of ["/", `/interviews/${id}`]) {
    await page.goto(path);
    await expect(page.getByRole("status")).toBeAttached();
    const heading = page.getByRole("heading", { name: "読み込んでいます" });
    await expect(heading).toHaveCount(0);
    await page.clock.fastForward(301);
    await expect(heading).toBeVisible();
    await page.clock.fastForward(10_000);
    await expect(page.getByText("時間がかかっています。ネットワークを確かめてください。")).toBeVisible();
    await expectAccessible(page);
  }
  await shot(page, "27-loading-staff");
});

test("a list on its way has rows without words, and a sentence where it did not come", async ({ page }) => {
  let answer: (route: Route) => Promise<void> = async () => {};
  await page.route("/api/interviews?*", (route) => answer(route));
  await page.goto("/");
  await expect(page.getByText("読み込んでいます")).toBeAttached();
  await expectAccessible(page);
  await shot(page, "27-loading-staff-list");
  answer = (route) => route.abort();
  await page.reload();
  await expect(page.getByText("つながっていません。")).toBeVisible();
  await expect(page.getByText("まだ読み込めていません。")).toBeVisible();
  await expectAccessible(page);
});

test("what can't be read is said with the next step and the number to quote", async ({ page }) => {
  await page.route("**/door", (route) => route.abort());
  await page.route(`/api/interviews/${id}`, (route) => route.abort());
  await page.goto(`/interviews/${id}`);
  await expect(page.getByRole("heading", { name: "サーバーにつながりません" })).toBeVisible();
  await expectAccessible(page);
  await page.route("/api/me", (route) => route.fulfill(problem(500, { reference: "E-2026-1125-0417" })));
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "うまくいきませんでした" })).toBeVisible();
  await expect(page.getByText("受付番号 E-2026-1125-0417")).toBeVisible();
  await expectAccessible(page);
  await shot(page, "25-error-staff");
  await page.unroute("/api/me");
  await page.getByRole("button", { name: "もう一度試す" }).click();
  await expect(page.getByRole("heading", { name: "今日の面談" })).toBeVisible();
});

test("a booking that was typed is still there when the login has ended", async ({ page }) => {
  await stopClock(page);
  await page.goto("/interviews/new");
  await page.getByLabel("氏名", { exact: true }).fill("白石 ひなた");
  await page.getByLabel("氏名(カナ)").fill("シライシ ヒナタ");
  await page.getByLabel("生年月日").fill("1998-05-12");
  await page.getByText("わからない").click();
  await page.route("/api/interviews", (route) => route.fulfill(problem(401)));
  await page.getByRole("button", { name: "予約する" }).click();
  await expect(page.getByText("サインインが切れました。")).toBeVisible();
  await expect(page.getByRole("link", { name: "新しいタブでサインインする" })).toHaveAttribute("target", "_blank");
  await expect(page.getByLabel("氏名", { exact: true })).toHaveValue("白石 ひなた");
  await expectAccessible(page);
  await page.unroute("/api/interviews");
  await page.getByRole("button", { name: "予約する" }).click();
  await expect(page.getByRole("heading", { name: "予約しました" })).toBeFocused();
});

test.describe("in the talk", () => {
  test.use({ viewport: { width: 1440, height: 900 } });
  const quick = "本人がすぐ閉じました";

  test("who closed the page at once and comes back is seen again, and nothing untrue is said meanwhile", async ({ page }) => {
    await stopClock(page);
    await talking(page, service);
    await say(page, "tap", { participant: ids.resident, allowed: "transcript" });
    for (const [type, data] of conversation.slice(0, 4)) await say(page, type, data);
    const turns = page.getByRole("log", { name: "文字起こし" }).locator(".turn");
    await expect(turns).toHaveCount(4);
    const [left, back] = [guest({ state: "quick_exit" }), "00000000-0000-0000-0000-00000000000d"];
    const nothing = { interview: null, transcription: null, keep_audio: null, sharing: null };
    service.guests = [left, guest({ participant: back, state: "claimed", consent: nothing, consent_entries: [] })];
    const seen = page.waitForResponse("**/door");
    await say(page, "participant", person("resident", { presence: "left_quickly" }));
    await expect(page.getByText(quick)).toBeVisible();
    await seen;
    await expect(page.getByText("この面談は、文字起こしも録音もしていません")).toHaveCount(0);
    await expect(turns).toHaveCount(4);
    // What was said until she is heard again is read once more.
    service.segments = [...conversation.slice(0, 4).map(([, data]) => ({ party: "nurse", ...data })), { ...said("s9", "nurse", 1_085_000, "おかえりなさい。"), party: "nurse" }];
    service.guests = [left, guest({ participant: back, state: "admitted" })];
    await say(page, "participant", { ...person("resident"), id: back });
    await say(page, "tap", { participant: back, allowed: "transcript" });
    await expect(page.getByText(quick)).toHaveCount(0);
    await expect(turns).toHaveCount(5);
  });

  test("her silent tap counts, however wrong the computer's clock is, until the door says more", async ({ page }) => {
    await stopClock(page, "09:30:00");
    await talking(page, service);
    const facts = page.getByRole("region", { name: "面談の状況" });
    await expect(facts).toContainText("いません(9:59");
    await say(page, "nearby", { participant: ids.resident, someone: true });
    await expect(facts).toContainText("います(9:30");
    service.guests = [guest({ state: "admitted", nearby: { nearby: "alone", at: "2026-11-25T10:05:00+09:00" } })];
    await say(page, "participant", person("resident"));
    await expect(facts).toContainText("いません(10:05");
  });

  test("half a sentence stays where it is when her consent turns", async ({ page }) => {
    await stopClock(page);
    service.flags = standing();
    service.coverage = asked;
    const none = { interview: "yes", transcription: "none", keep_audio: "no", sharing: "yes" };
    await talking(page, service, none);
    await expect(page.getByText("この面談は、文字起こしも録音もしていません")).toBeVisible();
    await shot(page, "05-refused");
    const card = page.getByRole("article", { name: "たばこ" });
    await card.getByRole("button", { name: "判断する" }).click();
    await card.getByRole("button", { name: "却下…" }).click();
    await card.getByLabel("そのほか", { exact: true }).check();
    await card.getByRole("textbox").fill("夫のたばこの");
    const notes = page.locator("#notes");
    await notes.fill("夫31歳");
    await notes.evaluate((box: HTMLTextAreaElement) => box.setSelectionRange(1, 1));
    const agreed = { ...none, transcription: "transcript" };
    service.guests = [guest({ state: "admitted", consent: agreed })];
    await say(page, "tap", { participant: ids.resident, allowed: "transcript" });
    await expect(page.getByRole("log", { name: "文字起こし" })).toBeVisible();
    await expect(notes).toBeFocused();
    await page.keyboard.type("は");
    await expect(notes).toHaveValue("夫は31歳");
    await expect(card.getByRole("textbox")).toHaveValue("夫のたばこの");
    service.guests = [guest({ state: "admitted", consent: none })];
    await say(page, "tap", { participant: ids.resident, allowed: "nothing" });
    await expect(page.getByRole("log")).toHaveCount(0);
    await page.keyboard.type("、");
    await expect(notes).toHaveValue("夫は、31歳");
    await expect(card.getByRole("textbox")).toHaveValue("夫のたばこの");
  });

  test("the talk does not end over notes that are not saved, unless she says so", async ({ page }) => {
    await stopClock(page);
    await talking(page, service);
    await page.route("**/memo", (route) => (route.request().method() === "PUT" ? route.fulfill(problem(422, { fields: [{ field: "text", code: "too_long" }] })) : route.fallback()));
    await page.locator("#notes").fill("夫31歳");
    await expect(page.getByText("メモを保存できません。長すぎます。")).toBeVisible();
    const end = async () => {
      await page.getByRole("button", { name: "面談を終える" }).click();
      await page.getByRole("button", { name: "終える", exact: true }).click();
    };
    await end();
    const dialog = page.getByRole("dialog", { name: "メモを保存できていません" });
    await expect(dialog).toContainText("長すぎます。");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "面談に戻る" }).click();
    await expect(page.locator("#notes")).toHaveValue("夫31歳");
    expect(service.posted.filter(([path]) => path.endsWith("/end"))).toEqual([]);
    await page.unroute("**/memo");
    await end();
    await expect(page).toHaveURL(`/interviews/${id}/note`);
    expect(service.memo.text).toBe("夫31歳");
  });
});

test("a lost line keeps the last list and says how old it is", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("row")).toHaveCount(6);
  await page.route("/api/interviews?*", (route) => route.abort());
  await expect(page.getByText("つながっていません。")).toBeVisible({ timeout: 8000 });
  await expect(page.getByRole("row")).toHaveCount(6);
});

test("a sign-in link signs in once, and a new account sets its password", async ({ page }) => {
  await page.route("/api/login/link", (route) => route.fulfill({ json: { next: "set_password" } }));
  await page.route("/api/me/password", (route) => route.fulfill({ status: 204 }));
  const sent = page.waitForRequest("/api/login/link");
  await page.goto("/signin#one-time");
  expect((await sent).postDataJSON()).toEqual({ secret: "one-time" });
  await expect(page.getByRole("heading", { name: "パスワードを決めてください" })).toBeVisible();
  expect(page.url()).not.toContain("#");
  await page.getByLabel("新しいパスワード").fill("short");
  await page.getByRole("button", { name: "決める" }).click();
  await expect(page.getByLabel("新しいパスワード")).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page);
  await page.getByLabel("新しいパスワード").fill("correct horse battery");
  await page.getByRole("button", { name: "決める" }).click();
  await expect(page).toHaveURL("/");
});
