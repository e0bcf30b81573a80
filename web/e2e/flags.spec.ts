import type { Page } from "@playwright/test";
import { asked, conversation, flag, guest, items, said, say, Service, standing, stopClock, talking } from "./office";
import { atSizes, checkAt, everywhere, expect, expectAccessible, ids, person, problem, shot, test } from "./page";

let service: Service;
test.beforeEach(async ({ page }) => {
  service = new Service();
  await service.serve(page);
});

const flags = (page: Page) => page.getByRole("region", { name: /^気づき/ });
const card = (page: Page, label: string) => flags(page).getByRole("article", { name: label });
const posted = () => service.posted.filter(([path]) => !path.endsWith("/memo")).map(([path, body]) => [path.split("/").slice(4).join("/"), body]);

/** 18:09 of the talk, as the drawings have it. */
async function atTheDrawing(page: Page): Promise<void> {
  await stopClock(page, "10:18:09");
  service.flags = standing();
  service.coverage = asked;
  service.memo = { text: "夫 31歳。飲むと物を投げる。けがなし(本人)\n→ 郵便・電話の可否を最後に確認\n実家は遠方。産後ケアを案内する\nたばこ 1日3本。責めない。禁煙の相談先", revision: 4, saved_at: "2026-11-25T10:20:00+09:00" };
  await talking(page, service);
  for (const [type, data] of conversation) await say(page, type, data);
  await say(page, "partial", said("p", "resident", 1_086_000, "でも夜になるとどうしても"));
  await expect(flags(page).getByRole("article")).toHaveCount(3);
}

