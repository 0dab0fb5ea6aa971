import type { RobotState, SessionState } from "../../generated/wire";
import type { Desk } from "../desk";
import { stepped } from "../volume";
import { t } from "../words";
import { Press } from "./press";

interface VolumeProps {
  readonly state: RobotState;
  readonly session: SessionState;
  readonly desk: Desk;
}

/** How loud the person is in the room, and whether the room hears the robot; behind one line, so that a card is short. */
export function Volume({ state: { robot, volume }, session: { id, name }, desk }: VolumeProps) {
  const percent = Math.round(volume.percent);
  const set = (by: 1 | -1) => () => desk.act(robot, id, { type: "set_volume", ...stepped(volume, by) });
  const named = (what: string): string => t("hand.of", { what, name });
  return (
    <details class="fold">
      <summary>{volume.whisper ? t("volume.whisper") : t("volume.now", { percent })}</summary>
      <div class="presses">
        <Press label={t("volume.lower")} name={named(t("volume.lower"))} onPress={set(-1)} />
        <Press label={t("volume.louder")} name={named(t("volume.louder"))} onPress={set(1)} />
        <Press label={t("volume.ask")} icon="sound" onPress={() => desk.act(robot, id, { type: "ask_heard" })} />
      </div>
      <p class="quiet">{t("volume.note")}</p>
    </details>
  );
}
