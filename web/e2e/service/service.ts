/** A real service in demonstration mode for one test: its own folder and port, ended with the test. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, expect, type Page, test as base } from "@playwright/test";
import { watch } from "./traces";

export { expect };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
export const binary =
  process.env["YORISOI_BIN"] ?? join(process.env["CARGO_TARGET_DIR"] ?? here("../../../target"), "debug/yorisoi");

/** What the demo prints at its start, how to come in, and where a test can look: its folder, and what it has logged so far. */
type Started = { url: string; signIn: string; approver: string; administrator: string; join: string; bookingNumber: string; data: string; log: () => string };

/**
 * `crash`: as `kill -9`, and started again on the same folder. `operate`: what an operator types, on the folder that is
 * served. `pass`: so many minutes, by its clock; only where that is `settable`. `today`: the city's day, by its clock, as the test begins.
 */
export type Demo = Started & { today: string; crash: () => Promise<void>; operate: (...command: string[]) => string; pass: (minutes: number) => void };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const port = (server.address() as { port: number }).port;
  await new Promise((closed) => server.close(closed));
  return port;
}

function started(child: ChildProcess, url: string, data: string): Promise<Started> {
  return new Promise((resolve, reject) => {
    let [said, logged] = ["", ""];
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const found = [/佐野\t(\S+)/, /三浦\t(\S+)/, /管理者\t(\S+)/, /(\S+\/r#\S+)/, /予約番号 (\S+)/].map((p) => p.exec(said)?.[1]);
      const [signIn, approver, administrator, link, number] = found;
      if (signIn && approver && administrator && link && number) resolve({ url, signIn, approver, administrator, join: link, bookingNumber: number, data, log: () => logged });
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (logged += text));
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the service ended with ${code}:\n${logged}`)));
  });
}

const flags = [
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  "--disable-gpu",
  "--autoplay-policy=no-user-gesture-required",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
];

/** The demo's interviews are today's: where the day ends within two hours, so many seconds further it is tomorrow. */
function pastMidnight(): number {
  const hour = 3600;
  const left = 24 * hour - (Math.floor(Date.now() / 1000 + 9 * hour) % (24 * hour));
  return left < 2 * hour ? left : 0;
}

/** A clock of the service's own, in this folder: what to start it with, and how it goes on. */
function clockIn(folder: string, begins: number): { env: Record<string, string>; pass: (minutes: number) => void } {
  const [library, ahead] = [join(folder, "clock.so"), join(folder, "ahead")];
  execFileSync("cc", ["-shared", "-fPIC", "-O2", "-o", library, here("clock.c")]);
  const seconds = Buffer.alloc(8);
  seconds.writeBigInt64LE(BigInt(begins));
  writeFileSync(ahead, seconds);
  // In place: the service has the file before its eyes.
  const file = openSync(ahead, "r+");
  const pass = (minutes: number) => {
    seconds.writeBigInt64LE(seconds.readBigInt64LE() + BigInt(60 * minutes));
    writeSync(file, seconds, 0, 8, 0);
  };
  return { env: { LD_PRELOAD: library, CLOCK_AHEAD: ahead }, pass };
}

type Fixtures = { settable: boolean; demo: Demo; nurse: Page; approver: Page; administrator: Page; phone: () => Promise<Page> };

/**
 * `nurse` and `phone` are browsers of their own. The nurse's runs without
 * `--allow-loopback-in-peer-connection`, as a browser on a desk does.
 */
export const test = base.extend<Fixtures>({
  settable: [false, { option: true }],
  demo: async ({ settable }, use) => {
    const folder = mkdtempSync(join(tmpdir(), "yorisoi-e2e-"));
    const data = join(folder, "data");
    const port = await freePort();
    const begins = pastMidnight();
    const today = new Date(Date.now() + 1000 * begins).toLocaleDateString("sv-SE", { timeZone: japan.timezoneId });
    const clock = settable || begins ? clockIn(folder, begins) : undefined;
    const env = { ...process.env, YORISOI_LOG: "warn,yorisoi=debug", NO_COLOR: "1", ...clock?.env };
    const start = () => spawn(binary, ["serve", "--demo", "--no-past", "--data", data, "--port", String(port)], { env });
    const end = async (signal: NodeJS.Signals) => {
      const ended = new Promise((done) => child.once("close", done));
      if (child.exitCode === null && child.signalCode === null && child.kill(signal)) await ended;
    };
    let child = start();
    const listening = () => started(child, `http://127.0.0.1:${port}`, data);
    const crash = async () => {
      await end("SIGKILL");
      child = start();
      await listening();
    };
    const operate = (...command: string[]) => {
      // The demo's key lies with its data, which no command takes.
      const kek = join(folder, "kek");
      copyFileSync(join(data, "demo.kek"), kek);
      return execFileSync(binary, [...command, "--data", data, "--kek", kek], { env }).toString();
    };
    const pass = (minutes: number) => {
      if (!clock || !settable) throw new Error("test.use({ settable: true })");
      clock.pass(minutes);
    };
    try {
      await use({ ...(await listening()), today, crash, operate, pass });
    } finally {
      await end("SIGTERM");
      rmSync(folder, { recursive: true });
    }
  },
  nurse: async ({}, use) => desk(use),
  approver: async ({}, use) => desk(use),
  administrator: async ({}, use) => desk(use),
  phone: async ({}, use) => {
    const browsers: Browser[] = [];
    await use(async () => {
      const browser = await launch(["--allow-loopback-in-peer-connection"]);
      browsers.push(browser);
      const screen = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
      return open(await browser.newContext({ ...screen, ...japan }));
    });
    for (const browser of browsers) await browser.close();
  },
});

async function desk(use: (page: Page) => Promise<void>): Promise<void> {
  const browser = await launch([]);
  await use(await open(await browser.newContext({ viewport: { width: 1366, height: 768 }, ...japan })));
  await browser.close();
}

/** A reload finds the permission that she gave before. */
const japan = { locale: "ja-JP", timezoneId: "Asia/Tokyo", permissions: ["microphone", "camera"] };

function launch(more: string[]): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: [...flags, ...more] });
}

