import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Memo, type MemoState } from "./memo";

vi.hoisted(() => {
  // Node has no page whose address a relative URL could start from.
  globalThis.Request = class extends Request {
    constructor(url: string, init?: RequestInit) {
      super(new URL(url, "http://127.0.0.1"), init);
    }
  } as typeof Request;
});

let state: MemoState;
let server = { text: "", revision: 0 };
let line: "up" | "down" | "denied" | "too long" = "up";
let puts = 0;
let memo: Memo;

beforeEach(() => {
  vi.useFakeTimers();
  server = { text: "", revision: 0 };
  line = "up";
  puts = 0;
  vi.stubGlobal("fetch", async (request: Request) => {
    if (line === "down") throw new Error("offline");
    if (line === "denied") return Response.json({ type: "about:blank", title: "", status: 403 }, { status: 403 });
    if (request.method === "GET") return Response.json({ ...server, saved_at: null });
    puts += 1;
    if (line === "too long") return Response.json({ type: "about:blank", title: "", status: 422, fields: [{ field: "text", code: "too_long" }] }, { status: 422 });
    const body = await request.json();
    if (body.revision !== server.revision) return Response.json({ type: "urn:yorisoi:problem:changed", title: "", status: 409 }, { status: 409 });
    server = { text: body.text, revision: server.revision + 1 };
    return Response.json({ revision: server.revision, saved_at: "2026-11-25T10:20:00Z" });
  });
  memo = new Memo("i", "---", (next) => (state = next));
});
afterEach(() => {
  memo.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("saves when she pauses, once", async () => {
  await memo.load();
  for (const text of ["夫", "夫 31", "夫 31歳"]) memo.type(text);
  expect(state.open).toBe(true);
  await vi.advanceTimersByTimeAsync(1000);
  expect([server.text, puts, state.open, state.savedAt]).toEqual(["夫 31歳", 1, false, "2026-11-25T10:20:00Z"]);
});

it("saves what is typed while it is being saved", async () => {
  await memo.load();
  memo.type("夫");
  const saving = memo.flush();
  memo.type("夫 31歳");
  await saving;
  expect([server.text, state.open]).toEqual(["夫 31歳", false]);
});

it("keeps everything while the line is down, and saves by itself when it is back", async () => {
  line = "down";
  await memo.load();
  memo.type("飲むと物を投げる");
  await vi.advanceTimersByTimeAsync(20_000);
  expect([state.text, state.failing, state.open]).toEqual(["飲むと物を投げる", true, true]);
  line = "up";
  await vi.advanceTimersByTimeAsync(5000);
  expect([server.text, state.failing, state.open]).toEqual(["飲むと物を投げる", false, false]);
});

it("keeps both texts when another page has saved, and joins them once", async () => {
  await memo.load();
  memo.type("こちら");
  server = { text: "あちら", revision: 7 };
  await memo.flush();
  expect([server.text, state.text, state.joined]).toEqual(["こちら\n\n---\nあちら", "こちら\n\n---\nあちら", true]);
  memo.type("こちら\n\n---\nあちら。");
  await memo.flush();
  expect(server.text).toBe("こちら\n\n---\nあちら。");
});

it("shows what was saved before, under what was typed before it came", async () => {
  server = { text: "前のメモ", revision: 3 };
  await memo.load();
  expect([state.text, state.open]).toEqual(["前のメモ", false]);
});

it("says what is wrong with the notes, and waits for her to change them", async () => {
  await memo.load();
  line = "too long";
  memo.type("夫");
  await vi.advanceTimersByTimeAsync(60_000);
  expect([puts, state.unfit, state.open]).toEqual([1, "too_long", true]);
  line = "up";
  memo.type("夫 31");
  await vi.advanceTimersByTimeAsync(1000);
  expect([server.text, state.unfit, state.open]).toEqual(["夫 31", undefined, false]);
});

it("goes on trying after the page has gone, until everything is saved", async () => {
  await memo.load();
  line = "down";
  memo.type("夫");
  await memo.flush();
  memo.close();
  line = "up";
  await vi.advanceTimersByTimeAsync(10_000);
  expect([server.text, puts]).toEqual(["夫", 1]);
});

it("does not knock again and again where it may not save", async () => {
  await memo.load();
  line = "denied";
  memo.type("夫");
  await vi.advanceTimersByTimeAsync(60_000);
  expect([puts, state.failing, state.text]).toEqual([0, true, "夫"]);
});
