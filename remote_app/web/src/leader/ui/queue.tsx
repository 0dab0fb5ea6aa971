import type { HandShown } from "../board";
import { hands } from "../board";
import type { Desk } from "../desk";
import { sinceWords } from "../since";
import { board, clock, pending } from "../store";
import { t } from "../words";
import { Icon } from "./icon";
import { useFocusKept } from "./kept";
import { Press } from "./press";

/** Whoever has the floor, and every raised hand of this leader's robots, oldest first. */
export function Queue({ desk }: { readonly desk: Desk }) {
  const shown = board.value ? hands(board.value) : [];
  const { heading, ...kept } = useFocusKept(shown.map(({ session, place }) => `${session} ${place > 0}`).join());
  return (
    <section
      class="queue"
      aria-labelledby="queue-title"
      ref={kept.section}
      onFocusIn={kept.onFocusIn}
      onFocusOut={kept.onFocusOut}
    >
      <h2 class="ds-heading" id="queue-title" tabIndex={-1} ref={heading}>
        {t("queue.title")}
      </h2>
      {shown.length === 0 ? <p>{t("queue.none")}</p> : null}
      <ol class="hands">
        {shown.map((hand) => (
          <Hand key={hand.session} hand={hand} desk={desk} />
        ))}
      </ol>
      <Elsewhere />
    </section>
  );
}

/** Whose hands come between, at the robots of others: a place in the queue, and no name unless they allow it. */
function Elsewhere() {
  const others = board.value?.queue.elsewhere ?? [];
  if (others.length === 0) return null;
  return (
    <ul>
      {others.map(({ place, where, name }) => (
        <li key={`${where} ${place}`}>
          <strong>{t("queue.place", { place })}</strong>{" "}
          {name ? t("queue.who", { name, place: where }) : t("queue.nameless", { place: where })}
        </li>
      ))}
    </ul>
  );
}

function Hand({ hand, desk }: { readonly hand: HandShown; readonly desk: Desk }) {
  const { view, name, session, place } = hand;
  const floor = place === 0;
  const later = `lower ${session}`;
  const leaving = pending.value.includes(later);
  return (
    <li class={floor ? "hand floor" : "hand"}>
      <p class="hand-who">
        <Icon name="hand" />
        <span>
          <strong>{floor ? t("queue.floor") : t("queue.place", { place })}</strong>{" "}
          {t("queue.who", { name, place: view.place })} <HandSince hand={hand} />
        </span>
      </p>
      {leaving ? (
        <p class="later">
          {t("later.lower", { name })}
          <Press label={t("later.undo")} kind="tertiary" onPress={() => desk.undo(later)} />
        </p>
      ) : (
        <HandPresses hand={hand} desk={desk} />
      )}
    </li>
  );
}

function HandSince({ hand }: { readonly hand: HandShown }) {
  const state = hand.view.state;
  if (!state || hand.place === 0) return null;
  const seen = state.hand.seen ? ` · ${t("hand.is_seen")}` : "";
  return (
    <span class="quiet">
      {sinceWords(state.hand.since_s, hand.view.stateAt, clock.value)}
      {seen}
    </span>
  );
}

/** Whoever has had the floor is taken down at once; a hand that has not been heard can be given back for a moment. */
function HandPresses({ hand: { view, name, session, place }, desk }: { readonly hand: HandShown; readonly desk: Desk }) {
  const act = (action: Parameters<Desk["act"]>[2]) => () => desk.act(view.robot, session, action);
  const press = (what: string, onPress: () => void, kind: "primary" | "secondary" = "secondary") => (
    <Press label={what} name={t("hand.of", { what, name })} kind={kind} onPress={onPress} />
  );
  if (place === 0) {
    return (
      <div class="presses">
        {press(t("hand.lower"), act({ type: "lower_hand" }), "primary")}
        {press(t("hand.floor_back"), act({ type: "give_floor", given: false }))}
      </div>
    );
  }
  return (
    <div class="presses">
      {press(t("hand.floor"), act({ type: "give_floor", given: true }), "primary")}
      {view.state?.hand.seen ? null : press(t("hand.seen"), act({ type: "mark_seen" }))}
      {press(t("hand.lower"), () => desk.lower(view.robot, session))}
    </div>
  );
}
