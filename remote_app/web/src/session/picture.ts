import * as store from "../store";

/** The page's only video element. It plays the room's picture and sound, and is made before it is shown so that
 * the tap on the join page can unlock it. */
export const picture: HTMLVideoElement = document.createElement("video");
picture.playsInline = true;
picture.autoplay = true;
picture.setAttribute("disablepictureinpicture", "");

/** The last picture, kept in memory while the line is broken, so that the room does not go black. */
export const still: HTMLCanvasElement = document.createElement("canvas");
still.className = "still";
still.hidden = true;
picture.addEventListener("loadeddata", dropStill);

export function keepStill(): void {
  if (picture.videoWidth === 0 || !picture.srcObject) return;
  still.width = picture.videoWidth;
  still.height = picture.videoHeight;
  still.getContext("2d")?.drawImage(picture, 0, 0);
  still.hidden = false;
}

function dropStill(): void {
  if (still.hidden) return;
  still.hidden = true;
  still.width = still.height = 0;
}

async function play(): Promise<void> {
  try {
    await picture.play();
    store.soundBlocked.value = false;
  } catch (error) {
    // NotAllowedError: the browser wants another tap for sound. AbortError: a newer stream took over.
    if (error instanceof DOMException && error.name === "NotAllowedError") store.soundBlocked.value = true;
    else if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  }
}

/** In a person's tap: from now on the element may play sound. */
export function unlockPicture(): void {
  picture.muted = false;
  void play();
}

export function showStream(stream: MediaStream): void {
  if (picture.srcObject !== stream) picture.srcObject = stream;
  void play();
}

export function clearPicture(): void {
  picture.pause();
  picture.srcObject = null;
  dropStill();
  store.soundBlocked.value = false;
}