for (const { name, ...viewport } of atSizes(everywhere)) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("one red frame first, then what was noticed, what was asked, what to ask next", async ({ page }) => {
      await atTheDrawing(page);
      await expect(flags(page).getByRole("heading", { level: 3 })).toHaveText(["パートナーとの安全", "たばこ", "周りの支え"]);
      const first = card(page, "パートナーとの安全");
      await expect(first).toContainText(/15:58佐野\s*おうちで、怖いなと感じることはありますか。/);
      await expect(first.locator("mark")).toHaveText("物を投げたりする");
      await expect(first).toContainText("統括への知らせ: 10:33 か面談終了時の、早いほう");
      await expect(first.getByRole("button")).toHaveText(["採用", "保留…", "却下…"]);
      expect(new Set(await first.getByRole("button").evaluateAll((all) => all.map((each) => each.className)))).toHaveProperty("size", 1);
      await expect(card(page, "たばこ").getByRole("button")).toHaveText(["判断する"]);
      await expect(card(page, "たばこ")).toContainText("17:47「減らしたんですけど、まだ、1日3本くらい吸ってて」 6:41 の質問への答え");
      await expect(card(page, "周りの支え")).toContainText("採用ずみ");
      await expect(page.getByRole("link", { name: "即時 1" })).toBeVisible();
      const cover = page.getByRole("region", { name: /^聞いた項目/ });
      await expect(cover).toContainText("22/30");
      await expect(cover).toContainText("あいまい 2・未確認 8");
      await expect(cover.getByRole("listitem").nth(0)).toHaveText(/気分・睡眠\s*あいまい/);
      await expect(cover.getByRole("listitem").nth(2)).toHaveText(/消えたい気持ち\s*未確認\(即時\)/);
      await expect(cover.getByRole("listitem")).toHaveCount(12);
      const guide = page.getByRole("region", { name: "次に聞くこと" });
      await expect(guide).toContainText("パートナーとの安全");
      await expect(guide.getByRole("listitem")).toHaveText(["「体に当たったことはありますか」", "「行ける場所はありますか」", "はい・いいえで答えられる聞き方で", "使える支援: 配偶者暴力相談支援センター"]);
      await expect(page.getByRole("textbox", { name: "自分のメモ" })).toHaveValue(/^夫 31歳。/);
      await expect(page.getByText("保存ずみ 10:20")).toBeVisible();
      const flagged = page.getByRole("log").locator(".turn--flagged");
      await expect(flagged).toHaveText([/物を投げたりする.*即時 パートナーとの安全/, /頼れる人がいない.*要確認 周りの支え/, /1日3本.*気になる たばこ/]);
      await expect(page.getByRole("button", { name: /聞く/ })).toHaveCount(0);
      await check(page, "04-room", everywhere);
    });

    test("a dismissal asks for its reason, and nothing is chosen beforehand", async ({ page }) => {
      await atTheDrawing(page);
      await card(page, "たばこ").getByRole("button", { name: "判断する" }).click();
      await expect(card(page, "たばこ").getByRole("button", { name: "採用" })).toBeFocused();
      await check(page);
      await card(page, "たばこ").getByRole("button", { name: "却下…" }).click();
      await expect(page.getByRole("radio")).toHaveCount(6);
      await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
      // However low the screen is, the whole form is seen.
      await expect(page.getByRole("button", { name: "却下する" })).toBeInViewport({ ratio: 1 });
      await check(page, "04b-room-dismiss");
      await page.getByRole("button", { name: "却下する" }).click();
      await expect(page.getByText("理由を選んでください。")).toBeVisible();
      await expect(page.getByRole("radio").first()).toBeFocused();
      await check(page);
      await page.keyboard.press("Escape");
      await expect(card(page, "たばこ").getByRole("button", { name: "却下…" })).toBeFocused();
      await page.keyboard.press("Escape");
      await expect(card(page, "たばこ").getByRole("button", { name: "判断する" })).toBeFocused();
      expect(posted()).toEqual([]);
      await page.keyboard.press("Enter");
      await card(page, "たばこ").getByRole("button", { name: "却下…" }).click();
      await page.getByLabel("過去のこと").check();
      await page.getByRole("button", { name: "却下する" }).click();
      await expect(card(page, "たばこ")).toContainText("却下(過去のこと)");
      expect(posted()).toEqual([["flags/00000000-0000-0000-0000-000000000013/dismiss", { revision: 1, reason: "past", words: null }]]);
      // The next that waits has the focus.
      await expect(card(page, "パートナーとの安全")).toBeFocused();
      await expect(page.getByRole("log").locator(".turn--flagged")).toHaveCount(2);
      await check(page);
    });

    test("a card says how it was read, and a repaired word keeps what was heard", async ({ page }) => {
      await atTheDrawing(page);
      const heard = { before: "", marked: "人心がわかった", after: "とき、正直うれしくなくて。", repairs: [{ at: [0, 2], now: "妊娠" }] };
      const at = { segment: "u", participant: ids.resident, party: "resident", start_ms: 1_087_000, part: "statement" as const };
      await say(page, "segment", { ...said("u", "resident", 1_087_000, "人心がわかったとき、正直うれしくなくて。"), repairs: heard.repairs });
      const sounds = flag({
        id: "00000000-0000-0000-0000-000000000031", item: "unintended", label: "妊娠の受けとめ", tier: "review", rule: "unintended.doubt", how: "sound", unsure: true,
        sound: { distance: 0, words: [{ heard: "人心", like: "妊娠" }] }, made_at: "2026-11-25T10:18:10+09:00", quotes: [{ ...at, ...heard }],
      });
      await say(page, "flag", sounds);
      const it = card(page, "妊娠の受けとめ");
      await expect(it).toContainText("「妊娠がわかったとき、正直うれしくなくて」 聞こえの近さから(「人心」→「妊娠」)");
      const log = page.getByRole("log");
      await log.getByRole("button", { name: "妊娠" }).click();
      await expect(log).toContainText("妊娠(聞こえたまま:「人心」)がわかった");
      await it.getByRole("button", { name: "妊娠の受けとめを判断する" }).click();
      await expect(it).toContainText("聞き取り不確か");
      await expect(it.getByText("unintended.doubt")).toBeHidden();
      // By keyboard: open, and Esc closes it and not the card.
      await it.locator("summary").focus();
      await page.keyboard.press("Enter");
      await expect(it.getByRole("definition")).toHaveText(["unintended.doubt", "2026-11-01 版", "なし(同じ音)"]);
      await it.getByRole("button", { name: "妊娠", exact: true }).click();
      await expect(it).toContainText("(聞こえたまま:「人心」)");
      await check(page, "04-room-heard", everywhere);
      await page.keyboard.press("Escape");
      await expect(it).not.toContainText("聞こえたまま");
      await it.locator("summary").focus();
      await page.keyboard.press("Escape");
      await expect(it.getByRole("definition")).toHaveCount(0);
      await expect(it.locator("summary")).toBeFocused();
      await expect(it.getByRole("button", { name: "採用" })).toBeVisible();
      // The urgent one says it too, in one line.
      await expect(card(page, "パートナーとの安全").locator("summary")).toHaveText("本人のことばから根拠");
    });

    test("what she turns to stands beside her face, also while something immediate waits", async ({ page }) => {
      await atTheDrawing(page);
      const guide = page.getByRole("region", { name: "次に聞くこと" });
      const notes = page.getByRole("textbox", { name: "自分のメモ" });
      await expect(guide).toContainText("パートナーとの安全");
      await card(page, "たばこ").getByText("6:41 の質問への答え").click();
      await expect(guide).toContainText("いま、1日に何本くらい吸いますか");
      await check(page);
      await page.getByRole("button", { name: "消えたい気持ち" }).click();
      await expect(page.getByText("消えてしまいたいと思うことはありますか")).toBeVisible();
      await card(page, "パートナーとの安全").getByRole("heading").click();
      await expect(guide).toContainText("体に当たったことはありますか");
      await card(page, "たばこ").getByRole("heading").click();
      await expect(guide).toContainText("いま、1日に何本くらい吸いますか");
      // She writes: what is immediate comes back.
      await notes.click();
      await expect(guide).toContainText("体に当たったことはありますか");
      await card(page, "たばこ").getByRole("heading").click();
      await expect(guide).toContainText("いま、1日に何本くらい吸いますか");
      await say(page, "flag", flag({ id: "00000000-0000-0000-0000-000000000016", item: "substance_use", label: "薬の使い方", made_at: "2026-11-25T10:18:12+09:00" }));
      await expect(guide).toContainText("薬の使い方");
    });

    test("an interpreter's words are hers where a flag quotes them, and the interpreter's in the talk", async ({ page }) => {
      await stopClock(page, "10:18:09");
      const words = { segment: "t", participant: ids.companion, party: "interpreter", start_ms: 1_080_000, part: "statement" as const, before: "夫が、", marked: "物を投げたりする", after: "そうです。", repairs: [] };
      service.flags = [flag({ quotes: [words], how: "direct" })];
      await talking(page, service);
      await say(page, "participant", { ...person("companion"), party: "interpreter" });
      await say(page, "segment", { ...said("t", "companion", 1_080_000, "夫が、物を投げたりするそうです。") });
      await expect(card(page, "パートナーとの安全")).toContainText(/18:00本人\(通訳\)\s*夫が、物を投げたりするそうです。/);
      await expect(card(page, "パートナーとの安全")).toContainText("本人(通訳)のことばから");
      await expect(page.getByRole("log").locator(".turn__who")).toHaveText(["通訳"]);
      await check(page, "04-room-interpreter");
    });

    test("a key that is held down decides one flag, not the next one too", async ({ page }) => {
      await atTheDrawing(page);
      await card(page, "パートナーとの安全").focus();
      await page.keyboard.down("a");
      await expect(card(page, "たばこ")).toBeFocused();
      // The second press of the same key is the keyboard's own repetition.
      await page.keyboard.down("a");
      await page.keyboard.down("a");
      await page.keyboard.up("a");
      await page.keyboard.press("d");
      await expect(page.getByRole("radio")).toHaveCount(6);
      expect(posted().map(([path]) => path)).toEqual(["flags/00000000-0000-0000-0000-000000000011/confirm"]);
    });

    test("a hold asks for a reason and a date; an immediate one lasts until today", async ({ page }) => {
      await atTheDrawing(page);
      await card(page, "パートナーとの安全").getByRole("button", { name: "保留…" }).click();
      await expect(page.getByText("期限は今日です(即時の気づき)")).toBeVisible();
      await check(page, "04-room-hold");
      await page.getByRole("button", { name: "保留にする" }).click();
      await expect(page.getByRole("textbox", { name: /^理由/ })).toBeFocused();
      await page.getByRole("textbox", { name: /^理由/ }).fill("夫が帰ったあとで確かめる");
      await page.getByRole("button", { name: "保留にする" }).click();
      await expect(card(page, "パートナーとの安全")).toContainText("保留 11月25日(水)まで");
      expect(posted()).toEqual([["flags/00000000-0000-0000-0000-000000000011/hold", { revision: 1, words: "夫が帰ったあとで確かめる", until: "2026-11-25" }]]);
      await expect(page.getByRole("link", { name: /即時/ })).toHaveCount(0);
      await check(page);
      await page.getByRole("button", { name: "パートナーとの安全の判断を変える" }).click();
      await expect(card(page, "パートナーとの安全").getByRole("button", { name: "採用" })).toBeVisible();
      await expect(card(page, "パートナーとの安全")).toBeFocused();
    });

    test("what has no words can be added, below the red card", async ({ page }) => {
      await atTheDrawing(page);
      await page.getByRole("button", { name: "自分で加える" }).click();
      await expect(page.getByLabel("項目", { exact: true })).toBeFocused();
      await expect(page.getByLabel("項目", { exact: true })).toHaveValue("");
      await expect(page.getByRole("button", { name: "加える", exact: true })).toBeInViewport({ ratio: 1 });
      await expect(page.getByText(/いまの時刻 18:\d\d に付けます/)).toBeVisible();
      const box = async (of: ReturnType<Page["locator"]>) => (await of.boundingBox())!.y;
      expect(await box(card(page, "パートナーとの安全"))).toBeLessThan(await box(page.locator(".flag--own")));
      await page.getByRole("button", { name: "加える", exact: true }).click();
      await expect(page.getByText("項目を選んでください。")).toBeVisible();
      await page.getByLabel("項目", { exact: true }).selectOption("mood_sleep");
      await page.getByLabel("見たこと・聞いたこと").fill("表情が暗い。話しながら何度も後ろを気にしている。");
      await check(page, "04c-room-add");
      await page.getByRole("button", { name: "加える", exact: true }).click();
      await expect(card(page, "気分・睡眠")).toContainText("佐野が加えました");
      await expect(page.getByRole("button", { name: "自分で加える" })).toBeFocused();
      expect(posted()[0]).toMatchObject(["flags", { item: "mood_sleep", seen: "表情が暗い。話しながら何度も後ろを気にしている。" }]);
      expect((posted()[0]![1] as { at_ms: number }).at_ms).toBeGreaterThan(1_080_000);
    });

    test("a talk without text has the list of items, own flags and the emergency card", async ({ page }) => {
      await stopClock(page, "10:12:40");
      service.coverage = items.map(({ item }) => ({ item, ...(["medical_emergency", "no_checkups", "mood_sleep", "alcohol", "smoking"].includes(item) ? { state: "asked", source: "nurse" } : { state: "not_asked", source: null }) }));
      service.flags = [flag({ item: "no_support", label: "周りの支え", tier: "review", rule: null, how: null, state: "confirmed", made_by: "佐野", seen: "近くに頼れる人がいない", at_ms: 552_000, decided: { by: "佐野", by_me: true, at: "2026-11-25T10:09:20+09:00", reason: null, words: null, until: null } })];
      service.memo = { text: "はじめての妊娠。つわりは落ち着いた\n夫と二人暮らし。9月に転入\n健診 2回。分娩先 予約ずみ\n眠れない日がある(週2回くらい) 気分の落ち込みはなし\n実家は遠い。近くに頼れる人はいない → 産後ケア、サポート事業を説明", revision: 2, saved_at: "2026-11-25T10:14:00+09:00" };
      await talking(page, service, { interview: "yes", transcription: "none", keep_audio: "no", sharing: "yes" });
      await say(page, "participant", person("resident"), 760_000);
      await expect(page.getByText("この面談は、文字起こしも録音もしていません")).toBeVisible();
      await expect(page.getByRole("log")).toHaveCount(0);
      const list = page.getByRole("region", { name: "項目の確認表" });
      await expect(list).toContainText("印 5・残り 25");
      await expect(card(page, "周りの支え")).toContainText("9:12 佐野が加えました「近くに頼れる人がいない」");
      await expect(page.getByRole("region", { name: "次に聞くこと" })).toContainText("消えたい気持ち");
      await check(page, "05-room-refused", everywhere);
      await list.getByLabel("お酒").uncheck();
      await list.getByLabel("住まい").check();
      await expect(list).toContainText("印 5・残り 25");
      expect(posted()).toEqual([["coverage/alcohol", { state: null }], ["coverage/housing", { state: "asked" }]]);
      // The card of her ill body stands ready as soon as the nurse turns to it.
      await list.getByLabel("急ぎの体の症状").focus();
      const emergency = page.getByRole("region", { name: "急ぎのとき" });
      await expect(emergency).toContainText("119番は、ほかの職員がかけます");
      await expect(emergency).toContainText("自宅");
      await expect(emergency).toContainText("かかっている病院");
      await check(page);
    });

    test("an emergency that was heard stays beside her face, decided or not", async ({ page }) => {
      await atTheDrawing(page);
      const heard = flag({ id: "00000000-0000-0000-0000-000000000014", item: "medical_emergency", label: "急ぎの体の症状", made_at: "2026-11-25T10:18:05+09:00", unsure: true, quotes: [{ ...standing()[0]!.quotes[1]!, segment: "s1078", start_ms: 1_085_000, before: "さっきから、", marked: "血が出て", after: "いて。" }] });
      service.flags.push(heard);
      await say(page, "flag", heard);
      await expect(page.getByRole("region", { name: "急ぎのとき" })).toContainText("あなたは本人との通話を切らず、話し続けます");
      await expect(page.getByRole("link", { name: "即時 2" })).toBeVisible();
      await expect(flags(page).getByRole("article").first()).toContainText("聞き取り不確か");
      await check(page, "04-room-emergency");
      await card(page, "急ぎの体の症状").getByRole("button", { name: "採用" }).click();
      await expect(page.getByRole("region", { name: "次に聞くこと" })).toContainText("パートナーとの安全");
      await card(page, "パートナーとの安全").getByRole("button", { name: "採用" }).click();
      await expect(card(page, "たばこ")).toBeFocused();
      await page.getByRole("textbox", { name: "自分のメモ" }).focus();
      await expect(page.getByRole("region", { name: "急ぎのとき" })).toBeVisible();
    });

    test("the help names the keys, and Esc gives the focus back", async ({ page }) => {
      await atTheDrawing(page);
      await page.getByRole("button", { name: "自分で加える" }).focus();
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog", { name: "キーボードで使う" })).toBeVisible();
      await check(page, "04-room-keys");
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toHaveCount(0);
      await expect(page.getByRole("button", { name: "自分で加える" })).toBeFocused();
    });
  });
}

