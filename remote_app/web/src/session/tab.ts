const ID_BYTES = 16;
const made = new Map<string, string>();

/** An id that nobody else has, kept under `key` with this tab: after a reload the same person goes on. In a browser that
 *  keeps nothing it lasts as long as the page. */
export function tabId(key: string): string {
  const id = kept(key) ?? made.get(key) ?? newId();
  made.set(key, id);
  try {
    sessionStorage.setItem(key, id);
  } catch {
    return id;
  }
  return id;
}

function kept(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
