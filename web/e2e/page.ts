/** What every page test stands on: no refusal by the CSP, no uncaught error, no request to elsewhere; axe and targets. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";

export { expect };

export const test = base.extend({
  page: async ({ page }, use) => {
    const trouble: string[] = [];
    page.on("pageerror", (error) => trouble.push(error.stack ?? error.message));
    page.on("console", (line) => {
      if (line.text().includes("Content Security Policy")) trouble.push(line.text());
    });
    page.on("request", (request) => {
      if (new URL(request.url()).hostname !== "127.0.0.1") trouble.push(request.url());
    });
    await use(page);
    expect(trouble).toEqual([]);
  },
});

export const problem = (status: number, more: object = {}) => ({
  status,
  contentType: "application/problem+json",
  body: JSON.stringify({ type: "about:blank", title: "refused", status, ...more }),
});

export async function expectAccessible(page: Page): Promise<void> {
  const { violations, passes } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  expect(violations.map((each) => `${each.id}: ${each.nodes.map((node) => `${node.html} ${node.failureSummary}`).join(" ")}`)).toEqual([]);
  expect(passes.length).toBeGreaterThan(5);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sideways).toBeLessThanOrEqual(0);
}

/** WCAG 2.5.5 on the phone: every target is at least 44 px high and wide. A radio's target is its whole row. */
export async function expectLargeTargets(page: Page): Promise<void> {
  const targets = page.locator("button:visible, main a:visible, main input:not([type=radio]):visible, .choice:visible, .top :is(a, select), dialog a");
  for (const target of await targets.all()) {
    const box = (await target.boundingBox())!;
    expect(Math.min(box.width, box.height), await target.evaluate((node) => node.outerHTML)).toBeGreaterThanOrEqual(44);
  }
}

const sizes = { phone: [390, 844], desk: [1440, 900], laptop: [1366, 768] } as const;
type Size = keyof typeof sizes;
/** The sizes of a page that nurses have before them for hours: most municipal laptops are low. */
export const everywhere = ["phone", "desk", "laptop"] as const;

/** Each with its name, as a viewport. */
export const atSizes = (names: readonly Size[]) =>
  names.map((name) => {
    const [width, height] = sizes[name];
    return { name, width, height };
  });

/** What holds for every page of the staff at this size. From the desk, a page that has a name is also taken as a picture. */
export const checkAt = (size: Size) => async (page: Page, what?: string, where?: readonly Size[]): Promise<void> => {
  await expectAccessible(page);
  if (size === "phone") await expectLargeStaffTargets(page);
  if (what && size === "desk") await shot(page, what, where);
};

/** Below 1024 px every target of the staff's pages is as large. A box's target is its row; a link in a sentence is as high as its line. */
async function expectLargeStaffTargets(page: Page): Promise<void> {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button:not(.turn__repaired), summary, a:not(.skip, p a), input:not([type=radio], [type=checkbox]), select, textarea, .tick")]
      .filter((target) => target.checkVisibility())
      .filter((target) => Math.min(target.getBoundingClientRect().width, target.getBoundingClientRect().height) < 44)
      .map((target) => target.outerHTML),
  );
  expect(small).toEqual([]);
}

/** A picture of the page as a phone and as a desk show it, where script/screenshots asks for pictures. */
export async function shot(page: Page, name: string, where: Size | readonly Size[] = ["phone", "desk"]): Promise<void> {
  const folder = process.env["SHOTS"];
  const before = page.viewportSize();
  if (!folder || !before) return;
  for (const size of [where].flat()) {
    const [width, height] = sizes[size];
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `${folder}/${name}.${size}.png`, scale: "css", animations: "disabled" });
  }
  await page.setViewportSize(before);
}

// What tests say to e2e/fake-service.js.
type Service = {
  devices: "both" | "voice" | "none" | "missing" | "busy" | "ask";
  sound: "voice" | "loud" | "dead";
  /** No media comes through, as behind a firewall. */
  blocked: boolean;
  /** How often the devices were asked for. */
  opened: number;
  down: boolean;
  snapshot: object;
  sent: { type: string; data: unknown }[];
  sockets: { url: string; drop: (code: number) => void }[];
  say: (type: string, data: object, at_ms?: number) => void;
  listens: () => boolean;
  drop: (code: number) => void;
};
declare global {
  interface Window {
    service: Service;
  }
}

/** What is said before the page's line is greeted, the snapshot that follows takes back. */
export const listens = (page: Page) => expect.poll(() => page.evaluate(() => window.service.listens())).toBe(true);

export const ids = {
  nurse: "00000000-0000-0000-0000-00000000000a",
  resident: "00000000-0000-0000-0000-00000000000b",
  companion: "00000000-0000-0000-0000-00000000000c",
};

export const person = (party: keyof typeof ids, more: object = {}) =>
  ({ id: ids[party], party, presence: "present", muted: false, camera_off: false, ...more });

export const snapshot = (you: "nurse" | "resident", place: "waiting" | "inside") => {
  const other = you === "nurse" ? "resident" : "nurse";
  return {
    you: ids[you],
    place,
    participants: place === "inside" ? [person("nurse"), person("resident")] : [],
    slots: { slots: [place === "inside" ? ids[other] : null, null, null] },
    screen: null,
    // Only staff are told of the others.
    ...(you === "nurse" && { taps: [], withdrawn: [] }),
  };
};
