import { expect, expectAccessible, expectLargeTargets, problem, shot, test } from "./page";
import type { Page } from "@playwright/test";

async function openIdentity(page: Page): Promise<void> {
  await page.route("/api/join/claim", (route) => route.fulfill({ status: 204 }));
  await page.route("/api/join/state", (route) => route.fulfill({ json: { step: "identity", consent: {} } }));
  await page.goto("/r#one-time-secret");
  await expect(page.getByRole("heading", { name: "予約" })).toBeVisible();
}

async function fillIdentity(page: Page): Promise<void> {
  await page.getByLabel("名前").fill("シライシ ヒナタ");
  await page.getByLabel("年(西暦)").fill("1998");
  await page.getByLabel("月", { exact: true }).fill("12");
  await page.getByLabel("日", { exact: true }).fill("5");
  await page.getByRole("textbox", { name: "予約" }).fill("K7R-4M2");
}

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test("the secret goes to the server in a POST and leaves the address bar", async ({ page }) => {
    const claimed = page.waitForRequest("/api/join/claim");
    await openIdentity(page);
    expect((await claimed).postDataJSON()).toEqual({ secret: "one-time-secret" });
    expect(page.url()).not.toContain("#");
    await expect(page).toHaveTitle("ご予約の確認");
    await shot(page, "15-identity");
    await expectAccessible(page);
    await expectLargeTargets(page);
  });

  for (const [device, told] of [["iPhone; CPU iPhone OS 17_5 like Mac OS X", 1], ["Linux; Android 14", 0]] as const) {
    test(`a demonstration with its own certificate says to ${device.slice(0, 6)} whether it will come into the talk`, async ({ browser, baseURL }) => {
      const page = await (await browser.newContext({ baseURL: baseURL!, userAgent: `Mozilla/5.0 (${device})` })).newPage();
      await page.route("/r", async (route) => {
        const shell = await (await route.fetch({ url: new URL("/resident.html", route.request().url()).href })).text();
        await route.fulfill({ contentType: "text/html", body: shell.replace("<html", '<html data-demo="デモ" data-own-certificate') });
      });
      await openIdentity(page);
      await expect(page.getByText("デモ", { exact: true })).toBeVisible();
      await expect(page.getByText("Android")).toHaveCount(told);
      await page.route("/api/join/claim", (route) => route.fulfill(problem(404)));
      await page.goto("about:blank");
      await page.goto("/r#another-secret");
      await expect(page.getByRole("heading", { name: "見" })).toBeVisible();
      await expect(page.getByText("デモ", { exact: true })).toBeVisible();
      await page.context().close();
    });
  }

  test("the identity check sends what the contract asks for", async ({ page }) => {
    await openIdentity(page);
    await page.route("/api/join/identity", (route) => route.fulfill({ status: 204 }));
    await fillIdentity(page);
    const sent = page.waitForRequest("/api/join/identity");
    await page.getByRole("button", { name: "確" }).click();
    expect((await sent).postDataJSON()).toEqual({ name_kana: "シライシ ヒナタ", birth_date: "1998-12-05", booking_number: "K7R-4M2" });
  });

  test("a wrong answer names no field, waits as long as the server says, then can be sent again", async ({ page }) => {
    await page.clock.install();
    let tries = 0;
    await page.route("/api/join/identity", (route) => {
      tries += 1;
      return route.fulfill(problem(422, { retry_after_s: 10 }));
    });
    await openIdentity(page);
    await fillIdentity(page);
    const send = page.getByRole("button", { name: "確" });
    await send.click();
    await expect(page.getByRole("alert")).toBeFocused();
    await expect(page.getByRole("alert")).toContainText("10");
    await expect(page.locator("[aria-invalid]")).toHaveCount(0);
    await expect(send).toHaveAttribute("aria-disabled", "true");
    await shot(page, "15b-identity-wrong");
    await expectAccessible(page);
    await send.click({ force: true });
    await page.clock.fastForward(10_000);
    await expect(send).not.toHaveAttribute("aria-disabled");
    expect(tries).toBe(1);
    await send.click();
    await expect(send).toHaveAttribute("aria-disabled", "true");
    expect(tries).toBe(2);
  });

  test("what can't be read is said at its field and nothing is sent", async ({ page }) => {
    await openIdentity(page);
    await fillIdentity(page);
    await page.getByLabel("月", { exact: true }).fill("13");
    await page.getByRole("button", { name: "確" }).click();
    await expect(page.getByLabel("年(西暦)")).toBeFocused();
    await expect(page.getByLabel("年(西暦)")).toHaveAttribute("aria-describedby", "birth-error");
    await expectAccessible(page);
  });

  test("furigana is a switch and never a different text", async ({ page }) => {
    await openIdentity(page);
    const base = () => page.locator("h1").evaluate((h1) => {
      const copy = h1.cloneNode(true) as HTMLElement;
      copy.querySelectorAll("rt").forEach((rt) => rt.remove());
      return copy.textContent;
    });
    const before = await base();
    await expect(page.locator("h1 rt").first()).toBeVisible();
    await page.getByRole("switch", { name: "ふりがな" }).click();
    await expect(page.locator("h1 rt").first()).toBeHidden();
    expect(await base()).toBe(before);
  });

  test("another language is loaded when it is chosen, and not before", async ({ page }) => {
    const loaded: string[] = [];
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    await openIdentity(page);
    const other = /^\/assets\/ja-(?!x-easy)/;
    expect(loaded.filter((path) => path.startsWith("/assets/ja-x-easy-"))).toHaveLength(1);
    expect(loaded.filter((path) => other.test(path))).toHaveLength(0);
    await page.getByRole("combobox").selectOption({ label: "日本語" });
    await expect(page.getByRole("heading", { name: "ご予約の確認" })).toBeVisible();
    await expect(page.getByRole("switch")).toHaveCount(0);
    expect(loaded.filter((path) => other.test(path))).toHaveLength(1);
    await expectAccessible(page);
  });

  test("words that did not arrive are fetched again, and the link still counts", async ({ page }) => {
    let refused = 0;
    await page.route("/assets/ja-x-easy-*", (route) => (refused++ === 0 ? route.abort() : route.continue()));
    const claimed = page.waitForRequest("/api/join/claim");
    await openIdentity(page);
    expect(refused).toBe(2);
    expect((await claimed).postDataJSON()).toEqual({ secret: "one-time-secret" });
  });

  test("a new link that is opened where the old one was counts", async ({ page }) => {
    await openIdentity(page);
    const claimed = page.waitForRequest("/api/join/claim");
    await page.goto("/r#another-secret");
    expect((await claimed).postDataJSON()).toEqual({ secret: "another-secret" });
    await expect(page).toHaveURL(/\/r$/);
  });

  test("quick exit leaves no page of ours behind Back", async ({ page }) => {
    await page.goto("/signin");
    await openIdentity(page);
    await page.route("/api/join/leave", (route) => route.fulfill({ status: 204 }));
    const left = page.waitForRequest("/api/join/leave");
    await page.getByRole("link", { name: "すぐ閉じる" }).click();
    expect((await left).postDataJSON()).toEqual({ how: "quick_exit" });
    await expect(page).toHaveTitle("資源とごみの出し方");
    expect(new URL(page.url()).pathname).toBe("/info");
    await expect(page.locator("body")).not.toContainText("予約");
    await expectAccessible(page);
    await page.goBack();
    expect(new URL(page.url()).pathname).toBe("/signin");
  });

  test("quick exit after a second link in the same tab leaves none either", async ({ page }) => {
    await page.goto("/signin");
    await openIdentity(page);
    const claimed = page.waitForRequest("/api/join/claim");
    await page.evaluate(() => void (location.hash = "another-secret"));
    expect((await claimed).postDataJSON()).toEqual({ secret: "another-secret" });
    await page.getByRole("link", { name: "すぐ閉じる" }).click();
    await expect(page).toHaveTitle("資源とごみの出し方");
    await page.goBack();
    expect(new URL(page.url()).pathname).toBe("/signin");
  });

  test("a link that is not good shows one page, with the counter's number where the city gives one", async ({ page }) => {
    await page.route("/api/join/claim", (route) => route.fulfill(problem(404, { contact_url: "/contact" })));
    await page.goto("/r#expired");
    await expect(page).toHaveTitle("ページが見つかりません");
    await expect(page.getByRole("link", { name: "窓口" })).toHaveAttribute("href", "/contact");
    await expect(page.locator("h1 rt")).toHaveText("み");
    await shot(page, "26-not-found");
    await expectAccessible(page);
    await expectLargeTargets(page);
  });

  test("a failure can be tried again and loses nothing that was typed", async ({ page }) => {
    await page.route("/api/join/identity", (route) => route.fulfill(problem(500, { reference: "E-2026-1125-0417" })));
    await openIdentity(page);
    await fillIdentity(page);
    await page.getByRole("button", { name: "確" }).click();
    await expect(page.getByText("E-2026-1125-0417")).toBeVisible();
    await expect(page.locator("main p rt").first()).toBeVisible();
    await shot(page, "25-error");
    await expectAccessible(page);
    await expectLargeTargets(page);
    await page.getByRole("button", { name: "前" }).click();
    await expect(page.getByLabel("名前")).toHaveValue("シライシ ヒナタ");
  });

  test("a lost line is said on the page, the answers stay", async ({ page }) => {
    await openIdentity(page);
    await fillIdentity(page);
    await page.route("/api/join/identity", (route) => route.abort());
    await page.getByRole("button", { name: "確" }).click();
    await expect(page.getByRole("alert")).toBeFocused();
    await expect(page.getByLabel("名前")).toHaveValue("シライシ ヒナタ");
    await expectAccessible(page);
  });

  test("loading is shown after 300 ms and gives advice after 10 s", async ({ page }) => {
    await page.clock.install();
    await page.route("/api/join/claim", () => {});
    await page.goto("/r#slow");
    const heading = page.getByRole("heading", { name: "込" });
    await expect(page.getByRole("status")).toBeAttached();
    await expect(heading).toHaveCount(0);
    await page.clock.fastForward(301);
    await expect(heading).toBeVisible();
    await shot(page, "27-loading");
    await expect(page.getByText("のよい")).toHaveCount(0);
    await page.clock.fastForward(10_000);
    await expect(page.getByText("のよい")).toBeVisible();
    await expectAccessible(page);
  });
});

