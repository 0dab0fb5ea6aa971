import * as store from "../store";
import { FIRST_FRAME_WAIT_MS } from "./timing";

const PLACEHOLDER_PX = 2; // Chromium's black stand-in for a stream that ends before its first picture

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
for (const event of ["loadeddata", "resize"]) picture.addEventListener(event, pictureCame);

/** The still is newer than whatever the video has. */
let fresher = false;

export function keepStill(): void {
  if (fresher || picture.videoWidth <= PLACEHOLDER_PX || !picture.srcObject) return;
  still.width = picture.videoWidth;
  still.height = picture.videoHeight;
  still.getContext("2d")?.drawImage(picture, 0, 0);
  still.hidden = false;
}

/** A picture that came by another road than the video. */
export function showStill(image: ImageBitmap): void {
  fresher = true;
  still.width = image.width;
  still.height = image.height;
  still.getContext("2d")?.drawImage(image, 0, 0);
  still.hidden = false;
}

/** The video lives again: the still goes with its next picture, not before. */
export function videoTakesOver(): void {
  if (!fresher) return;
  fresher = false;
  waitForPicture();
}

function waitForPicture(): void {
  const video: Partial<HTMLVideoElement> & EventTarget = picture; // Firefox has known the callback since 132 only
  const came = (): void => {
    pictureCame();
    if (!still.hidden && !fresher) waitForPicture();
  };
  if (video.requestVideoFrameCallback) picture.requestVideoFrameCallback(came);
  else video.addEventListener("timeupdate", came, { once: true });
}

function pictureCame(): void {
  if (!fresher && picture.videoWidth > PLACEHOLDER_PX) dropStill();
}

function dropStill(): void {
  fresher = false;
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
  if (picture.srcObject !== stream) {
    if (still.hidden) keepStill();
    picture.srcObject = stream;
  }
  void play();
}

/**
 * Calls once when a picture of the stream is decoded, or none came in time; returns what stops it. The element that
 * decodes it is in no document and without sound: the page has one picture.
 */
export function whenDecoded(stream: MediaStream, act: () => void): () => void {
  const probe = document.createElement("video");
  const stop = (): void => {
    clearTimeout(timer);
    probe.onloadeddata = null;
    probe.srcObject = null;
  };
  const done = (): void => {
    stop();
    act();
  };
  const timer = setTimeout(done, FIRST_FRAME_WAIT_MS);
  probe.muted = probe.playsInline = true;
  probe.onloadeddata = done;
  probe.srcObject = new MediaStream(stream.getVideoTracks());
  void probe.play().catch(() => undefined); // stopped before it began; or refused, and then the time decides
  return stop;
}

export function clearPicture(): void {
  picture.pause();
  picture.srcObject = null;
  dropStill();
  store.soundBlocked.value = false;
}
