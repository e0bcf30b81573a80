/** A nurse and a resident in two browsers against the real service: sound, pictures, seat, line, end. */
import { admit, comeAlong, comeIn, expect, received, speak, test } from "./service";
import { traces, written } from "./traces";

test("they see and hear each other, keep their seats over reloads and a lost line, and end together", async ({ demo, nurse, phone }) => {
  const resident = await phone();
  await comeIn(resident, demo);
  await admit(nurse, demo);

  await expect.poll(async () => (await received(resident)).frames).toBeGreaterThan(3);
  await expect.poll(async () => (await received(nurse)).frames).toBeGreaterThan(3);

  const silent = (await received(nurse)).energy;
  expect(silent, "nobody has spoken").toBeLessThan(0.001);
  await speak(resident, "sentence.opus");
  await expect.poll(async () => (await received(nurse)).energy).toBeGreaterThan(silent + 0.01);
  await speak(nurse, "short/short-01.opus");
  await expect.poll(async () => (await received(resident)).energy).toBeGreaterThan(0.003);

  // She agreed to text: what she said stands on the nurse's page, and nothing of it on hers.
  await expect(nurse.getByRole("log")).toContainText("おすすめ", { timeout: 60_000 });
  await expect(resident.locator("body")).not.toContainText("おすすめ");
  await expect(resident.locator(".talk__top")).toContainText("残");
  await nurse.reload();
  await expect(nurse.getByRole("log")).toContainText("おすすめ");
  await expect.poll(async () => (await received(nurse)).frames).toBeGreaterThan(3);

  // Someone is here: no trace on the phone, a fact for the nurse.
  const before = await resident.locator("main").innerHTML();
  await resident.getByRole("button", { name: "合図" }).click();
  await expect(nurse.locator(".facts")).toContainText("います");
  expect(await resident.locator("main").innerHTML()).toBe(before);

  for (const page of [resident, nurse]) {
    await page.reload();
    await expect.poll(async () => (await received(page)).frames).toBeGreaterThan(3);
  }

  await resident.context().setOffline(true);
  await expect(resident.locator("h1")).toContainText("直");
  await resident.context().setOffline(false);
  await expect(resident.locator(".talk")).toBeVisible();
  await expect.poll(async () => (await received(resident)).frames).toBeGreaterThan(3);

  await nurse.getByRole("button", { name: "面談を終える" }).click();
  await nurse.getByRole("dialog").getByRole("button", { name: "終える", exact: true }).click();
  await expect(nurse.getByRole("heading", { name: "面談記録票" })).toBeVisible();
  await expect(resident.getByRole("heading", { name: "終" })).toBeVisible();

  // Who looks over the shoulder, at the proxy or into the browser later reads nothing of her and nothing that she said.
  const secrets = [demo.join, demo.signIn].map((link) => link.split("#")[1]!);
  const hers = ["白石", "しらいし", "シライシ", "ひなた", "1998-05-12", "09000001234", "090-0000-1234", "おすすめ", demo.bookingNumber, demo.bookingNumber.replace("-", ""), ...secrets];
  for (const page of [resident, nurse]) {
    const all = await traces(page);
    expect(all).not.toMatch(written(hers));
    for (const kind of ["request http", "title ", "socket ws", "address http"]) expect(all).toContain(kind);
  }
  expect(demo.log()).not.toMatch(written(hers));
  // The same look sees what is planted.
  await nurse.evaluate(() => {
    document.title = "白石さんとの面談";
    console.log("ひなた");
    sessionStorage.setItem("draft", JSON.stringify("おすすめ"));
    void fetch(`/api/me?name=${encodeURIComponent("しらいし")}`);
  });
  for (const planted of ["白石", "ひなた", "おすすめ", "しらいし"]) await expect.poll(() => traces(nurse)).toMatch(written([planted]));
});

test("she leaves at once, Back shows nothing of ours, and her link begins at the identity check", async ({ demo, nurse, phone }) => {
  const resident = await phone();
  await comeIn(resident, demo);
  await admit(nurse, demo);
  await expect(resident.locator(".talk")).toBeVisible();

  await resident.getByRole("link", { name: "すぐ閉じる" }).click();
  await expect(resident).toHaveTitle("資源とごみの出し方");
  await expect(nurse.getByText("本人がすぐ閉じました").first()).toBeVisible();
  await resident.goBack().catch(() => undefined);
  await expect(resident.locator("body")).not.toContainText(/予約|面談|通話/);
  await resident.goto(demo.join);
  await expect(resident.getByLabel("名前")).toBeVisible();
});

test("a second phone with the same link knocks and displaces nobody", async ({ demo, nurse, phone }) => {
  const resident = await phone();
  await comeIn(resident, demo);
  await admit(nurse, demo);
  await expect.poll(async () => (await received(resident)).frames).toBeGreaterThan(3);

  const other = await phone();
  await comeIn(other, demo, 2);
  await expect(nurse.getByText("同じリンクから、もう1台")).toBeVisible();
  await expect(other.locator(".talk")).toHaveCount(0);
  const frames = (await received(resident)).frames;
  await expect.poll(async () => (await received(resident)).frames).toBeGreaterThan(frames);
});

test("who comes along knocks under their own label, and speaks with both", async ({ demo, nurse, phone }) => {
  const resident = await phone();
  await comeIn(resident, demo, 2);
  await admit(nurse, demo);
  await expect.poll(async () => (await received(resident)).frames).toBeGreaterThan(3);

  const other = await phone();
  await comeAlong(other, demo);
  const knock = nurse.getByRole("region", { name: "同席者が入室を待っています" });
  await expect(knock).toContainText("名前と生年月日は聞いていません");
  await knock.getByRole("button", { name: "入室してもらう" }).click();
  await expect.poll(async () => (await received(other)).frames).toBeGreaterThan(3);
  await expect(other.getByRole("button", { name: "合図" })).toHaveCount(0);
  await expect(resident.locator(".video__tile")).toContainText("いっしょの");
  await expect(nurse.locator(".facts")).toContainText("同席者が通話に入っています");

  const silent = (await received(resident)).energy;
  await speak(other, "sentence.opus");
  await expect.poll(async () => (await received(resident)).energy).toBeGreaterThan(silent + 0.01);
});
