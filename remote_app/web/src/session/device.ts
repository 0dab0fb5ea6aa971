/** Calls when the page is looked at again, or the network is back while it is. */
export function whenLookedAt(act: () => void): void {
  const look = (): void => {
    if (document.visibilityState === "visible") act();
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
}

/** Tells an iPad that sound goes both ways, so that it neither mutes the room nor turns it down. */
export function soundBothWays(): void {
  if ("audioSession" in navigator) (navigator.audioSession as { type: string }).type = "play-and-record";
}
