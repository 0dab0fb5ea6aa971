const NOTES_HZ = [523, 659, 784] as const; // a chord, one after the other: no alarm, and within what old ears hear
const NOTE_S = 0.5;
const EDGE_S = 0.03; // without it each note begins and ends with a click
const LOUDNESS = 0.3;

/** Plays three notes; resolves when they are over. The context must be made in a person's tap. */
export async function playTone(context: AudioContext): Promise<void> {
  await context.resume();
  const gain = context.createGain();
  gain.connect(context.destination);
  const start = context.currentTime + EDGE_S;
  NOTES_HZ.forEach((hz, place) => {
    const from = start + place * NOTE_S;
    const note = new OscillatorNode(context, { type: "sine", frequency: hz });
    note.connect(gain);
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(LOUDNESS, from + EDGE_S);
    gain.gain.setValueAtTime(LOUDNESS, from + NOTE_S - EDGE_S);
    gain.gain.linearRampToValueAtTime(0, from + NOTE_S);
    note.start(from);
    note.stop(from + NOTE_S);
  });
  await new Promise((over) => setTimeout(over, NOTES_HZ.length * NOTE_S * 1000 + 100));
  gain.disconnect();
}
