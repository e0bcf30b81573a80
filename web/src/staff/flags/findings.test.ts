import { afterEach, expect, it, vi } from "vitest";
import type { Flag } from "../../lib/api/types";
import { Findings, type FindingsState } from "./findings";

vi.hoisted(() => {
  // Node has no page whose address a relative URL could start from.
  globalThis.Request = class extends Request {
    constructor(url: string, init?: RequestInit) {
      super(new URL(url, "http://127.0.0.1"), init);
    }
  } as typeof Request;
});
afterEach(() => vi.unstubAllGlobals());

const flag = (id: string, revision = 1, state = "suggested") => ({ id, item: id, revision, state, quotes: [], made_at: "2026-11-25T10:00:00Z" }) as unknown as Flag;

let state: FindingsState;
function start(answer: (request: Request) => Response | Promise<Response>): Findings {
  vi.stubGlobal("fetch", async (request: Request) => answer(request));
  return new Findings("i", (next) => (state = next));
}
const known = (flags: Flag[]) => (request: Request) =>
  request.url.endsWith("/items") ? Response.json({ version: "1", items: [{ item: "a" }] }) : Response.json({ pack_version: "1", flags, coverage: [] });

it("loses no news that comes while the list is on its way", async () => {
  let release!: () => void;
  const wait = new Promise<void>((done) => (release = done));
  const findings = start(async (request) => (await wait, known([flag("a", 1)])(request)));
  const loading = findings.load();
  findings.hear({ v: 1, seq: 1, type: "flag", at_ms: 0, data: flag("a", 2, "confirmed") });
  findings.hear({ v: 1, seq: 2, type: "coverage", at_ms: 0, data: { item: "a", state: "vague", source: "engine" } });
  release();
  await loading;
  expect(state.flags.map((each) => [each.id, each.revision])).toEqual([["a", 2]]);
  expect(state.coverage).toEqual([{ item: "a", state: "vague", source: "engine" }]);
  expect([state.unread, state.missing]).toEqual([false, false]);
});

it("lets a flag go whose evidence is gone, also while the list is on its way", async () => {
  let release!: () => void;
  const wait = new Promise<void>((done) => (release = done));
  const findings = start(async (request) => (await wait, known([flag("a"), flag("b")])(request)));
  const loading = findings.load();
  findings.hear({ v: 1, seq: 1, type: "flag_gone", at_ms: 0, data: { id: "a" } });
  release();
  await loading;
  expect(state.flags.map((each) => each.id)).toEqual(["b"]);
});

it("forgets what the server has no more", async () => {
  let flags = [flag("a"), flag("b")];
  const findings = start((request) => known(flags)(request));
  await findings.load();
  flags = [flag("b")];
  await findings.load();
  expect(state.flags.map((each) => each.id)).toEqual(["b"]);
});

it("reads again where somebody else was faster, and says so", async () => {
  const findings = start((request) =>
    request.method === "POST" ? Response.json({ type: "urn:yorisoi:problem:changed", title: "changed", status: 409 }, { status: 409 }) : known([flag("a", 5, "dismissed")])(request));
  expect(await findings.decide(flag("a"), { kind: "confirm" })).toBe(false);
  expect([state.changed, state.trouble, state.flags[0]!.revision]).toEqual([true, undefined, 5]);
});

it("says why a decision did not go through, and that nothing could be read", async () => {
  const findings = start(() => Promise.reject(new Error("offline")));
  expect(await findings.decide(flag("a"), { kind: "dismiss", reason: "other", words: "x" })).toBe(false);
  expect(state.trouble).toEqual({ kind: "offline" });
  expect(await findings.tick("a", "asked")).toBe(false);
  await findings.load();
  expect([state.unread, state.missing]).toEqual([true, true]);
});

it("sends the revision that was decided about", async () => {
  const asked: [string, unknown][] = [];
  const findings = start(async (request) => (asked.push([new URL(request.url).pathname, await request.json()]), Response.json(flag("a", 8, "held"))));
  expect(await findings.decide(flag("a", 7), { kind: "hold", words: "x", until: "2026-11-25" })).toBe(true);
  expect(asked).toEqual([["/api/interviews/i/flags/a/hold", { revision: 7, words: "x", until: "2026-11-25" }]]);
  expect(state.flags[0]!.state).toBe("held");
});
