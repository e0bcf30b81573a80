/** The story of 白石 ひなた after her talk, and a service that keeps its note as the real one does. */
import type { Page } from "@playwright/test";
import { barring } from "./office";
import { problem } from "./page";

export const office = "00000000-0000-0000-0000-0000000000f1";
export const id = "00000000-0000-0000-0000-000000000001";
const [nurse, resident] = ["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"];

const grant = (role: string) => ({ office, office_name: "中央保健センター", role });
const person = (name: string, ...roles: string[]) => ({ user: name, name, staff_id: name, has_password: true, municipality: "見本市", demo: false, idle_minutes: 30, grants: roles.map(grant) });
export const sano = person("佐野", "nurse");
export const miura = person("三浦", "approver");

const at = (time: string, day = "2026-11-25") => `${day}T${time}:00+09:00`;
const ms = (time: string) => {
  const [minutes, seconds] = time.split(":").map(Number) as [number, number];
  return (minutes * 60 + seconds) * 1000;
};
const who = (party: string) => (party === "nurse" ? nurse : resident);

const said = (time: string, party: "nurse" | "resident", text: string) =>
  ({ id: `s-${time.replace(":", "-")}`, participant: who(party), party, start_ms: ms(time), end_ms: ms(time) + 3000, revision: 1, model_sha256: "aa", text });
export const segments = [
  said("6:41", "nurse", "おたばこは、いかがですか。"),
  said("12:08", "nurse", "夜は眠れていますか。"),
  said("12:13", "resident", "うん…、3時ごろ目が覚めて、そのままで。"),
  said("12:21", "nurse", "そうでしたか。それは、いつごろからですか。"),
  said("12:26", "resident", "引っ越してきた、9月くらいからです。つわりのころよりは、ましですけど。"),
  said("12:39", "nurse", "食欲は、いかがですか。"),
  said("12:42", "resident", "食欲は戻りました。おかゆばっかりだったので。"),
  said("13:30", "nurse", "では、続けますね。健診はどちらに通っていますか。"),
  said("13:36", "resident", "駅の近くの産婦人科です。来週が次の健診です。"),
  said("15:58", "nurse", "おうちで、怖いなと感じることはありますか。"),
  said("16:09", "resident", "酔うと、物を投げたりするんです、夫が。"),
  said("16:24", "resident", "けがは、ないです。"),
  said("16:51", "resident", "実家は遠くて…。こっちには、頼れる人がいないです。"),
  said("17:47", "resident", "減らしたんですけど、まだ、1日3本くらい吸ってて。"),
  said("21:30", "resident", "給付の5万円は、いつもらえますか。"),
];
const gaps = [{ participant: resident, start_ms: ms("12:50"), end_ms: ms("13:28"), reason: "paused" }];