/** Microphone and camera without devices, and the page's connections where a test can ask them. */
async function open(context: BrowserContext): Promise<Page> {
  await watch(context);
  await context.addInitScript({ path: here("microphone.js") });
  await context.addInitScript(() => {
    const connections: RTCPeerConnection[] = [];
    Object.assign(window, { connections });
    window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
      construct(target, args: [RTCConfiguration]) {
        const connection = new target(...args);
        connections.push(connection);
        return connection;
      },
    });
  });
  return context.newPage();
}

/** Each line that a page receives over its present connection. */
async function inbound(page: Page): Promise<Record<string, string | number | undefined>[]> {
  return page.evaluate(async () => {
    const { connections } = window as unknown as { connections: RTCPeerConnection[] };
    const live = connections.filter((each) => each.connectionState === "connected").at(-1);
    return [...((await live?.getStats())?.values() ?? [])].filter((report) => report.type === "inbound-rtp");
  });
}

/** Sound and pictures that a page has received over its present connection. */
export async function received(page: Page): Promise<{ energy: number; frames: number }> {
  const lines = await inbound(page);
  const sum = (name: string) => lines.reduce((all, line) => all + Number(line[name] ?? 0), 0);
  return { energy: sum("totalAudioEnergy"), frames: sum("framesDecoded") };
}

/** Counters of `getStats()` for each kind of line, the last two only for the mean stay in the jitter buffer. */
const COUNTERS = {
  audio: ["packetsReceived", "packetsLost", "concealedSamples", "totalSamplesReceived", "jitterBufferDelay", "jitterBufferEmittedCount"],
  video: ["packetsReceived", "packetsLost", "framesReceived", "framesDecoded", "framesDropped", "freezeCount", "jitterBufferDelay", "jitterBufferEmittedCount"],
};

