import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask } from "./api";
import { differenceWords, differences, editWords } from "./changewords";
import { act, bringBack, deleted, plan, said, thrownAway } from "./desk";
import { type Edit, edits, fresh } from "./edits";
import { Press } from "./form";
import { dayAndTime, t } from "./words";

const SHOWN_FIRST = 5;

/** Where the keyboard was before it came to the notice. */
const from = signal<HTMLElement | null>(null);

const heading = (): HTMLElement | null => document.querySelector(".planning h1");

/** Undoes changes, the newest first; the first that is refused ends it. */
const undo = (all: readonly Edit[]): Promise<boolean> =>
  act(async () => {
    for (const { id } of all) await ask("POST", `/edits/${id}/undo`);
  });

/** What did not work, and what was done last with a button that undoes it: at the lower edge, wherever one is. */
export function Notices() {
  const bar = useRef<HTMLDivElement>(null);
  const latest = fresh.value;
  const gone = deleted.value;
  useEffect(() => {
    // What was pressed went with the thing that it removed: the keyboard goes on here.
    if (document.activeElement !== document.body) return;
    if (latest.length > 0 || gone) bar.current?.focus({ preventScroll: true });
    else heading()?.focus({ preventScroll: true });
  }, [latest, gone]);
  return (
    <div
      class="planning-notices"
      tabIndex={-1}
      ref={bar}
      onFocusIn={({ relatedTarget }) => {
        if (relatedTarget instanceof HTMLElement && !bar.current?.contains(relatedTarget)) from.value = relatedTarget;
      }}
    >
      <p class="planning-said" role="alert">
        {said.value}
      </p>
      <div role="status">
        {latest.length > 0 ? <Done latest={latest} /> : <DeletedCourse />}
      </div>
    </div>
  );
}

function allWords(latest: readonly Edit[]): string {
  const [first] = latest;
  if (first && latest.length === 1) return editWords(first);
  const what = t("edit.many", { count: latest.length });
  return first?.undoes ? t("edit.undone", { what }) : what;
}

function Done({ latest }: { readonly latest: readonly Edit[] }) {
  const what = allWords(latest);
  const shut = (): void => {
    fresh.value = [];
    (from.value?.isConnected ? from.value : heading())?.focus({ preventScroll: true });
  };
  return (
    <div class="planning-notice">
      <p>{what}</p>
      <Press label={t("delete.undo")} name={t("edit.undo_what", { what })} onPress={() => void undo(latest)} />
      <Press label={t("edit.shut")} kind="tertiary" onPress={shut} />
    </div>
  );
}

function DeletedCourse() {
  const course = deleted.value;
  return course ? (
    <div class="planning-notice">
      <p>{t("delete.done", { name: course.name })}</p>
      <Press label={t("delete.undo")} onPress={() => void bringBack(course)} />
    </div>
  ) : null;
}

/** What was changed in the last days, each with *Angre* where nothing came after it. */
export function Changes() {
  const all = useSignal(false);
  const found = edits.value;
  const away = plan.value ? [] : thrownAway.value;
  if (found.length + away.length === 0) return null;
  const shown = all.value ? found : found.slice(0, SHOWN_FIRST);
  return (
    <section class="planning-card" aria-labelledby="changes-title">
      <h2 class="ds-heading" id="changes-title">
        {t("changes.title")}
      </h2>
      <p>{t("changes.note")}</p>
      <ul>
        {away.map((course) => (
          <li key={course.id}>
            <p>{t("changes.course", { name: course.name })}</p>
            <div class="planning-row">
              <Press
                label={t("delete.undo")}
                name={t("edit.undo_what", { what: course.name })}
                onPress={() => void bringBack(course)}
              />
            </div>
          </li>
        ))}
        {shown.map((edit) => (
          <Line key={edit.id} edit={edit} />
        ))}
      </ul>
      {found.length > SHOWN_FIRST ? (
        <div class="planning-row">
          <Press label={t(all.value ? "changes.fewer" : "changes.all")} kind="tertiary" onPress={() => (all.value = !all.value)} />
        </div>
      ) : null}
    </section>
  );
}

function Line({ edit }: { readonly edit: Edit }) {
  const what = editWords(edit);
  const who = edit.you ? t("edit.you") : edit.by || t("edit.somebody");
  return (
    <li class="planning-line">
      <div>
        <p>{what}</p>
        {differences(edit).map((one) => (
          <p key={one.key}>{differenceWords(one)}</p>
        ))}
        <p class="quiet">{t("edit.by", { who, when: dayAndTime(edit.at) })}</p>
      </div>
      {edit.can_undo ? (
        <Press label={t("delete.undo")} name={t("edit.undo_what", { what })} onPress={() => void undo([edit])} />
      ) : null}
    </li>
  );
}
