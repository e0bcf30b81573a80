/** The office's side of the page tests: a service with one interview, and what is said in it. */
import type { Page } from "@playwright/test";
import type { Schemas } from "../src/lib/api/client";
import type { DismissReason, Flag, Item } from "../src/lib/api/types";
import { expect, ids, listens, problem, snapshot } from "./page";

export const office = "00000000-0000-0000-0000-0000000000f1";
export const id = "00000000-0000-0000-0000-000000000001";

export const me = {
  user: "u", name: "佐野", staff_id: "sano", has_password: true, municipality: "見本市", demo: false, idle_minutes: 30,
  wrong_codes: null,
  second_factor: { required: false, on: false, recovery_codes_left: 0 },
  grants: [{ office, office_name: "中央保健センター", role: "nurse" }],
};
export const line = (hour: string, name: string, more: object = {}) => ({
  id: `${id}-${hour}`, name, scheduled_at: `2026-11-25T${hour}:00+09:00`, kind: "notification", method: "online", state: "scheduled", contact_restricted: false, waiting: [], questionnaire_open: false, ...more,
});
export const day = {
  day: "2026-11-25",
  interviews: [
    line("09:00", "藤代 みのり", { kind: "eighth_month", method: "telephone", state: "ended", note: "draft" }),
    line("10:00", "白石 ひなた", { state: "waiting", waiting: [{ participant: "p", since: "2026-11-25T09:58:00+09:00", device_checked: true, consents: 4 }] }),
    line("11:00", "グルン スニタ", { method: "in_person" }),
    line("13:30", "倉持 あかね", { questionnaire_open: true }),
    line("15:00", "真鍋 さくら", { kind: "any_time", contact_restricted: true }),
  ],
};
export const detail = {
  id, office, name: "白石 ひなた", kana: "シライシ ヒナタ", birth_date: "1998-05-12", age: 28, weeks: { weeks: 14, days: 2 }, due_date: "2027-05-24",
  booking_number: "K7R-4M2", scheduled_at: "2026-11-25T10:00:00+09:00", kind: "notification", method: "online", state: "waiting", contact_restriction: null,
};
export const entry = (choice: string, manner = "tap") => ({ choice, version: 3, sha256: "aa", language: "ja-x-easy", manner, at: "2026-11-25T09:57:00+09:00" });
export const guest = (more: object = {}) => ({
  participant: ids.resident, role: "resident", state: "knocking", since: "2026-11-25T09:58:00+09:00", second_device: false, second_voice: "nobody", at_counter: false, let_in_by_me: false,
  identity: { kana: true, birth_date: true, booking_number: true, at: "2026-11-25T09:53:00+09:00", wrong_kana: 0, wrong_birth_date: 1, wrong_booking_number: 0 },
  device: { camera: "works", microphone: "works", noise: "some", network: "good" },
  nearby: { nearby: "alone", at: "2026-11-25T09:59:00+09:00" }, callback: "09000001234", place: "自宅",
  consent: { interview: "yes", transcription: "transcript", keep_audio: "yes", sharing: "yes" },
  consent_entries: ["interview", "transcription", "keep_audio", "sharing"].map((choice) => entry(choice)), ...more,
});

export const nothingAsked = { interview: null, transcription: null, keep_audio: null, sharing: null };
/** She stands at the counter: no phone, nothing typed, asked aloud. */
export const atCounter = (more: object = {}) =>
  guest({ at_counter: true, let_in_by_me: "state" in more && more.state === "admitted", identity: null, device: null, nearby: null, callback: null, place: null, consent_entries: ["interview", "transcription"].map((choice) => entry(choice, "spoken")), ...more });

type Tier = Flag["tier"];
const about: Partial<Record<string, Pick<Item, "ask" | "how" | "services">>> = {
  partner_violence: { ask: ["体に当たったことはありますか", "行ける場所はありますか"], how: ["はい・いいえで答えられる聞き方で"], services: ["配偶者暴力相談支援センター"] },
  suicidal_or_self_harm: { ask: ["消えてしまいたいと思うことはありますか"], how: ["落ち着いて、そのままの言葉で"], services: ["精神保健福祉センター"] },
  smoking: { ask: ["いま、1日に何本くらい吸いますか"], how: ["責めない聞き方で"], services: ["禁煙外来"] },
};

