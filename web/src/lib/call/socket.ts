/** The one WebSocket of a participant: it numbers what it sends, knows what it has heard, and comes back by itself. */

import type { Ack, ClientData, ClientType, Message, Refusal } from "./messages";

/**
 * `open`: messages go through. `lost`: it is trying again. For good: `closed` by us, `over` by the server,
 * `displaced` because another page of the same person has the seat, `refused` because this person may not come in.
 */
export type Line = "connecting" | "open" | "lost" | "closed" | "over" | "displaced" | "refused";

/** What became of a message: the server has it, would not take it, or the line went before it answered. */
export type Sent = { kind: "acked"; ack: Ack } | { kind: "refused"; problem: Refusal } | { kind: "unsent" };

type Options = {
  url: string;
  onmessage: (message: Message) => void;
  online: (line: Line) => void;
  /** Asked after a few openings in vain, because browsers hide why an opening failed: true when the server says no to this person. */
  refused?: () => Promise<boolean>;
  /** Replaced in tests. */
  connect?: (url: string) => WebSocket;
  id?: () => string;
};

type Pending = { text: string; kept: boolean; settle: (sent: Sent) => void };

/** The first try follows at once; a phone that changes its network is back within three seconds. */
const BACKOFF_MS = [0, 250, 500, 1000, 2000, 4000] as const;
/** Browsers hide the server's pings from scripts, so the page asks for itself whether the line still lives. */
const PING_MS = 1000;
/** Counted from a ping and not from what was heard last: a page in the background is woken once a minute. */
const ANSWER_MS = 3000;
const CONNECT_MS = 10_000;
/** More than a person can press while the line is gone. */
const MOST_PENDING = 64;
/** So many openings in a row that never opened, and the page asks whether it may come in at all. */
const ASK_AFTER = 3;
/** Close codes after which nothing more comes; after any other the page connects again and resumes. */
const FINAL: Readonly<Record<number, Line>> = { 4001: "displaced", 4002: "over", 4003: "refused" };

export class CallSocket {
  readonly #options: Options;
  #socket: WebSocket | undefined;
  #line: Line = "connecting";
  /** The numbering that the server keeps for this page, and how far it was heard. */
  #resume: string | null = null;
  #relays: RTCIceServer[] = [];
  #lastSeq = 0;
  #tries = 0;
  #vain = 0;
  #heardAt = 0;
  /** Without a word of the server by then the socket is given up. */
  #deadline: number | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #pulse: ReturnType<typeof setInterval>;
  readonly #pending = new Map<string, Pending>();

  constructor(options: Options) {
    this.#options = options;
    this.#pulse = setInterval(() => this.#beat(), PING_MS);
    this.#connect();
  }

  get line(): Line {
    return this.#line;
  }

