import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "./messages";
import { CallSocket, type Line } from "./socket";

/** A socket of which the test plays the server. */
class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: { id: string; type: string; data: Record<string, unknown> }[] = [];
  closed = false;
  constructor() {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  event(seq: number, type = "slots"): void {
    this.say({ v: 1, seq, type, at_ms: seq * 10, data: {} });
  }
}

let heard: Message[];
let lines: Line[];
let socket: CallSocket;
let ids: number;
let refused: boolean;
let asked: number;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  heard = [];
  lines = [];
  ids = 0;
  refused = false;
  asked = 0;
  socket = new CallSocket({
    url: "ws://test",
    onmessage: (message) => heard.push(message),
    online: (line) => lines.push(line),
    refused: async () => (asked++, refused),
    connect: () => new FakeSocket() as unknown as WebSocket,
    id: () => `id-${++ids}`,
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  socket.close();
  vi.useRealTimers();
});

const hellos = () => FakeSocket.all.map((each) => each.sent.find((message) => message.type === "hello")?.data);

/** The page opens the line and the server greets it. */
const relays = [{ urls: ["turn:relay.example:3478"], username: "1:x", credential: "y" }];

function open(resume = "numbering"): void {
  FakeSocket.last.onopen!();
  const hello = FakeSocket.last.sent.find((message) => message.type === "hello")!;
  FakeSocket.last.say({ v: 1, id: hello.id, type: "ack", data: { resume, ice_servers: relays } });
}

