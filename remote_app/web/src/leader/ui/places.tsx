import { useRef, useState } from "preact/hooks";
import type { RobotState } from "../../generated/wire";
import { type RobotView, personIn } from "../board";
import { type Desk, removal } from "../desk";
import { Turning } from "../places";
import { pending } from "../store";
import { t } from "../words";
import { Press } from "./press";

const MOST_CHARS = 24;
const USUAL = ["places.lecturer", "places.board", "places.group"] as const;

interface PlacesProps {
  readonly view: RobotView;
  readonly state: RobotState;
  readonly desk: Desk;
}

/** Placing the robot: the head is turned, and where it looks is kept under a name; behind one line, as it is done once. */
export function Places({ view, state, desk }: PlacesProps) {
  const names = state.places.map(({ name }) => name);
  return (
    <details class="fold">
      <summary>{names.length ? t("places.some", { names: names.join(", ") }) : t("places.none")}</summary>
      <PlacesBody view={view} state={state} desk={desk} />
    </details>
  );
}

export function PlacesBody({ view, state, desk }: PlacesProps) {
  const { places } = state;
  const names = places.map(({ name }) => name);
  const held = personIn(view);
  const save = (name: string): void => desk.act(view.robot, null, { type: "save_place", name });
  return (
    <>
      <p class="quiet">
        {held ? t("places.held", { name: held.name }) : t(state.private ? "places.private" : "places.note")}
      </p>
      {held || state.private ? null : <Turns view={view} state={state} desk={desk} />}
      <ul class="placed">
        {places.map((place) => (
          <Placed key={place.name} place={place} still={!held && !state.private} robot={view.robot} desk={desk} onSave={save} />
        ))}
      </ul>
      <div class="presses">
        {USUAL.map((key) => t(key))
          .filter((name) => !names.includes(name))
          .map((name) => (
            <Press key={name} label={t("places.save", { name })} onPress={() => save(name)} />
          ))}
      </div>
      <OwnName robot={view.robot} onSave={save} />
    </>
  );
}

function Turns({ view: { robot, place }, state, desk }: PlacesProps) {
  const turning = useRef(new Turning());
  return (
    <div class="turns" role="group" aria-label={t("hand.of", { what: t("places.turn"), name: place })}>
      {(["up", "left", "down", "right"] as const).map((side) => (
        <Press
          key={side}
          place={`turn-${side}`}
          label={t(`places.${side}`)}
          onPress={() => {
            const to = turning.current.next(side, state.pose, state.limits, performance.now());
            desk.act(robot, null, { type: "look_at", ...to });
          }}
        />
      ))}
    </div>
  );
}

interface PlacedProps {
  readonly place: { readonly name: string; readonly pan_deg: number; readonly tilt_deg: number };
  /** Nobody else turns the head. */
  readonly still: boolean;
  readonly robot: string;
  readonly desk: Desk;
  readonly onSave: (name: string) => void;
}

function Placed({ place: { name, pan_deg, tilt_deg }, still, robot, desk, onSave }: PlacedProps) {
  const id = removal(robot, name);
  const named = (what: string): string => t("hand.of", { what, name });
  if (pending.value.includes(id)) {
    return (
      <li class="later">
        {t("later.remove_place", { name })}
        <Press label={t("later.undo")} kind="tertiary" onPress={() => desk.undo(id)} />
      </li>
    );
  }
  const press = (what: string, onPress: () => void) => <Press label={what} name={named(what)} onPress={onPress} />;
  return (
    <li>
      <strong>{name}</strong>
      <div class="presses">
        {still ? press(t("places.look"), () => desk.act(robot, null, { type: "look_at", pan_deg, tilt_deg })) : null}
        {press(t("places.again"), () => onSave(name))}
        {press(t("places.remove"), () => desk.removePlace(robot, name))}
      </div>
    </li>
  );
}

function OwnName({ robot, onSave }: { readonly robot: string; readonly onSave: (name: string) => void }) {
  const [name, write] = useState("");
  const id = `place-${robot}`;
  const save = (event: Event): void => {
    event.preventDefault();
    const plain = name.trim();
    if (plain === "") return;
    onSave(plain);
    write("");
  };
  return (
    <form class="own-place" onSubmit={save}>
      <label class="ds-label" for={id}>
        {t("places.own")}
      </label>
      <input
        id={id}
        class="ds-input"
        maxLength={MOST_CHARS}
        autocomplete="off"
        value={name}
        onInput={(event) => write(event.currentTarget.value)}
      />
      <button type="submit" class="ds-button" data-variant="secondary">
        {t("places.save_own")}
      </button>
    </form>
  );
}
