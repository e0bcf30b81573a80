import "@digital-go-jp/design-tokens/dist/tokens.css";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/components.css";
import "../styles/resident.css";
import { mount } from "svelte";
import { baseLocale, loadLocale } from "../lib/i18n/resident.svelte";
import App from "./App.svelte";
import { takeSecret } from "./link";

// A page that the browser kept in memory could be looked at again with Back: it starts anew instead.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// A new link in the same tab changes nothing but the fragment, and the browser loads nothing by itself.
// Her secret was taken off the address, so whatever stands there now is another.
addEventListener("hashchange", () => location.hash !== "" && location.reload());

// It takes the old one's place in the history, where the browser lets a page say so: Back after a quick exit must not
// find it.
window.navigation?.addEventListener("navigate", (event) => {
  if (!event.hashChange || event.navigationType !== "push" || !event.cancelable) return;
  event.preventDefault();
  location.replace(event.destination.url);
});

try {
  await loadLocale(baseLocale);
  mount(App, { target: document.querySelector("#app")!, props: { secret: takeSecret() } });
} catch {
  // Without its words the page can't say anything. The line was lost, or a new version has replaced this
  // one's files: both are mended by loading again, and the link's secret is still in the address.
  setTimeout(() => location.reload(), 3000);
}
