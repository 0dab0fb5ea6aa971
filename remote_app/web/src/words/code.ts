import type { CodeAnswer } from "../generated/wire";
import type { Said } from "./opening";
import { DIGITS } from "../session/code";

const MINUTE_S = 60;

/** What is said of the service's answer to six digits; null when they opened a page. No answer is one too. */
export function codeWords(answer: CodeAnswer | null): Said | null {
  if (answer === null) return { key: "code.offline", values: {} };
  if (answer.type === "code_found") return null;
  if (answer.fault !== "too_many") return { key: `code.${answer.fault}`, values: {} };
  const minutes = Math.ceil(answer.retry_s / MINUTE_S);
  return minutes > 1 ? { key: "code.too_many.minutes", values: { minutes } } : { key: "code.too_many.minute", values: {} };
}

/** What is said before anybody is asked; null when there are six. */
export function shortWords(digits: string): Said | null {
  if (digits.length === DIGITS) return null;
  return digits ? { key: "code.short", values: { count: digits.length } } : { key: "code.empty", values: {} };
}
