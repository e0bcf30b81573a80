import { defineConfig } from "@playwright/test";

/** Whole interviews between browsers and the real service (built by `cargo build`, pages by `npm run build`). */
export default defineConfig({
  testDir: "e2e/service",
  workers: 1,
  timeout: 120_000,
  // What takes a second or two on a quiet machine; recognition has a ceiling of its own where it is waited for.
  expect: { timeout: 20_000 },
  use: { actionTimeout: 20_000 },
  reporter: "list",
});
