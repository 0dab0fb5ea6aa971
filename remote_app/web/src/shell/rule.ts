/** What the service worker does with a request: the page's shell, something that never changes, or nothing at all. */
export type Road = "shell" | "asset" | "network";

const PAGES = /^\/(?:j\/[^/]+)?$/; // the patient's; a leader's page and everything else is not ours to keep
const ASSETS = "/static/assets/"; // their names hold their hash

/** `address` as the browser asks for it; `here` is the site's own origin. */
export function roadOf(address: string, here: string, method: string, mode: RequestMode): Road {
  const { origin, pathname } = new URL(address);
  if (origin !== here || method !== "GET") return "network";
  if (mode === "navigate") return PAGES.test(pathname) ? "shell" : "network";
  return pathname.startsWith(ASSETS) ? "asset" : "network";
}

/** Whether an answer is of the network's making and not of the service's: a proxy that finds nobody behind it. */
export function isNobody(status: number): boolean {
  return status >= 502 && status <= 504;
}