test("keys decide on the card that has the focus, and nowhere else", async ({ page }) => {
  await atTheDrawing(page);
  await page.getByRole("textbox", { name: "自分のメモ" }).focus();
  await page.keyboard.press("End");
  await page.keyboard.type("ahd?");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(posted()).toEqual([]);
  await page.keyboard.press("Alt+Digit1");
  await expect(card(page, "パートナーとの安全")).toBeFocused();
  await page.keyboard.press("a");
  await expect(card(page, "たばこ")).toBeFocused();
  expect(posted()).toEqual([["flags/00000000-0000-0000-0000-000000000011/confirm", { revision: 1 }]]);
  await page.keyboard.press("h");
  await expect(page.getByRole("textbox", { name: /^理由/ })).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("d");
  await expect(page.getByRole("radio").first()).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+Digit3");
  await expect(page.getByRole("textbox", { name: "自分のメモ" })).toBeFocused();
  await page.keyboard.press("Alt+Digit4");
  await expect(page.getByRole("button", { name: "気分・睡眠" })).toBeFocused();
  await page.keyboard.press("Alt+KeyN");
  await expect(page.getByLabel("項目", { exact: true })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.locator(".flag--own")).toHaveCount(0);
  // While the IME composes, no key means anything.
  await page.getByRole("textbox", { name: "自分のメモ" }).dispatchEvent("keydown", { code: "Digit1", altKey: true, isComposing: true });
  await expect(card(page, "たばこ")).not.toBeFocused();
});

