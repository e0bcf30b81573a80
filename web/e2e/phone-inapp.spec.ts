import { expect, expectAccessible, expectLargeTargets, shot, test } from "./page";
import { Service } from "./phone-service";

const iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
const android = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36";
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

test.describe("in an app on an iPhone that knows no microphones", () => {
  test.use({ ...phone, userAgent: iphone });

  test("she is shown the way to Safari before anything is asked, and can copy the whole link", async ({ page, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.addInitScript(() => Object.defineProperty(navigator, "mediaDevices", { value: undefined }));
    const service = new Service();
    service.state.step = "identity";
    await service.serve(page);
    await page.goto("/r#one-time-secret");
    await expect(page.getByText("Safari").first()).toBeVisible();
    await expect(page).toHaveTitle("ご予約の確認");
    expect(page.url()).not.toContain("secret");
    await expect(page.getByRole("textbox")).toHaveCount(0);
    await shot(page, "16-in-app-browser");
    await expectAccessible(page);
    await expectLargeTargets(page);
    await page.getByRole("button", { name: "コピー" }).click();
    await expect(page.getByRole("status")).toContainText("Safari");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/\/r#one-time-secret$/);
    // Her seat in the other browser is the only one.
    await expect.poll(() => service.posted["leave"]).toEqual([{ how: "closed" }]);

    // Where the app forbids it the link can be marked by hand.
    await page.evaluate(() => (navigator.clipboard.writeText = async () => Promise.reject(new DOMException("", "NotAllowedError"))));
    await page.getByRole("button", { name: "コピー" }).click();
    await expect(page.getByRole("textbox")).toHaveValue(/\/r#one-time-secret$/);
    await expectAccessible(page);
    await expectLargeTargets(page);

    await page.getByRole("button", { name: "電話" }).click();
    await expect(page.getByRole("heading", { name: "予約" })).toBeVisible();
    expect(service.posted["claim"]).toHaveLength(2);
    expect(service.posted["leave"]).toHaveLength(1);
    // After a reload the link is in her message alone.
    await page.reload();
    await expect(page.getByText("Safari").first()).toBeVisible();
    await expect(page.getByRole("button", { name: "コピー" })).toHaveCount(0);
    await expect(page.getByRole("listitem").first()).toContainText("メール");
  });
});

test.describe("in an app on Android that refuses the microphone", () => {
  test.use({ ...phone, userAgent: android });

  test("she is asked first, then shown the way to Chrome, and may go on without a microphone", async ({ page }) => {
    const service = new Service();
    service.state.step = "device";
    await service.serve(page);
    await page.addInitScript(() => window.service && (window.service.devices = "none"));
    await page.goto("/r#one-time-secret");
    await page.getByRole("button", { name: "カメラとマイク" }).click();
    await expect(page.getByText("Chrome").first()).toBeVisible();
    await page.getByRole("button", { name: "電話" }).click();
    await page.getByRole("button", { name: "マイクなし" }).click();
    await expect.poll(() => service.posted["device"]).toMatchObject([{ microphone: "refused" }]);
  });

  test("an app with a microphone is as good as a browser", async ({ page }) => {
    const service = new Service();
    service.state.step = "device";
    await service.serve(page);
    await page.goto("/r#one-time-secret");
    await page.getByRole("button", { name: "カメラとマイク" }).click();
    await expect(page.locator(".state--good").first()).toBeVisible();
    await expect(page.getByText("Chrome")).toHaveCount(0);
  });
});