test.describe("without any script", () => {
  test.use({ javaScriptEnabled: false });

  test("the page she flees to is whole from its first byte", async ({ page }) => {
    await page.goto("/info");
    await expect(page).toHaveTitle("資源とごみの出し方");
    await expect(page.getByRole("row")).toHaveCount(6);
    await expect(page.getByRole("rowheader", { name: "燃やすごみ" })).toBeVisible();
    await expect(page.locator("body")).not.toContainText(/予約|面談|妊/);
    // What the server sends first carries no title of ours either.
    expect(await (await page.request.get("/info", { headers: { "sec-fetch-dest": "document" } })).text()).not.toMatch(/ご予約|面談|妊/);
    await expect(page.locator("h1")).toHaveCSS("font-size", "24px");
  });
});

for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
  test.describe(`staff at ${viewport.width} px`, () => {
    test.use({ viewport });

    test("signing in sends what was typed", async ({ page }) => {
      await page.route("/api/login", (route) => route.fulfill({ json: { next: "done" } }));
      await page.route("/api/me", (route) => route.fulfill(problem(503)));
      await page.goto("/signin");
      await shot(page, "01-sign-in");
      await expectAccessible(page);
      await page.getByLabel("職員ID").fill("sano");
      await page.getByLabel("パスワード").fill("correct horse");
      const sent = page.waitForRequest("/api/login");
      await page.keyboard.press("Enter");
      expect((await sent).postDataJSON()).toEqual({ staff_id: "sano", password: "correct horse" });
      await expect(page).toHaveURL("/");
    });

    test("a wrong password says not which of the two, and how long to wait", async ({ page }) => {
      await page.route("/api/login", (route) => route.fulfill(problem(401, { retry_after_s: 5 })));
      await page.goto("/signin");
      await page.getByLabel("職員ID").fill("sano");
      await page.getByLabel("パスワード").fill("x");
      await page.getByRole("button", { name: "次へ" }).click();
      await expect(page.getByRole("alert")).toBeFocused();
      await expect(page.getByRole("alert")).toContainText("職員IDかパスワードがちがいます。");
      await expect(page.getByRole("alert")).toContainText("5秒");
      await expect(page.locator("[aria-invalid]")).toHaveCount(0);
      await expectAccessible(page);
    });

    test("an unknown address has a page of its own", async ({ page }) => {
      await page.goto("/no/such/page");
      await expect(page.getByRole("heading", { name: "ページが見つかりません" })).toBeVisible();
      await shot(page, "26-not-found-staff");
      await expectAccessible(page);
    });
  });
}
