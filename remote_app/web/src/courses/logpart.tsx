import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Page, ask, file } from "./api";
import { faultWords } from "./faults";
import { Press } from "./form";
import { type LogChecked, type LogLine, lineWords } from "./log";
import { dayAndTime, t } from "./words";

interface LogPartProps {
  /** What is chosen of: what goes into the query, and its words. The first is all. */
  readonly choices: readonly (readonly [query: string, words: string])[];
}

/** Who was in: asked for by a press, as nobody needs to read it who only plans. */
export function LogPart({ choices }: LogPartProps) {
  const open = useSignal(false);
  return (
    <section class="planning-card" aria-labelledby="log-title">
      <h2 class="ds-heading" id="log-title">
        {t("log.title")}
      </h2>
      <p>{t("log.note")}</p>
      {open.value ? (
        <Entries choices={choices} />
      ) : (
        <div class="planning-row">
          <Press label={t("log.open")} onPress={() => (open.value = true)} />
        </div>
      )}
    </section>
  );
}

function Entries({ choices }: LogPartProps) {
  const query = useSignal(choices[0]?.[0] ?? "");
  const lines = useSignal<readonly LogLine[] | null>(null);
  const next = useSignal<string | null>(null);
  const said = useSignal("");
  const load = async (after: string): Promise<void> => {
    const wanted = query.value;
    const asked = [wanted, after && `after=${after}`].filter(Boolean).join("&");
    try {
      const page = await ask<Page<LogLine>>("GET", `/log${asked && `?${asked}`}`);
      if (wanted !== query.value) return; // another choice since
      lines.value = after ? [...(lines.value ?? []), ...page.items] : page.items;
      next.value = page.next;
      said.value = "";
    } catch (fault) {
      said.value = faultWords(fault);
    }
  };
  useEffect(() => void load(""), [query.value]);
  const found = lines.value;
  const more = next.value;
  return (
    <>
      <Whole />
      <div class="planning-row">
        <div class="planning-field">
          <label class="ds-label" for="log-of">
            {t("log.of")}
          </label>
          <select class="ds-input" id="log-of" value={query.value} onChange={(event) => (query.value = event.currentTarget.value)}>
            {choices.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </div>
        <a class="planning-link" href={file(`/log/csv${query.value && `?${query.value}`}`)} download>
          {t("log.csv")}
        </a>
      </div>
      <p class="planning-said" role="alert">
        {said.value}
      </p>
      {found?.length === 0 ? <p>{t("log.none")}</p> : null}
      <ol class="log-lines">
        {found?.map((line) => (
          <li key={line.number}>
            <span class="quiet">{dayAndTime(line.at)}</span>
            <span>
              {lineWords(line)}
              {line.site ? <span class="quiet log-place">{t("sites.line", { name: line.site, municipality: line.municipality })}</span> : null}
            </span>
          </li>
        ))}
      </ol>
      {more ? (
        <div class="planning-row">
          <Press label={t("log.more")} onPress={() => void load(more)} />
        </div>
      ) : null}
    </>
  );
}

/** Whether anybody has changed the log: the whole chain is gone through when it is opened. */
function Whole() {
  const found = useSignal<LogChecked | null>(null);
  useEffect(() => {
    ask<LogChecked>("GET", "/log/check").then(
      (checked) => (found.value = checked),
      () => undefined, // the list says it
    );
  }, []);
  const checked = found.value;
  const words = checked ? t(checked.whole ? "log.whole" : "log.broken", { count: checked.entries, fault: checked.fault }) : "";
  return (
    <div role="status">{words ? <p class={checked?.whole ? "log-whole" : "log-whole planning-said"}>{words}</p> : null}</div>
  );
}