/** The thirty items in the order of the pack. */
export const items: Item[] = `
  消えたい気持ち suicidal_or_self_harm immediate
  薬の使い方 substance_use immediate
  パートナーとの安全 partner_violence immediate
  上のお子さん older_child_safety immediate
  性に関わる被害 sexual_violence_or_unknown_father immediate
  急ぎの体の症状 medical_emergency immediate
  妊娠への気持ち unwanted_pregnancy review
  届出の時期 late_notification review
  健診・分娩先 no_checkups review
  こころの病気 mental_illness review
  気分・睡眠 mood_sleep review
  パートナーの協力 partner_support notice
  お金・仕事 money_work review
  保険・支払い insurance review
  住まい housing review
  周りの支え no_support review
  ご自身の育ち own_upbringing review
  わかりやすさ understanding review
  赤ちゃんへの気持ち feelings_for_baby review
  連絡の取り方 contact review
  年齢 age review
  婚姻・関係 marital notice
  多胎 multiples notice
  お酒 alcohol notice
  たばこ smoking notice
  体の経過 physical notice
  準備 preparation notice
  流産・死別 loss notice
  家族の世話・介護 family_care notice
  ことば language care
`.trim().split("\n").map((line): Item => {
  const [label, item, tier] = line.trim().split(" ") as [string, string, Tier];
  return { item, label, tier, ask: [`${label}のことを、聞いてもいいですか`], how: ["急がずに聞く"], services: [], emergency: item === "medical_emergency" || item === "suicidal_or_self_harm", ...about[item] };
});

const quote = (segment: string, party: keyof typeof ids, s: number, part: "question" | "answer" | "statement", before: string, marked: string, after: string) =>
  ({ segment, participant: ids[party], party, start_ms: s * 1000, part, before, marked, after, repairs: [] as { at: number[]; now: string }[] });

export const flag = (more: Partial<Flag>): Flag => ({
  id: "00000000-0000-0000-0000-000000000011", item: "partner_violence", label: "パートナーとの安全", tier: "immediate", rule: "partner_violence.throws", pack_version: "2026-11-01", how: "direct", sound: null,
  state: "suggested", unsure: false, speaker_unknown: false, quotes: [], answers: [], record: null, seen: null, made_at: "2026-11-25T10:16:11+09:00", made_by: null, decided: null, alert: null, at_ms: 0, revision: 1, withdrawn: false, ...more,
});

/** What stands in the talk at 18:09. */
export const standing = (): Flag[] => [
  flag({
    alert: { due_at: "2026-11-25T10:33:00+09:00", told_at: null, opened_at: null },
    quotes: [quote("s958", "nurse", 958, "question", "おうちで、怖いなと感じることはありますか。", "", ""), quote("s969", "resident", 969, "answer", "酔うと、", "物を投げたりする", "んです、夫が。")],
  }),
  flag({
    id: "00000000-0000-0000-0000-000000000012", item: "no_support", label: "周りの支え", tier: "review", state: "confirmed", made_at: "2026-11-25T10:16:53+09:00", revision: 2,
    decided: { by: "佐野", by_me: true, at: "2026-11-25T10:17:05+09:00", reason: null, words: null, until: null },
    quotes: [quote("s1011", "resident", 1011, "statement", "実家は遠くて…。こっちには、", "頼れる人がいない", "です。")],
  }),
  flag({
    id: "00000000-0000-0000-0000-000000000013", item: "smoking", label: "たばこ", tier: "notice", how: "answer", made_at: "2026-11-25T10:17:50+09:00",
    quotes: [quote("s401", "nurse", 401, "question", "たばこは吸いますか。", "", ""), quote("s1067", "resident", 1067, "answer", "減らしたんですけど、まだ、", "1日3本くらい吸って", "て。")],
  }),
];

