/** The only place that speaks HTTP. Answers are values: a refusal and a lost line are no exceptions. */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

export type Answer<T> =
  | { kind: "done"; value: T }
  /** The server said no, or failed; `problem.status` and `problem.type` say which. */
  | { kind: "refused"; problem: Problem }
  /** Nothing came back: no network, or the server is down. */
  | { kind: "offline" };

const client = createClient<paths>({
  baseUrl: "/",
  cache: "no-store",
  // A page of another site can't set this header without asking first: half of the CSRF guard.
  headers: { "X-Requested-With": "yorisoi" },
  // Looked up at the call, so that tests can put their own in its place.
  fetch: (request) => globalThis.fetch(request),
});

async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<Answer<T>> {
  try {
    const { data, error, response } = await call;
    if (response.ok) return { kind: "done", value: data as T };
    return { kind: "refused", problem: asProblem(error, response.status) };
  } catch {
    return { kind: "offline" };
  }
}

/** A proxy in between may answer with a page of its own: then only the status is known. */
function asProblem(body: unknown, status: number): Problem {
  if (typeof body === "object" && body !== null && "type" in body) return body as Problem;
  return { type: "about:blank", title: "unexpected answer", status };
}

export const login = (body: Schemas["LoginRequest"]): Promise<Answer<Schemas["LoginStep"]>> =>
  answer(client.POST("/api/login", { body }));

export const claimInvitation = (secret: string): Promise<Answer<undefined>> =>
  answer(client.POST("/api/join/claim", { body: { secret } }));

export const checkIdentity = (body: Schemas["IdentityRequest"]): Promise<Answer<undefined>> =>
  answer(client.POST("/api/join/identity", { body }));
