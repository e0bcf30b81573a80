/** Signing in with a second factor, one's own account, the accounts of others, and the audit: pages against a played service. */
import type { Page, Route } from "@playwright/test";
import { me, office } from "./office";
import { atSizes, checkAt, expect, problem, test } from "./page";

const administrator = {
  ...me, user: "00000000-0000-0000-0000-000000000021", name: "小野寺", staff_id: "onodera",
  grants: [{ office, office_name: "中央保健センター", role: "administrator" }],
  second_factor: { required: true, on: true, recovery_codes_left: 2 },
};
const recovery = Array.from({ length: 10 }, (_, n) => `K7R${n}-M2XQ-9AB3-HJKM`);

type Answer = (route: Route, body: Record<string, string> | null, url: URL) => object | number | undefined;

/** Each answer by method and path; what is not named is not there. */
async function serve(page: Page, answers: Record<string, Answer>): Promise<string[]> {
  const asked: string[] = [];
  await page.route("/api/**", async (route) => {
    const url = new URL(route.request().url());
    const key = `${route.request().method()} ${url.pathname}`;
    asked.push(key + url.search);
    const answer = answers[key]?.(route, route.request().postDataJSON(), url);
    if (answer === undefined) return route.fulfill(problem(404));
    if (typeof answer === "number") return answer >= 400 ? route.fulfill(problem(answer, { type: "urn:yorisoi:problem:not-signed-in" })) : route.fulfill({ status: answer });
    if ("problem" in answer) return route.fulfill(problem((answer as { problem: number }).problem, answer));
    return route.fulfill({ json: answer });
  });
  return asked;
}

const right = "ひまわり畑の三輪車";
const wrong = (seconds: number) => ({ problem: 401, type: "urn:yorisoi:problem:wrong-code", retry_after_s: seconds });

async function typePassword(page: Page): Promise<void> {
  await page.goto("/signin");
  await page.getByLabel("職員ID").fill("miura");
  await page.getByLabel("パスワード").fill("ひまわり畑の三輪車");
  await page.getByRole("button", { name: "次へ" }).click();
}