const quote = (time: string, marked: string, part = "statement") => {
  const segment = segments.find((each) => each.start_ms === ms(time))!;
  const [before = "", after = ""] = segment.text.split(marked);
  return { segment: segment.id, participant: segment.participant, party: segment.party, start_ms: segment.start_ms, part, before, marked, after, repairs: [] };
};
const by = (time: string, more: object = {}) => ({ by: "佐野", by_me: true, at: at(time), reason: null, words: null, until: null, ...more });
export type Flag = { id: string; item: string; label: string; tier: string; state: string; revision: number; decided: object | null; [more: string]: unknown };
const flag = (item: string, label: string, tier: string, time: string, quotes: object[], more: object = {}): Flag => ({
  id: `f-${item}`, item, label, tier, rule: `${item}.1`, pack_version: "2026-11-01", how: quotes.length > 1 ? "answer" : "direct", sound: null, state: "suggested", unsure: false, speaker_unknown: false, quotes, answers: [], record: null, seen: null, made_at: at("10:20"), made_by: null,
  decided: null, alert: null, at_ms: ms(time), revision: 1, withdrawn: false, ...more,
});
export const flags = (): Flag[] => [
  flag("partner_violence", "パートナーとの安全", "immediate", "16:09",
    [quote("15:58", "怖いなと感じる", "question"), quote("16:09", "物を投げたりする", "answer"), quote("16:24", "けがは、ない", "answer")],
    { state: "confirmed", decided: by("10:41"), alert: { due_at: at("10:31"), told_at: at("10:31"), opened_at: at("10:36") } }),
  flag("depressed_or_anxious", "気分・睡眠", "review", "12:13", [quote("12:08", "眠れていますか", "question"), quote("12:13", "3時ごろ目が覚めて、そのまま", "answer")]),
  flag("no_support", "周りの支え", "review", "16:51", [quote("16:51", "頼れる人がいない")], { state: "confirmed", decided: by("10:19") }),
  flag("smoking", "たばこ", "notice", "17:47", [quote("6:41", "おたばこ", "question"), quote("17:47", "減らしたんですけど、まだ", "answer")], { state: "confirmed", decided: by("10:42") }),
  flag("financial_hardship", "お金・仕事", "review", "21:30", [quote("21:30", "給付の5万円")], { state: "dismissed", decided: by("10:42", { reason: "about_services" }) }),
];
export const items = [
  ...flags().map(({ item, label, tier }) => ({ item, label, tier })),
  { item: "drug_misuse", label: "薬の使い方", tier: "review" },
  { item: "own_childhood", label: "ご自身の育ち", tier: "notice" },
].map((each) => ({ ...each, ask: [], how: [], services: [], emergency: false }));
const coverage = items.map(({ item }) => ({ item, state: item === "drug_misuse" ? "not_asked" : item === "own_childhood" ? "declined" : "positive", source: item === "drug_misuse" ? null : "engine" }));

export const written = {
  body_mind: "つわりは軽くなった。食欲は戻っている。夜中3時ごろ目が覚め、そのまま眠れない日がある(9月ごろから)。",
  life_family: "夫(31)と二人暮らし。9月に転入。夫は酔うと物を投げることがある。けがはない(本人)。たばこは減らして1日3本。",
  support: "実家は遠方。近くに頼れる人はいない。",
  wishes: "産後に手伝ってくれるところを知りたい。たばこはやめたい。",
  explained: "産後ケア、相談窓口、禁煙の相談先を説明。",
  contact: "電話は平日の日中のみ。郵便・留守番電話は不可。",
  next: "2026年12月2日(水) 電話",
  handover: "地区担当 保健師",
};
export const facts = {
  interview: { kind: "notification", method: "online", started_at: at("10:02"), ended_at: at("10:31") },
  interviewer: "佐野", company: [] as string[], identity_checked: true, consent: { transcription: "transcript", keep_audio: "no", sharing: "yes" },
  weeks: { weeks: 14, days: 2 }, due_date: "2027-05-24", age: 28, name: "白石 ひなた", contact_restriction: null as string | null,
};
const time = (text: string) => ({ segment: `s-${text.replace(":", "-")}`, start_ms: ms(text) });
export const quotes = { body_mind: ["12:13"].map(time), life_family: ["16:09", "16:24", "17:47"].map(time), support: ["16:51"].map(time) };
export const version = (number: number, when: string) => ({ number, submitted_at: at(when), submitted_by: "佐野" });

export const detail = {
  id, office, name: "白石 ひなた", kana: "シライシ ヒナタ", birth_date: "1998-05-12", age: 28, weeks: facts.weeks, due_date: facts.due_date,
  booking_number: "K7R-4M2", scheduled_at: at("10:00"), kind: "notification", method: "online", state: "ended", contact_restriction: "電話は平日の日中のみ。郵便・留守番電話は不可。",
};

