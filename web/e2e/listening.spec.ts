/** A kept voice is heard again: on a press, with headphones, and never by itself. */
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { DeskService, facts, id, miura } from "./desk-service";
import { expect, expectAccessible, problem, shot, test } from "./page";

/** Somebody speaks for some seconds, as the service sends it: Ogg Opus. */
const speech = readFileSync("../tests/data/speech/short/short-30.opus");

let service: DeskService;
test.beforeEach(async ({ page }) => {
  service = new DeskService();
  service.note["facts"] = { ...facts, consent: { ...facts.consent, keep_audio: "yes" } };
  service.note["sound_kept"] = true;
  service.sound = { "t-nurse": speech, "t-resident": speech };
  await service.serve(page);
  await page.clock.setFixedTime("2026-11-25T10:50:00+09:00");
});

const note = `/interviews/${id}/note`;
const card = (page: Page, label: string) => page.getByRole("article", { name: label });
const ask = (page: Page) => page.getByRole("dialog", { name: "イヤホンを使っていますか" });

for (const { name, ...viewport } of [{ name: "desk", width: 1440, height: 900 }, { name: "laptop", width: 1366, height: 768 }, { name: "phone", width: 390, height: 844 }]) {
  test(`the first press asks for headphones, and the quote is heard with what stands around it: ${name}`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await page.goto(note);
    await expect(page.getByRole("button", { name: /を聞く$/ })).toHaveCount(5);
    await expect(page.getByText("音声は、承認まで残しています。")).toBeVisible();
    await expectAccessible(page);
    await card(page, "気分・睡眠").getByRole("button", { name: "気分・睡眠を聞く" }).click();
    await expect(ask(page)).toBeVisible();
    expect(service.played).toEqual([]);
    await expectAccessible(page);
    await ask(page).getByRole("button", { name: "使っています。聞く" }).click();
    const stop = card(page, "気分・睡眠").getByRole("button", { name: "気分・睡眠を聞くのを止める" });
    await expect(stop).toBeVisible();
    await expect.poll(() => service.played).toEqual(["t-nurse 726000 733000"]);
    await expectAccessible(page);
    if (name === "desk") await shot(page, "08-after-listening");
    // Question and answer, one after the other, and then it is quiet again.
    await expect(stop).toHaveCount(0, { timeout: 30_000 });
    expect(service.played).toEqual(["t-nurse 726000 733000", "t-resident 731000 738000"]);

    // Asked once on each page; another card takes the place of the first, and a second press ends it.
    await card(page, "周りの支え").getByRole("button", { name: "周りの支えを聞く" }).click();
    await expect(ask(page)).toHaveCount(0);
    await card(page, "たばこ").getByRole("button", { name: "たばこを聞く" }).click();
    await expect(page.getByRole("button", { name: /を聞くのを止める$/ })).toHaveCount(1);
    await card(page, "たばこ").getByRole("button", { name: "たばこを聞くのを止める" }).click();
    await expect(page.getByRole("button", { name: /を聞くのを止める$/ })).toHaveCount(0);
  });
}

test("P on a card asks, no plays nothing, and the focus comes back", async ({ page }) => {
  await page.goto(note);
  await card(page, "たばこ").focus();
  await page.keyboard.press("p");
  await ask(page).getByRole("button", { name: "今は聞かない" }).click();
  await expect(ask(page)).toHaveCount(0);
  await expect(card(page, "たばこ")).toBeFocused();
  expect(service.played).toEqual([]);
  await page.keyboard.press("p");
  await ask(page).getByRole("button", { name: "使っています。聞く" }).click();
  await expect(card(page, "たばこ").getByRole("button", { name: "たばこを聞くのを止める" })).toBeVisible();
  await page.keyboard.press("p");
  await expect(card(page, "たばこ").getByRole("button", { name: "たばこを聞く" })).toBeVisible();
});

test("what can't be heard is said on the card, in calm words", async ({ page }) => {
  service.sound = {};
  await page.goto(note);
  const listen = card(page, "周りの支え").getByRole("button", { name: "周りの支えを聞く" });
  await listen.click();
  await ask(page).getByRole("button", { name: "使っています。聞く" }).click();
  await expect(card(page, "周りの支え").getByRole("status")).toHaveText("この部分の音声は残っていません。");
  service.instead.set("GET audio", problem(500));
  await listen.click();
  await expect(card(page, "周りの支え").getByRole("status")).toContainText("音声を再生できませんでした。");
  service.instead.set("GET audio", "abort");
  await listen.click();
  await expect(card(page, "周りの支え").getByRole("status")).toContainText("つながっていません。");
  service.instead.delete("GET audio");
  service.sound = { "t-resident": Buffer.from("no sound at all") };
  await listen.click();
  await expect(card(page, "周りの支え").getByRole("status")).toContainText("音声を再生できませんでした。");
  await expectAccessible(page);
});

test("who approves hears it too, and signs for having heard", async ({ page }) => {
  service.me = miura;
  service.confirm(1);
  service.note.verdict = "support";
  service.submit();
  await page.goto(`/interviews/${id}/review`);
  const first = card(page, "パートナーとの安全");
  await expect(first.getByText("引用を読み、音声を聞き、判断を確かめました")).toBeVisible();
  await first.getByRole("button", { name: "パートナーとの安全を聞く" }).click();
  await ask(page).getByRole("button", { name: "使っています。聞く" }).click();
  await expect(first.getByRole("button", { name: "パートナーとの安全を聞くのを止める" })).toBeVisible();
  await expect.poll(() => service.played[0]).toBe("t-nurse 956000 963000");
  await expectAccessible(page);
  await shot(page, "10-review-listening");
});

test("nothing is to be heard where nothing was kept, was said, or is left", async ({ page }) => {
  service.flags = service.flags.map((each, i) => (i === 0 ? { ...each, withdrawn: true, quotes: [] } : i === 1 ? { ...each, quotes: [], seen: "目を合わせない" } : each));
  await page.goto(note);
  await expect(page.getByRole("button", { name: /を聞く$/ })).toHaveCount(3);
  Object.assign(service.note, { state: "approved", sound_kept: false });
  await page.reload();
  await expect(page.getByText("音声は、承認のあとに消しました")).toBeVisible();
  await expect(page.getByRole("button", { name: /を聞く$/ })).toHaveCount(0);
});

test("sound whose time is over before anybody approved is not promised, and nobody signs for having heard it", async ({ page }) => {
  service.note["sound_kept"] = false;
  await page.goto(note);
  await expect(page.getByText("音声は残っていません。聞き直しはできません")).toBeVisible();
  await expect(page.getByRole("button", { name: /を聞く$/ })).toHaveCount(0);
  service.me = miura;
  service.confirm(1);
  service.note.verdict = "support";
  service.submit();
  await page.goto(`/interviews/${id}/review`);
  await expect(card(page, "パートナーとの安全").getByText("引用を読み、判断を確かめました")).toBeVisible();
  await expect(page.getByRole("button", { name: /を聞く$/ })).toHaveCount(0);
});
