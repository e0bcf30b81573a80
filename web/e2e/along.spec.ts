/** A companion or an interpreter: the way in, and what the nurse sees of them at the door. */
import { detail, guest, id, Service as Office } from "./office";
import { expect, expectAccessible, expectLargeTargets, ids, person, problem, shot, snapshot, test } from "./page";
import { Service } from "./phone-service";

test.describe("on their phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });

  test("they say who they are, show the number, and are asked about their own voice alone", async ({ page }) => {
    const service = new Service();
    service.state.step = "identity";
    await service.serve(page);
    await page.goto("/r#secret");
    await page.getByRole("button", { name: "いっしょ" }).click();
    await expect(page.getByRole("heading", { name: "いっしょ" })).toBeFocused();
    const send = page.getByRole("button", { name: "確" });
    await send.click();
    await expect(page.getByRole("radio").first()).toBeFocused();
    await page.locator(".choice").nth(1).click();
    await send.click();
    await expect(page.getByRole("textbox")).toBeFocused();
    await page.getByRole("textbox").fill("ｋ7r-4m2");
    await page.route("/api/join/along", (route) => route.fulfill(problem(422, { retry_after_s: 0 })), { times: 1 });
    await send.click();
    await expect(page.getByRole("alert")).toBeFocused();
    await expectAccessible(page);
    await send.click();
    await expect(page.getByRole("button", { name: "カメラとマイク" })).toBeVisible();
    expect(service.posted["along"]).toEqual([{ role: "interpreter", booking_number: "K7R-4M2" }]);
    await page.getByRole("button", { name: "カメラとマイク" }).click();
    await page.getByRole("button", { name: /^次/ }).click();

    await expect(page.getByText("2つのうち 1つめ")).toBeVisible();
    await page.locator(".choice").nth(2).click();
    await page.getByRole("button", { name: /^次/ }).click();
    await expect(page.locator(".chosen > div")).toHaveCount(1);
    await page.getByRole("button", { name: "進" }).click();
    await expect(page.getByRole("heading", { name: "待" })).toBeFocused();
    // The silent signs are hers.
    await expect(page.locator("main").getByRole("button")).toHaveCount(0);
    await shot(page, "19-waiting-along");
    await expectAccessible(page);
    service.state.step = "talk";
    await page.evaluate(([nurse, person]) => {
      window.service.say("participant", person as object);
      window.service.say("slots", { slots: [nurse, null, null] });
      window.service.say("place", { place: "inside" });
    }, [ids.nurse, person("nurse")] as const);
    await expect(page.locator(".video__main")).toBeVisible();
    await expect(page.getByRole("button", { name: "合図" })).toHaveCount(0);
    await page.getByRole("button", { name: "ほか" }).click();
    await expect(page.getByRole("dialog").getByRole("button", { name: "戻" })).toHaveCount(0);
  });

  test("the page they prove themselves on, and the way back for herself", async ({ page }) => {
    const service = new Service();
    service.state.step = "identity";
    await service.serve(page);
    await page.goto("/r#secret");
    await page.getByRole("button", { name: "いっしょ" }).click();
    await expect(page.getByRole("heading", { name: "いっしょ" })).toBeFocused();
    await expect(page).toHaveTitle("ご予約の確認");
    await shot(page, "15d-along");
    await expectAccessible(page);
    await expectLargeTargets(page);
    await page.getByRole("button", { name: "こちら" }).click();
    await expect(page.getByLabel("月", { exact: true })).toBeVisible();
  });
});

test("the nurse reads who knocks beside her, and what was not asked", async ({ page }) => {
  const office = new Office();
  office.detail = { ...detail, state: "in_progress" };
  office.guests = [
    guest({ state: "admitted" }),
    guest({ participant: ids.companion, role: "companion", identity: null, callback: null, place: null, nearby: null, consent: { interview: "yes", transcription: "transcript", keep_audio: "no", sharing: "no" } }),
  ];
  await office.serve(page);
  await page.addInitScript((value) => window.service && (window.service.snapshot = value), snapshot("nurse", "inside"));
  await page.goto(`/interviews/${id}`);
  const knock = page.getByRole("region", { name: "同席者が入室を待っています" });
  await expect(knock).toContainText("名前と生年月日は聞いていません");
  await expect(knock).toContainText("K7R-4M2");
  await expect(knock).not.toContainText("シライシ");
  await expect(knock.getByText("文字")).toBeVisible();
  await expectAccessible(page);
});
