/** Her story with the man she fears in the next room, against the real service: what is on her phone, and what is not. */
import type { Page } from "@playwright/test";
import { admit, comeIn, expect, type Demo, received, test } from "./service";

/** All that a phone could tell whoever picks it up. */
async function traces(page: Page): Promise<object> {
  const stored = await page.evaluate(async () => ({
    local: Object.keys(localStorage), session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).map(({ name }) => name), caches: await caches.keys(), workers: (await navigator.serviceWorker.getRegistrations()).length,
  }));
  return { ...stored, cookies: (await page.context().cookies()).map(({ name }) => name) };
}
const NOTHING = { local: [], session: [], databases: [], caches: [], workers: 0, cookies: [] };

/** What the page shows and where it is in the browser's history. */
const shown = async (page: Page) => ({
  body: await page.locator("body").innerHTML(), title: await page.title(), url: page.url(), entries: await page.evaluate(() => history.length), traces: await traces(page),
});

/** Everything that goes to her phone or comes from it, until it is asked for. */
function wire(page: Page): string[] {
  const seen: string[] = [];
  page.on("request", (request) => seen.push(`${request.method()} ${new URL(request.url()).pathname}`));
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => seen.push(String(payload))));
  return seen;
}

const OURS = /予約|面談|通話|保健|妊|白石|ひなた/;

async function inTalk(nurse: Page, resident: Page, demo: Demo): Promise<void> {
  await comeIn(resident, demo, 2);
  await admit(nurse, demo);
  await expect.poll(async () => (await received(resident)).frames).toBeGreaterThan(3);
}

test("he comes in while she talks: her signal changes nothing on her phone, and the nurse knows", async ({ demo, nurse, phone }) => {
  const resident = await phone();
  await inTalk(nurse, resident, demo);
  const before = await shown(resident);
  for (let press = 0; press < 2; press++) {
    const heard = resident.waitForResponse("**/api/join/nearby");
    await resident.getByRole("button", { name: "合図" }).click();
    expect((await heard).status(), "an answer without a word").toBe(204);
  }
  await expect(nurse.locator(".facts")).toContainText("います");
  expect(await shown(resident)).toEqual(before);
  // The control: what may be seen is seen by the same probe.
  await resident.getByRole("button", { name: "マイク" }).first().click();
  await expect.poll(() => shown(resident)).not.toEqual(before);
});

test("she calls for nobody, the nurse does: not a byte of it comes to her phone, and who comes is named in the room", async ({ demo, nurse, approver, phone }) => {
  const resident = await phone();
  const seen = wire(resident);
  await inTalk(nurse, resident, demo);
  await approver.goto(demo.approver);
  await expect(approver.getByRole("heading", { level: 1 })).toBeVisible();
  await resident.waitForTimeout(1000);
  const [bytes, page] = [seen.length, await shown(resident)];

  // Nothing is transcribed: the card is one press away, with what she said when she came in.
  await nurse.getByRole("button", { name: "急ぎのとき" }).click();
  const card = nurse.getByRole("region", { name: "急ぎのとき" });
  for (const what of ["119番は、ほかの職員がかけます", "あなたは本人との通話を切らず、話し続けます", "自宅", "かかっている病院", "090-0000-1234"]) await expect(card).toContainText(what);
  await nurse.getByRole("button", { name: "応援を呼ぶ" }).click();
  await expect(nurse.getByText(/応援 呼びました/)).toBeVisible();
  const call = approver.getByRole("region", { name: "応援の呼び出し" });
  await expect(call).toContainText("白石 ひなた");
  await expect(call).toContainText("090-0000-1234");
  await call.getByRole("button", { name: "向かいます" }).click();
  await expect(nurse.getByText("三浦さんが向かっています")).toBeVisible();
  const since = seen.slice(bytes).filter((each) => !/"type":"(ack|pong)"/.test(each));
  expect(since, "nothing came, nothing went").toEqual([]);
  expect(await shown(resident)).toEqual(page);

  // The control: what the nurse does that is hers to know arrives on the same wire.
  await nurse.getByRole("button", { name: "面談を終える" }).click();
  await nurse.getByRole("dialog").getByRole("button", { name: "終える", exact: true }).click();
  await expect.poll(() => seen.slice(bytes).some((each) => each.includes('"over"'))).toBe(true);
});