const open: Record<string, string> = {
  mood_sleep: "vague", partner_support: "vague", own_upbringing: "declined",
  ...Object.fromEntries(["suicidal_or_self_harm", "substance_use", "sexual_violence_or_unknown_father", "money_work", "contact", "feelings_for_baby", "preparation", "family_care"].map((each) => [each, "not_asked"])),
};
/** 22 of 30 asked. */
export const asked = items.map(({ item }) => ({ item, state: open[item] ?? "negative", source: open[item] === "not_asked" ? null : "engine" }));

const due = (name: string, due_on: string, more: object) => ({
  interview: `due-${name}`, name, number: null, kind: "notification", method: "online", interviewer: "佐野", started_at: "2026-11-20T14:00:00+09:00", state: "writing", submitted_at: null, version: 0,
  tier: "review", counts: { immediate: 0, review: 1, notice: 0, care: 0 }, due_on, overdue: false, held: 0, contact_restricted: false, ...more,
});
export const deadlines = [
  due("久世 はるか", "2026-11-24", { state: "returned", overdue: true }),
  due("藤代 みのり", "2026-11-25", { started_at: "2026-11-25T09:04:00+09:00" }),
  due("檜山 なつみ", "2026-11-27", { state: "held", held: 1 }),
];

export type Form = Schemas["InterviewForm"];
const choices = (words: string) => words.split(" ").map((word, n) => ({ choice: String(n), text: word }));
const question = (question: string, label: string, ask: string | null, words: string, alone = false) => ({ question, label, ask, alone, choices: words ? choices(words) : [] });
const form = (more: Pick<Form, "form" | "title" | "filled_by" | "questions"> & Partial<Form>): Form => ({ hint: null, version: 1, sha256: "aa", filled: null, ...more });

/** Nothing is answered. */
export const forms = (): Form[] => [
  form({
    form: "questionnaire", title: "事前の質問票", filled_by: "resident",
    questions: [
      question("feeling", "わかったときの気持ち", "わかったとき、どんなお気持ちでしたか。", "うれしかった 困った、悩んだ"),
      question("fear", "家で怖い思い(ひとりのときだけ聞く)", "ご家庭で、怖い思いをされることはありますか。", "ない ある", true),
      question("alcohol", "お酒", "お酒は飲みますか。", "飲まない、やめた ときどき飲む よく飲む"),
      question("tobacco", "たばこ", "たばこは吸いますか。", "吸わない、やめた 吸っている"),
      question("mood", "気分・睡眠", "この1か月、気分や睡眠はいかがですか。", "だいたい、よい ときどき、つらい・眠れない"),
      question("help_later", "産後の手伝い", "これから、家のことを手伝ってくれる人はいますか。", "いる まだ決まっていない いない"),
      question("troubles", "困っていること", "ほかに、話しておきたいことや、困っていることはありますか。", ""),
    ],
  }),
  form({
    form: "epds", title: "EPDS(エジンバラ産後うつ病質問票)", filled_by: "nurse", hint: "手元の用紙を見て、各問の点数を写してください。0点のときも、書きにくさがなかったかを聞いてください。",
    questions: Array.from({ length: 10 }, (_, n) => question(`q${n + 1}`, `問${n + 1}`, null, "0 1 2 3")),
  }),
  form({ form: "gad2", title: "GAD-2(不安の2つの質問)", filled_by: "nurse", questions: [question("worry", "心配", "過去2週間、心配することを止められない、または心配をコントロールできないことに、どのくらい頻繁に悩まされましたか。", "全くない 数日 半分以上 ほとんど毎日")] }),
];

