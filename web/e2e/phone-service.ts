/** The service as the resident's pages meet it: it walks with her from step to step, as the real one does. */
import type { Page } from "@playwright/test";
import { snapshot } from "./page";

/** The texts as the service words them. */
const texts = {
  locale: "ja-x-easy",
  texts: [
    {
      choice: "interview", version: 3, sha256: "aa", question: "面談《めんだん》をしますか",
      paragraphs: ["保健師《ほけんし》が、あなたの話《はなし》を聞《き》きます。30分《ぷん》くらいです。", "答《こた》えたくないことは、答《こた》えなくて大丈夫《だいじょうぶ》です。いつでも、やめられます。"],
      answers: [{ value: "yes", label: "面談《めんだん》をする" }, { value: "no", label: "今日《きょう》はしない", consequence: "電話《でんわ》か窓口《まどぐち》でも話《はな》せます" }],
    },
    {
      choice: "transcription", version: 3, sha256: "bb", question: "話《はな》した声《こえ》を、文字《もじ》にしてもいいですか",
      paragraphs: ["保健師《ほけんし》が記録《きろく》を書《か》くためです。聞《き》きもらしがないか、機械《きかい》も確《たし》かめます。決《き》めるのは人《ひと》です。", "役所《やくしょ》の機械《きかい》だけを使《つか》います。どれを選《えら》んでも、損《そん》はしません。"],
      answers: [
        { value: "transcript", label: "文字《もじ》にして残《のこ》す", consequence: "記録《きろく》ができてから90日《にち》で消《け》します" },
        { value: "captions_only", label: "画面《がめん》に出《だ》すだけ", consequence: "残《のこ》しません" },
        { value: "none", label: "文字《もじ》にしない", consequence: "文字《もじ》も声《こえ》も残《のこ》りません" },
      ],
    },
    {
      choice: "keep_audio", version: 3, sha256: "cc", question: "声《こえ》を、しばらく残《のこ》してもいいですか",
      paragraphs: ["文字《もじ》が正《ただ》しいか、あとで聞《き》いて確《たし》かめるためです。", "聞《き》くのは、保健師《ほけんし》と、記録《きろく》を確《たし》かめる人《ひと》だけです。"],
      answers: [
        { value: "yes", label: "残《のこ》していい", consequence: "記録《きろく》ができたら消《け》します。長《なが》くても30日《にち》です" },
        { value: "no", label: "残《のこ》さない", consequence: "文字《もじ》ができたら、すぐ消《け》します" },
      ],
    },
    {
      choice: "sharing", version: 3, sha256: "dd", question: "役所《やくしょ》の中《なか》で、話《はなし》を伝《つた》えてもいいですか",
      paragraphs: ["子育《こそだ》てや福祉《ふくし》の担当《たんとう》が、あなたの手伝《てつだ》いをするためです。", "法律《ほうりつ》で決《き》まっているときは、伝《つた》えることがあります。そのときは、だれに伝《つた》えたかを記録《きろく》します。"],
      answers: [{ value: "yes", label: "伝《つた》えていい" }, { value: "no", label: "伝《つた》えないでほしい" }],
    },
  ],
};

/** Short questions, as the service words them. */
const questions = {
  version: 1, sha256: "ee",
  questions: [
    { question: "feeling", ask: "わかったとき、どんな 気持《きも》ちでしたか", choices: [{ choice: "glad", text: "うれしかった" }, { choice: "surprised_glad", text: "びっくりした。でも、うれしかった" }, { choice: "troubled", text: "困《こま》った、なやんだ" }, { choice: "undecided", text: "今《いま》も まよっている" }, { choice: "hard_to_say", text: "うまく 言《い》えない" }] },
    { question: "alcohol", ask: "お酒《さけ》を 飲《の》みますか", choices: [{ choice: "no", text: "飲《の》まない・やめた" }, { choice: "sometimes", text: "ときどき 飲《の》む" }, { choice: "yes", text: "よく 飲《の》む" }] },
    { question: "tobacco", ask: "たばこを 吸《す》いますか", choices: [{ choice: "no", text: "吸《す》わない・やめた" }, { choice: "yes", text: "吸《す》う" }] },
    { question: "troubles", ask: "ほかに、話《はな》したいこと・困《こま》っていることは ありますか", choices: [] },
  ],
};

type State = { step: string; form_open?: boolean; scheduled_at?: string; consent: Record<string, string>; erasable?: boolean; along?: string };

export const agreed = { interview: "yes", transcription: "transcript", keep_audio: "yes", sharing: "yes" };

export class Service {
  state: State = { step: "contact", scheduled_at: "2026-11-25T01:00:00Z", consent: {} };
  readonly posted: Record<string, unknown[]> = {};

  async serve(page: Page): Promise<void> {
    await page.addInitScript({ path: "e2e/fake-service.js" });
    await page.addInitScript((value) => (window.service ? (window.service.snapshot = value) : undefined), snapshot("resident", "waiting"));
    await page.route("/api/join/**", async (route) => {
      const path = new URL(route.request().url()).pathname.replace("/api/join/", "");
      if (route.request().method() === "GET") return route.fulfill({ json: path === "state" ? this.state : path === "form" ? questions : texts });
      const body = route.request().postDataJSON();
      (this.posted[path] ??= []).push(body);
      if (path === "contact") this.state.step = "device";
      if (path === "along") Object.assign(this.state, { step: "device", along: body.role, consent: { interview: "yes", sharing: "no" } });
      if (path === "device") this.state.step = "consent";
      if (path === "knock") this.state.step = "waiting";
      if (path === "form") this.state.form_open = false;
      if (path === "withdraw") {
        this.state.consent = { interview: "yes", transcription: "none", keep_audio: "no", sharing: "yes" };
        this.state.erasable = false;
        return route.fulfill({ json: { certificate: "D-00872", at: "2026-11-25T10:21:00+09:00" } });
      }
      if (path === "consent") {
        this.state.consent[body.choice] = body.value;
        if (body.value === "transcript") this.state.erasable = true;
        if (body.choice === "interview" && body.value === "no") this.state.step = "declined";
        return route.fulfill({ json: this.state });
      }
      return route.fulfill({ status: 204 });
    });
  }
}
