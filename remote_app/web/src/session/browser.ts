/** What kind of browser somebody has, as far as the way to its settings differs. */
export type BrowserKind = "ios" | "android" | "desktop";

/** `agent` is the browser's own word, `touchPoints` how many fingers its screen feels: an iPad calls itself a Mac. */
export function browserKind(agent: string, touchPoints: number): BrowserKind {
  if (/iPad|iPhone|iPod/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1)) return "ios";
  return /Android/.test(agent) ? "android" : "desktop";
}

/** This browser. */
export function thisBrowser(): BrowserKind {
  return browserKind(navigator.userAgent, navigator.maxTouchPoints);
}
