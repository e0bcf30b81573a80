/** The nurse's own notes of one interview: saved by themselves, kept here while they can't be, never lost. */
import { isDenied, type NotDone, readMemo, saveMemo, type Schemas } from "../../lib/api/client";

export type MemoState = {
  text: string;
  savedAt: string | undefined;
  /** Not everything that stands here is saved. */
  open: boolean;
  /** The last try to save failed; it is tried again, unless the server would say the same again. */
  failing: boolean;
  /** It failed because of what the notes are: they are too long, most likely. */
  unfit: Schemas["FieldCode"] | undefined;
  /** Notes of another page were put below these. */
  joined: boolean;
};

/** She pauses, and it is saved. */
const QUIET_MS = 800;
const RETRY_MS = 4000;
const MOST_TRIES = 3;
/** As many characters as the server keeps. */
export const LONGEST = 10_000;

export class Memo {
  readonly #id: string;
  readonly #onchange: (state: MemoState) => void;
  readonly #between: string;
  #state: MemoState = { text: "", savedAt: undefined, open: false, failing: false, unfit: undefined, joined: false };
  /** What the server has, once that is known. */
  #saved: { text: string; revision: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | undefined;

  /** `between` stands above the notes of another page where both have some. */
  constructor(id: string, between: string, onchange: (state: MemoState) => void) {
    this.#id = id;
    this.#between = between;
    this.#onchange = onchange;
  }

  get state(): MemoState {
    return this.#state;
  }

  /** Reads what was saved before. What was typed meanwhile stays. */
  async load(): Promise<boolean> {
    const answer = await readMemo(this.#id);
    if (answer.kind !== "done") {
      this.#failed(answer);
      return false;
    }
    const { text, revision, saved_at } = answer.value;
    // Of what stands on the page, the server does not know what differs from its last answer.
    const mine = this.#state.text;
    const own = mine !== "" && mine !== (this.#saved?.text ?? "");
    const joined = own && text !== "" && text !== this.#saved?.text && !mine.includes(text);
    this.#saved = { text, revision };
    const all = !own ? text : joined ? `${mine}\n\n${this.#between}\n${text}` : mine;
    this.#change({ text: all, savedAt: saved_at ?? undefined, open: all !== text, failing: false, joined: this.#state.joined || joined });
    return true;
  }

  type(text: string): void {
    this.#change({ text, open: text !== this.#saved?.text });
    this.#later(QUIET_MS);
  }

  /** Saves at once. Resolves when all is saved, or when it could not be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#saving ??= this.#save().finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  /** Stops trying by itself once everything is saved. */
  close(): void {
    if (!this.#state.open) clearTimeout(this.#timer);
  }

  async #save(): Promise<void> {
    if (!this.#saved && !(await this.load())) return;
    for (let tries = 0; this.#saved && this.#state.text !== this.#saved.text; tries++) {
      const text = this.#state.text;
      const answer = await saveMemo(this.#id, { revision: this.#saved.revision, text });
      if (answer.kind === "done") {
        this.#saved = { text, revision: answer.value.revision };
        this.#change({ savedAt: answer.value.saved_at, open: this.#state.text !== text, failing: false, unfit: undefined });
      } else if (answer.kind === "refused" && answer.problem.status === 409 && tries < MOST_TRIES) {
        // Another page of hers has saved: both texts stay.
        if (!(await this.load())) return;
      } else return this.#failed(answer);
    }
    this.#change({ open: false, failing: false, unfit: undefined });
  }

  #failed(answer: NotDone): void {
    const unfit = answer.kind === "refused" ? answer.problem.fields?.[0]?.code : undefined;
    this.#change({ failing: true, unfit });
    // Whoever may not save would only fill the server's audit; what is too long stays too long until she types.
    if (!isDenied(answer) && !unfit) this.#later(RETRY_MS);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), ms);
  }

  #change(part: Partial<MemoState>): void {
    this.#state = { ...this.#state, ...part };
    this.#onchange(this.#state);
  }
}
