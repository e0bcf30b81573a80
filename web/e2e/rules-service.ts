/** The rules of 見本市 as screen 12 shows them, and a service that keeps the working copy as the real one does. */
import type { Page } from "@playwright/test";
import { miura, office } from "./desk-service";
import { problem } from "./page";

/** In the order of the pack: label, item, tier, rules, examples. */
const table = `
  パートナーとの安全 partner_violence immediate 14 38
  消えたい気持ち suicidal_or_self_harm immediate 11 31
  急ぎの体の症状 medical_emergency immediate 9 24
  気分・睡眠 mood_sleep review 12 35
  周りの支え no_support review 10 27
  お金・仕事 money_work review 13 34
  たばこ smoking notice 8 26
  お酒 alcohol notice 9 25
  ことば language care 6 16
`.trim().split("\n").map((line) => line.trim().split(" ") as [string, string, string, string, string]);

const line = (rule: string, example: string, more: object = {}) =>
  ({ rule, item: rule.split(".")[0]!, state: "shipped", draft: false, example, found: 0, confirmed: 0, dismissed: [], ...more });

const text = {
  says: "risk", when: "always", tier: null, patterns: ["(本数|量)(は|を)?減ら(し|せ)", "まだ.{0,12}吸(っ|い)", "(隠れて|こっそり).{0,6}吸"], unless: [],
  negation: "clears", supposed: "clears", past: null, subject: null,
  match: ["まだ吸ってます", "本数は減らしたんですけど", "隠れて吸っちゃう", "おたばこは → はい、ちょっと"],
  no_match: ["わかってすぐやめました", "もともと吸わないです", "息を吸って、って言われて", "煙のにおいが、つわりで無理"],
  basis: "市の面談マニュアル 第4章。同居の人の屋内の喫煙も「気になる」", question: null,
};
type Text = typeof text;

/** What is wrong with what was sent, as the real one says it. */
const refused = (rule: object) => ({ status: 422, contentType: "application/problem+json", json: { type: "urn:yorisoi:problem:bad-rule", title: "", status: 422, rule } });

export class RulesService {
  me: object = miura;
  text: Text = structuredClone(text);
  draft = false;
  failing: { rule: string; text: string; of: string | null; should_match: boolean }[] = [];
  activation: object | null = null;
  trouble: object | null = null;
  /** Of the working copy. */
  fault: object | null = null;
  may_change = true;
  dismissed: object[] = [];
  /** What is found because it is like talk of たばこ, and is left out. */
  likeness: object[] = [];
  likenessOff = false;
  /** The municipality has as many rules as it may have. */
  full = false;
  talks = 50;
  /** Answers in place of the real ones, by method and path. */
  readonly instead = new Map<string, ReturnType<typeof problem> | "abort">();
  readonly posted: [string, string, unknown][] = [];

  private rules() {
    const failed = this.failing.length;
    const changed = this.draft;
    const changes = Number(this.draft) + Number(this.likenessOff);
    return {
      version: "2026.11", extends: "2026.10", added: 3, changed: 1, trouble: this.trouble, may_change: this.may_change,
      items: table.map(([label, item, tier, rules, all]) => ({ item, label, tier, rules: Number(rules), examples: { passed: Number(all) - (item === "smoking" ? failed : 0), all: Number(all) } })),
      rules: [
        ...table.filter(([, item]) => item !== "smoking").map(([label, item]) => line(`${item}.said`, label)),
        line("smoking.cut_down", "まだ吸ってます", { draft: changed, found: 12, confirmed: 8, dismissed: this.dismissed }),
        line("smoking.indoors", "旦那が部屋で吸うんです"),
        line("smoking.amount", "1日3本くらい", { state: "off" }),
      ],
      likeness: table.map(([, item]) => {
        const own = item === "smoking";
        const off = own && this.likenessOff;
        return { item, rule: `${item}.likeness`, state: off ? "off" : "shipped", draft: off, found: own ? 9 : 0, confirmed: own ? 2 : 0, dismissed: own ? this.likeness : [] };
      }),
      draft: changes > 0 ? { changes, examples: { passed: 26 - failed, all: 26 }, failing: this.failing, fault: this.fault } : null,
      activation: this.activation,
    };
  }
  private one(rule: string) {
    const known = this.rules().rules.find((each) => each.rule === rule);
    if (!known) return undefined;
    const [label, item, tier] = table.find(([, item]) => item === known.item)!;
    const own = rule === "smoking.cut_down";
    const sentences = [...this.text.match, ...this.text.no_match];
    return {
      rule, item, label, tier, past: "clears", subject: "own", state: known.state, text: own ? this.text : { ...text, match: [known.example] }, asked: "おたばこは。",
      draft: own && this.draft ? { by: "三浦", at: "2026-11-25T10:30:00+09:00" } : null,
      failing: own ? this.failing.filter((each) => each.of === null).map((each) => each.text) : [],
      added: own && this.draft ? sentences.filter((each) => ![...text.match, ...text.no_match].includes(each)) : [],
      concepts: own ? [{ name: "tobacco", words: ["たばこ", "煙草", "アイコス"], city: [] }] : [],
    };
  }

