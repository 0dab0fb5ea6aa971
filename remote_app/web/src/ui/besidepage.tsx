import { useEffect, useMemo, useState } from "preact/hooks";
import { type Key, t } from "../i18n";
import { BesideLine } from "../session/besideLine";
import type { Session } from "../session/session";
import type { Hindrance } from "../session/watchRule";
import { phase, robot, welcome } from "../store";
import { Present, Seen, atTheTablet } from "./lookon";
import { BesideText } from "./besidetext";
import { BigButton, Help } from "./page";

const WHY: Readonly<Partial<Record<Hindrance, Key>>> = {
  nobody_in: "beside.nobody",
  private: "watch.private",
  full: "watch.full",
  off: "watch.off",
  offline: "watch.offline",
};

function words(line: BesideLine): string {
  const why = line.watching.shown.value;
  if (phase.value === "joining" || phase.value === "reconnecting") return t("beside.taking");
  if (why !== null) return t(WHY[why] ?? "watch.trying");
  const [first] = robot.value ? atTheTablet(robot.value) : [];
  return t("beside.seen", { name: first?.name ?? "" });
}

/** Another tablet of the seat beside the one that steers: picture, sound, who is there, and the steering one tap away. */
export function BesidePage({ session }: { readonly session: Session }) {
  const line = useMemo(() => new BesideLine(session), [session]);
  const [sound, setSound] = useState(true);
  useEffect(() => {
    line.open();
    return () => line.close();
  }, [line]);
  const stream = line.watching.stream.value;
  const place = welcome.value?.place ?? "";
  return (
    <main class="page">
      <div class="card join beside">
        <h1 class="ds-heading">{t("beside.title", { place })}</h1>
        {stream ? <Seen stream={stream} place={place} muted={!sound} /> : null}
        <p role="status">{words(line)}</p>
        <BigButton label={t("beside.steer")} onPress={() => line.steer()} />
        <p>{t("beside.note")}</p>
        <p>{t("beside.same")}</p>
        <BigButton label={t(sound ? "beside.quiet" : "beside.loud")} icon="sound" quiet onPress={() => setSound(!sound)} />
        <BesideText session={session} />
        <Present state={robot.value} />
        <BigButton label={t("watch.leave")} icon="leave" quiet onPress={() => session.leave()} />
      </div>
      <Help />
    </main>
  );
}