/** How well sound and pictures come to a page from now on: for people who read the test's output. */
export async function quality(page: Page): Promise<() => Promise<object>> {
  const count = async () => {
    const lines = await inbound(page);
    return (kind: string, name: string) => lines.reduce((all, line) => all + (line["kind"] === kind ? Number(line[name] ?? 0) : 0), 0);
  };
  const before = await count();
  return async () => {
    const after = await count();
    const kinds = Object.entries(COUNTERS).map(([kind, names]) => {
      const { jitterBufferDelay = 0, jitterBufferEmittedCount = 0, ...rest } = Object.fromEntries(names.map((name) => [name, after(kind, name) - before(kind, name)]));
      return [kind, { ...rest, jitterBufferMs: Math.round((1000 * jitterBufferDelay) / Math.max(1, jitterBufferEmittedCount)) }];
    });
    return Object.fromEntries(kinds);
  };
}

/** The character error rate's program. */
export const counter = here("../../../script/cer.py");

/** Where a clip of `tests/data/speech` lies. */
export const speech = (clip: string): string => here(`../../../tests/data/speech/${clip}`);

/** Plays a clip of `tests/data/speech`, or these seconds of it, into the page's microphone, to the end. */
export async function speak(page: Page, clip: string, [from, to]: readonly [number, number?] = [0]): Promise<void> {
  const sound = readFileSync(speech(clip)).toString("base64");
  await page.evaluate(async ([bytes, part]) => {
    type Mic = { play(clip: string, part: { from: number; to: number | undefined }): Promise<{ index: number }>; finished(i: number): Promise<void> };
    const { fakeMic } = window as unknown as { fakeMic: Mic };
    await fakeMic.finished((await fakeMic.play(bytes, part)).index);
  }, [sound, { from, to }] as const);
}

/** The short questions are hers to leave out. */
const leaveOut = (page: Page) => page.getByRole("button", { name: "ないで" }).click();

/** From the link to the waiting room. `transcription`: the row of the second choice. `questions`: what she does with them. */
export async function comeIn(page: Page, demo: Demo, transcription = 0, questions: (page: Page) => Promise<void> = leaveOut): Promise<void> {
  await page.goto(demo.join);
  await page.getByLabel("名前").fill("しらいし ひなた");
  await page.getByLabel("年(西暦)").fill("1998");
  await page.getByLabel("月", { exact: true }).fill("5");
  await page.getByLabel("日", { exact: true }).fill("12");
  await page.locator("#number").fill(demo.bookingNumber.toLowerCase());
  await page.getByRole("button", { name: "確" }).click();
  await page.locator("#phone").fill("090-0000-1234");
  await page.locator(".choice").first().click();
  await next(page);
  await page.getByRole("button", { name: "カメラとマイク" }).click();
  await page.locator("video").waitFor();
  await next(page);
  // Keeping the sound is asked only where text is kept.
  for (const row of transcription === 0 ? [0, 0, 0, 0] : [0, transcription, 0]) {
    const count = await page.locator(".step__count").innerText();
    await page.locator(".choice").nth(row).click();
    await next(page);
    await expect(page.locator(".step__count").filter({ hasText: count })).toHaveCount(0);
  }
  await questions(page);
  await page.getByRole("button", { name: "これで" }).click();
  await page.getByRole("heading", { name: "待" }).waitFor();
}

/** A companion, from the same link to the waiting room; their own voice stays without text. */
export async function comeAlong(page: Page, demo: Demo): Promise<void> {
  await page.goto(demo.join);
  await page.getByRole("button", { name: "いっしょ" }).click();
  await page.locator(".choice").first().click();
  await page.locator("#number").fill(demo.bookingNumber);
  await page.getByRole("button", { name: "確" }).click();
  await page.getByRole("button", { name: "カメラとマイク" }).click();
  await page.locator("video").waitFor();
  await next(page);
  await page.locator(".choice").nth(2).click();
  await next(page);
  await page.getByRole("button", { name: "進" }).click();
  await page.getByRole("heading", { name: "待" }).waitFor();
}

const next = (page: Page) => page.getByRole("button", { name: /^次/ }).click();

/** The nurse signs in by her link, opens the interview and admits who knocks. */
export async function admit(nurse: Page, demo: Demo): Promise<void> {
  await nurse.goto(demo.signIn);
  await nurse.getByRole("link", { name: "面談室を開く" }).click();
  await nurse.getByRole("button", { name: "入室してもらう" }).click();
}
