import { useEffect, useMemo, useState } from "preact/hooks";
import type { LinkInfo } from "../generated/wire";
import { type Key, t } from "../i18n";
import type { Hindrance } from "../session/watchRule";
import { WatchLine } from "../session/watchLine";
import { Present, Seen } from "./lookon";
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

function Inside({ line, info, onLeave }: { readonly line: WatchLine; readonly info: LinkInfo; readonly onLeave: () => void }) {
  const why = line.watching.shown.value;
  const stream = line.watching.stream.value;
  return (
    <main class="page">
      <div class="card join">
        <h1 class="ds-heading">{t("watch.picture", { place: info.place })}</h1>
        {stream ? <Seen stream={stream} place={info.place} /> : null}
        <p role="status">{t(why === null ? "watch.seen" : (WHY[why] ?? "watch.trying"))}</p>
        <Present state={line.state.value} />
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
