// The way to the simulator: asking, changing, and the last change as a command that can be copied.

import { t } from "./words.js";

const TIMEOUT_MS = 3000;
const COPIED_MS = 1500;

/** Sends JSON or a file to the simulator. Throws an Error with words. */
export async function ask(path, body, method = "POST") {
  const options = { signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (body instanceof Blob) Object.assign(options, { body, headers: { "Content-Type": body.type } });
  else if (body) Object.assign(options, { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  if (body || method === "DELETE") options.method = method;
  const response = await fetch(path, options);
  const text = await response.text();
  if (!response.ok) throw new Error(words(text));
  return text ? JSON.parse(text) : {};
}

function words(text) {
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text;
  }
}

/** Switches that are changed by hand: an older answer must not undo them on the page. */
export class Hand {
  #changing = 0;
  #changedAt = 0;

  /** `refused` is the element that shows what went wrong. */
  constructor(refused) {
    this.refused = refused;
  }

  /** Whether what was asked for at that time may move the switches. */
  isOff(askedAt) {
    return this.#changing === 0 && askedAt > this.#changedAt;
  }

  async change(path, body, method) {
    this.#changing += 1;
    showCommand(path, body, method);
    try {
      await ask(path, body, method);
      this.refused.textContent = "";
    } catch (error) {
      this.refused.textContent = error.message;
    }
    this.#changing -= 1;
    this.#changedAt = performance.now();
  }
}

function showCommand(path, body, method = "POST") {
  const place = document.getElementById("command");
  const url = new URL(path, document.baseURI);
  let command = `curl -X ${method}`;
  if (body instanceof Blob) command = `curl -T ${quoted(body.name)} -H 'Content-Type: ${body.type}'`;
  else if (body) command += ` -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  place.querySelector("code").textContent = `${command} ${url}`;
  place.hidden = false;
}

/** As a shell takes it for one word, whatever a file is called. */
const quoted = (name) => (/^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`);

export function wireCommand() {
  const place = document.getElementById("command");
  const button = place.querySelector("button");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(place.querySelector("code").textContent);
    } catch {
      getSelection().selectAllChildren(place.querySelector("code")); // no clipboard without https: ready for Ctrl-C
      return;
    }
    button.textContent = t("copied");
    setTimeout(() => { button.textContent = t("copy"); }, COPIED_MS);
  });
}
