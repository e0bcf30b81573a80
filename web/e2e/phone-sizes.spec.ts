/** An old small phone, one that lies on its side, and letters twice as large: everything is there, nothing is cut. */
import type { Page } from "@playwright/test";
import { expect, expectLargeTargets, snapshot, test } from "./page";
import { agreed, Service } from "./phone-service";

const sizes = [
  { name: "small", width: 360, height: 640 },
  { name: "lying", width: 740, height: 360 },
  { name: "large letters", width: 390, height: 844, letters: "200%" },
  { name: "small, large letters", width: 320, height: 568, letters: "200%" },
] as const;

const steps: readonly [step: string, act?: (page: Page) => Promise<unknown>][] = [
  ["identity"],
  ["contact"],
  ["device"],
  ["device-ok", (page) => page.getByRole("button", { name: "カメラとマイク" }).click().then(() => expect(page.locator(".state--good")).toHaveCount(4))],
  ["consent"],
  ["consent-text"],
  ["ready"],
  ["waiting"],
  ["talk"],
  ["talk-captions", async (page) => {
    await page.getByRole("button", { name: "字幕" }).click();
    await page.evaluate(() => window.service.say("caption", { participant: "00000000-0000-0000-0000-00000000000a", party: "nurse", id: "1", text: "そうでしたか。産後のお手伝いのことも、あとでご説明しますね。", final: true }));
  }],
  ["talk-sheet", (page) => page.getByRole("button", { name: "ほか" }).click()],
  ["talk-erase", (page) => page.getByRole("button", { name: "ほか" }).click().then(() => page.getByRole("button", { name: "全部" }).click())],
  ["declined"],
];

const given: Record<string, Record<string, string>> = {
  "consent-text": { interview: "yes" },
  ready: agreed,
  talk: agreed,
  "talk-captions": agreed,
  "talk-sheet": agreed,
  "talk-erase": agreed,
};

/** Words that their box hides, or that stand over other words. */
const cut = (page: Page) =>
  page.evaluate(() => {
    const shown = document.querySelector("dialog[open]") ?? document;
    const words = [...shown.querySelectorAll<HTMLElement>("h1, h2, p, label, legend, button, a, .pill, dt, dd, small")].filter((each) => !each.closest(".sr") && each.offsetParent !== null);
    const bad = words.filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline");
    const outside = words.filter((each) => {
      const box = each.getBoundingClientRect();
      return box.left < -1 || box.right > innerWidth + 1;
    });
    return [...bad, ...outside].map((each) => each.outerHTML.slice(0, 120));
  });

for (const size of sizes) {
  test.describe(size.name, () => {
    test.use({ viewport: { width: size.width, height: size.height }, hasTouch: true, isMobile: true });
    for (const [step, act] of steps) {
      test(`${step} on a phone: ${size.name}`, async ({ page }) => {
        const service = new Service();
        service.state.step = step.split("-")[0]!;
        Object.assign(service.state, { consent: { ...given[step] }, erasable: true });
        await service.serve(page);
        if (service.state.step === "talk") await page.addInitScript((value) => window.service && (window.service.snapshot = value), snapshot("resident", "inside"));
        if ("letters" in size) await page.addInitScript((value) => addEventListener("DOMContentLoaded", () => (document.documentElement.style.fontSize = value)), size.letters);
        await page.goto("/r");
        await expect(page.locator("main h1")).toBeAttached();
        if (service.state.step === "talk") await expect(page.locator(".video__main")).toBeVisible();
        await act?.(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        expect(await cut(page)).toEqual([]);
        await expectLargeTargets(page);
        // The way out and what goes on can be reached: the page scrolls to them, or they stand there.
        for (const way of await page.locator(step.startsWith("talk-s") || step.startsWith("talk-e") ? "dialog button" : ".leave, .button--solid, .key").all()) {
          await way.scrollIntoViewIfNeeded();
          await expect(way).toBeInViewport({ ratio: 0.99 });
        }
      });
    }
  });
}