describe("the line", () => {
  it("begins as a stranger and comes back with the number of what it heard last", async () => {
    open();
    FakeSocket.last.event(41, "snapshot");
    FakeSocket.last.event(42);
    FakeSocket.last.onclose!({ code: 1006 });
    await vi.advanceTimersByTimeAsync(50);
    expect(FakeSocket.all).toHaveLength(2);
    open();
    expect(socket.relays).toEqual(relays);
    expect(hellos()).toEqual([{ resume: null, last_seq: 0 }, { resume: "numbering", last_seq: 42 }]);
    expect(lines).toEqual(["open", "lost", "open"]);
  });

  it("is tried at once, then ever more slowly, and never gives up", async () => {
    const opened: number[] = [];
    for (let i = 0; i < 9; i++) {
      FakeSocket.last.onclose!({ code: 1006 });
      const before = Date.now();
      const count = FakeSocket.all.length;
      while (FakeSocket.all.length === count) await vi.advanceTimersByTimeAsync(25);
      opened.push(Date.now() - before);
    }
    expect(opened[0]).toBeLessThanOrEqual(25);
    expect(opened[1]).toBeLessThan(300);
    expect(opened.at(-1)).toBeGreaterThan(3000);
    expect(Math.max(...opened)).toBeLessThan(4500);
  });

  it("stops after a few openings that the server refuses, and says so", async () => {
    refused = true;
    for (let i = 0; i < 3; i++) {
      const count = FakeSocket.all.length;
      FakeSocket.last.onclose!({ code: 1006 });
      for (let ms = 0; i < 2 && FakeSocket.all.length === count; ms += 25) await vi.advanceTimersByTimeAsync(25);
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(3);
    expect(asked).toBe(1);
    expect(lines).toEqual(["lost", "refused"]);
    expect(await socket.send("muted", { on: true })).toEqual({ kind: "unsent" });
  });

  it("does not ask about a line that opened and was lost", async () => {
    refused = true;
    for (let i = 0; i < 6; i++) {
      open();
      FakeSocket.last.onclose!({ code: 1006 });
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(asked).toBe(0);
    expect(FakeSocket.all).toHaveLength(7);
  });

  it("is given up when nothing at all is heard for four seconds", async () => {
    FakeSocket.last.onopen!();
    const first = FakeSocket.last;
    await vi.advanceTimersByTimeAsync(3500);
    expect(first.sent.filter((each) => each.type === "ping").length).toBeGreaterThan(0);
    expect(first.closed).toBe(false);
    await vi.advanceTimersByTimeAsync(600);
    expect(first.closed).toBe(true);
    expect(lines).toEqual(["open", "lost"]);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("is tried anew at once when the browser says that there is no network", async () => {
    open();
    const first = FakeSocket.last;
    socket.distrust();
    expect(first.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(50);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("is kept by a page that the browser wakes once a minute", async () => {
    open();
    const first = FakeSocket.last;
    let slept = 0;
    const clock = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => clock() + slept);
    for (let minute = 0; minute < 3; minute++) {
      // No timer runs meanwhile, the clock does.
      slept += 60_000;
      await vi.advanceTimersByTimeAsync(1000);
      first.say({ type: "ack", id: first.sent.at(-1)!.id });
    }
    expect(first.closed).toBe(false);
    // Silence counts for it all the same.
    await vi.advanceTimersByTimeAsync(5000);
    expect(first.closed).toBe(true);
  });

  it("is given up when it does not open", async () => {
    await vi.advanceTimersByTimeAsync(9000);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1500);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("stays while the server answers the pings", async () => {
    FakeSocket.last.onopen!();
    for (let i = 0; i < 20; i++) {
      await vi.advanceTimersByTimeAsync(1000);
      FakeSocket.last.say({ type: "ack", id: FakeSocket.last.sent.at(-1)!.id });
    }
    expect(FakeSocket.all).toHaveLength(1);
  });

  it.each([[4001, "displaced"], [4002, "over"]])("does not come back after code %i", async (code, line) => {
    open();
    FakeSocket.last.onclose!({ code });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(lines).toEqual(["open", line]);
  });

  it("comes back when it was too slow for the server, or the server restarts", async () => {
    for (const code of [4000, 1012]) {
      open();
      FakeSocket.last.onclose!({ code });
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(FakeSocket.all).toHaveLength(3);
  });
});

describe("what is heard", () => {
  beforeEach(() => open());

  it("comes once and in order, also when the server repeats itself", () => {
    for (const seq of [1, 2, 2, 1, 3]) FakeSocket.last.event(seq);
    expect(heard.map((message) => message.seq)).toEqual([1, 2, 3]);
  });

  it("asks again where a number is missing", async () => {
    FakeSocket.last.event(1);
    FakeSocket.last.event(3);
    await vi.advanceTimersByTimeAsync(50);
    open();
    expect(hellos().at(-1)).toEqual({ resume: "numbering", last_seq: 1 });
    for (const seq of [2, 3]) FakeSocket.last.event(seq);
    expect(heard.map((message) => message.seq)).toEqual([1, 2, 3]);
  });

  it("starts over at a snapshot, whatever its number", () => {
    FakeSocket.last.event(3000, "snapshot");
    FakeSocket.last.event(3001);
    FakeSocket.last.event(4, "snapshot");
    FakeSocket.last.event(5);
    expect(heard.map((message) => message.seq)).toEqual([3000, 3001, 4, 5]);
  });

  it("is not disturbed by what is no message", () => {
    for (const text of ["", "{", "null", "[]", '"x"', '{"seq":1}']) FakeSocket.last.onmessage?.({ data: text });
    FakeSocket.last.onmessage?.({ data: new ArrayBuffer(1) });
    FakeSocket.last.event(1);
    expect(heard).toHaveLength(1);
  });
});

describe("what is said", () => {
  it("is answered by its id", async () => {
    open();
    const good = socket.send("muted", { on: true });
    const bad = socket.send("offer", { sdp: "x" }, false);
    FakeSocket.last.say({ type: "problem", id: "id-3", data: { type: "no" } });
    FakeSocket.last.say({ type: "ack", id: "id-2", data: { sdp: "answer" } });
    expect(await good).toEqual({ kind: "acked", ack: { sdp: "answer" } });
    expect(await bad).toEqual({ kind: "refused", problem: { type: "no" } });
  });

  it("is said again under the same id when the line comes back, and what would be old is not", async () => {
    open();
    const kept = socket.send("muted", { on: true });
    const old = socket.send("offer", { sdp: "x" }, false);
    FakeSocket.last.onclose!({ code: 1006 });
    expect(await old).toEqual({ kind: "unsent" });
    await vi.advanceTimersByTimeAsync(50);
    open();
    expect(FakeSocket.last.sent.map((each) => [each.type, each.id])).toEqual([["hello", "id-4"], ["muted", "id-2"]]);
    FakeSocket.last.say({ type: "ack", id: "id-2" });
    expect((await kept).kind).toBe("acked");
  });

  it("is refused when too much waits, and when all is over", async () => {
    for (let i = 0; i < 64; i++) void socket.send("muted", { on: true });
    expect(await socket.send("muted", { on: true })).toEqual({ kind: "unsent" });
    socket.close();
    expect(await socket.send("muted", { on: true })).toEqual({ kind: "unsent" });
  });
});
