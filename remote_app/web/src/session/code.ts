import type { CodeAnswer, StartInfo } from "../generated/wire";
import { LINK_TIMEOUT_MS } from "./timing";

export const DIGITS = 6;

/** What is meant by what was typed or pasted: «123 456», «Kode: 123-456», with other scripts' digits left out. */
export function digitsOf(text: string): string {
  return text.replace(/[^0-9]/g, "").slice(0, DIGITS);
}

async function ask(wish: RequestInit): Promise<unknown> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), LINK_TIMEOUT_MS);
  try {
    return await (await fetch("/api/code", { ...wish, cache: "no-store", signal: giveUp.signal })).json();
  } catch {
    return null; // no network, or not our service
  } finally {
    clearTimeout(timer);
  }
}

function isOf(answer: unknown, ...types: readonly string[]): boolean {
  return typeof answer === "object" && answer !== null && types.includes((answer as { type?: string }).type ?? "");
}

/** Whose service this is; null when it cannot be reached. */
export async function askStart(): Promise<StartInfo | null> {
  const answer = await ask({});
  return isOf(answer, "start_info") ? (answer as StartInfo) : null;
}

/** What the service says of six digits; null when it cannot be reached. */
export async function tryCode(code: string): Promise<CodeAnswer | null> {
  const headers = { "Content-Type": "application/json" };
  const answer = await ask({ method: "POST", headers, body: JSON.stringify({ code }) });
  return isOf(answer, "code_found", "code_refused") ? (answer as CodeAnswer) : null;
}