test("he picks up her phone after she closed the page: nothing of ours is there, and her link tells him nothing", async ({ demo, nurse, phone }) => {
  const resident = await phone();
  await inTalk(nurse, resident, demo);
  expect(await traces(resident), "the control: a seat has its cookie").not.toEqual(NOTHING);
  await resident.getByRole("link", { name: "すぐ閉じる" }).click();
  await expect(resident).toHaveTitle("資源とごみの出し方");
  await expect(nurse.getByText("本人がすぐ閉じました").first()).toBeVisible();
  // Not a line that was lost: nothing holds her number out, and nothing says to phone her.
  await expect(nurse.locator(".video__over")).toHaveText("本人がすぐ閉じました");
  await nurse.waitForTimeout(4000);
  await expect(nurse.locator(".lost")).toHaveCount(0);
  await expect.poll(() => traces(resident)).toEqual(NOTHING);
  await resident.goBack().catch(() => undefined);
  await expect(resident.locator("body")).not.toContainText(OURS);
  await resident.goForward().catch(() => undefined);
  await expect(resident.locator("body")).not.toContainText(OURS);

  // He has the link too, and knows her birthday, not the number: he waits, longer each time, and learns nothing.
  await resident.goto(demo.join);
  await expect(resident.getByLabel("名前")).toHaveValue("");
  await expect(resident.locator("body")).not.toContainText(/白石|ひなた|090|自宅|若葉/);
  await resident.getByLabel("名前").fill("しらいし ひなた");
  await resident.getByLabel("年(西暦)").fill("1998");
  await resident.getByLabel("月", { exact: true }).fill("5");
  await resident.getByLabel("日", { exact: true }).fill("12");
  await resident.locator("#number").fill([...demo.bookingNumber].reverse().join(""));
  const asked = resident.waitForResponse("**/api/join/identity");
  await resident.getByRole("button", { name: "確" }).click();
  const refused = (await (await asked).json()) as { retry_after_s: number };
  expect(refused.retry_after_s).toBeGreaterThan(0);
  await expect(nurse.getByText(/入力のまちがい/).first()).toBeVisible();
});

test("she closes the page on a dead line, and he opens it when the line is back: it knows her no more", async ({ demo, nurse, phone }) => {
  const resident = await phone();
  await inTalk(nurse, resident, demo);
  const context = resident.context();
  await context.setOffline(true);
  await resident.getByRole("link", { name: "すぐ閉じる" }).click();
  await expect(resident.locator("body")).not.toContainText(OURS);
  // The page to which she fled never came, so nothing of ours runs that could say it later.
  await resident.close();
  await context.setOffline(false);

  const his = await context.newPage();
  await his.goto(new URL("/r", demo.url).href);
  await expect(his).toHaveTitle("ページが見つかりません");
  expect(await traces(his)).toEqual(NOTHING);
  await expect(nurse.getByText("本人がすぐ閉じました").first()).toBeVisible();
  // From the same page the link would be a place in it, and nothing would be loaded.
  await his.goto("about:blank");
  await his.goto(demo.join);
  await expect(his.getByLabel("名前")).toHaveValue("");
});

test("her line is lost in the talk: the nurse has number and place before her, and she comes back to a page of now", async ({ demo, nurse, phone }) => {
  const resident = await phone();
  await inTalk(nurse, resident, demo);
  await expect(nurse.locator(".lost")).toHaveCount(0);
  await resident.context().setOffline(true);
  const lost = nurse.locator(".lost");
  await expect(lost.getByRole("heading", { name: "つながり直すのを待っています" })).toBeVisible({ timeout: 60_000 });
  await expect(lost).toContainText("090-0000-1234");
  await expect(lost.locator("dd").last()).not.toContainText("聞いていません");
  await resident.context().setOffline(false);
  await expect(resident.locator(".talk")).toBeVisible();
  await expect(lost).toHaveCount(0);
  await expect.poll(async () => (await received(resident)).frames).toBeGreaterThan(3);
  await expect(resident.locator("body")).not.toContainText(/090|ひなた|白石/);
});

test("a colleague who is her kin is shut out in the middle of the talk, and nothing of that comes to her phone", async ({ demo, nurse, approver, phone }) => {
  const resident = await phone();
  const seen = wire(resident);
  await inTalk(nurse, resident, demo);
  const room = new URL(nurse.url()).pathname;
  await approver.goto(demo.approver);
  await expect(approver.getByRole("heading", { level: 1 })).toBeVisible();
  await approver.goto(new URL("/", demo.url).href);
  // The control: until then she sees that there is such a talk.
  await expect(approver.locator("body")).toContainText("白石");
  const page = await shown(resident);
  const bytes = seen.length;

  await nurse.getByRole("button", { name: "連絡・閲覧の制限" }).click();
  await nurse.getByRole("button", { name: "三浦さんが開けないようにする" }).click();
  await nurse.getByRole("button", { name: "はい、開けないようにする" }).click();
  await expect(nurse.getByText("開けません").first()).toBeVisible();
  await nurse.keyboard.press("Escape");

  await expect(approver.locator("body")).not.toContainText("白石");
  const asked = await approver.evaluate(async (path) => {
    const of = async (way: string) => (await fetch(`/api${path}${way}`)).status;
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/api${path}/socket`);
    const opened = await new Promise<boolean>((done) => {
      socket.onopen = () => done(true);
      socket.onerror = () => done(false);
    });
    return { detail: await of(""), transcript: await of("/transcript"), flags: await of("/flags"), opened };
  }, room);
  expect(asked.opened).toBe(false);
  for (const status of [asked.detail, asked.transcript, asked.flags]) expect([403, 404]).toContain(status);
  await approver.goto(new URL(`${room}/review`, demo.url).href);
  await expect(approver.locator("body")).not.toContainText(/白石|ひなた|090/);

  // Her talk goes on, and her phone knows of nothing.
  expect(seen.slice(bytes).filter((each) => !/"type":"(ack|pong)"/.test(each))).toEqual([]);
  expect(await shown(resident)).toEqual(page);
  const { frames } = await received(resident);
  await expect.poll(async () => (await received(resident)).frames).toBeGreaterThan(frames);
});