test("a new flag comes by itself: an immediate one first, nothing else moves", async ({ page }) => {
  await atTheDrawing(page);
  await say(page, "flag", flag({ id: "00000000-0000-0000-0000-000000000015", item: "money_work", label: "お金・仕事", tier: "review", made_at: "2026-11-25T10:18:06+09:00", speaker_unknown: true }));
  await expect(flags(page).getByRole("heading", { level: 3 })).toHaveText(["パートナーとの安全", "お金・仕事", "たばこ", "周りの支え"]);
  await expect(card(page, "お金・仕事")).toContainText("〔話者不明〕");
  await card(page, "たばこ").getByRole("button", { name: "判断する" }).click();
  await card(page, "たばこ").getByRole("button", { name: "採用" }).click();
  await expect(flags(page).getByRole("heading", { level: 3 })).toHaveText(["パートナーとの安全", "お金・仕事", "たばこ", "周りの支え"]);
  await expect(flags(page).locator(".flags")).toHaveAttribute("aria-live", "polite");
  await expect(flags(page).locator(".flags")).toHaveAttribute("aria-relevant", "additions");
});

test("a decision that somebody else was faster with is read again and said", async ({ page }) => {
  await atTheDrawing(page);
  await page.route("**/confirm", (route) => route.fulfill(problem(409, { type: "urn:yorisoi:problem:changed" })));
  service.flags = service.flags.map((each) => (each.item === "smoking" ? { ...each, state: "dismissed", revision: 2, decided: { by: "井出", by_me: false, at: "2026-11-25T10:18:00+09:00", reason: "past", words: null, until: null } } : each));
  await card(page, "たばこ").getByRole("button", { name: "判断する" }).click();
  await card(page, "たばこ").getByRole("button", { name: "採用" }).click();
  await expect(page.getByText("ほかの画面で判断が変わっていました。")).toBeVisible();
  await expect(card(page, "たばこ")).toContainText("却下(過去のこと)");
  await expectAccessible(page);
});

