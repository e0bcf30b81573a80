import { afterEach, expect, it, vi } from "vitest";
import { checkIdentity, login } from "./client";

vi.hoisted(() => {
  // Node has no page whose address a relative URL could start from.
  globalThis.Request = class extends Request {
    constructor(url: string, init?: RequestInit) {
      super(new URL(url, "http://127.0.0.1"), init);
    }
  } as typeof Request;
});

afterEach(() => vi.unstubAllGlobals());

/** Answers every request with `response` and keeps what was asked. */
function serve(response: () => Response): Request[] {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(request);
    return response();
  });
  return asked;
}

it("sends JSON with the guard header and returns the value", async () => {
  const asked = serve(() => Response.json({ next: "code" }));
  expect(await login({ staff_id: "sano", password: "secret" })).toEqual({ kind: "done", value: { next: "code" } });
  expect(asked[0]!.headers.get("x-requested-with")).toBe("yorisoi");
  expect(await asked[0]!.json()).toEqual({ staff_id: "sano", password: "secret" });
});

it("hands on the problem with its delay", async () => {
  const problem = { type: "/problems/identity-mismatch", title: "no match", status: 422, retry_after_s: 10 };
  serve(() => Response.json(problem, { status: 422 }));
  const body = { name_kana: "シライシ ヒナタ", birth_date: "1998-05-12", booking_number: "K7R-4M2" };
  expect(await checkIdentity(body)).toEqual({ kind: "refused", problem });
});

it("knows only the status when a proxy answers with its own page", async () => {
  serve(() => new Response("<h1>Bad Gateway</h1>", { status: 502 }));
  expect(await login({ staff_id: "sano", password: "x" })).toMatchObject({ kind: "refused", problem: { status: 502 } });
});

it("calls it offline when nothing comes back", async () => {
  serve(() => {
    throw new TypeError("Failed to fetch");
  });
  expect(await login({ staff_id: "sano", password: "x" })).toEqual({ kind: "offline" });
});
