/** Addresses of the staff pages: pure matching, and one store that follows the address bar. */
import { readable, type Readable } from "svelte/store";

/** `:name` in a path is one segment and becomes a parameter. */
export type Routes<Name extends string> = Readonly<Record<Name, string>>;
export type Route<Name extends string> = { name: Name; params: Readonly<Record<string, string>> };

/** The route of a path, or undefined where no route has that form. A closing slash makes no difference. */
export function match<Name extends string>(routes: Routes<Name>, path: string): Route<Name> | undefined {
  const given = segments(path);
  for (const name of Object.keys(routes) as Name[]) {
    const wanted = segments(routes[name]);
    if (wanted.length !== given.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((want, i) => {
      const value = decode(given[i]!);
      if (!want.startsWith(":")) return want === value;
      params[want.slice(1)] = value;
      return true;
    });
    if (fits) return { name, params };
  }
  return undefined;
}

/** The current route; it changes with Back, Forward, `navigate` and links of the page's own origin. */
export function router<Name extends string>(routes: Routes<Name>): Readable<Route<Name> | undefined> {
  const here = () => match(routes, location.pathname);
  return readable<Route<Name> | undefined>(undefined, (set) => {
    const update = () => set(here());
    update();
    addEventListener("popstate", update);
    document.addEventListener("click", follow);
    return () => {
      removeEventListener("popstate", update);
      document.removeEventListener("click", follow);
    };
  });
}

export function navigate(path: string): void {
  history.pushState(null, "", path);
  // Back finds its place by itself; a new page begins at its top.
  scrollTo(0, 0);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** Keeps a plain click on a link within the page; new tabs, downloads and other origins stay the browser's. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname === location.pathname && link.hash) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
}

const segments = (path: string): string[] => path.split("/").filter((part) => part !== "");

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