/** As the real one keeps it: by hand unless it says otherwise, and summed where it is a scale. */
export function filled(form: Form, { answers, revision = 0, manner }: Pick<Schemas["TakenAnswers"], "answers"> & { revision?: number; manner: "tap" | "paper" | "spoken" }): Form {
  const given = form.questions.flatMap(({ question, label, choices }) => {
    const answer = answers.find((each) => each.question === question);
    if (!answer) return [];
    const text = answer.words ?? choices.find((each) => each.choice === answer.choice)?.text ?? null;
    return [{ question, label, choice: answer.choice ?? null, text, declined: answer.declined ?? false, urgent: question === "q10" && answer.choice !== "0" }];
  });
  const points = given.reduce((sum, { choice }) => sum + Number(choice ?? 0), 0);
  const most = form.questions.length * 3;
  const cut = most > 10 ? 13 : 3;
  const sum = form.filled_by === "nurse" ? { points, most, cut, reached: points >= cut, incomplete: given.length < form.questions.length } : null;
  return { ...form, filled: { revision: revision + 1, at: "2026-11-23T10:12:00+09:00", manner, by: manner === "tap" ? null : "佐野", answers: given, sum } };
}

/** What is read aloud, cut short. */
const yesNo = [{ value: "yes", label: "はい", consequence: null }, { value: "no", label: "いいえ", consequence: null }];
const consentTexts = {
  locale: "ja",
  texts: [{ choice: "interview", version: 3, sha256: "aa", question: "面談をしてもよいですか", paragraphs: ["保健師が、体と暮らしのことを聞きます。"], answers: yesNo }],
  second_voice: { version: 1, sha256: "bb", question: "書き残してもよいですか", paragraphs: [] },
};

/** A nurse calls for a colleague at 10:19. */
export const helpCall = (more: object = {}) => ({
  id: "00000000-0000-0000-0000-0000000000e1", interview: id, name: "白石 ひなた", method: "online", in_progress: true, called_at: "2026-11-25T10:19:00+09:00", called_by: "佐野", by_me: false,
  place: "自宅", callback: "09000001234", contact_restriction: null, accompanied: false, may_enter: false, taken_at: null, taken_by: null, taken_by_me: false, unheard: false, ...more,
});
export const barring = {
  people: [
    { user: "00000000-0000-0000-0000-0000000000d1", name: "佐野", barred: false, me: true },
    { user: "00000000-0000-0000-0000-0000000000d2", name: "白石 和江", barred: false, me: false },
    { user: "00000000-0000-0000-0000-0000000000d3", name: "三浦", barred: false, me: false },
  ],
  may_lift: false, approver_left: true,
};

/** A service with one interview, which goes on as the real one does. */
export class Service {
  detail: Omit<Partial<typeof detail>, "contact_restriction"> & { state: string; contact_restriction?: string | null } = { ...detail };
  guests: object[] = [guest()];
  wrongTries = 1;
  day: object = day;
  /** Notes of hers that have a day, of whatever day of talk. */
  due: object[] = [];
  segments: object[] = [];
  items: object[] = items;
  flags: Flag[] = [];
  coverage: object[] = items.map(({ item }) => ({ item, state: "not_asked", source: null }));
  memo = { text: "", revision: 0, saved_at: null as string | null };
  me: object = me;
  forms: Form[] = forms();
  /** Calls for a colleague that concern whoever is signed in. */
  help: object[] = [];
  barring: object = barring;
  /** What the press of 応援を呼ぶ makes of it; `undefined`: it does not arrive. */
  onhelp: (() => object) | undefined = () => helpCall({ by_me: true });
  readonly asked: string[] = [];
  readonly posted: [string, unknown][] = [];

  /** As the real one: every decision is a new revision. */
  decide(id: string, verb: string, body: { reason?: DismissReason; words?: string; until?: string }): Flag {
    const state = { confirm: "confirmed", dismiss: "dismissed", hold: "held", reopen: "suggested" }[verb] as Flag["state"];
    const decided = verb === "reopen" ? null : { by: "佐野", by_me: true, at: "2026-11-25T10:18:30+09:00", reason: body.reason ?? null, words: body.words ?? null, until: body.until ?? null };
    this.flags = this.flags.map((each) => (each.id === id ? { ...each, state, decided, revision: each.revision + 1 } : each));
    return this.flags.find((each) => each.id === id)!;
  }

