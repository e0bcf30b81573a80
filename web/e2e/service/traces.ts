/** What is left of a page's life for others to see: addresses, titles, its console, and what the browser keeps. */
import type { BrowserContext, Page } from "@playwright/test";

const seen = new WeakMap<BrowserContext, string[]>();

/** To be called before the first page is opened. */
export async function watch(context: BrowserContext): Promise<void> {
  const lines: string[] = [];
  seen.set(context, lines);
  // A fragment stays in the browser; that it does not stay in its address line is looked at apart.
  context.on("request", (request) => lines.push(`request ${request.url().split("#")[0]} ${request.headers()["referer"] ?? ""}`));
  context.on("console", (message) => lines.push(`console ${message.text()}`));
  context.on("page", (page) => page.on("websocket", (socket) => lines.push(`socket ${socket.url()}`)));
  await context.exposeFunction("sawTitle", (title: string) => void lines.push(`title ${title}`));
  await context.addInitScript(() => {
    const { sawTitle } = window as unknown as { sawTitle: (title: string) => void };
    let last: string | undefined;
    const look = () => {
      if (document.title !== last) sawTitle((last = document.title));
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  });
}

/** All of it so far, with what the page keeps now, each a line. */
export async function traces(page: Page): Promise<string> {
  const kept = await page.evaluate(async () => {
    const all = (store: Storage) => Object.entries(store).map(([key, value]) => `${key}=${value}`);
    return [
      ...all(localStorage).map((line) => `local ${line}`),
      ...all(sessionStorage).map((line) => `session ${line}`),
      `history ${JSON.stringify(history.state)}`,
      `address ${location.href}`,
      `databases ${(await indexedDB.databases()).map((each) => each.name).join()}`,
      `caches ${(await caches.keys()).join()}`,
      `cookies ${document.cookie}`,
    ];
  });
  return [...seen.get(page.context())!, ...kept].join("\n");
}

/** Each of these texts as it is and as an address or a log would have it. */
export function written(texts: string[]): RegExp {
  const forms = texts.flatMap((text) => [text, encodeURIComponent(text), encodeURIComponent(text).toLowerCase(), Buffer.from(text).toString("base64").replace(/=+$/, "").slice(0, -1), JSON.stringify(text).slice(1, -1), escaped(text)]);
  return new RegExp([...new Set(forms)].map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "i");
}

const escaped = (text: string) => [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
