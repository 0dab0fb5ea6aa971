import type { Asked } from "./api";

export interface Share {
  readonly choice: string;
  readonly count: number;
  /** Of the largest: its bar fills the width. */
  readonly share: number;
}

const SCALE = Array.from({ length: 11 }, (_, number) => `${number}`);

/** How many chose what, in the question's own order; null for open questions. */
export function sharesOf(asked: Asked, answers: readonly (number | string)[]): readonly Share[] | null {
  if (asked.kind === "words") return null;
  const choices = asked.kind === "scale" ? SCALE : (asked.choices ?? []);
  const counts = choices.map((choice) => answers.filter((answer) => `${answer}` === choice).length);
  const most = Math.max(1, ...counts);
  return choices.map((choice, index) => ({ choice, count: counts[index] ?? 0, share: (counts[index] ?? 0) / most }));
}

/** The average with one decimal, as it is written here; null where nothing is a number. */
export function numbersOf(answers: readonly (number | string)[]): string | null {
  const numbers = answers.filter((answer) => typeof answer === "number");
  if (numbers.length === 0) return null;
  return (numbers.reduce((sum, one) => sum + one, 0) / numbers.length).toFixed(1).replace(".", ",");
}
