const LETTERS: Readonly<Record<string, string>> = { æ: "ae", ø: "o", å: "a", đ: "d", ŋ: "n", ŧ: "t" };
const MOST = 32;

/** A name as an id: small letters, digits and hyphens; one that nobody has yet. Pure. */
export function slugOf(name: string, taken: readonly string[]): string {
  const plain = name
    .toLowerCase()
    .replace(/[æøåđŋŧ]/g, (letter) => LETTERS[letter] ?? "")
    .normalize("NFD")
    .replace(/[^a-z0-9]+/g, (between) => (/^[\u0300-\u036f]+$/.test(between) ? "" : "-"))
    .replace(/^-+|-+$/g, "")
    .slice(0, MOST - 3);
  const first = plain || "sted";
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? first : `${first}-${number}`;
    if (!taken.includes(candidate)) return candidate;
  }
}
