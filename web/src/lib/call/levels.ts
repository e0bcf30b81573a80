/** Listens to a microphone: is a voice heard, does it clip, how loud are the surroundings. Numbers stay in here. */

export type Sound = "nothing" | "silence" | "voice" | "clipping";
export type Noise = "quiet" | "some" | "loud" | "unknown";

/** One look at the samples, which lie between -1 and 1. Levels in dB below full scale. */
export type Block = { rms: number; peak: number };

export function measure(samples: Float32Array): Block {
  let sum = 0;
  let peak = 0;
  for (const sample of samples) {
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rms: decibels(Math.sqrt(sum / samples.length)), peak: decibels(peak) };
}

const decibels = (amplitude: number): number => (amplitude > 0 ? Math.max(-120, 20 * Math.log10(amplitude)) : -120);

/** Below this a microphone is switched off at its cable: even a quiet room is louder. */
const DEAD_DB = -90;
const CLIP_DB = -0.2;
const VOICE_DB = -42;
/** A voice stands this far above its surroundings. */
const VOICE_ABOVE_NOISE_DB = 10;
/** The surroundings are judged from two seconds on. */
const ENOUGH_BLOCKS = 20;
const SOME_DB = -52;
const LOUD_DB = -38;

/** Ten looks a second over the last ten seconds. */
export class Levels {
  #blocks: Block[] = [];

  add(block: Block): void {
    this.#blocks.push(block);
    if (this.#blocks.length > 100) this.#blocks.shift();
  }

  /** The level that nine of ten looks are above: the room without her voice. */
  get #floor(): number {
    const sorted = this.#blocks.map((block) => block.rms).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 10)] ?? -120;
  }

  /** Nothing at all for so long that it is worth saying. */
  get dead(): boolean {
    return this.#blocks.length >= ENOUGH_BLOCKS && this.#blocks.every((block) => block.rms <= DEAD_DB);
  }

  get noise(): Noise {
    if (this.#blocks.length < ENOUGH_BLOCKS || this.dead) return "unknown";
    if (this.#floor >= LOUD_DB) return "loud";
    return this.#floor >= SOME_DB ? "some" : "quiet";
  }

  get sound(): Sound {
    const alive = this.#blocks.filter((block) => block.rms > DEAD_DB);
    if (alive.length === 0) return "nothing";
    if (alive.filter((block) => block.peak >= CLIP_DB).length >= 3) return "clipping";
    const floor = this.#blocks.length < ENOUGH_BLOCKS ? -120 : this.#floor;
    const spoken = alive.filter((block) => block.rms >= VOICE_DB && block.rms >= floor + VOICE_ABOVE_NOISE_DB);
    return spoken.length >= 3 ? "voice" : "silence";
  }

  /** The last look as a share of 100, for a meter: -60 dB is 0. */
  get percent(): number {
    const last = this.#blocks.at(-1)?.rms ?? -120;
    return Math.round(Math.min(100, Math.max(0, ((last + 60) / 60) * 100)));
  }
}

/** Calls back ten times a second until the returned function is called. Nothing leaves the page and nothing is played. */
export function listen(stream: MediaStream, onlevels: (levels: Levels) => void): () => void {
  const levels = new Levels();
  if (stream.getAudioTracks().length === 0) return () => {};
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  // Opened outside a tap, some browsers start it asleep.
  void context.resume().catch(() => {});
  const timer = setInterval(() => {
    if (context.state !== "running") return;
    analyser.getFloatTimeDomainData(samples);
    levels.add(measure(samples));
    onlevels(levels);
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
