const AFTER_MS = 3000; // whoever is on the way into the room goes first

/** Has the tablet keep this page for when there is no network. A browser that cannot goes on without. */
export function keepOnTablet(): void {
  const worker = navigator.serviceWorker as ServiceWorkerContainer | undefined; // absent without TLS
  if (worker) setTimeout(() => void worker.register("/sw.js", { updateViaCache: "none" }).catch(() => undefined), AFTER_MS);
}
