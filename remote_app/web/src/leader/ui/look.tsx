import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Watcher } from "../../generated/wire";
import type { Hindrance } from "../../session/watchRule";
import type { RobotView } from "../board";
import type { Desk } from "../desk";
import type { Looking } from "../look";
import { type Key, t, timeOfDay } from "../words";
import { Press } from "./press";

interface LookProps {
  readonly view: RobotView;
  readonly desk: Desk;
  /** What stands beside its buttons. */
  readonly children?: ComponentChildren;
}

/** What is said while the room cannot be seen; anything else passes by itself. */
const WHY: Readonly<Partial<Record<Hindrance, Key>>> = {
  private: "look.private",
  by_itself: "look.by_itself",
  full: "look.full",
  off: "look.off",
  offline: "look.offline",
  lost: "look.lost",
  media_failed: "look.lost",
};

/** The room, seen and (when the leader wants it) heard through the robot. */
export function Look({ view, desk, children }: LookProps) {
  const at = desk.look.at.value;
  const here = at?.robot === view.robot ? at : null;
  const opener = `look-${view.robot}`;
  const possible = here !== null || (view.present && view.state !== null && !view.state.private);
  const press = (
    <Press
      label={t(here ? "look.close" : "look.open")}
      name={t("hand.of", { what: t(here ? "look.close" : "look.open"), name: view.place })}
      icon="eye"
      id={opener}
      onPress={() => (here ? desk.look.close() : desk.look.open(view.robot))}
    />
  );
  return (
    <div class="look">
      {here ? <Room at={here} place={view.place} desk={desk} /> : null}
      <div class="presses">
        {here ? <HearPress desk={desk} place={view.place} /> : null}
        {possible ? press : null}
        {children}
      </div>
    </div>
  );
}

export function HearPress({ desk, place }: { readonly desk: Desk; readonly place: string }) {
  const hears = desk.look.hears.value;
  const label = t(hears ? "look.mute" : "look.hear");
  return (
    <Press
      label={label}
      name={t("hand.of", { what: label, name: place })}
      icon="sound"
      onPress={() => (desk.look.hears.value = !hears)}
    />
  );
}

interface RoomProps {
  readonly at: Looking;
  readonly place: string;
  readonly desk: Desk;
  /** In the guide nothing is said while all is well; with `level` there is a line across, to set the robot level by. */
  readonly guided?: "plain" | "level";
}

/** The picture, or the sentence that says why there is none. */
export function Room({ at: { watching }, place, desk, guided }: RoomProps) {
  const stream = watching.stream.value;
  const why = watching.shown.value;
  const hears = desk.look.hears.value;
  const words = why === null ? (hears ? "look.heard" : "look.seen") : (WHY[why] ?? "look.trying");
  return (
    <>
      <div class={stream ? "look-frame" : "look-frame waits"}>
        {stream ? <Picture stream={stream} place={place} hears={hears} /> : null}
        {stream && guided === "level" ? <span class="level" aria-hidden="true" /> : null}
      </div>
      <p role="status" class={why === null ? "quiet" : ""}>
        {guided && why === null ? "" : t(words)}
      </p>
    </>
  );
}

function Picture({ stream, place, hears }: { readonly stream: MediaStream; readonly place: string; readonly hears: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  useLayoutEffect(() => {
    const it = video.current;
    if (!it) return;
    if (it.srcObject !== stream) it.srcObject = stream;
    it.muted = !hears;
    void it.play().catch(() => undefined); // a browser that wants a tap first gets it with *Hør rommet*
  }, [stream, hears]);
  return <video ref={video} muted playsInline autoPlay aria-label={t("look.picture", { place })} />;
}

interface WatchersProps {
  readonly watchers: readonly Watcher[];
  /** When that began, as a time (ms), which is so many seconds old. */
  readonly begun: (seconds: number) => number;
}

/** Who sees and hears this room beside the person, and since when: never hidden, the leader's own name neither. */
export function Watchers({ watchers, begun }: WatchersProps) {
  if (watchers.length === 0) return null;
  const words = ({ name, role, since_s }: Watcher): string =>
    t("look.watcher", { name, role: t(`look.role.${role}`), time: timeOfDay(begun(since_s)) });
  const names = watchers.map(words).join(", ");
  return <p class="quiet">{t("look.watchers", { names })}</p>;
}
