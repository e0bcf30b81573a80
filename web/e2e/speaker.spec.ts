/** Who speaks in a turn, said anew by the nurse: in the talk and afterwards, until the note is handed in. */
import { DeskService, id as held } from "./desk-service";
import { conversation, id, say, Service, standing, stopClock, talking } from "./office";
import { atSizes, checkAt, everywhere, expect, ids, problem, test } from "./page";

for (const { name, ...viewport } of atSizes(everywhere)) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("the talk: a turn is given another speaker by the keyboard, and taken back", async ({ page }) => {
      const service = new Service();
      service.flags = standing();
      await service.serve(page);
      await stopClock(page, "10:20:10");
      await talking(page, service);
      await say(page, "tap", { participant: ids.resident, allowed: "transcript_and_audio" });
      for (const [type, data] of conversation) await say(page, type, data);
      const log = page.getByRole("log", { name: "文字起こし" });
      const turn = log.locator(".turn").filter({ hasText: "酔うと、物を投げたり" });
      await expect(turn).toHaveClass(/turn--resident/);

      // Tab reaches the newest turn, and the arrows go on from there.
      const names = log.getByRole("button", { name: "話し手を直す" });
      await expect(names).toHaveCount(13);
      expect(await names.evaluateAll((all) => all.filter((each) => (each as HTMLElement).tabIndex === 0).length)).toBe(1);
      await names.last().focus();
      for (let n = 0; n < 8; n += 1) await page.keyboard.press("ArrowUp");
      await expect(turn.getByRole("button", { name: "本人・話し手を直す" })).toBeFocused();
      await page.keyboard.press("Enter");
      const menu = page.getByRole("dialog", { name: "話し手を直す" });
      await expect(menu).toContainText("酔うと、物を投げたりするんです、夫が。");
      await expect(menu.getByRole("button", { pressed: true })).toHaveCount(0);
      await check(page, "04-speaker", everywhere);
      await menu.getByRole("button", { name: "保健師" }).press("Enter");
      await expect(menu).toHaveCount(0);
      expect(service.posted.at(-1)).toEqual([`/api/interviews/${id}/segments/s969/speaker`, { speaker: "nurse" }]);
      await expect(turn).toHaveText(/16:09\s*保健師\s*酔うと、物を投げたりするんです、夫が。\s*本人の録音・話し手を直しました/);
      await expect(turn).toHaveClass(/turn--nurse/);
      await expect(turn.getByRole("button", { name: "保健師・話し手を直す" })).toBeFocused();
      await say(page, "flag_gone", { id: standing()[0]!.id });
      await expect(page.getByRole("article").filter({ hasText: "パートナーとの安全" })).toHaveCount(0);
      await check(page, "04-speaker-given", everywhere);

      await page.keyboard.press("Enter");
      await expect(menu.getByRole("button", { pressed: true })).toHaveText("保健師");
      await menu.getByRole("button", { name: "もとに戻す(本人の録音)" }).click();
      await expect(turn).toHaveText(/16:09\s*本人\s*酔うと、物を投げたりするんです、夫が。/);
      expect(service.posted.at(-1)?.[1]).toEqual({ speaker: null });
      await expect(turn).not.toContainText("録音");
      // What a colleague says of it stands here too.
      await say(page, "speaker", { segment: "s969", speaker: "unknown" });
      await expect(turn).toContainText("話し手 未確定");
    });

    test("after the talk: given until the note is handed in, and read again with what follows", async ({ page }) => {
      const service = new DeskService();
      await service.serve(page);
      await page.clock.setFixedTime("2026-11-25T10:50:00+09:00");
      await page.goto(`/interviews/${held}/note`);
      const words = page.getByRole("group", { name: "文字起こし" });
      const turn = words.locator("#turn-s-12-13");
      await turn.getByRole("button", { name: "本人・話し手を直す" }).click();
      const menu = page.getByRole("dialog", { name: "話し手を直す" });
      service.instead.set("PUT segments/s-12-13/speaker", problem(409));
      await menu.getByRole("button", { name: "同席者" }).click();
      await expect(menu.getByRole("alert")).toBeVisible();
      service.instead.clear();
      await menu.getByRole("button", { name: "同席者" }).click();
      await expect(menu).toHaveCount(0);
      await expect(turn).toContainText("同席者");
      await expect(turn).toContainText("本人の録音・話し手を直しました");
      await check(page, "08-speaker-given", everywhere);

      service.submit();
      await page.reload();
      await expect(turn).toContainText("同席者");
      await expect(words.getByRole("button", { name: "話し手を直す" })).toHaveCount(0);
    });
  });
}
