/** Nobody is endangered, on the office's pages: a colleague is called without a sound, a case is closed to a relative, and what to do in an emergency is one press away. */
import { DeskService, miura } from "./desk-service";
import { barring, detail, guest, helpCall, id, Service, stopClock, talking } from "./office";
import { atSizes, checkAt, everywhere, expect, expectAccessible, test } from "./page";

let service: Service;
test.beforeEach(async ({ page }) => {
  service = new Service();
  await service.serve(page);
});

for (const { name, ...viewport } of atSizes(["desk", "phone"])) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("one press calls a colleague: no dialog, no sound, and in its place stands who comes", async ({ page }) => {
      await stopClock(page, "10:19:00");
      await page.addInitScript(() => {
        Object.assign(window, { sounds: 0 });
        HTMLMediaElement.prototype.play = new Proxy(HTMLMediaElement.prototype.play, {
          apply(play, media: HTMLMediaElement, given) {
            if (!media.muted && media.srcObject === null) Object.assign(window, { sounds: 1 });
            return Reflect.apply(play, media, given) as Promise<void>;
          },
        });
      });
      await talking(page, service);
      const bar = page.getByRole("banner");
      await bar.getByRole("button", { name: "応援を呼ぶ" }).click();
      await expect(bar.getByText("応援 呼びました 10:19")).toBeVisible();
      await expect(page.getByRole("dialog")).toHaveCount(0);
      expect(service.posted.map(([path]) => path)).toEqual([`/api/interviews/${id}/help`]);
      await check(page, "04-help-called", everywhere);
      service.help = [helpCall({ by_me: true, unheard: true })];
      await expect(bar.getByText("まだだれも答えていません。電話などで呼んでください")).toBeVisible({ timeout: 10_000 });
      service.help = [helpCall({ by_me: true, taken_at: "2026-11-25T10:20:00+09:00", taken_by: "三浦" })];
      await expect(bar.getByText("三浦さんが向かっています")).toBeVisible({ timeout: 10_000 });
      await expect(bar.getByRole("button", { name: "応援をもう一度呼ぶ" })).toBeVisible();
      await check(page, "04-help-coming", everywhere);
      expect(await page.evaluate(() => (window as unknown as { sounds: number }).sounds)).toBe(0);
    });

    test("whoever is called sees where she is and how she may be reached, and says that they come", async ({ page }) => {
      await stopClock(page, "10:20:00");
      service.help = [helpCall({ called_by: "坂口", contact_restriction: "家に電話しない", accompanied: true, may_enter: true })];
      await page.goto("/");
      const call = page.getByRole("region", { name: "応援の呼び出し" });
      await expect(call).toContainText("坂口さんが、白石 ひなた さんの面談で応援を呼んでいます");
      await expect(call).toContainText("090-0000-1234");
      await expect(call).toContainText("近くに人がいます");
      await expect(call).toContainText("家に電話しない");
      await expect(call.getByRole("link", { name: "白石 ひなた さんの面談に入る" })).toHaveAttribute("href", `/interviews/${id}`);
      await check(page, "02-help", everywhere);
      await call.getByRole("button", { name: "向かいます" }).click();
      await expect(call).toContainText("あなたが向かっています");
      expect(service.posted.map(([path]) => path)).toEqual(["/api/help/00000000-0000-0000-0000-0000000000e1/take"]);
    });

    test("a nurse who sits in a talk herself is told without a name until she asks", async ({ page }) => {
      await stopClock(page, "10:20:00");
      await talking(page, service);
      service.help = [helpCall({ interview: "elsewhere", name: "倉持 あかね", called_by: "坂口" })];
      const call = page.getByRole("region", { name: "応援の呼び出し" });
      await expect(call).toContainText("ほかの面談から、応援の呼び出し 1件", { timeout: 10_000 });
      await expect(page.getByText("倉持")).toHaveCount(0);
      await check(page, "04-help-elsewhere", everywhere);
      await call.getByRole("button", { name: "見る" }).click();
      await expect(call).toContainText("倉持 あかね");
    });

    test("how she may be reached and who must not open her case are set where the case is", async ({ page }) => {
      await stopClock(page);
      await page.goto(`/interviews/${id}`);
      await page.getByRole("button", { name: "連絡・閲覧の制限" }).click();
      const dialog = page.getByRole("dialog", { name: "連絡・閲覧の制限" });
      await expect(dialog.getByRole("listitem")).toHaveCount(3);
      await check(page, "03-handling", everywhere);
      await dialog.getByRole("textbox").fill("家に電話しない");
      await dialog.getByRole("button", { name: "保存する" }).click();
      await expect(dialog.getByText("保存しました")).toBeVisible();
      await dialog.getByRole("button", { name: "白石 和江さんが開けないようにする" }).click();
      service.barring = { ...barring, people: barring.people.map((each) => ({ ...each, barred: each.name === "白石 和江" })), approver_left: false };
      await dialog.getByRole("button", { name: "はい、開けないようにする" }).click();
      await expect(dialog.getByText("開けません")).toBeVisible();
      await expect(dialog.getByText("解除できるのは、承認する職員だけです。")).toBeVisible();
      await expect(dialog.getByText("承認できる職員がほかにいません")).toBeVisible();
      expect(service.posted).toEqual([
        [`/api/interviews/${id}/restriction`, { text: "家に電話しない" }],
        [`/api/interviews/${id}/barred/00000000-0000-0000-0000-0000000000d2`, null],
      ]);
      await check(page, "03-handling-barred", everywhere);
      await page.keyboard.press("Escape");
      await expect(dialog).toHaveCount(0);
    });

    test("the emergency card is one press away, also where nothing is transcribed", async ({ page }) => {
      await stopClock(page);
      await talking(page, service, { interview: "yes", transcription: "none", keep_audio: "no", sharing: "yes" });
      await page.getByRole("button", { name: "急ぎのとき" }).click();
      const card = page.getByRole("region", { name: "急ぎのとき" });
      await expect(card).toContainText("119番は、ほかの職員がかけます");
      await expect(card).toContainText("あなたは本人との通話を切らず、話し続けます");
      await expect(card).toContainText("自宅");
      await expect(card).toContainText("かかっている病院");
      await expect(card).toContainText("090-0000-1234");
      await check(page, "05-emergency", everywhere);
      await card.getByRole("button", { name: "閉じる" }).click();
      await expect(page.getByRole("region", { name: "急ぎのとき" })).toHaveCount(0);
    });
  });
}

