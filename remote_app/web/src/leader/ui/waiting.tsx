import { type Signal, useSignal } from "@preact/signals";
import type { IdentityBy, WaitingPerson } from "../../generated/wire";
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

/** The first one holds for everybody who knocks: one press lets in, and the log says no more than what is true. */
const WAYS: readonly IdentityBy[] = ["link", "nurse", "voice"];

interface PersonProps {
  readonly person: WaitingPerson;
  readonly view: RobotView;
  readonly desk: Desk;
}

function Person({ person: { link, name, companion, since_s }, view, desk }: PersonProps) {
  const identity = useSignal<IdentityBy>("link");
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
        <>
          <div class="presses">
            <Press
              label={t("waiting.admit")}
              name={named(t("waiting.admit"))}
              kind="primary"
              onPress={() => desk.admit(view.robot, link, identity.value)}
            />
            <Press
              label={t("waiting.turn_down")}
              name={named(t("waiting.turn_down"))}
              onPress={() => desk.turnDown(view.robot, link)}
            />
          </div>
          <Sure of={link} name={name} identity={identity} />
        </>
      )}
    </li>
  );
}

interface SureProps {
  readonly of: string;
  readonly name: string;
  readonly identity: Signal<IdentityBy>;
}

/** How the leader knows who it is: chosen before the press, by whoever knows more than the link says. */
function Sure({ of, name, identity }: SureProps) {
  const id = `sure-${of}`;
  return (
    <div class="sure">
      <label class="ds-label" for={id}>
        {t("waiting.sure", { name })}
      </label>
      <select
        class="ds-input"
        id={id}
        value={identity.value}
        onChange={(event) => (identity.value = event.currentTarget.value as IdentityBy)}
      >
        {WAYS.map((way) => (
          <option key={way} value={way}>
            {t(`waiting.sure.${way}`)}
          </option>
        ))}
      </select>
    </div>
  );
}
