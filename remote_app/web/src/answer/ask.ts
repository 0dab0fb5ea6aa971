import type { Answers } from "./keep";

/** The forms of a link, as `GET /api/forms/<token>` has them (`remote_app/api/answering.py`). */

interface Named {
  readonly id: string;
  readonly text: string;
}

export type Question =
  | (Named & { readonly kind: "scale"; readonly low: string; readonly high: string })
  | (Named & { readonly kind: "category"; readonly choices: readonly string[] })
  | (Named & { readonly kind: "words" });

export interface Form {
  readonly id: string;
  readonly meeting: string;
  readonly moment: "before" | "after_meeting" | "after_course";
  readonly name: string;
  readonly language: string;
  readonly questions: readonly Question[];
}

export interface Asked {
  readonly course: string;
  readonly telephone: string;
  readonly forms: readonly Form[];
}

const TIMEOUT_MS = 15_000;

async function call(token: string, body?: object): Promise<Response | null> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS);
  const init: RequestInit = { cache: "no-store", signal: giveUp.signal };
  if (body) Object.assign(init, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  try {
    return await fetch(`/api/forms/${encodeURIComponent(token)}`, init);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** What is to be filled in; `refused` for a link that is no good, null while nobody answers. */
export async function askForms(token: string): Promise<Asked | "refused" | null> {
  const answer = await call(token);
  if (answer?.status === 403) return "refused";
  if (!answer?.ok) return null;
  return (await answer.json().catch(() => null)) as Asked | null;
}

export type Sent = "kept" | "later" | "refused";

/** What became of the answers: the service has them, they are to be sent again, or they are never taken. */
export function outcome(status: number | null): Sent {
  if (status === 204 || status === 409) return "kept"; // 409: it has them from this place already
  if (status === 403 || status === 413 || status === 422) return "refused";
  return "later";
}

export async function sendAnswers(token: string, form: Pick<Form, "id" | "meeting">, answers: Answers): Promise<Sent> {
  const answer = await call(token, { form: form.id, meeting: form.meeting, answers });
  return outcome(answer?.status ?? null);
}