test("after a reload, and after a line that was gone for long, nothing is missing", async ({ page }) => {
  await atTheDrawing(page);
  service.flags = [...service.flags, flag({ id: "00000000-0000-0000-0000-000000000016", item: "housing", label: "住まい", tier: "review", made_at: "2026-11-25T10:18:08+09:00" })];
  await page.evaluate(() => window.service.say("snapshot", window.service.snapshot, 1_089_000));
  await expect(card(page, "住まい")).toBeVisible();
  await page.reload();
  await expect(flags(page).getByRole("article")).toHaveCount(4);
});

test("flags that can't be read are no empty list", async ({ page }) => {
  await page.route("**/flags", (route) => route.abort());
  await talking(page, service);
  await expect(page.getByText("気づきと項目の表を読み込めませんでした。")).toBeVisible();
  await expect(page.getByText("気づきは、まだありません。")).toHaveCount(0);
  await expectAccessible(page);
  await page.unroute("**/flags");
  await flags(page).getByRole("button", { name: "もう一度読み込む" }).click();
  await expect(page.getByText("気づきは、まだありません。聞いた項目を見てください。")).toBeVisible();
  await expectAccessible(page);
});

test("coverage follows the talk, a tick by hand, and who else is in the room", async ({ page }) => {
  await atTheDrawing(page);
  const cover = page.getByRole("region", { name: /^聞いた項目/ });
  await say(page, "coverage", { item: "money_work", state: "asked", source: "engine" });
  await expect(cover).toContainText("23/30");
  await cover.getByRole("button", { name: "気分・睡眠" }).click();
  await expectAccessible(page);
  await cover.getByRole("button", { name: "聞いた", exact: true }).click();
  await expect(cover).toContainText("あいまい 1・未確認 7");
  await cover.getByRole("button", { name: "答えのあった 21項目を見る" }).click();
  await expect(cover.getByRole("listitem").filter({ hasText: "気分・睡眠" })).toContainText("聞きました・手で");
  expect(posted()).toEqual([["coverage/mood_sleep", { state: "asked" }]]);
  await page.evaluate((participant) => window.service.say("nearby", { participant, someone: true }, 1_090_000), ids.resident);
  await expect(cover.getByRole("listitem").filter({ hasText: "性に関わる被害" })).toContainText("未確認(同席)");
});

