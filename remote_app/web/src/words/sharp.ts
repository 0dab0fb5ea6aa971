import type { Key } from "../i18n";
import type { StillShown } from "../session/still";

/** What is to be said of the sharp picture now; null when it speaks for itself. `straight`: the board was wished for. */
export function sharpWords(still: StillShown, straight: boolean): Key | null {
  switch (still.kind) {
    case "closed":
      return null;
    case "waiting":
      return still.share > 0 ? "sharp.coming" : "sharp.waiting";
    case "failed":
      return `sharp.failed.${still.why}`;
    case "gone":
      return "sharp.gone";
    case "shown":
      if (still.share !== null) return "sharp.more";
      return straight && !still.look.rectify ? "sharp.no_board" : null;
  }
}
