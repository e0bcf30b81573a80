import { expect, it } from "vitest";
import { match } from "./router";

const routes = { today: "/", room: "/interviews/:id/room", record: "/records/:number" } as const;

it("matches a fixed path, with or without a closing slash", () => {
  expect(match(routes, "/")).toEqual({ name: "today", params: {} });
  expect(match({ queue: "/queue" }, "/queue/")).toEqual({ name: "queue", params: {} });
});

it("takes parameters out of their segment and decodes them", () => {
  expect(match(routes, "/interviews/42/room")).toEqual({ name: "room", params: { id: "42" } });
  expect(match(routes, "/records/%E4%B8%AD%E5%A4%AE-2026-17")).toEqual({ name: "record", params: { number: "中央-2026-17" } });
});

it("keeps an encoded slash inside its parameter", () => {
  expect(match(routes, "/records/a%2Fb")).toEqual({ name: "record", params: { number: "a/b" } });
});

it("does not match longer, shorter or other paths", () => {
  for (const path of ["/interviews/42", "/interviews/42/room/x", "/interviews//room", "/Records/1", "/nowhere"]) {
    expect(match(routes, path), path).toBeUndefined();
  }
});

it("survives a broken escape", () => {
  expect(match(routes, "/records/%E4%B8")).toEqual({ name: "record", params: { number: "%E4%B8" } });
});

it("prefers the route that stands first", () => {
  expect(match({ fresh: "/notes/new", note: "/notes/:id" }, "/notes/new")?.name).toBe("fresh");
});