  add(body: { item: string; seen: string; at_ms: number | null }): Flag {
    const { label, tier } = items.find((each) => each.item === body.item)!;
    const made = flag({ id: `00000000-0000-0000-0000-0000000001${this.flags.length}0`, item: body.item, label, tier, rule: null, how: null, quotes: [], seen: body.seen, made_by: "佐野", at_ms: body.at_ms ?? 0, made_at: "2026-11-25T10:18:10+09:00" });
    this.flags = [...this.flags, made];
    return made;
  }

  async serve(page: Page): Promise<void> {
    await page.addInitScript({ path: "e2e/fake-service.js" });
    await page.addInitScript((value) => window.service && (window.service.snapshot = value), snapshot("nurse", "inside"));
    await page.route("/api/**", async (route) => {
      const path = new URL(route.request().url()).pathname;
      const done = (json: object, status = 200) => route.fulfill({ status, json });
      this.asked.push(path);
      if (path === "/api/me") return done(this.me);
      if (route.request().method() === "GET") {
        if (path === "/api/interviews") return done(this.day);
        if (path === "/api/notes") return done({ rows: this.due });
        if (path === "/api/alerts") return done([]);
        if (path === "/api/help") return done(this.help);
        if (path.endsWith("/barred")) return done(this.barring);
        if (path === "/api/review") return done({ rows: [], today: 0, overdue: 0, median_days: null, alerts: [] });
        // What is written after a talk has its own service: desk-service.ts.
        if (path.endsWith("/consent-texts")) return done(consentTexts);
        if (path.endsWith("/note")) return route.fulfill(problem(404));
        if (path.endsWith("/withdrawals")) return done([]);
        if (path.endsWith("/door")) return done({ guests: this.guests, wrong_tries: this.wrongTries, next_try_at: null });
        if (path.endsWith("/transcript")) return done({ segments: this.segments });
        if (path === "/api/rules/items") return done({ version: "2026.11", items: this.items });
        if (path.endsWith("/flags")) return done({ pack_version: "2026.11", flags: this.flags, coverage: this.coverage });
        if (path.endsWith("/memo")) return done(this.memo);
        if (path.endsWith("/forms")) return done({ forms: this.forms });
        return done(this.detail);
      }
      this.posted.push([path, route.request().postDataJSON()]);
      if (path === "/api/interviews") return done({ id, link: `https://kenshin.example.jp/r#${"x4Fq".repeat(10)}abc`, expires_at: "2026-11-26T00:00:00Z", booking_number: "K7R-4M2" }, 201);
      if (path.endsWith("/invitation")) return done({ link: `https://kenshin.example.jp/r#${"m2Qd".repeat(10)}abc`, expires_at: "2026-11-26T00:00:00Z" }, 201);
      const body = route.request().postDataJSON();
      if (path.endsWith("/memo")) {
        this.memo = { text: body.text, revision: this.memo.revision + 1, saved_at: "2026-11-25T10:20:00+09:00" };
        return done({ revision: this.memo.revision, saved_at: this.memo.saved_at });
      }
      const [, form] = /\/forms\/(\w+)$/.exec(path) ?? [];
      if (form) return done({ forms: (this.forms = this.forms.map((each) => (each.form === form ? filled(each, body) : each))) });
      const [, ticked] = /\/coverage\/(\w+)$/.exec(path) ?? [];
      if (ticked) return done({ item: ticked, state: body.state ?? "not_asked", source: body.state ? "nurse" : null });
      const [, turn] = /\/segments\/([\w-]+)\/speaker$/.exec(path) ?? [];
      if (turn) await say(page, "speaker", { segment: turn, speaker: body.speaker });
      if (path.endsWith("/flags")) return done(this.add(body), 201);
      const [, flag, verb] = /\/flags\/([\w-]+)\/(\w+)$/.exec(path) ?? [];
      if (flag) return done(this.decide(flag, verb!, body));
      if (path.endsWith("/help")) {
        const called = this.onhelp?.();
        if (!called) return route.abort();
        this.help = [called];
        return done(called, 201);
      }
      if (path.endsWith("/take")) this.help = this.help.map((each) => ({ ...each, taken_at: "2026-11-25T10:20:00+09:00", taken_by: "佐野", taken_by_me: true }));
      if (path.endsWith("/take-back")) this.help = [];
      if (path.endsWith("/practice")) return route.fulfill({ status: 204 });
      if (path.endsWith("/pause")) {
        for (const participant of [ids.nurse, ids.resident]) await say(page, "tap", { participant, allowed: body.on ? "paused" : "transcript" }, body.on ? 1_090_000 : 1_112_000);
      }
      if (path.endsWith("/counter")) this.guests = [atCounter({ consent: nothingAsked, consent_entries: [] })];
      if (path.endsWith("/consent") && body.choice === "interview") this.guests = [atCounter({})];
      if (path.endsWith("/admit")) {
        this.detail = { ...this.detail, state: "in_progress" };
        this.guests = [{ ...this.guests[0]!, state: "admitted", let_in_by_me: true }];
      }
      if (path.endsWith("/wait")) this.guests = [guest({ state: "asked_to_wait" })];
      if (path.endsWith("/refuse")) this.guests = this.guests.map((each) => ({ ...each, state: "refused", at_counter: false }));
      if (path.endsWith("/end")) this.detail = { ...this.detail, state: "ended" };
      return route.fulfill({ status: 204 });
    });
  }
}

