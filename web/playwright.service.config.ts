import { defineConfig } from "@playwright/test";

/** Whole interviews between browsers and the real service (built by `cargo build`, pages by `npm run build`). */
export default defineConfig({
  testDir: "e2e/service",
  workers: 1,
  timeout: 120_000,
  reporter: "list",
});