test("a press that does not arrive is said in its place, and can be made again", async ({ page }) => {
  await talking(page, service);
  const arrives = service.onhelp!;
  service.onhelp = undefined;
  const bar = page.getByRole("banner");
  await bar.getByRole("button", { name: "応援を呼ぶ" }).click();
  await expect(bar.getByText("応援を呼べていません")).toBeVisible();
  service.onhelp = arrives;
  await bar.getByRole("button", { name: "もう一度呼ぶ" }).click();
  await expect(bar.getByText("応援 呼びました 10:19")).toBeVisible();
  await bar.getByRole("button", { name: "取り消す" }).click();
  await expect(bar.getByRole("button", { name: "応援を呼ぶ" })).toBeVisible();
});

test("a number that she did not give is said, never left blank", async ({ page }) => {
  service.detail = { ...detail, state: "in_progress" };
  service.guests = [guest({ state: "admitted", callback: null, place: null })];
  await page.goto(`/interviews/${id}`);
  await expect(page.locator(".facts")).toContainText("聞いていません");
});

test("every page of an approver shows the call, and who tried to open what bars them", async ({ page }) => {
  await page.unrouteAll();
  const desk = new DeskService();
  desk.me = miura;
  desk.help = [helpCall()];
  desk.confirm(1);
  desk.note.verdict = "support";
  desk.submit();
  await desk.serve(page);
  for (const path of ["/", "/review", `/interviews/${id}/review`, `/interviews/${id}/note`, `/interviews/${id}/record`]) {
    await page.goto(path);
    const call = page.getByRole("region", { name: "応援の呼び出し" });
    await expect(call, path).toContainText("佐野さんが、白石 ひなた さんの面談で応援を呼んでいます");
    await expect(call.getByRole("link"), path).toHaveCount(0);
  }
  desk.help = [];
  const queue = desk.queue as { alerts: object[] };
  queue.alerts = [{ ...queue.alerts[1], flag: null, tried_by: "白石 和江" }];
  await page.goto("/review");
  await expect(page.getByText("白石 和江さん(この方の記録を開けない職員)が、開こうとしました")).toBeVisible();
  await expect(page.getByText("至急のお知らせ 1件")).toBeVisible();
  await expectAccessible(page);
});