export const said = (id: string, party: keyof typeof ids, start_ms: number, text: string) => ({ id, participant: ids[party], start_ms, end_ms: start_ms + 2000, text });
export const conversation: [string, object][] = (
  [
    ["nurse", 944, "ここからは、おうちのことを少しうかがいます。"],
    ["resident", 950, "はい。"],
    ["nurse", 958, "おうちで、怖いなと感じることはありますか。"],
    ["resident", 963, "うーん…、普段はやさしいんですけど。"],
    ["resident", 969, "酔うと、物を投げたりするんです、夫が。"],
    ["nurse", 977, "話してくださって、ありがとうございます。けがをしたことはありますか。"],
    ["resident", 984, "けがは、ないです。"],
    ["nurse", 998, "すみません、少し途切れました。ご実家など、頼れる方は近くにいらっしゃいますか。"],
    ["resident", 1011, "実家は遠くて…。こっちには、頼れる人がいないです。"],
    ["nurse", 1022, "そうでしたか。産後のお手伝いのことも、あとでご説明しますね。"],
    ["resident", 1059, "あの、さっきの、たばこの話なんですけど…。"],
    ["resident", 1067, "減らしたんですけど、まだ、1日3本くらい吸ってて。"],
    ["nurse", 1078, "言いにくいことを、ありがとうございます。"],
  ] as const
).map(([party, s, text]): [string, object] => ["segment", said(`s${s}`, party, s * 1000, text)]);
conversation.push(["gap", { participant: ids.resident, start_ms: 991_000, end_ms: 995_000, reason: "network", void: null }]);

export async function say(page: Page, type: string, data: object, at_ms = 1_089_000): Promise<void> {
  await listens(page);
  await page.evaluate(([type, data, at_ms]) => window.service.say(type, data, at_ms), [type, data, at_ms] as const);
}

/** The talk as it goes on, opened by the nurse. */
export async function talking(page: Page, service: Service, consent: object = {}): Promise<void> {
  service.detail = { ...detail, state: "in_progress" };
  service.guests = [guest({ state: "admitted", ...(Object.keys(consent).length > 0 && { consent }) })];
  await page.goto(`/interviews/${id}`);
  await expect(page.getByLabel("白石 ひなた さんの映像")).toBeVisible();
}

/** 白石 has waited for 2:10. Timers go on, the hands of the clock do not. */
export const stopClock = (page: Page, at = "10:00:10") => page.clock.setFixedTime(`2026-11-25T${at}+09:00`);