  /** When the server was last heard, on the page's own clock. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /**
   * Sends a message once. A `kept` one waits out a lost line and is sent again under the same id, by which the
   * server knows it; any other is `unsent` when the line goes, because what it says would be old by then.
   */
  send<Type extends ClientType>(type: Type, data: ClientData<Type>, kept = true): Promise<Sent> {
    const open = this.#line === "open";
    if (this.#final || (!kept && !open) || this.#pending.size >= MOST_PENDING) return Promise.resolve({ kind: "unsent" });
    const { id, text } = this.#write(type, data);
    return new Promise((settle) => {
      this.#pending.set(id, { text, kept, settle });
      if (open) this.#socket?.send(text);
    });
  }

  /** Tries again at once: the network came back, or somebody pressed a button. */
  retryNow(): void {
    if (this.#line === "lost" && this.#socket === undefined) this.#connect();
    else if (this.#line === "open") this.#beat();
  }

  /** The browser says that there is no network: not even a socket that looks open has one. */
  distrust(): void {
    if (this.#socket !== undefined) this.#drop(this.#socket);
  }

  close(): void {
    this.#finish("closed");
  }

  get #final(): boolean {
    return this.#line !== "connecting" && this.#line !== "open" && this.#line !== "lost";
  }

  #write<Type extends ClientType>(type: Type, data: ClientData<Type>): { id: string; text: string } {
    const id = (this.#options.id ?? newId)();
    return { id, text: JSON.stringify({ v: 1, id, type, data }) };
  }

  #connect(): void {
    clearTimeout(this.#retry);
    const socket = (this.#options.connect ?? ((url) => new WebSocket(url)))(this.#options.url);
    this.#socket = socket;
    this.#heard();
    this.#deadline = this.#heardAt + CONNECT_MS;
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => this.#received(socket, event.data);
    socket.onclose = (event) => this.#dropped(socket, event.code);
  }

  /** Relays for a network that lets no media through, as the server named them at the last opening. */
  get relays(): RTCIceServer[] {
    return this.#relays;
  }

  #opened(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#heard();
    // The server answers with what was missed, or with a snapshot where that is too much or nothing is known.
    const hello = this.#write("hello", { resume: this.#resume, last_seq: this.#lastSeq });
    this.#pending.set(hello.id, {
      text: hello.text,
      kept: false,
      settle: (sent) => {
        if (sent.kind !== "acked") return;
        this.#resume = sent.ack.resume ?? null;
        this.#relays = sent.ack.ice_servers ?? [];
      },
    });
    socket.send(hello.text);
    for (const pending of this.#pending.values()) if (pending.kept) socket.send(pending.text);
    this.#set("open");
  }

  #heard(): void {
    this.#heardAt = performance.now();
    this.#deadline = undefined;
  }

  #received(socket: WebSocket, text: unknown): void {
    if (socket !== this.#socket) return;
    this.#heard();
    // A line that opens and drops again must not be tried without a pause.
    this.#tries = this.#vain = 0;
    const message = parse(text);
    if (message === undefined) return;
    if (message.type === "ack" || message.type === "problem") return this.#answered(message);
    // Captions are told once and have no number.
    if (message.type === "caption") return this.#options.onmessage(message as unknown as Message);
    if (typeof message.seq !== "number") return;
    if (message.type !== "snapshot") {
      if (message.seq <= this.#lastSeq) return;
      // Something between is missing: the next hello asks for it.
      if (message.seq > this.#lastSeq + 1) return this.#drop(socket);
    }
    this.#lastSeq = message.seq;
    this.#options.onmessage(message as unknown as Message);
  }

  #answered(message: Incoming): void {
    const pending = this.#pending.get(message.id ?? "");
    if (pending === undefined) return;
    this.#pending.delete(message.id!);
    if (message.type === "ack") pending.settle({ kind: "acked", ack: (message.data ?? {}) as Ack });
    else pending.settle({ kind: "refused", problem: message.data as Refusal });
  }

  #beat(): void {
    if (this.#socket === undefined) return;
    if (this.#deadline !== undefined) {
      if (performance.now() >= this.#deadline) this.#drop(this.#socket);
    } else if (this.#line === "open") {
      this.#deadline = performance.now() + ANSWER_MS;
      this.#socket.send(this.#write("ping", {}).text);
    }
  }

  /** Gives a socket up without waiting for the browser, which may take a minute to notice a dead network. */
  #drop(socket: WebSocket): void {
    socket.onclose = socket.onmessage = socket.onopen = null;
    socket.close();
    this.#dropped(socket, 0);
  }

  #dropped(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    const final = FINAL[code];
    if (final) return this.#finish(final);
    for (const [id, pending] of this.#pending) {
      if (pending.kept) continue;
      this.#pending.delete(id);
      pending.settle({ kind: "unsent" });
    }
    this.#vain += 1;
    if (this.#vain % ASK_AFTER === 0) void this.#ask();
    const wait = BACKOFF_MS[Math.min(this.#tries, BACKOFF_MS.length - 1)]!;
    this.#tries += 1;
    this.#set("lost");
    // A few per cent of chance, so that a hundred pages do not come back to a restarted server in the same instant.
    this.#retry = setTimeout(() => this.#connect(), wait * (0.9 + Math.random() * 0.2));
  }

  /** Every try in vain is a refusal in the server's audit, so a page that is refused stops. */
  async #ask(): Promise<void> {
    if ((await this.#options.refused?.()) && this.#vain > 0) this.#finish("refused");
  }

  #finish(line: Line): void {
    if (this.#final) return;
    clearTimeout(this.#retry);
    clearInterval(this.#pulse);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) socket.onclose = socket.onmessage = socket.onopen = null;
    socket?.close(1000);
    for (const pending of this.#pending.values()) pending.settle({ kind: "unsent" });
    this.#pending.clear();
    this.#set(line);
  }

  #set(line: Line): void {
    if (line === this.#line) return;
    this.#line = line;
    this.#options.online(line);
  }
}

type Incoming = { type: string; seq?: number; id?: string; at_ms?: number; data?: unknown };

function parse(text: unknown): Incoming | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === "object" && message !== null && "type" in message ? (message as Incoming) : undefined;
  } catch {
    return undefined;
  }
}

/** On an insecure page, which has no microphone either, `crypto.randomUUID` is missing. */
const newId = (): string => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

/** The address of a socket on the page's own origin. */
export const socketUrl = (path: string): string => new URL(path, location.href.replace(/^http/, "ws")).href;
