/** Whatever people wrote is shown as they wrote it, on every page of the staff and on paper: no markup, no code. */
import type { Page } from "@playwright/test";
import { DeskService, flags, id, miura } from "./desk-service";
import { detail, guest, Service } from "./office";
import { expect, test } from "./page";

/** What a browser would make something of: elements, code, a template, an entity, a text that turns round, a bell. */
const MARKUP = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>{{7*7}}&lt;b&gt;\u202e\u0007";
const SHOWN = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>{{7*7}}&lt;b&gt;";

/** Every Japanese text that the service answers with ends in markup: names, words, labels, comments. */
async function everywhere(page: Page): Promise<void> {
  await page.addInitScript((markup) => {
    const dirty = (value: unknown): unknown => {
      if (typeof value === "string") return /[ぁ-んァ-ヶ一-龠]/.test(value) ? value + markup : value;
      if (Array.isArray(value)) return value.map(dirty);
      if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, dirty(each)]));
      return value;
    };
    const [parse, json] = [JSON.parse, Response.prototype.json];
    JSON.parse = (text: string) => dirty(parse(text)) as object;
    Response.prototype.json = async function () {
      return dirty(await json.call(this)) as object;
    };
  }, MARKUP);
}

async function isText(page: Page, path: string, heading: string | RegExp): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading", { name: heading }).first()).toBeVisible();
  await expect(page.locator("body")).toContainText(SHOWN);
  for (const media of ["screen", "print"] as const) {
    await page.emulateMedia({ media });
    expect(await page.evaluate(() => [(window as { hit?: number }).hit, document.querySelectorAll("img[src=x], script:not([src])").length])).toEqual([undefined, 0]);
    expect(await page.title()).not.toContain("<");
  }
  await page.emulateMedia({ media: "screen" });
}

test.describe("after a talk", () => {
  let service: DeskService;
  test.beforeEach(async ({ page }) => {
    service = new DeskService();
    await everywhere(page);
    await service.serve(page);
    await page.clock.setFixedTime("2026-11-25T10:50:00+09:00");
  });

  test("the note and its flags", ({ page }) => isText(page, `/interviews/${id}/note`, /./));

  test("the approver's list with its alerts", async ({ page }) => {
    service.me = miura;
    await isText(page, "/review", /./);
  });

  test("the review", async ({ page }) => {
    service.me = miura;
    service.flags = flags();
    service.note.verdict = "support";
    service.submit();
    await isText(page, `/interviews/${id}/review`, /./);
  });

  test("the record, on paper too", ({ page }) => isText(page, `/interviews/${id}/record`, /./));
});

test.describe("at the desk", () => {
  let service: Service;
  test.beforeEach(async ({ page }) => {
    service = new Service();
    await everywhere(page);
    await service.serve(page);
  });

  test("today's list", ({ page }) => isText(page, "/", "今日の面談"));

  test("the room", async ({ page }) => {
    service.detail = { ...detail, state: "in_progress" };
    service.guests = [guest({ state: "admitted" })];
    await isText(page, `/interviews/${id}`, /./);
  });
});
