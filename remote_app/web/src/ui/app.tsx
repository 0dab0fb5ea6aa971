import type { LinkInfo } from "../generated/wire";
import { t } from "../i18n";
import { before, late } from "../parts";
import { linkRefused } from "../session/link";
import type { Phase } from "../session/phase";
import type { Session } from "../session/session";
import { beside, link, microphone, phase, trying, welcome } from "../store";
import { Coming } from "./coming";
import { Join, Joining } from "./join";
import { Page } from "./page";
import { Room } from "./room";
import { NoMicrophonePage, RefusedLink, TroublePage, Unreachable } from "./trouble";
import { Try } from "./try";
import { Waiting } from "./waiting";

/** Where a tablet that looks on stays as it is, also while it takes the steering. */
const BESIDE_IN: ReadonlySet<Phase> = new Set(["busy", "replaced", "elsewhere", "joining", "reconnecting"] as const);

/** One screen at a time, chosen by what is known of link and session. */
export function App({ session }: { readonly session: Session }) {
  const answer = link.value;
  if (trying.value && phase.value === "idle") return <Try session={session} />;
  if (linkRefused(answer) && phase.value !== "room" && phase.value !== "left" && phase.value !== "over") return <RefusedLink refused={answer} />;
  if (beside.value !== "no" && BESIDE_IN.has(phase.value)) return <Beside session={session} />;
  switch (phase.value) {
    case "idle":
      return <BeforeTheTap session={session} />;
    case "joining":
      return <Joining session={session} />;
    case "waiting":
      return <Waiting session={session} />;
    case "turned_down":
    case "ended":
    case "over":
      return <Out why={phase.value} session={session} />;
    case "room":
    case "reconnecting":
    case "blocked":
      return <Room session={session} />;
    default:
      return <TroublePage phase={phase.value} session={session} />;
  }
}

/** Whoever only looks on has a page of their own, as soon as it is here. */
function Watch({ info, token }: { readonly info: LinkInfo; readonly token: string }) {
  const here = before.here.value;
  return here ? <here.WatchPage info={info} token={token} /> : <Page icon="eye" title={info.course}><Coming part={before} /></Page>;
}

/** The course leader said so: not now, no longer, or the meeting is over. */
function Out({ why, session }: { readonly why: "turned_down" | "ended" | "over"; readonly session: Session }) {
  const here = late.here.value;
  if (here && why !== "over") return <here.OutPage why={why} session={session} />;
  return here ? <here.OverPage /> : <Page icon="leave" title={welcome.value?.course ?? ""}><Coming part={late} /></Page>;
}

function Beside({ session }: { readonly session: Session }) {
  const here = before.here.value;
  return here ? <here.BesidePage session={session} /> : <Page icon="tablet" title={t("beside.join")}><Coming part={before} /></Page>;
}

function BeforeTheTap({ session }: { readonly session: Session }) {
  const answer = link.value;
  if (answer === "asking") return <Page icon="robot" title={t("link.asking")} working />;
  if (answer === "unreachable") return <Unreachable token={session.token} />;
  if (answer.type === "link_refused") return null; // said by App, whatever the phase
  const voice = microphone.value;
  if (voice.kind === "missing") return <NoMicrophonePage why={voice.why} session={session} />;
  if (answer.role === "relative") return <Watch info={answer} token={session.token} />;
  return <Join info={answer} session={session} />;
}
