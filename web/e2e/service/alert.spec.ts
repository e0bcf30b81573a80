/** What she said and nobody has decided, against the real service: who is told of it and when, and what a short answer is worth. */
import type { Page } from "@playwright/test";
import { admit, comeIn, expect, received, speak, test } from "./service";

// A quarter of an hour, and half of one, pass by the service's clock.
test.use({ settable: true });

/** Recognition on a busy machine. */
const heard = { timeout: 90_000 };

/** 「ご主人のことで、怖いと思うことは、ありませんか」「ないです」 */
const AFRAID = ["sp-dev-10.nurse.opus", [24.5, 28.3]] as const;
const NOTHING = ["sp-dev-10.resident.opus", [28.8, 29.9]] as const;
/** 「壁を殴ったりとか、お茶わんを、床に投げたりとか。……」 */
const HE_HITS_THE_WALL = ["sp-dev-03.resident.opus", [39.7, 43]] as const;
/** 「消えてしまいたいとか、いなくなりたいと思われることは、ありますか」「あります」 */
const GONE = ["sp-dev-05.nurse.opus", [21, 27.2]] as const;
const YES = ["short/short-31.opus"] as const;

/** Waits until so many alerts have come to whoever looks. Her name and the time stand there, and nothing of what she said. */
async function told(page: Page, alerts: number): Promise<void> {
  const notice = page.getByRole("region", { name: `即時の気づき ${alerts}件` });
  await expect(async () => {
    await page.reload();
    await expect(notice).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 90_000 });
  await expect(notice).toContainText("白石 ひなた");
  await expect(notice).not.toContainText(/パートナー|安全|消えたい|壁|殴/);
}

test("she says it in half a sentence, then in a whole one, and nobody decides: whose turn it is is told, over a crash too", async ({ demo, nurse, approver, administrator: colleague, phone }) => {
  const resident = await phone();
  await comeIn(resident, demo);
  await admit(nurse, demo);
  for (const page of [nurse, resident]) await expect.poll(async () => (await received(page)).frames).toBeGreaterThan(3);
  await approver.goto(demo.approver);
  await expect(approver.getByRole("heading", { level: 1 })).toBeVisible();
  const log = nurse.getByRole("log");
  const item = (id: string) => nurse.locator(`.cover [data-item="${id}"]`);

  // What she says alone in half a breath is no answer to this.
  await speak(nurse, ...AFRAID);
  await expect(log).toContainText("怖い", heard);
  await speak(resident, ...NOTHING);
  await expect(log).toContainText("ないです", heard);
  await expect(item("partner_violence")).toContainText("あいまい(声で確かめる)");
  await item("partner_violence").getByRole("button").focus();
  await expect(nurse.getByText("「うん」「ない」だけでは決めず、声に出して確かめてください")).toBeVisible();

  // The whole sentence: her nurse sees it at once, decides nothing, and the service is killed.
  await speak(resident, ...HE_HITS_THE_WALL);
  const violence = nurse.getByRole("article", { name: "パートナーとの安全" });
  await expect(violence).toContainText("未判断", heard);
  await expect(approver.locator("body")).not.toContainText("即時の気づき");
  await demo.crash();
  demo.pass(15);
  await told(approver, 1);
  // The next of the list is a nurse who is in no talk.
  const added = demo.operate("user", "add", "tanaka", "--name", "田中", "--role", "nurse");
  demo.operate("office", "contacts", "--office", "中央", "miura", "tanaka");
  await colleague.goto(new URL(/\/signin#\S+/.exec(added)![0], demo.url).href);
  await expect(colleague.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(colleague.getByText("白石").first()).toBeVisible();
  await expect(colleague.locator("body")).not.toContainText("即時の気づき");
  // Nobody opens it. Whoever has a page before them for half an hour has asked for something meanwhile.
  for (let quarter = 0; quarter < 2; quarter++) {
    demo.pass(15);
    for (const page of [approver, colleague]) {
      await page.reload();
      await expect(page.getByText("白石").first()).toBeVisible();
    }
  }
  await told(colleague, 1);

  // The talk has gone on. What she says now stands beside her face with what to do, and the end of the talk tells it.
  await expect(nurse.locator(".room")).toBeVisible();
  await expect.poll(async () => (await received(resident)).frames).toBeGreaterThan(3);
  await speak(nurse, ...GONE);
  // As long as she is silent nothing is answered.
  await expect(item("suicidal_or_self_harm")).toContainText("聞きました(答えはまだ)", heard);
  await speak(resident, ...YES);
  await expect(nurse.getByRole("article", { name: "消えたい気持ち" })).toBeVisible(heard);
  const card = nurse.getByRole("region", { name: "急ぎのとき" });
  for (const what of ["119番は、ほかの職員がかけます", "あなたは本人との通話を切らず、話し続けます", "自宅", "かかっている病院", "090-0000-1234"]) await expect(card).toContainText(what);
  await expect(resident.locator("body")).not.toContainText(/119|急ぎのとき|消えたい/);
  await told(approver, 1);
  await nurse.getByRole("button", { name: "面談を終える" }).click();
  await nurse.getByRole("dialog").getByRole("button", { name: "終える", exact: true }).click();
  await told(approver, 2);
});
