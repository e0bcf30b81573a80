/** The voices of a talk that is over, heard again: of one flag at a time, and never by itself. */
import { playAudio, readTranscript, type Answer, type Schemas } from "../../lib/api/client";
import type { Flag } from "../../lib/api/types";
import { m } from "../../lib/i18n/staff";
import { stretches, tracksOf, type Stretch } from "./stretches";

export class Listening {
  /** The flag that is heard, or on its way. */
  now = $state<string>();
  /** To be heard once it is sure that nobody else hears it (decision 47). */
  asking = $state.raw<Flag>();
  #failed = $state.raw<{ flag: string; words: string }>();

  readonly #id: string;
  #headphones = false;
  #transcript: Schemas["Transcript"] | undefined;
  #context: AudioContext | undefined;
  #source: AudioBufferSourceNode | undefined;
  /** Whatever was begun before the last press is over. */
  #press = 0;

  constructor(id: string) {
    this.#id = id;
  }

  /** Why the last one can't be heard. */
  failure(flag: string): string | undefined {
    return this.#failed?.flag === flag ? this.#failed.words : undefined;
  }

  /** Plays, or stops what plays. The first time on a page it asks for headphones. */
  toggle(flag: Flag): void {
    if (this.now === flag.id) this.stop();
    else if (this.#headphones) void this.#play(flag);
    else this.asking = flag;
  }

  /** The answer to the question for headphones. */
  answer(headphones: boolean): void {
    const flag = this.asking;
    this.asking = undefined;
    if (!headphones || !flag) return;
    this.#headphones = true;
    void this.#play(flag);
  }

  stop(): void {
    this.#press += 1;
    this.now = undefined;
    this.#source?.stop();
    this.#source = undefined;
  }

  /** Words were taken back: what is heard stops, and the copy of the text goes. */
  forget(): void {
    this.stop();
    this.#transcript = undefined;
  }

  /** The page goes. */
  close(): void {
    this.stop();
    void this.#context?.close();
    this.#context = undefined;
  }

  async #play(flag: Flag): Promise<void> {
    this.stop();
    const press = this.#press;
    const gone = () => press !== this.#press;
    this.now = flag.id;
    this.#failed = undefined;
    // Here, because only a press may begin to sound.
    const context = (this.#context ??= new AudioContext());
    await context.resume();
    const transcript = await this.#read();
    if (gone()) return;
    if (transcript.kind !== "done") return this.#fail(flag, transcript);
    let heard = false;
    for (const stretch of stretches(flag.quotes, transcript.value.segments)) {
      const sound = await this.#sound(transcript.value, stretch);
      if (gone()) return;
      if (sound === undefined) continue;
      if (sound.kind !== "done") return this.#fail(flag, sound);
      const buffer = await context.decodeAudioData(sound.value).catch(() => undefined);
      if (gone()) return;
      if (!buffer) return this.#fail(flag);
      heard = true;
      await this.#hear(context, buffer);
      if (gone()) return;
    }
    this.now = undefined;
    if (!heard) this.#failed = { flag: flag.id, words: m.listen_none() };
  }

  async #read(): Promise<Answer<Schemas["Transcript"]>> {
    if (this.#transcript) return { kind: "done", value: this.#transcript };
    const answer = await readTranscript(this.#id);
    if (answer.kind === "done") this.#transcript = answer.value;
    return answer;
  }

  /** Undefined where this voice was not kept. */
  async #sound({ accounts }: Schemas["Transcript"], { participant, fromMs, toMs }: Stretch): Promise<Answer<ArrayBuffer> | undefined> {
    for (const track of tracksOf(accounts, participant)) {
      const answer = await playAudio(this.#id, track, fromMs, toMs);
      if (answer.kind !== "refused" || answer.problem.status !== 404) return answer;
    }
    return undefined;
  }

  #hear(context: AudioContext, buffer: AudioBuffer): Promise<void> {
    const source = (this.#source = context.createBufferSource());
    source.buffer = buffer;
    source.connect(context.destination);
    return new Promise((done) => {
      source.onended = () => done();
      source.start();
    });
  }

  #fail(flag: Flag, answer?: Answer<unknown>): void {
    this.now = undefined;
    this.#failed = { flag: flag.id, words: answer?.kind === "offline" ? m.listen_offline() : m.listen_failed() };
  }
}