export const row = (more: object) => ({
  interview: id, name: "白石 ひなた", number: "中央-R8-0214", kind: "notification", method: "online", interviewer: "佐野", started_at: at("10:02"), state: "submitted", submitted_at: at("11:32"),
  version: 1, tier: "immediate", counts: { immediate: 1, review: 2, notice: 1, care: 0 }, due_on: "2026-11-25", overdue: false, held: 0, contact_restricted: false, ...more,
});
const none = { immediate: 0, review: 0, notice: 0, care: 0 };
export const queue = () => ({
  rows: [
    row({}),
    row({ interview: "i2", number: "中央-R8-0213", name: "藤代 みのり", kind: "eighth_month", method: "telephone", state: "writing", submitted_at: null, version: 0, counts: { ...none, immediate: 1, review: 1 } }),
    row({ interview: "i3", number: "中央-R8-0204", name: "笠井 ことね", method: "in_person", interviewer: "田野倉", tier: "review", counts: { ...none, review: 1, notice: 2 }, due_on: "2026-11-24", overdue: true, submitted_at: at("15:10", "2026-11-19"), words_until: "2026-12-20" }),
    row({ interview: "i5", number: "中央-R8-0207", name: "久世 はるか", kind: "any_time", method: "telephone", tier: "review", counts: { ...none, review: 1 }, due_on: "2026-11-27", state: "returned" }),
    row({ interview: "i6", name: "檜山 なつみ", tier: "review", counts: { ...none, review: 1 }, held: 1, due_on: "2026-11-27", state: "held", number: "中央-R8-0198" }),
    row({ interview: "i7", number: "中央-R8-0208", name: "富樫 みお", tier: "notice", counts: { ...none, notice: 2 }, due_on: "2026-11-30", submitted_at: at("09:20") }),
    row({ interview: "i8", number: "中央-R8-0212", name: "諸橋 まな", method: "in_person", tier: null, counts: none, due_on: "2026-11-30" }),
    row({ interview: "i9", number: "中央-R8-0206", name: "ファム ラン", method: "in_person", interviewer: "田野倉", tier: "care", counts: { ...none, care: 1 }, due_on: "2026-11-30" }),
  ],
  today: 2, overdue: 1, median_days: { value: 1.2, n: 86 } as object | null,
  alerts: [
    { id: "a1", interview: id, name: "白石 ひなた", flag: "f", hold_over: false, tried_by: null, due_at: at("10:31"), told_at: at("10:31"), opened_at: at("10:36"), opened_by: "三浦" },
    { id: "a2", interview: "i2", name: "藤代 みのり", flag: "f", hold_over: false, tried_by: null, due_at: at("09:34"), told_at: at("09:34"), opened_at: null, opened_by: null },
  ],
});

export const record = () => ({
  number: "中央-R8-0214", state: "amended", version: 2, approved_at: at("14:20"), approver: "三浦", fields: written, verdict: "support", facts: { ...facts, contact_restriction: detail.contact_restriction }, quotes,
  flags: flags().map((each) => ({
    item: each.item, label: each.label, tier: each.tier, state: each.item === "depressed_or_anxious" ? "confirmed" : each.state, reason: each.item === "financial_hardship" ? "about_services" : null,
    decided_by: "佐野", decided_at: at("10:42"), signed_by: each.tier === "immediate" ? "三浦" : null, signed_at: each.tier === "immediate" ? at("13:58") : null,
  })),
  addenda: [{ at: at("09:40", "2026-11-27"), by: "佐野", words: "分娩先の病院名を確認した。記録票の「駅の近くの産婦人科」は、健診に通う医院のこと。" }],
  history: [
    { at: at("09:40", "2026-11-27"), kind: "addendum", by: "佐野", words: null },
    { at: at("14:20"), kind: "audio_destroyed", by: null, words: null, audit_number: 871, certificate: null },
    { at: at("14:20"), kind: "approved", by: "三浦", words: null, version: 2 },
    { at: at("13:05"), kind: "submitted", by: "佐野", words: null, version: 2 },
    { at: at("12:10"), kind: "returned", by: "三浦", words: "受診の目安を書いてください" },
    { at: at("11:32"), kind: "submitted", by: "佐野", words: null, version: 1 },
  ],
  sha256: "9f3c71ab40d2".padEnd(64, "0"), retention: { transcript_until: "2027-02-23", record_until: "2031-11-25" }, rules_version: "2026.11", model_sha256: ["b1c4".padEnd(64, "7")],
});

type Note = { state: string; revision: number; fields: Record<string, string>; verdict: string | null; version: number; versions: object[]; [more: string]: unknown };

