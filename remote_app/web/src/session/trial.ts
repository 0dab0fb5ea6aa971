import { VoiceProof } from "../words/proof";
import { capture, LevelMeter, type NoMicrophone } from "./microphone";

/**
 * Listens to the microphone and tells, fifteen times a second, how loud it is and whether that was a voice; returns what
 * stops it, or why there is none. Must be called in a person's tap: the browser then lets the sound through.
 */
export async function tryVoice(
  tell: (spoken: ReturnType<VoiceProof["hear"]>, level: number) => void,
): Promise<(() => void) | NoMicrophone> {
  const context = new AudioContext();
  void context.resume();
  const got = await capture();
  if ("missing" in got) {
    void context.close();
    return got.missing;
  }
  const meter = new LevelMeter(context);
  meter.listenTo(got.track);
  const proof = new VoiceProof(performance.now());
  const timer = setInterval(() => {
    const level = meter.read();
    tell(proof.hear(level, performance.now()), level);
  }, VoiceProof.EVERY_MS);
  return () => {
    clearInterval(timer);
    got.track.stop();
    void context.close();
  };
}
