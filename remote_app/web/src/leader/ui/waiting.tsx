import type { WaitingPerson } from "../../generated/wire";
import type { RobotView } from "../board";
import type { Desk } from "../desk";
import { sinceWords } from "../since";
import { clock, pending } from "../store";
import { t } from "../words";
import { Icon } from "./icon";
import { useFocusKept } from "./kept";
import { Press } from "./press";

/** Everybody at one robot's door. */
export function Waiting({ view, desk }: { readonly view: RobotView; readonly desk: Desk }) {
  const { heading, ...kept } = useFocusKept(view.waiting.map(({ link }) => link).join());
  if (view.waiting.length === 0) return null;
  const id = `waiting-${view.robot}`;
  return (
    <section
      class="door"
      aria-labelledby={id}
      ref={kept.section}
      onFocusIn={kept.onFocusIn}
      onFocusOut={kept.onFocusOut}
    >
      <h3 class="ds-heading" id={id} tabIndex={-1} ref={heading}>
        <Icon name="door" />
        {t("waiting.title")}
      </h3>
      <ul>
        {view.waiting.map((person) => (
          <Person key={person.link} person={person} view={view} desk={desk} />
        ))}
      </ul>
    </section>
  );
}

interface PersonProps {
  readonly person: WaitingPerson;
  readonly view: RobotView;
  readonly desk: Desk;
}

function Person({ person: { link, name, companion, since_s }, view, desk }: PersonProps) {
  const later = `turn_down ${link}`;
  const since = sinceWords(since_s, view.waitingAt, clock.value);
  const named = (what: string): string => t("hand.of", { what, name });
  return (
    <li>
      <p>
        <strong>{name}</strong> {companion ? t("waiting.with", { companion }) : ""}{" "}
        <span class="quiet">{t("waiting.since", { since })}</span>
      </p>
      {pending.value.includes(later) ? (
        <p class="later">
          {t("later.turn_down", { name })}
          <Press label={t("later.undo")} kind="tertiary" onPress={() => desk.undo(later)} />
        </p>
      ) : (
        <div class="presses">
          <Press
            label={t("waiting.admit")}
            name={named(t("waiting.admit"))}
            kind="primary"
            onPress={() => desk.admit(view.robot, link)}
          />
          <Press
            label={t("waiting.turn_down")}
            name={named(t("waiting.turn_down"))}
            onPress={() => desk.turnDown(view.robot, link)}
          />
        </div>
      )}
    </li>
  );
}
