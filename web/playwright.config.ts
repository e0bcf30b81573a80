import { defineConfig } from "@playwright/test";

const port = 4173;

/** The pages of dist/ alone, in the system's Chromium; playwright.service.config.ts has the interviews with the real service. */
export default defineConfig({
  testDir: "e2e",
  testIgnore: "service/**",
  workers: 1,
  // Other work may share the machine: what is tested is what a page comes to, not how fast.
  timeout: 45_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    locale: "ja-JP",
    timezoneId: "Asia/Tokyo",
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      // Chromium's own sandbox refuses to start as root.
      args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required"],
    },
  },
  webServer: { command: `vite preview --host 127.0.0.1 --port ${port} --strictPort`, port },
});