for (const { name, ...viewport } of atSizes(["desk", "phone"])) {
  test.describe(`at ${name}`, () => {
    test.use({ viewport });
    const check = checkAt(name);

    test("an approver registers an authenticator, keeps the recovery codes, and is in", async ({ page }) => {
      const confirmed: string[] = [];
      let inside = false;
      await serve(page, {
        "POST /api/login": () => ({ next: "enrol" }),
        "POST /api/login/enrolment": () => ({ secret: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", uri: "otpauth://totp/%E5%AF%84:miura?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E5%AF%84" }),
        "POST /api/login/enrolment/confirm": (_, body) => {
          confirmed.push(body!["code"]!);
          if (confirmed.length === 1) return wrong(1);
          inside = true;
          return { next: "done", recovery_codes: recovery };
        },
        "GET /api/me": () => (inside ? administrator : 401),
        "GET /api/users": () => ({ users: [] }),
      });
      await typePassword(page);
      await expect(page.getByRole("heading", { name: "確認アプリの登録" })).toBeVisible();
      await expect(page.getByRole("img", { name: "確認アプリに登録するQRコード" })).toBeVisible();
      await expect(page.getByText("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")).toBeVisible();
      await check(page, "01-enrol");
      await page.getByRole("button", { name: "登録する" }).click();
      await expect(page.getByRole("textbox", { name: "確認コード" })).toBeFocused();
      await page.getByRole("textbox", { name: "確認コード" }).fill("000000");
      await page.getByRole("button", { name: "登録する" }).click();
      await expect(page.getByRole("alert")).toContainText("番号がちがいます。");
      await expect(page.getByRole("alert")).toContainText("次は1秒後に送れます。");
      await page.getByRole("textbox", { name: "確認コード" }).fill("287082");
      await expect(page.getByRole("button", { name: "登録する" })).not.toHaveAttribute("aria-disabled", "true");
      await page.getByRole("button", { name: "登録する" }).click();
      await expect(page.getByRole("listitem")).toHaveText(recovery);
      await expect(page.getByRole("heading", { name: "予備コード" })).toBeFocused();
      await check(page, "01-recovery");
      await page.getByRole("button", { name: "控えたので、次へ" }).click();
      await expect(page.getByRole("heading", { name: "利用者" })).toBeVisible();
      expect(confirmed).toEqual(["000000", "287082"]);
    });

    test("the second step asks for a code, says when it is wrong, and ends when its time is over", async ({ page }) => {
      let n = 0;
      await serve(page, {
        "POST /api/login": () => ({ next: "enter_code" }),
        "POST /api/login/code": () => (++n === 1 ? wrong(1) : 401),
      });
      await typePassword(page);
      await expect(page.getByRole("heading", { name: "確認コード" })).toBeVisible();
      await expect(page.getByRole("textbox", { name: "確認コード" })).toBeFocused();
      await check(page, "01-code");
      await page.keyboard.type("123456");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("alert")).toContainText("一度使った番号は使えません。");
      await expect(page.getByRole("textbox", { name: "確認コード" })).toHaveValue("");
      await check(page, "01-code-wrong");
      await page.getByRole("textbox", { name: "確認コード" }).fill("123457");
      await expect(page.getByRole("button", { name: "サインイン" })).not.toHaveAttribute("aria-disabled", "true");
      await page.getByRole("button", { name: "サインイン" }).click();
      await expect(page.getByText("時間が切れました。")).toBeVisible();
      await expect(page.getByLabel("パスワード")).toHaveValue("");
    });

    test("the second step says when the tries are over, and what is left then", async ({ page }) => {
      let n = 0;
      await serve(page, {
        "POST /api/login": () => ({ next: "enter_code" }),
        "POST /api/login/code": () => (++n === 1 ? { problem: 401, type: "urn:yorisoi:problem:step-over" } : { problem: 403, type: "urn:yorisoi:problem:codes-used-up" }),
      });
      await typePassword(page);
      await page.getByRole("textbox", { name: "確認コード" }).fill("123456");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("status")).toContainText("番号のまちがいが続きました。もう一度、はじめからサインインしてください。");
      await expect(page.getByLabel("パスワード")).toHaveValue("");
      await check(page, "01-code-over");
      await page.getByLabel("パスワード").fill("ひまわり畑の三輪車");
      await page.getByRole("button", { name: "次へ" }).click();
      await page.getByRole("textbox", { name: "確認コード" }).fill("123456");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("alert")).toContainText("確認アプリの番号では入れません。予備コードを入力してください。");
      // A recovery code can be typed at once.
      await expect(page.getByRole("button", { name: "サインイン" })).not.toHaveAttribute("aria-disabled", "true");
      await check(page, "01-code-used-up");
    });

    test("who signs in is told what was tried before, until it is closed", async ({ page }) => {
      await serve(page, {
        "GET /api/me": () => ({ ...administrator, wrong_codes: { count: 20, last_at: "2026-11-25T03:12:00+09:00" } }),
        "GET /api/users": () => ({ users: [], offices: [] }),
        "GET /api/me/sessions": () => ({ sessions: [] }),
      });
      await page.goto("/users");
      const told = page.getByRole("region", { name: "確認コードのまちがいが、20回ありました(最後は11月25日(水) 3:12)。" });
      await expect(told).toContainText("だれかがパスワードを知っているおそれがあります。");
      await check(page, "wrong-codes");
      await told.getByRole("link", { name: "パスワードを変える" }).click();
      await expect(page.getByRole("heading", { name: "自分の設定" })).toBeVisible();
      await told.getByRole("button", { name: "閉じる" }).click();
      await expect(told).toHaveCount(0);
      await page.getByRole("link", { name: "利用者" }).click();
      await expect(page.getByRole("heading", { name: "利用者" })).toBeVisible();
      await expect(told).toHaveCount(0);
    });

    test("without a password what asks for one says to set it", async ({ page }) => {
      const none = { problem: 409, type: "urn:yorisoi:problem:no-password" };
      await serve(page, {
        "GET /api/me": () => ({ ...administrator, has_password: false }),
        "GET /api/users": () => ({ users: [{ id: "u-14", staff_id: "sano", name: "佐野", active: true, second_factor: false, grants: [] }], offices: [{ id: office, name: "中央保健センター" }] }),
        "PUT /api/users/u-14/grants": () => none,
        "POST /api/me/password": () => none,
        "GET /api/me/sessions": () => ({ sessions: [] }),
      });
      await page.goto("/users");
      await page.getByRole("button", { name: "役割を変える: 佐野" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("保健師").first().check();
      await dialog.getByRole("button", { name: "役割を保存する" }).click();
      const says = page.getByRole("alert").filter({ hasText: "パスワードがまだないため、この操作はできません。" });
      await expect(says).toContainText("15分のあいだにパスワードを決めてください");
      await check(page, "no-password");
      await page.goto("/password");
      await page.getByLabel("新しいパスワード").fill("ひまわり畑の三輪車に乗る");
      await page.getByRole("button", { name: "決める" }).click();
      await expect(says).toBeVisible();
    });

    test("one's own account: browsers, the authenticator, the password", async ({ page }) => {
      const line = (id: string, system: string, browser: string, current: boolean) => ({ id, system, browser, current, signed_in_at: "2026-11-25T08:30:00+09:00", last_used_at: "2026-11-25T11:31:00+09:00" });
      let wrong = 0;
      let sessions = [line("1", "windows", "edge", true), line("2", "ios", "safari", false), line("3", "other", "other", false)];
      const asked = await serve(page, {
        "GET /api/me": () => ({ ...me, name: "三浦", second_factor: { required: true, on: true, recovery_codes_left: 2 } }),
        "GET /api/me/sessions": () => ({ sessions }),
        "POST /api/me/sessions/2/end": () => {
          if (wrong++ === 0) return { problem: 401, type: "urn:yorisoi:problem:wrong-credentials", retry_after_s: 10 };
          sessions = sessions.filter((one) => one.id !== "2");
          return 204;
        },
        "POST /api/me/sessions/end-others": () => { sessions = sessions.slice(0, 1); return 204; },
        "POST /api/me/password": () => ({ problem: 401, type: "urn:yorisoi:problem:wrong-credentials", retry_after_s: 10 }),
        "POST /api/me/second-factor": () => ({ problem: 401, type: "urn:yorisoi:problem:wrong-credentials", retry_after_s: 10 }),
      });
      await page.goto("/account");
      await expect(page.getByRole("row")).toHaveText([/端末の種類/, /Windows・Edge\s*この端末/, /iPhone・iPad・Safari.*11月25日\(水\) 8:30.*11:31/, /不明な端末/]);
      await expect(page.getByText("予備コードの残りは2個です。")).toBeVisible();
      await check(page, "account");
      await page.getByRole("button", { name: "iPhone・iPad・Safariをサインアウトさせる" }).click();
      const ends = page.getByRole("form", { name: "iPhone・iPad・Safariをサインアウトさせる" });
      await expect(ends.getByLabel("いまのパスワード")).toBeFocused();
      await check(page, "account-end");
      await page.keyboard.type("ちがうものです");
      await page.keyboard.press("Enter");
      await expect(ends).toContainText("いまのパスワードがちがいます。次は10秒後に送れます。");
      await ends.getByRole("button", { name: "サインアウトさせる" }).click();
      await expect(page.getByRole("status").filter({ hasText: "iPhone・iPad・Safariをサインアウトさせました。" })).toBeVisible();
      await page.getByRole("button", { name: "ほかの端末をすべてサインアウトさせる" }).click();
      await page.keyboard.press("Enter");
      await expect(page.getByText("ほかの端末では、サインインしていません。")).toBeVisible();
      const password = page.getByRole("form", { name: "パスワード" });
      await password.getByLabel("いまのパスワード").fill("ちがうものです");
      await password.getByLabel("新しいパスワード").fill("つぎの長いパスワードです");
      await password.getByRole("button", { name: "変える" }).click();
      await expect(password.getByLabel("いまのパスワード")).toBeFocused();
      await expect(password).toContainText("いまのパスワードがちがいます。次は10秒後に送れます。");
      await page.getByRole("button", { name: "登録し直す" }).click();
      const factor = page.getByRole("form", { name: "確認アプリ" });
      await factor.getByRole("button", { name: "次へ" }).click();
      await expect(factor).toContainText("いまのパスワードがちがいます。");
      await check(page, "account-asked");
      expect(asked.filter((path) => path.startsWith("POST"))).toEqual([
        "POST /api/me/sessions/2/end", "POST /api/me/sessions/2/end", "POST /api/me/sessions/end-others", "POST /api/me/password", "POST /api/me/second-factor",
      ]);
    });

    test("an administrator disables, lets in again, signs out and takes an authenticator away", async ({ page }) => {
      const user = (id: string, staff_id: string, name: string, role: string, more: object = {}) => ({ id, staff_id, name, active: true, second_factor: false, grants: [{ office, office_name: "中央保健センター", role }], ...more });
      const users = [user(administrator.user, "onodera", "小野寺", "administrator", { second_factor: true }), user("2", "miura", "三浦", "approver", { second_factor: true }), user("3", "sano", "佐野", "nurse")];
      const set = (n: number, more: object) => { users[n] = { ...users[n]!, ...more }; return 204; };
      const asked = await serve(page, {
        "GET /api/me": () => administrator,
        "GET /api/users": () => ({ users }),
        "POST /api/users/3/disable": () => set(2, { active: false }),
        "POST /api/users/3/enable": () => set(2, { active: true }),
        "POST /api/users/2/sign-out": () => 204,
        "POST /api/users/2/reset-second-factor": (_, body) => (body!["password"] === right ? set(1, { second_factor: false }) : { ...wrong(10), type: "urn:yorisoi:problem:wrong-credentials" }),
      });
      await page.goto("/users");
      const rows = page.getByRole("row");
      await expect(rows).toHaveText([/職員ID/, /onodera\s*小野寺.*自分/, /miura.*統括.*登録あり.*使用中/, /sano.*保健師.*なし.*使用中/]);
      await expect(rows.nth(1).getByRole("button")).toHaveText(["役割を変える"]);
      await check(page, "users");
      const act = async (button: string, yes: string) => {
        await page.getByRole("button", { name: button }).click();
        await expect(page.getByRole("dialog")).toBeVisible();
        if (yes === "停止する") await check(page, "users-disable");
        await page.getByRole("dialog").getByRole("button", { name: yes, exact: true }).click();
      };
      await act("停止する: 佐野", "停止する");
      await expect(rows.nth(3)).toContainText("停止中");
      await expect(page.getByRole("status").filter({ hasText: "佐野さんを停止しました。" })).toBeVisible();
      await act("停止を解く: 佐野", "停止を解く");
      await expect(rows.nth(3)).toContainText("使用中");
      await act("サインアウトさせる: 三浦", "サインアウトさせる");
      await expect(page.getByRole("status").filter({ hasText: "三浦さんをサインアウトさせました。" })).toBeVisible();
      await act("確認アプリを消す: 三浦", "確認アプリを消す");
      const dialog = page.getByRole("dialog");
      await expect(dialog).toContainText("いまのパスワードがちがいます。次は10秒後に送れます。");
      await check(page, "users-reset");
      await expect(dialog.getByLabel("いまのパスワード")).toBeFocused();
      await page.keyboard.type(right);
      await page.keyboard.press("Enter");
      await expect(rows.nth(2)).toContainText("なし");
      await page.getByRole("button", { name: "停止する: 佐野" }).click();
      await page.getByRole("button", { name: "やめる" }).click();
      expect(asked.filter((path) => path.startsWith("POST"))).toEqual([
        "POST /api/users/3/disable", "POST /api/users/3/enable", "POST /api/users/2/sign-out", "POST /api/users/2/reset-second-factor", "POST /api/users/2/reset-second-factor",
      ]);
    });

    test("an administrator adds somebody, and gives and takes roles; the last one stays", async ({ page }) => {
      await page.clock.setFixedTime(new Date("2026-11-25T11:40:00+09:00"));
      const offices = [{ id: office, name: "中央保健センター" }, { id: "f2", name: "北保健センター" }];
      const user = (id: string, staff_id: string, name: string, ...roles: string[]) => ({ id, staff_id, name, active: true, second_factor: false, grants: roles.map((role) => ({ office, office_name: "中央保健センター", role })) });
      const users = [user(administrator.user, "onodera", "小野寺", "administrator", "nurse"), user("3", "sano", "佐野", "nurse")];
      const put: object[] = [];
      await serve(page, {
        "GET /api/me": () => administrator,
        "GET /api/users": () => ({ users, offices }),
        "POST /api/users": (_, body) => {
          if (body!["password"] !== right) return { ...wrong(10), type: "urn:yorisoi:problem:wrong-credentials" };
          if (body!["staff_id"] === "") return { problem: 422, type: "urn:yorisoi:problem:invalid-input", fields: [{ field: "staff_id", code: "out_of_range" }, { field: "name", code: "required" }, { field: "grants", code: "required" }] };
          if (body!["staff_id"] === "sano") return { problem: 409, type: "urn:yorisoi:problem:taken" };
          users.push(user("4", body!["staff_id"]!, body!["name"]!, "nurse"));
          return { id: "4", sign_in_link: `https://kenshin.example.jp/signin#${"x4Fq".repeat(10)}abc`, link_expires_at: "2026-11-25T11:55:00+09:00" };
        },
        "PUT /api/users/3/grants": (_, body) => {
          put.push(body!);
          if (put.length === 1) return { problem: 409, type: "urn:yorisoi:problem:not-ready" };
          return put.length === 2 ? { problem: 409, type: "urn:yorisoi:problem:changed" } : 204;
        },
        [`PUT /api/users/${administrator.user}/grants`]: () => ({ problem: 409, type: "urn:yorisoi:problem:wrong-state" }),
      });
      await page.goto("/users");
      await page.getByRole("button", { name: "利用者を加える" }).click();
      const form = page.getByRole("form", { name: "利用者を加える" });
      await form.getByRole("button", { name: "加えて、リンクを作る" }).click();
      await expect(form).toContainText("いまのパスワードがちがいます。");
      await expect(form.getByLabel("いまのパスワード")).toBeFocused();
      await page.keyboard.type(right);
      await form.getByRole("button", { name: "加えて、リンクを作る" }).click();
      await expect(page.getByLabel("職員ID")).toBeFocused();
      await expect(form.locator(".error")).toHaveCount(3);
      await check(page, "users-add-errors");
      await page.getByLabel("職員ID").fill("sano");
      await page.getByLabel("氏名").fill("太田 みく");
      await form.getByRole("group", { name: "中央保健センター" }).getByLabel("保健師").check();
      await form.getByRole("button", { name: "加えて、リンクを作る" }).click();
      await expect(form).toContainText("この職員IDは、すでに使われています");
      await page.getByLabel("職員ID").fill("ohta");
      await form.getByRole("button", { name: "加えて、リンクを作る" }).click();
      await expect(page.getByRole("heading", { name: "太田 みく さんを加えました" })).toBeFocused();
      await expect(page.getByText("15分以内に、1回だけ使えます。")).toBeVisible();
      await expect(page.getByText("11:55 まで")).toBeVisible();
      await expect(page.getByRole("row")).toHaveCount(4);
      await check(page, "users-added");
      await page.reload();
      await expect(page.getByRole("row")).toHaveCount(4);
      await expect(page.getByText("kenshin.example.jp")).toHaveCount(0);

      await page.getByRole("button", { name: "役割を変える: 佐野" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByRole("group", { name: "中央保健センター" }).getByLabel("保健師")).toBeChecked();
      await dialog.getByRole("group", { name: "中央保健センター" }).getByLabel("統括").check();
      await dialog.getByRole("group", { name: "北保健センター" }).getByLabel("保健師").check();
      await dialog.getByRole("group", { name: "中央保健センター" }).getByLabel("保健師").uncheck();
      await dialog.getByLabel("いまのパスワード").fill(right);
      await check(page, "users-grants");
      await dialog.getByRole("button", { name: "役割を保存する" }).click();
      await expect(dialog).toContainText("面談中です。終わってから変えてください。");
      await dialog.getByRole("button", { name: "役割を保存する" }).click();
      await expect(dialog).toContainText("ほかの人が先に役割を変えました。");
      await dialog.getByRole("button", { name: "役割を保存する" }).click();
      await expect(page.getByRole("status").filter({ hasText: "佐野 さんの役割を変えました" })).toBeVisible();
      expect(put[0]).toEqual({ before: [{ office, role: "nurse" }], grants: [{ office, role: "approver" }, { office: "f2", role: "nurse" }], password: right });
      await page.getByRole("button", { name: "役割を変える: 小野寺" }).click();
      await expect(dialog).toContainText("自分の役割は、外すことだけができます。");
      await expect(dialog.getByLabel("統括").first()).toBeDisabled();
      await check(page, "users-grants-own");
      await dialog.getByLabel("管理者").first().uncheck();
      await dialog.getByLabel("保健師").first().uncheck();
      await dialog.getByRole("button", { name: "役割を保存する" }).click();
      await expect(dialog).toContainText("役割を、ひとつは選んでください");
      await dialog.getByLabel("保健師").first().check();
      await dialog.getByRole("button", { name: "役割を保存する" }).click();
      await expect(dialog).toContainText("管理者がひとりもいなくなるため、変えられません。");
    });

    test("the audit: numbers, acts, counts; by person, kind, record and day; one talk from its line", async ({ page }) => {
      await page.clock.setFixedTime(new Date("2026-11-25T11:40:00+09:00"));
      const day = Date.parse("2026-11-25T00:00:00+09:00");
      const at = (time: string) => { const [h, m, s] = time.split(":").map(Number); return day + ((h! * 60 + m!) * 60 + s!) * 1000; };
      const line = (seq: number, time: string, staff: string | null, role: string, words: string, record: string | null, more: object = {}) => ({
        seq, at_ms: at(time), actor_kind: staff ? "staff" : role === "" ? "system" : "participant", actor_id: null, actor_staff_id: staff, actor_role: staff ? role : "",
        action: "x", words, kind: "done", office_id: null, interview_id: record ? "i-1" : null, record, subject_kind: "", subject_id: null, subject_staff_id: null, count: 1, ...more,
      });
      const events = [
        line(48211, "11:32:07", "sano", "nurse", "記録を提出した", "中央-R8-0214"),
        line(48210, "11:31:40", "sano", "nurse", "音声を聞いた", "中央-R8-0214", { kind: "reading" }),
        line(48209, "10:48:55", "sano", "nurse", "文字起こしを開いた", "中央-R8-0214", { kind: "reading" }),
        line(48208, "10:36:21", "miura", "approver", "知らせを開いた", "中央-R8-0214", { kind: "reading" }),
        line(48207, "10:31:18", null, "", "統括へ知らせた", "中央-R8-0214"),
        line(48206, "9:57:02", null, "guest", "同意を記録した", null, { interview_id: "i-2", count: 4 }),
        line(48205, "9:31:00", "onodera", "administrator", "許可のない操作を断った", null, { kind: "refused", action: "denied:read_transcript:no_role" }),
        line(48204, "9:04:44", "onodera", "administrator", "監査の記録をCSVに書き出した", null, { kind: "reading", count: 12 }),
      ];
      let holds = true;
      const asked = await serve(page, {
        "GET /api/me": () => administrator,
        "GET /api/users": () => ({ users: [{ id: "u-14", staff_id: "sano", name: "佐野", active: true, second_factor: false, grants: [] }] }),
        "GET /api/audit": (_, __, url) => {
          if (url.searchParams.get("record") === "中央-R8-9999") return { problem: 422, type: "urn:yorisoi:problem:invalid-input", fields: [{ field: "record", code: "not_known" }] };
          const older = url.searchParams.has("before");
          const chain = { holds, broken: holds ? null : { kind: "between", before: 48102, after: 48103 }, removed: 0, last: 48211, head: "8f".repeat(32), checked_at: "2026-11-25T11:30:00+09:00" };
          return { events: older ? [line(48203, "8:30:00", "sano", "nurse", "サインインした", null)] : url.searchParams.get("kind") === "refused" ? [] : events, next: older ? null : 48204, chain };
        },
      });
      await page.goto("/audit");
      await expect(page.getByText("連番 1–48,211 欠けなし")).toBeVisible();
      await expect(page.getByText("最後の検査 11:30・控えと一致")).toBeVisible();
      await expect(page.getByRole("row")).toHaveCount(9);
      await expect(page.getByRole("row").nth(1)).toHaveText(/48,211\s*11:32:07\s*sano\s*保健師\s*記録を提出した\s*中央-R8-0214\s*1/);
      await expect(page.getByRole("row").nth(5)).toHaveText(/—\s*自動\s*統括へ知らせた/);
      await check(page, "13-audit");
      await page.getByRole("button", { name: "さらに古い記録を見る" }).click();
      await expect(page.getByRole("row")).toHaveCount(10);
      await page.getByLabel("記録番号").fill("中央-R8-9999");
      await page.getByRole("button", { name: "しぼりこむ" }).click();
      await expect(page.getByText("この番号の記録はありません。")).toBeVisible();
      await expect(page.getByLabel("記録番号")).toBeFocused();
      await check(page, "13-audit-unknown");
      await page.getByLabel("記録番号").fill("中央-R8-0214");
      await page.getByLabel("利用者ID").selectOption("sano");
      await page.getByLabel("操作", { exact: true }).selectOption("読んだ・聞いた・書き出した");
      await page.getByLabel("日付(から)").fill("");
      await page.getByRole("button", { name: "しぼりこむ" }).click();
      await expect.poll(() => asked.at(-1)).toBe(`GET /api/audit?to=2026-11-25&user=u-14&kind=reading&record=${encodeURIComponent("中央-R8-0214")}`);
      await expect(page.getByRole("link", { name: "CSVに書き出す" })).toHaveAttribute("href", `/api/audit/export?to=2026-11-25&user=u-14&kind=reading&record=${encodeURIComponent("中央-R8-0214")}`);
      await page.getByRole("button", { name: "中央-R8-0214の操作をすべて見る" }).first().click();
      await expect.poll(() => asked.at(-1)).toBe("GET /api/audit?interview=i-1");
      await page.getByRole("button", { name: "今日の記録にもどる" }).click();
      await page.getByLabel("操作", { exact: true }).selectOption("断った");
      await page.getByRole("button", { name: "しぼりこむ" }).click();
      await expect(page.getByText("あてはまる記録はありません。")).toBeVisible();
      holds = false;
      await page.reload();
      await expect(page.getByRole("alert")).toContainText("48,102 と 48,103 の間が合いません。監査の記録が、書かれたままではありません。");
      await expect(page.getByText("欠けなし")).toHaveCount(0);
      await check(page, "13-audit-broken");
    });
  });
}