test("own notes are saved by themselves, kept while the line is gone, and joined with another page's", async ({ page }) => {
  await page.clock.install();
  await talking(page, service);
  const notes = page.getByRole("textbox", { name: "自分のメモ" });
  await notes.fill("夫 31歳。");
  await expect(page.getByText("まだ保存していません")).toBeVisible();
  await page.clock.runFor(1000);
  await expect(page.getByText("保存ずみ 10:20")).toBeVisible();
  expect(service.memo.text).toBe("夫 31歳。");
  await page.route("**/memo", (route) => route.abort());
  await notes.fill("夫 31歳。飲むと物を投げる。");
  await page.clock.runFor(1000);
  await expect(page.getByText("保存できていません。メモは残っています")).toBeVisible();
  await expectAccessible(page);
  await page.unroute("**/memo");
  await page.clock.runFor(5000);
  await expect(page.getByText("保存ずみ 10:20")).toBeVisible();
  expect(service.memo.text).toBe("夫 31歳。飲むと物を投げる。");
  // Another page of hers was faster.
  await page.route("**/memo", (route) => (route.request().method() === "PUT" ? route.fulfill(problem(409, { type: "urn:yorisoi:problem:changed" })) : route.fallback()), { times: 1 });
  service.memo = { text: "窓口のメモ", revision: 9, saved_at: "2026-11-25T10:21:00+09:00" };
  await notes.fill("夫 31歳。飲むと物を投げる。けがなし。");
  await page.clock.runFor(1000);
  await expect(notes).toHaveValue("夫 31歳。飲むと物を投げる。けがなし。\n\n〔ほかの画面のメモ〕\n窓口のメモ");
  await expect.poll(() => service.memo.text).toBe("夫 31歳。飲むと物を投げる。けがなし。\n\n〔ほかの画面のメモ〕\n窓口のメモ");
  await expect(page.getByText("ほかの画面で書いたメモを、下に足しました。")).toBeVisible();
});

