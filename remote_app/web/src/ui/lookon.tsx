import { useEffect, useRef, useState } from "preact/hooks";
import type { RobotState } from "../generated/wire";
import { type Key, t } from "../i18n";
import { BigButton } from "./page";

const ROLES = { relative: "watch.relative", leader: "watch.leader", companion: "watch.tablet", screen: "watch.screen" } as const;

/** Who sits at the tablet that steers, who steers first; `seated` of `words/who.ts`, as parts share no script. */
export function atTheTablet({ session, watchers }: RobotState): { name: string; person: boolean }[] {
  if (!session) return [];
  const { name, companion } = session;
  const both = [{ name, person: true }, ...(companion ? [{ name: companion, person: false }] : [])];
  const here = both.filter((one) => !watchers.some((other) => other.role === "companion" && other.name === one.name));
  return here.length ? here : both.slice(0, 1);
}

function present(state: RobotState): { name: string; role: Key }[] {
  const inside = atTheTablet(state).map(({ name, person }, at): { name: string; role: Key } => {
    return { name, role: at ? "watch.companion" : person ? "watch.participant" : "watch.helps" };
  });
  return [...inside, ...state.watchers.map(({ name, role }) => ({ name, role: ROLES[role] }))];
}

/** The room's picture and sound. */
export function Seen({ stream, place, muted = false }: { readonly stream: MediaStream; readonly place: string; readonly muted?: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  const [blocked, setBlocked] = useState(false);
  const play = (): void => void video.current?.play().then(() => setBlocked(false), () => setBlocked(true));
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
    play();
  }, [stream]);
  return (
    <>
      <video ref={video} class="watched" playsInline autoPlay muted={muted} aria-label={t("watch.picture", { place })} />
      {blocked ? <BigButton label={t("watch.sound")} icon="sound" onPress={play} /> : null}
    </>
  );
}

/** Everybody who is there, with role in words. */
export function Present({ state }: { readonly state: RobotState | null }) {
  return (
    <section class="who">
      <h2 class="ds-heading">{t("watch.who")}</h2>
      <ul>
        {(state ? present(state) : []).map(({ name, role }, at) => (
          <li key={at}>{`${name}: ${t(role)}`}</li>
        ))}
      </ul>
    </section>
  );
}
