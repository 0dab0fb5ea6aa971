import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { DIGITS, askStart, digitsOf, tryCode } from "../session/code";
import { start } from "../store";
import { codeWords, shortWords } from "../words/code";
import type { Said } from "../words/opening";
import { Languages } from "./language";
import { BigButton, Help } from "./page";

/** For somebody who has six digits and no link. */
export function CodePage() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    void askStart().then((answer) => (start.value = answer));
    heading.current?.focus(); // as on every page of words: it takes the place of the one that fetched it
  }, []);
  return (
    <main class="page">
      <Languages label={t("language.choose")} />
      <div class="card join">
        {start.value?.course ? <p class="hello">{start.value.course}</p> : null}
        <h1 class="ds-heading" tabIndex={-1} ref={heading}>
          {t("code.title")}
        </h1>
        <CodeForm />
        <p>{t("code.link")}</p>
      </div>
      <Help />
    </main>
  );
}

function CodeForm() {
  const [digits, write] = useState("");
  const [said, say] = useState<Said | null>(null);
  const [busy, be] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const back = (event: PageTransitionEvent): void => void (event.persisted && be(false)); // kept as it was left: busy
    addEventListener("pageshow", back);
    return () => removeEventListener("pageshow", back);
  }, []);
  const refuse = (words: Said): void => {
    say(words);
    field.current?.focus();
    field.current?.select(); // what is written next takes its place
  };
  const send = async (): Promise<void> => {
    if (busy) return;
    const short = shortWords(digits);
    if (short) return refuse(short);
    be(true);
    say(null);
    const answer = await tryCode(digits);
    const words = codeWords(answer);
    if (answer?.type === "code_found") return location.assign(answer.path + location.search);
    be(false);
    if (words) refuse(words);
  };
  return (
    <form
      class="code-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label class="ds-label" for="code">
        {t("code.label")}
      </label>
      <p id="code-hint">{t("code.hint")}</p>
      <div class="code">
        <Boxes digits={digits} />
        <input
          id="code"
          ref={field}
          type="text"
          inputmode="numeric"
          autocomplete="one-time-code"
          enterkeyhint="go"
          aria-describedby="code-hint code-said"
          aria-invalid={said !== null}
          value={digits}
          onInput={(event) => {
            const meant = digitsOf(event.currentTarget.value);
            event.currentTarget.value = meant; // also when it is the same as before, which draws nothing anew
            write(meant);
            say(null);
          }}
        />
      </div>
      <p id="code-said" class="code-said" role="alert">
        {said ? t(said.key, said.values) : ""}
      </p>
      <BigButton label={t(busy ? "code.sending" : "code.send")} icon="door" onPress={() => void send()} />
    </form>
  );
}

/** The same digits for the eye; a screen reader has the field itself. */
function Boxes({ digits }: { readonly digits: string }) {
  const next = Math.min(digits.length, DIGITS - 1);
  return (
    <div class="code-boxes" aria-hidden="true">
      {Array.from({ length: DIGITS }, (_, place) => (
        <span key={place} class={place === next ? "next" : ""}>
          {digits[place] ?? ""}
        </span>
      ))}
    </div>
  );
}