  /** As in the picture: one more example. */
  addExample(): void {
    this.text.match.push("加熱式ならいいかなって");
    this.draft = true;
  }
  asked(by_me: boolean, approved_by: string | null = null): void {
    this.activation = { id: "00000000-0000-0000-0000-0000000000aa", version: "2026.12", from: "2026-12-01", asked_by: "三浦", asked_by_me: by_me, asked_at: "2026-11-25T10:40:00+09:00", approved_by };
  }

  async serve(page: Page): Promise<void> {
    await page.route("/api/**", async (route) => {
      const method = route.request().method();
      const path = new URL(route.request().url()).pathname;
      const done = (json: object, status = 200) => route.fulfill({ status, json });
      const instead = this.instead.get(`${method} ${path}`);
      if (instead) return instead === "abort" ? route.abort() : route.fulfill(instead);
      if (path === "/api/me") return done(this.me);
      if (path === "/api/help") return done([]);
      if (path === "/api/review") return done({ rows: Array.from({ length: 14 }, () => ({})), today: 0, overdue: 0, median_days: null, alerts: [] });
      if (path === "/api/rules") return done(this.rules());
      if (path === "/api/rules/versions") {
        return done([
          { version: "2026.11", from: "2026-11-01T00:00:00+09:00", asked_by: "三浦", approved_by: "管理者 坂" },
          { version: "2026.10", from: "2026-10-01T09:12:00+09:00", asked_by: null, approved_by: null },
        ]);
      }
      const rule = path.split("/").at(-1)!;
      if (method === "GET" && path.startsWith("/api/rules/rule/")) {
        const one = this.one(rule);
        return one ? done(one) : route.fulfill(problem(404));
      }
      const body = route.request().postDataJSON() ?? {};
      this.posted.push([method, path, body]);
      if (path === "/api/rules/draft/try") {
        return done(this.talks === 0 ? { talks: 0, more: 0, fewer: 0, items: [] } : { talks: this.talks, more: 2, fewer: 0, items: [{ item: "smoking", label: "たばこ", more: 2, fewer: 0 }] });
      }
      if (path === "/api/rules/activations") {
        this.asked(true);
        return done(this.activation!, 201);
      }
      if (path.endsWith("/withdraw") || path.endsWith("/refuse")) this.activation = null;
      if (path.endsWith("/approve")) [this.activation, this.draft] = [null, false];
      if (method === "PUT" && body.kind === "write") {
        const row = (body.text as Text).patterns.findIndex((each) => each.includes("(") && !each.includes(")"));
        const file = `city/rule/${rule}.toml`;
        if (row >= 0) {
          const at = body.text.patterns[row].indexOf("(") + 1;
          return route.fulfill(refused({ file, line: 8 + row, column: at + 3, rule, fault: "group_not_closed", field: "patterns", row: row + 1, at, sentence: "" }));
        }
        if (body.text.no_match.length === 0) return route.fulfill(refused({ file, line: 2, column: 6, rule, fault: "no_examples", field: null, row: null, at: null, sentence: "" }));
        [this.text, this.draft] = [body.text, true];
      }
      if (method === "PUT" && path.endsWith(".likeness")) {
        if (this.full && body.kind === "off") return route.fulfill(refused({ file: `city/rule/${rule}.toml`, line: 1, column: 1, rule, fault: "too_many", field: null, row: null, at: null, sentence: "" }));
        this.likenessOff = body.kind === "off";
      }
      if (method === "PUT" && path.includes("/words/") && body.words.some((each: string) => each.includes("("))) {
        return route.fulfill(refused({ file: "city/words/tobacco.toml", line: 3, column: 5, rule: null, fault: "group_not_closed", field: null, row: null, at: null, sentence: "" }));
      }
      if (method === "DELETE") [this.text, this.draft] = [structuredClone(text), false];
      return route.fulfill({ status: 204 });
    });
  }
}

export const administrator = { ...miura, name: "管理者 坂", grants: [{ office, office_name: "中央保健センター", role: "administrator" }] };
