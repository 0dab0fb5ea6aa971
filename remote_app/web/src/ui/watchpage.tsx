import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { LinkInfo, RobotState } from "../generated/wire";
import { type Key, t } from "../i18n";
import type { Hindrance } from "../session/watchRule";
import { WatchLine } from "../session/watchLine";
import { BigButton, Help, Page } from "./page";

/** What is said while the room cannot be seen. */
const WHY: Readonly<Partial<Record<Hindrance, Key>>> = {
  nobody_in: "watch.nobody",
  not_allowed: "watch.not_allowed",
  private: "watch.private",
  by_itself: "watch.by_itself",
  full: "watch.full",
  off: "watch.off",
  offline: "watch.offline",
};

function present({ session, watchers }: RobotState): { name: string; role: Key }[] {
  const inside: { name: string; role: Key }[] = session ? [{ name: session.name, role: "watch.participant" }] : [];
  if (session?.companion) inside.push({ name: session.companion, role: "watch.companion" });
  const roles = { relative: "watch.relative", leader: "watch.leader", companion: "watch.tablet", screen: "watch.screen" } as const;
  return [...inside, ...watchers.map(({ name, role }) => ({ name, role: roles[role] }))];
}

function Seen({ stream, place }: { readonly stream: MediaStream; readonly place: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const [blocked, setBlocked] = useState(false);
  const play = (): void => void video.current?.play().then(() => setBlocked(false), () => setBlocked(true));
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
    play();
  }, [stream]);
  return (
    <>
      <video ref={video} class="watched" playsInline autoPlay aria-label={t("watch.picture", { place })} />
      {blocked ? <BigButton label={t("watch.sound")} icon="sound" onPress={play} /> : null}
    </>
  );
}

function Inside({ line, info, onLeave }: { readonly line: WatchLine; readonly info: LinkInfo; readonly onLeave: () => void }) {
  const why = line.watching.shown.value;
  const stream = line.watching.stream.value;
  const state = line.state.value;
  return (
    <main class="page">
      <div class="card join">
        <h1 class="ds-heading">{t("watch.picture", { place: info.place })}</h1>
        {stream ? <Seen stream={stream} place={info.place} /> : null}
        <p role="status">{t(why === null ? "watch.seen" : (WHY[why] ?? "watch.trying"))}</p>
        <h2 class="ds-heading">{t("watch.who")}</h2>
        <ul>
          {(state ? present(state) : []).map(({ name, role }, at) => (
            <li key={at}>{`${name}: ${t(role)}`}</li>
          ))}
        </ul>
        <BigButton label={t("watch.leave")} quiet onPress={onLeave} />
      </div>
      <Help />
    </main>
  );
}

/** A relative's whole page: what they will see, the room, and that they have gone. */
export function WatchPage({ info, token }: { readonly info: LinkInfo; readonly token: string }) {
  const [where, setWhere] = useState<"before" | "inside" | "left">("before");
  const line = useMemo(() => new WatchLine(token), [token]);
  useEffect(() => () => line.close(), [line]); // the link may be withdrawn meanwhile
  const enter = (): void => {
    line.open();
    setWhere("inside");
  };
  const leave = (): void => {
    line.close();
    setWhere("left");
  };
  if (where === "inside") return <Inside line={line} info={info} onLeave={leave} />;
  return (
    <Page icon={where === "left" ? "door" : "eye"} title={t(where === "left" ? "watch.left" : "watch.title", { place: info.place })}>
      {where === "left" ? null : <p>{t("watch.text", { name: info.name })}</p>}
      <BigButton label={t("watch.enter")} icon="eye" onPress={enter} />
    </Page>
  );
}
