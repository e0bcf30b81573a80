import type { IncomingMessage } from "node:http";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { JOIN_PATH, NEUTRAL_PATH } from "./src/resident/link.ts";

/** The addresses that the product serves, for `vite` and `vite preview`: hers, the one she flees to, all others for staff. */
const addresses: Plugin = {
  name: "addresses",
  configureServer: (server) => void server.middlewares.use(toPage),
  configurePreviewServer: (server) => void server.middlewares.use(toPage),
};

function toPage(request: IncomingMessage, _response: unknown, next: () => void): void {
  if (request.headers["sec-fetch-dest"] === "document") {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    request.url = path === JOIN_PATH ? "/resident.html" : path === NEUTRAL_PATH ? "/info.html" : "/staff.html";
  }
  next();
}

/** Three pages, nothing inline: `script-src 'self'; style-src 'self'` is enough for all. */
export default defineConfig({
  appType: "mpa",
  plugins: [addresses, svelte({ configFile: false })],
  build: {
    target: ["chrome105", "firefox115", "safari16"],
    // Small files stay files: a `data:` address would need its own word in the CSP.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // scripts/size.mjs reads which chunks the phone loads.
    manifest: true,
    rolldownOptions: { input: ["staff.html", "resident.html", "info.html"] },
  },
  server: {
    proxy: { "/api": "http://127.0.0.1:8460" },
  },
  preview: {
    // As strict as the product, so that the tests of e2e/ notice what it would refuse.
    headers: {
      "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    },
    proxy: {},
  },
  test: {
    include: ["src/**/*.test.ts"],
  },
});
