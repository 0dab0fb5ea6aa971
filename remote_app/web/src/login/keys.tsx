import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Field, Form, Press } from "../courses/form";
import type { OwnPasskey, OwnPasskeys } from "../generated/wire";
import { type Problem, addPasskey, removePasskey, renamePasskey } from "./ask";
import { canPasskeys } from "./passkey";
import { dayAndTime, t } from "./words";

/** Does something, says `done` or why not, and shows what holds then. Whether it was done. */
type Act = (deed: () => Promise<object | Problem>, done: string) => Promise<boolean>;

const MOST_CHARS = 60;

interface KeysProps {
  readonly keys: OwnPasskeys;
  readonly act: Act;
}

/** One's own passkeys: what they are, those that there are, and one more. */
export function Keys({ keys: { possible, passkeys }, act }: KeysProps) {
  const add = (values: (name: string) => string): Promise<boolean> => {
    const name = values("name");
    return act(() => addPasskey(name), t("keys.added", { name }));
  };
  return (
    <>
      <p class="account-text">{t("keys.what")}</p>
      {passkeys.length === 0 ? <p>{t("keys.none")}</p> : null}
      <ul>
        {passkeys.map((one) => (
          <li key={one.id}>
            <One one={one} act={act} />
          </li>
        ))}
      </ul>
      {!possible ? (
        <p class="account-text">{t("keys.no_address")}</p>
      ) : !canPasskeys() ? (
        <p class="account-text">{t("keys.no_browser")}</p>
      ) : (
        <Form send={t("keys.add")} onSend={add}>
          <Field id="new-key" name="name" label={t("keys.name")} most={MOST_CHARS} />
        </Form>
      )}
    </>
  );
}

type Open = "" | "rename" | "remove";

/** One passkey, with what can be done about it. The keyboard goes to what was opened, and back to the button. */
function One({ one, act }: { readonly one: OwnPasskey; readonly act: Act }) {
  const open = useSignal<Open>("");
  const part = useRef<HTMLDivElement>(null);
  const before = useRef<Open>("");
  useEffect(() => {
    const was = before.current;
    before.current = open.value;
    if (open.value) part.current?.querySelector<HTMLElement>("input, button:last-of-type")?.focus();
    else if (was) part.current?.querySelector<HTMLElement>(was === "rename" ? "button" : "button:last-of-type")?.focus();
  }, [open.value]);
  const { id, name, made_at: made, used_at: used, usable } = one;
  const stands = used
    ? t("keys.used", { made: dayAndTime(made), used: dayAndTime(used) })
    : t("keys.unused", { made: dayAndTime(made) });
  const named = (deed: string): string => t("keys.named", { deed, name });
  return (
    <>
      <h3 class="ds-heading">{name}</h3>
      <p class="quiet">{stands}</p>
      {usable ? null : <p>{t("keys.elsewhere")}</p>}
      <div ref={part}>
        {open.value === "rename" ? (
          <Rename one={one} act={act} onDone={() => (open.value = "")} />
        ) : open.value === "remove" ? (
          <div class="planning-sure" role="group" aria-labelledby={`sure-${id}`}>
            <p id={`sure-${id}`}>{t("keys.sure", { name })}</p>
            <div class="planning-row">
              <Press
                label={t("keys.yes")}
                onPress={() => {
                  open.value = "";
                  void act(() => removePasskey(id), t("keys.removed", { name }));
                }}
              />
              <Press label={t("keys.no")} onPress={() => (open.value = "")} />
            </div>
          </div>
        ) : (
          <div class="planning-row">
            <Press label={t("keys.rename")} name={named(t("keys.rename"))} onPress={() => (open.value = "rename")} />
            <Press label={t("keys.remove")} kind="tertiary" name={named(t("keys.remove"))} onPress={() => (open.value = "remove")} />
          </div>
        )}
      </div>
    </>
  );
}

interface RenameProps {
  readonly one: OwnPasskey;
  readonly act: Act;
  readonly onDone: () => void;
}

function Rename({ one: { id, name }, act, onDone }: RenameProps) {
  const send = async (values: (name: string) => string): Promise<boolean> => {
    const done = await act(() => renamePasskey(id, values("name")), "");
    if (done) onDone();
    return done;
  };
  return (
    <Form send={t("keys.save")} label={t("keys.named", { deed: t("keys.rename"), name })} keep onSend={send}>
      <Field id={`name-${id}`} name="name" label={t("keys.new_name")} most={MOST_CHARS} value={name} />
    </Form>
  );
}
