/** The flags and the coverage of one interview as this page knows them; decisions go to the server and come back from it. */
import {
  addFlag, type Answer, confirmFlag, dismissFlag, holdFlag, isProblem, listItems, type NotDone, readFlags, reopenFlag, tickItem,
} from "../../lib/api/client";
import type { Asked, Coverage, DismissReason, Flag, Item } from "../../lib/api/types";
import type { Message } from "../../lib/call/messages";
import { withCoverage, withFlag } from "./flags";

export type FindingsState = {
  items: readonly Item[];
  flags: readonly Flag[];
  coverage: readonly Coverage[];
  /** Nothing could be read yet: then an empty list does not mean that there is nothing. */
  unread: boolean;
  /** The last reading failed. */
  missing: boolean;
  /** Somebody decided elsewhere meanwhile; what stands here now is read again. */
  changed: boolean;
  /** Why the last decision did not go through. */
  trouble: NotDone | undefined;
};

export type Decision =
  | { kind: "confirm" }
  | { kind: "dismiss"; reason: DismissReason; words: string | null }
  | { kind: "hold"; words: string; until: string }
  | { kind: "reopen" };

export class Findings {
  readonly #id: string;
  readonly #onchange: (state: FindingsState) => void;
  #state: FindingsState = { items: [], flags: [], coverage: [], unread: true, missing: false, changed: false, trouble: undefined };
  /** What the socket says while the list is on its way. */
  #meanwhile: Message[] | undefined;
  #again = false;

  constructor(id: string, onchange: (state: FindingsState) => void) {
    this.#id = id;
    this.#onchange = onchange;
  }

  get state(): FindingsState {
    return this.#state;
  }

  /** Reads everything anew: at the beginning, and wherever news may have been missed. */
  async load(): Promise<void> {
    if (this.#meanwhile) {
      this.#again = true;
      return;
    }
    this.#meanwhile = [];
    const [items, flags] = await Promise.all([this.#state.items.length > 0 ? undefined : listItems(), readFlags(this.#id)]);
    const news = this.#meanwhile;
    this.#meanwhile = undefined;
    if (items?.kind === "done") this.#change({ items: items.value.items });
    if (flags.kind === "done") this.#change({ flags: flags.value.flags, coverage: flags.value.coverage });
    const missing = flags.kind !== "done" || this.#state.items.length === 0;
    this.#change({ missing, unread: this.#state.unread && missing });
    for (const message of news) this.#take(message);
    if (this.#again) {
      this.#again = false;
      await this.load();
    }
  }

  /** Words were taken back, and what is left of them can't be read. */
  forget(): void {
    this.#change({ flags: [], unread: true });
  }

  hear(message: Message): void {
    this.#meanwhile?.push(message);
    this.#take(message);
  }

  /** True when the server has it. */
  async decide(flag: Flag, decision: Decision): Promise<boolean> {
    const revision = flag.revision;
    switch (decision.kind) {
      case "confirm":
        return this.#settle(confirmFlag(this.#id, flag.id, { revision }));
      case "dismiss":
        return this.#settle(dismissFlag(this.#id, flag.id, { revision, reason: decision.reason, words: decision.words }));
      case "hold":
        return this.#settle(holdFlag(this.#id, flag.id, { revision, words: decision.words, until: decision.until }));
      case "reopen":
        return this.#settle(reopenFlag(this.#id, flag.id, { revision }));
    }
  }

  add(item: string, seen: string, atMs: number | null): Promise<boolean> {
    return this.#settle(addFlag(this.#id, { item, seen, at_ms: atMs }));
  }

  async tick(item: string, state: Exclude<Asked, "not_asked"> | null): Promise<boolean> {
    this.#change({ trouble: undefined });
    const answer = await tickItem(this.#id, item, { state });
    if (answer.kind === "done") this.#change({ coverage: withCoverage(this.#state.coverage, answer.value) });
    else this.#change({ trouble: answer });
    return answer.kind === "done";
  }

  #take(message: Message): void {
    if (message.type === "flag") this.#change({ flags: withFlag(this.#state.flags, message.data) });
    if (message.type === "flag_gone") this.#change({ flags: this.#state.flags.filter((each) => each.id !== message.data.id) });
    if (message.type === "coverage") this.#change({ coverage: withCoverage(this.#state.coverage, message.data) });
  }

  async #settle(asked: Promise<Answer<Flag>>): Promise<boolean> {
    this.#change({ trouble: undefined, changed: false });
    const answer = await asked;
    if (answer.kind === "done") {
      this.#change({ flags: withFlag(this.#state.flags, answer.value) });
      return true;
    }
    if (answer.kind === "refused" && isProblem(answer.problem, "changed")) {
      await this.load();
      this.#change({ changed: true });
    } else this.#change({ trouble: answer });
    return false;
  }

  #change(part: Partial<FindingsState>): void {
    this.#state = { ...this.#state, ...part };
    this.#onchange(this.#state);
  }
}
