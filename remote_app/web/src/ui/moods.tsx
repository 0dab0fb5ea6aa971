import type { Mood } from "../generated/wire";
import { t } from "../i18n";
import { mood } from "../session/setting";

/** Each mood's eyes, as lines. */
const EYES: Readonly<Record<Mood, string>> = {
  neutral: "M10 16a8 8 0 1 0 16 0a8 8 0 1 0-16 0M38 16a8 8 0 1 0 16 0a8 8 0 1 0-16 0",
  happy: "M9 21a9 9 0 0 1 18 0M37 21a9 9 0 0 1 18 0",
  sad: "M13 21a6 6 0 1 0 12 0a6 6 0 1 0-12 0M39 21a6 6 0 1 0 12 0a6 6 0 1 0-12 0M8 11L23 4M41 4L56 11",
  confused: "M9 17a9 9 0 1 0 18 0a9 9 0 1 0-18 0M41 20a5 5 0 1 0 10 0a5 5 0 1 0-10 0M37 7L55 10",
};
const MOODS = Object.keys(EYES) as readonly Mood[];
const CHECK = "M62 15l4 5 8-11";
const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

const CHECKED = {
  color: "var(--ds-color-base-contrast-default)",
  background: "var(--ds-color-base-default)",
  borderColor: "var(--ds-color-base-default)",
};

/** The arrows choose, as in any group of radio buttons; they do not turn the head meanwhile. */
function pressed(event: KeyboardEvent): void {
  const by = STEPS[event.key];
  const group = event.currentTarget as HTMLElement;
  const buttons = [...group.querySelectorAll<HTMLElement>("[role=radio]")];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  const next = buttons[(buttons.indexOf(event.target as HTMLElement) + by + buttons.length) % buttons.length];
  next?.focus();
  next?.click();
}

/** What the robot's eyes show. */
export function Moods() {
  const now = mood.does;
  const wish = mood.pending.value;
  const first = wish ?? now ?? MOODS[0];
  return (
    <section class="who">
      <h3 class="ds-heading" id="moods">
        {t("mood.title")}
      </h3>
      <div class="more-list" role="radiogroup" aria-labelledby="moods" onKeyDown={pressed}>
        {MOODS.map((one) => (
          <button
            key={one}
            type="button"
            role="radio"
            aria-checked={one === now}
            tabIndex={one === first ? 0 : -1}
            class={one === wish ? "control pending" : "control"}
            style={one === now ? CHECKED : {}}
            onClick={() => mood.choose(one)}
          >
            <svg viewBox="-12 0 88 32" width="88" height="32" fill="none" stroke="currentColor" stroke-width="4" aria-hidden="true">
              <path d={one === now ? EYES[one] + CHECK : EYES[one]} />
            </svg>
            <span class="control-word">{t(`mood.${one}`)}</span>
          </button>
        ))}
      </div>
      <p class={mood.failing.value ? "sheet-word bad" : "sheet-word"} role="status">
        {mood.failing.value ? t("setting.failed") : wish ? t("choice.asking") : ""}
      </p>
    </section>
  );
}
