import { isNobody, roadOf } from "./rule";

/**
 * Keeps the patient's page on the tablet, so that it can say what is wrong when there is no network. Kept is the page as
 * anybody gets it at `/`, and what it is made of; no link, no answer of the service, nothing that anybody said.
 *
 * A new version waits until nobody has the page open: it neither skips waiting nor claims pages. Until then the version
 * before goes on with its own files, also with those that it has not asked for yet.
 */

declare const SHELL_VERSION: string; // written in front of this file by the service: it changes with what "/" says
declare const SHELL_ASSETS: readonly string[]; // … and by the build

interface Work extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Request_ extends Work {
  readonly request: Request;
  readonly preloadResponse: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  readonly registration: { readonly navigationPreload?: { enable(): Promise<void> } };
}

const SHELL = "/";
const OURS = "av1-shell-";
const KEPT_AS = OURS + SHELL_VERSION;
const PATIENCE_MS = 5000; // then the page that is here says that nothing comes; it goes on asking by itself

async function keep(): Promise<void> {
  const cache = await caches.open(KEPT_AS);
  await cache.addAll([new Request(SHELL, { cache: "reload", credentials: "omit" }), ...SHELL_ASSETS]);
}

async function tidy(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== KEPT_AS);
  await Promise.all(old.map((name) => caches.delete(name)));
  await (self as unknown as Scope).registration.navigationPreload?.enable();
}

async function kept(address: string): Promise<Response | undefined> {
  return (await caches.open(KEPT_AS)).match(address);
}

/** From the network, and from the tablet when that does not answer in time. */
async function page({ request, preloadResponse }: Request_): Promise<Response> {
  const asked = preloadResponse.then((early) => early ?? fetch(request));
  const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const answer = await Promise.race([asked, late]).catch(() => null);
  if (answer && !isNobody(answer.status)) return answer;
  return (await kept(SHELL)) ?? asked;
}

async function asset({ request }: Request_): Promise<Response> {
  return (await kept(request.url)) ?? fetch(request);
}

self.addEventListener("install", (event) => (event as Work).waitUntil(keep()));
self.addEventListener("activate", (event) => (event as Work).waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const asked = event as Request_;
  const road = roadOf(asked.request.url, location.origin, asked.request.method, asked.request.mode);
  if (road === "shell") asked.respondWith(page(asked));
  else if (road === "asset") asked.respondWith(asset(asked));
});
