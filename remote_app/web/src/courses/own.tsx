import { signal } from "@preact/signals";
import { Refusal, ask } from "./api";
import { Form, Press } from "./form";
import { doIt, own } from "./staffdesk";
import { dayAndTime, t } from "./words";

/** One's own account: where one is logged in, and another password. */

const told = signal("");

export function Own() {
  const mine = own.value;
  if (!mine) return null;
  // What is loaded after that is answered 401, which leads to the login.
  const leave = (): Promise<boolean> => doIt(() => ask("POST", "/api/staff/logout-everywhere", {}));
  return (
    <section class="planning-card" aria-labelledby="own-title">
      <h2 class="ds-heading" id="own-title">
        {t("own.title")}
      </h2>
      <ul>
        {mine.sessions.map((one) => (
          <li key={one.began_at}>
            {t(one.here ? "own.here" : "own.there", { began: dayAndTime(one.began_at), seen: dayAndTime(one.seen_at) })}
          </li>
        ))}
      </ul>
      <div class="planning-row">
        <Press label={t("own.leave")} onPress={() => void leave()} />
      </div>
      {mine.password ? <Change /> : null}
      <p role="status">{told.value}</p>
    </section>
  );
}

function Change() {
  const send = async (_values: (name: string) => string, all: FormData): Promise<boolean> => {
    const [old, fresh] = [String(all.get("old") ?? ""), String(all.get("new") ?? "")];
    told.value = "";
    try {
      await ask("POST", "/api/staff/password", { old, new: fresh });
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault;
      told.value = words(fault);
      return false;
    }
    told.value = t("own.changed");
    return doIt(() => Promise.resolve());
  };
  return (
    <Form send={t("own.change")} onSend={send}>
      <Secret id="own-old" name="old" label={t("own.old")} kind="current-password" />
      <Secret id="own-new" name="new" label={t("own.new")} kind="new-password" />
    </Form>
  );
}

const words = (fault: Refusal): string => {
  if (fault.status === 403) return t("own.wrong");
  if (fault.status === 429) return t("own.wait");
  return fault.status === 400 ? t("own.weak") : t("fault.other", { detail: fault.detail });
};

interface SecretProps {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly kind: "current-password" | "new-password";
}

function Secret({ id, name, label, kind }: SecretProps) {
  return (
    <div class="planning-field">
      <label class="ds-label" for={id}>
        {label}
      </label>
      <input class="ds-input" id={id} name={name} type="password" autocomplete={kind} maxLength={256} required />
    </div>
  );
}
