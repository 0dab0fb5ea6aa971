import type { Key } from "../i18n";
import type { StepsShown } from "../view/steps";

/** What is said of turning in steps; null on a quick line. */
export function stepWords(steps: StepsShown): Key | null {
  return steps === "off" ? null : `status.steps.${steps}`;
}