/** One interview that is over. Tests change what it has and what it answers. */
export class DeskService {
  me: object = sano;
  flags = flags();
  transcript: object = { segments, gaps, accounts: [{ participant: nurse, track: "t-nurse", party: "nurse" }, { participant: resident, track: "t-resident", party: "resident" }], complete: true };
  /** What is played of each track; nothing where nothing was kept. */
  sound: Record<string, Buffer> = {};
  readonly played: string[] = [];
  memo = "";
  queue: object = queue();
  record: { addenda: object[]; [more: string]: unknown } = record();
  signatures: object[] = [];
  note: Note = {
    id: "n", number: "中央-R8-0214", state: "draft", revision: 1, fields: { ...written }, verdict: null, author: { name: "佐野", me: true }, saved_at: at("10:48"), version: 0, versions: [], returned: null, facts, withdrawn: [], sound_kept: false, quotes,
  };
  /** Answers in place of the real ones, by method and end of the path. */
  readonly instead = new Map<string, ReturnType<typeof problem> | "abort">();
  readonly posted: [string, unknown][] = [];

  private gate() {
    const left: object[] = this.flags
      .filter((each) => each.state === "suggested" && (each.tier === "immediate" || each.tier === "review"))
      .map(({ id: flag, item, label, tier }) => ({ kind: "flag", flag, item, label, tier }));
    if (this.note.verdict === null) left.push({ kind: "verdict" });
    if (Object.values(this.note.fields).every((each) => each === "")) left.push({ kind: "text" });
    return { open: left.length === 0, left };
  }
  private whole() {
    return { ...this.note, gate: this.gate() };
  }
  private reviewed() {
    const signed = new Set((this.signatures as { flag: string; by_me: boolean }[]).filter((each) => each.by_me).map((each) => each.flag));
    const left = [
      ...this.flags.filter((each) => each.tier === "immediate" && !signed.has(each.id)).map(({ id: flag, item, label }) => ({ kind: "signature", flag, item, label })),
      ...this.flags.filter((each) => each.state === "held").map(({ id: flag, item, label }) => ({ kind: "held", flag, item, label })),
    ];
    return { note: this.whole(), flags: this.all(), signatures: this.signatures, coverage_left: ["薬の使い方"], may_approve: { open: left.length === 0, left } };
  }
  private readonly all = () => ({ pack_version: "2026.11", flags: this.flags, coverage });

  /** As the nurse does with the card of that place. */
  confirm(place: number): void {
    Object.assign(this.flags[place]!, { state: "confirmed", decided: by("10:49") });
  }

  submit(number = 1): void {
    this.note = { ...this.note, state: "submitted", version: number, versions: [...this.note.versions, version(number, "11:32")], revision: this.note.revision + 1 };
  }

  /** The approver's page of it, with everything decided and handed in. */
  async review(page: Page): Promise<void> {
    this.me = miura;
    this.flags = flags().map((flag) => (flag.state === "suggested" ? { ...flag, state: "confirmed", decided: flags()[0]!.decided } : flag));
    this.note.verdict = "support";
    this.submit();
    await page.goto(`/interviews/${id}/review`);
  }

  voices: { certificate: object | null; [more: string]: unknown }[] = [{ participant: resident, party: "resident", certificate: null }];

  /** At another desk: her words are nowhere any more. */
  takeBack(): void {
    this.voices[0]!.certificate = { certificate: "D-00872", interview: id, interview_at: at("10:00"), record_number: null, party: "resident", manner: "spoken", at: at("10:50"), taken_by: "田野倉", done_at: at("10:50"), audit_number: 871, audit_head: "aa" };
    this.transcript = { segments: [], gaps: [], accounts: [], complete: true };
    this.flags = this.flags.map((flag) => ({ ...flag, quotes: [], answers: [], withdrawn: true, revision: flag.revision + 1 }));
    this.note = { ...this.note, quotes: {}, withdrawn: [{ party: "resident", at: at("10:50") }] };
  }

  help: object[] = [];
  barring: object = barring;

