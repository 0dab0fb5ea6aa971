const KEY = "av1-leader-sound";
const TONES_HZ = [660, 880] as const; // rising, as a hand does
const TONE_S = 0.14;
const LOUDNESS = 0.12;

let context: AudioContext | null = null;

function unlock(): AudioContext {
  context ??= new AudioContext();
  void context.resume();
  return context;
}

/** Whether the person wanted the sound the last time. A browser plays none before the first tap, so that is waited for. */
export function remembered(): boolean {
  const on = kept() === "on";
  if (on) window.addEventListener("pointerdown", unlock, { once: true });
  return on;
}

/** The person's tap. */
export function choose(on: boolean): void {
  if (on) play(unlock());
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    return; // the next time it has to be chosen again
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // a browser that keeps nothing
  }
}

/** Two soft tones. */
export function chime(): void {
  if (context) play(context);
}

function play(audio: AudioContext): void {
  TONES_HZ.forEach((hz, index) => {
    const begin = audio.currentTime + index * TONE_S;
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = hz;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(LOUDNESS, begin + 0.02); // without a click
    gain.gain.linearRampToValueAtTime(0, begin + TONE_S);
    tone.connect(gain).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + TONE_S);
  });
}