test("what the recognizer was unsure of is waved, and a withdrawal takes the quotes", async ({ page }) => {
  await atTheDrawing(page);
  await say(page, "segment", { ...said("u", "resident", 1_087_000, "夜は、なかなか眠れなくて。"), unsure: [[3, 7]] });
  await expect(page.locator(".turn__unsure")).toHaveText("なかなか");
  await expect(page.locator(".turn__unsure")).toHaveCSS("text-decoration-style", "wavy");
  service.flags = service.flags.map((each) => ({ ...each, withdrawn: true, quotes: [] }));
  service.guests = [guest({ state: "admitted", consent: { interview: "yes", transcription: "none", keep_audio: "no", sharing: "yes" } })];
  await say(page, "tap", { participant: ids.resident, allowed: "nothing" });
  await say(page, "withdrawn", { participant: ids.resident, at: "2026-11-25T10:41:00+09:00" });
  await expect(page.locator(".turn")).toHaveCount(0);
  await expect(page.getByText("本人の希望で消しました 10:41")).toBeVisible();
  await expect(card(page, "パートナーとの安全")).toContainText("〔撤回〕 言葉は、本人の希望で消しました");
  await expect(card(page, "周りの支え")).toContainText("〔撤回〕");
  // Said once, above her own notes; what waits for a decision stands first in the column beside them.
  await expect(page.getByText("ご自分で見たことや気づいたことがあれば、メモに書いてください。")).toHaveCount(1);
  await page.setViewportSize({ width: 1366, height: 768 });
  await expect(card(page, "パートナーとの安全").getByRole("button", { name: "却下…" })).toBeInViewport({ ratio: 1 });
  await expectAccessible(page);
  await shot(page, "04-room-withdrawn", everywhere);
});

test("what a companion takes back goes alone; a flag without evidence goes too", async ({ page }) => {
  await atTheDrawing(page);
  await say(page, "participant", person("companion"));
  await say(page, "segment", said("k", "companion", 1_088_000, "わたしが聞きます。"));
  await expect(page.locator(".turn")).toHaveCount(15);
  service.flags = service.flags.slice(0, 2);
  await say(page, "flag_gone", { id: "00000000-0000-0000-0000-000000000013" });
  await say(page, "withdrawn", { participant: ids.companion, at: "2026-11-25T10:19:00+09:00" });
  await expect(page.locator(".turn")).toHaveCount(14);
  await expect(page.getByText("同席者の希望で消しました 10:19")).toBeVisible();
  await expect(flags(page).getByRole("article")).toHaveCount(2);
  await expectAccessible(page);
});

test("a lost line of hers says how to speak when something urgent stands", async ({ page }) => {
  await atTheDrawing(page);
  await page.clock.setFixedTime("2026-11-25T10:19:00+09:00");
  await page.evaluate((other) => window.service.say("participant", other), person("resident", { presence: "interrupted" }));
  await page.clock.setFixedTime("2026-11-25T10:19:24+09:00");
  await expect(page.getByText("即時の気づきがある面談です")).toBeVisible({ timeout: 6000 });
  await expect(page.getByText(/^通信断 18:\d\d から続いています\(24秒\)$/)).toBeVisible();
  await expectAccessible(page);
  await shot(page, "07-room-lost", everywhere);
});