  async serve(page: Page): Promise<void> {
    await page.route("/api/**", async (route) => {
      const method = route.request().method();
      const path = new URL(route.request().url()).pathname;
      const tail = path.split("/").slice(4);
      const done = (json: object, status = 200) => route.fulfill({ status, json });
      const instead = this.instead.get(`${method} ${tail.join("/") || path}`);
      if (instead) return instead === "abort" ? route.abort() : route.fulfill(instead);
      const body = (route.request().postDataJSON() ?? {}) as { revision: number; fields: Record<string, string>; verdict: string; comment: string; words: string; reason: string; until: string; speaker: string | null };
      if (method === "GET") {
        if (path === "/api/me") return done(this.me);
        if (path === "/api/review") return done(this.queue);
        if (path === "/api/rules/items") return done({ version: "2026.11", items });
        if (path === "/api/notes") return done({ rows: [] });
        if (path === "/api/alerts") return done((this.queue as { alerts: object[] }).alerts.filter((each) => (each as { opened_at: string | null }).opened_at === null));
        if (path === "/api/help") return done(this.help);
        if (path === "/api/interviews") return done({ day: "2026-11-25", interviews: [] });
        switch (tail[0]) {
          case undefined: return done(detail);
          case "note": return done(this.whole());
          case "flags": return done(this.all());
          case "transcript": return done(this.transcript);
          case "memo": return done({ text: this.memo, revision: 1, saved_at: null });
          case "audio": {
            const query = new URL(route.request().url()).searchParams;
            this.played.push([...query.values()].join(" "));
            const body = this.sound[query.get("track")!];
            return body ? route.fulfill({ body, contentType: "audio/ogg" }) : route.fulfill(problem(404));
          }
          case "review": return done(this.reviewed());
          case "barred": return done(this.barring);
          case "record": return done(this.record);
          case "withdrawals": return done(this.voices);
        }
      }
      this.posted.push([path, body]);
      if (path.startsWith("/api/alerts/")) return route.fulfill({ status: 204 });
      if (tail[0] === "segments") {
        const { segments } = this.transcript as { segments: { id: string }[] };
        this.transcript = { ...this.transcript, segments: segments.map((each) => (each.id === tail[1] ? { ...each, speaker: body.speaker } : each)) };
        return route.fulfill({ status: 204 });
      }
      if (tail[0] === "record") {
        this.record = { ...this.record, addenda: [...this.record.addenda, { at: at("10:00", "2026-11-28"), by: "佐野", words: body.words }] };
        return route.fulfill({ status: 201 });
      }
      if (tail[0] === "flags" && tail[2]) {
        const flag = this.flags.find((each) => each.id === tail[1])!;
        if (flag.revision !== body.revision) return route.fulfill(problem(409, { type: "urn:yorisoi:problem:changed" }));
        if (tail[2] === "sign") {
          this.signatures.push({ flag: flag.id, by: "三浦", by_me: true, at: at("13:58") });
          return route.fulfill({ status: 204 });
        }
        const state = { confirm: "confirmed", dismiss: "dismissed", hold: "held", reopen: "suggested" }[tail[2]]!;
        Object.assign(flag, { state, revision: flag.revision + 1, decided: state === "suggested" ? null : by("10:49", { reason: body.reason ?? null, words: body.words ?? null, until: body.until ?? null }) });
        return done(flag);
      }
      if (body.revision !== this.note.revision) return route.fulfill(problem(409, { type: "urn:yorisoi:problem:changed" }));
      this.note.revision += 1;
      if (tail[1] === "submit") this.submit(this.note.version + 1);
      else if (tail[1] === "return") this.note = { ...this.note, state: "returned", returned: { by: "三浦", at: at("12:10"), comment: body.comment } };
      else if (tail[1] === "approve") {
        this.note.state = "approved";
        return done({ record: "r", number: "中央-R8-0214" });
      } else this.note = { ...this.note, fields: Object.fromEntries(Object.entries(body.fields).map(([field, text]) => [field, text.trim()])), verdict: body.verdict, saved_at: at("10:52") };
      return done(this.whole());
    });
  }
}
