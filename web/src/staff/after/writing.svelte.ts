/** One note as it is written: it saves by itself, loses nothing that was typed and overwrites nobody. */
import { readNote, saveNote, submitNote, type Answer, type NotDone } from "../../lib/api/client";
import type { Note } from "../../lib/api/types";
import { answered, differing, merged, typedOf, valueOf, withPart, type Difference, type Part, type Typed } from "./draft";

/** After the last key. */
const QUIET_MS = 1200;
/** While the server can't be reached. */
const AGAIN_MS = 5000;

export class Writing {
  note = $state.raw<Note>();
  /** Why the page has no note. */
  missing = $state.raw<NotDone>();
  typed = $state.raw<Typed>();
  /** What both pages have changed; nothing is saved until each is chosen. */
  differences = $state.raw<Difference[]>([]);
  /** Why the last save did not go through. */
  trouble = $state.raw<NotDone>();

  readonly #id: string;
  /** What the server has, as far as this page knows. */
  #base = $state.raw<Typed>();
  #saving: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string) {
    this.#id = id;
  }

  /** Typed and not yet with the server. */
  get unsaved(): boolean {
    return this.unsavedParts.length > 0;
  }

  get unsavedParts(): Part[] {
    return this.typed && this.#base ? differing(this.typed, this.#base) : [];
  }

  get writable(): boolean {
    return this.note?.state === "draft" || this.note?.state === "returned";
  }

  async read(): Promise<void> {
    const answer = await readNote(this.#id);
    this.missing = answer.kind === "done" ? undefined : answer;
    if (answer.kind === "done") this.#take(answer.value);
  }

  put(part: Part, to: string): void {
    if (!this.typed) return;
    this.typed = withPart(this.typed, part, to);
    this.#saveIn(part === "verdict" ? 0 : QUIET_MS);
  }

  /** `mine` is what stands in the field now: it may have been typed after the difference was found. */
  choose({ part, theirs }: Difference, keep: "mine" | "theirs"): void {
    if (!this.typed) return;
    this.differences = this.differences.filter((each) => each.part !== part);
    this.put(part, keep === "theirs" ? theirs : valueOf(this.typed, part));
  }

  /** Saves now; true when the server has everything. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    // One after the other: the next save needs the revision that the one before it made.
    await (this.#saving = this.#saving.then(() => this.#save()));
    return !this.unsaved;
  }

  async submit(): Promise<Answer<Note> | undefined> {
    if (!(await this.flush()) || !this.note) return undefined;
    const answer = await submitNote(this.#id, this.note.revision);
    if (answer.kind === "done") this.#take(answer.value);
    else if (answer.kind === "refused" && answer.problem.status === 409) await this.read();
    return answer;
  }

  /** The page goes: what is typed is sent once more. */
  close(): void {
    clearTimeout(this.#timer);
    if (this.unsaved) void this.#save();
    clearTimeout(this.#timer);
  }

  #saveIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), ms);
  }

  #take(next: Note): void {
    // Asked before the last save, answered after it.
    if (this.note && next.revision < this.note.revision) return;
    const theirs = typedOf(next);
    // Measured against what the server last said: it may have written what it was sent in its own way.
    const before = this.note ? typedOf(this.note) : theirs;
    const mine = this.typed && this.#base ? answered(this.typed, this.#base, before) : theirs;
    const { typed, differences } = merged(before, mine, theirs, this.differences);
    this.note = next;
    this.#base = theirs;
    this.typed = typed;
    this.differences = differences;
  }

  async #save(): Promise<void> {
    if (!this.note || !this.typed || !this.unsaved || !this.writable || this.differences.length > 0) return;
    const sent = this.typed;
    const answer = await saveNote(this.#id, { revision: this.note.revision, ...sent });
    if (answer.kind === "done") {
      this.note = answer.value;
      this.#base = sent;
      this.trouble = undefined;
      if (this.unsaved) this.#saveIn(QUIET_MS);
    } else if (answer.kind === "refused" && answer.problem.status === 409) {
      await this.read();
      this.trouble = this.missing;
      if (!this.missing && this.unsaved) this.#saveIn(0);
    } else {
      this.trouble = answer;
      if (answer.kind === "offline" || answer.problem.status >= 500) this.#saveIn(AGAIN_MS);
    }
  }
}
