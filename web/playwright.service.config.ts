import { defineConfig } from "@playwright/test";

/** Whole interviews between browsers and the real service (built by `cargo build`, pages by `npm run build`). */
export default defineConfig({
  testDir: "e2e/service",
  workers: 1,
  // Ten times what the longest takes on a quiet machine. What fails, fails by the ceilings of single steps:
  // a second or two on a quiet machine; recognition has its own where it is waited for.
  timeout: 600_000,
  expect: { timeout: 20_000 },
  use: { actionTimeout: 20_000 },
  reporter: "list",
});
