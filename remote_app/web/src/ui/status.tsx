import { t } from "../i18n";
import { hand, limitHit, listening, microphone, phase, queue, rescue, robot, speech, steps } from "../store";
import { microphoneKind, speechWords, statusWords, voiceRoad } from "../words/status";

/** The line of words; a screen reader says what changes in it. `withSpeech`: what became of the sentence comes first. */
export function Status({ withSpeech = false }: { readonly withSpeech?: boolean }) {
  const said = withSpeech ? speechWords(speech.value) : null;
  const place = { place: queue.value?.place ?? 0 };
  const [first, second] = statusWords({
    hand: hand.value,
    microphone: microphoneKind(microphone.value),
    robot: robot.value,
    queue: queue.value,
    limit: limitHit.value,
    steps: steps.value,
    listening: listening.value,
    road: voiceRoad(phase.value, rescue.value),
  });
  return (
    <div class="status" role="status">
      {said ? <p class={speech.value === "failed" ? "status-said bad" : "status-said"}>{t(said)}</p> : null}
      <p class={hand.value === "up" ? "status-first up" : "status-first"}>{first ? t(first, place) : ""}</p>
      {second ? <p>{t(second, place)}</p> : null}
    </div>
  );
}
