/** Calls when the page is looked at again. */
export function whenLookedAt(act: () => void): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") act();
  });
}

/** Calls when the tablet has a network again, or goes from one to another where the browser says so. */
export function whenNetworkChanges(act: () => void): void {
  window.addEventListener("online", act);
  const line = (navigator as { connection?: EventTarget & { readonly type?: string } }).connection;
  let before = line?.type;
  line?.addEventListener("change", () => {
    if (line.type === before) return; // only its speed
    before = line.type;
    if (before !== "none") act();
  });
}

/** Whether the microphone is allowed already: the browser then shows a media session its real addresses. */
export async function microphoneIsAllowed(): Promise<boolean> {
  try {
    const asked = await navigator.permissions.query({ name: "microphone" as PermissionName });
    return asked.state === "granted";
  } catch {
    return false; // a browser that does not tell
  }
}

/** Tells an iPad that sound goes both ways, so that it neither mutes the room nor turns it down. */
export function soundBothWays(): void {
  if ("audioSession" in navigator) (navigator.audioSession as { type: string }).type = "play-and-record";
}
