import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ScreenView } from "../generated/wire";
import { Languages } from "../ui/language";
import type { ScreenLine } from "./line";
import { heardWords, roomWords, whoWords } from "./rule";
import { t } from "./words";

interface Props {
  readonly line: ScreenLine;
}

function Words({ title, text = "" }: { readonly title: string; readonly text?: string }) {
  return (
    <main class="page">
      <div class="card">
        <h1 class="ds-heading">{title}</h1>
        {text ? <p>{text}</p> : null}
      </div>
    </main>
  );
}

export function App({ line }: Props) {
  const link = line.link.value;
  if (link === "asking") return <Words title={t("link.asking")} />;
  if (link === "unreachable") return <Words title={t("link.unreachable.title")} text={t("link.unreachable.text")} />;
  if (link.type === "link_refused") return <Words title={t("link.bad.title")} text={t("link.bad.text")} />;
  const view = line.view.value;
  return view ? <Screen line={line} view={view} course={link.course} /> : <Words title={t("link.asking")} />;
}

/** The room, big; beside it who has the floor, and who waits. */
function Screen({ line, view, course }: Props & { readonly view: ScreenView; readonly course: string }) {
  const [sound, setSound] = useState(false);
  const only = line.queueOnly.value;
  return (
    <main class={only ? "screen alone" : "screen"}>
      {only ? null : <Seen line={line} view={view} sound={sound} />}
      <section class="screen-side" aria-label={course}>
        <h1 class="ds-heading">{course}</h1>
        <Speaker view={view} sound={sound && !only} />
        <Queue view={view} />
        <div class="presses">
          {only ? null : (
            <button type="button" class="ds-button press" data-variant="primary" onClick={() => setSound(!sound)}>
              {t(sound ? "sound.off" : "sound.on")}
            </button>
          )}
          <button
            type="button"
            class="ds-button press"
            data-variant="secondary"
            onClick={() => line.showQueueOnly(!only)}
          >
            {t(only ? "queue.with_room" : "queue.only")}
          </button>
        </div>
        <Languages label={t("language.choose")} />
      </section>
    </main>
  );
}

function Seen({ line, view, sound }: Props & { readonly view: ScreenView; readonly sound: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  const watching = line.watching.value;
  const stream = watching?.stream.value ?? null;
  useLayoutEffect(() => {
    const at = video.current;
    if (!at) return;
    if (at.srcObject !== stream) at.srcObject = stream;
    at.muted = !sound;
    if (stream) void at.play().catch(() => undefined); // muted it may always; with sound after the tap
  }, [stream, sound]);
  const why = roomWords(view, watching ? watching.shown.value : "trying");
  return (
    <section class="screen-room" aria-label={t("room.of", { where: view.where })}>
      <video ref={video} class={why ? "unseen" : ""} playsInline muted aria-label={t("room.of", { where: view.where })} />
      <p class={why ? "screen-why" : "screen-where"} role="status">
        {why ? t(why, { where: view.where }) : view.where}
      </p>
    </section>
  );
}

function Speaker({ view, sound }: { readonly view: ScreenView; readonly sound: boolean }) {
  if (!view.speaker) return null;
  const { key, values } = whoWords(view.speaker);
  const heard = heardWords(view, sound);
  return (
    <p class="screen-speaker" role="status">
      <strong>{t("speaker.has", { who: t(key, values) })}</strong>
      {heard ? <span>{t(heard)}</span> : null}
    </p>
  );
}

function Queue({ view }: { readonly view: ScreenView }) {
  return (
    <>
      <h2 class="ds-heading">{t("queue.title")}</h2>
      {view.queue.length === 0 ? <p>{t("queue.none")}</p> : null}
      <ol class="screen-queue">
        {view.queue.map((hand) => {
          const { key, values } = whoWords(hand);
          return (
            <li key={`${hand.place} ${hand.where}`}>
              <span class="screen-place">{hand.place}</span> {t(key, values)}
            </li>
          );
        })}
      </ol>
    </>
  );
}
