// The switches for everything that can go wrong: words in the page, values in the simulator's /api/faults.

import { Hand } from "./api.js";
import { number, t } from "./words.js";

const element = (id) => document.getElementById(id);
const boxes = document.querySelectorAll("[data-fault]");
const presses = document.querySelectorAll("[data-press]");
const hand = new Hand(element("fault-refused"));
let held = null; // the switch that a hand is on: an answer must not move it

const wanted = (box) => {
  if (box.type === "checkbox") return box.checked;
  return box.type === "number" || box.type === "range" ? box.valueAsNumber : box.value;
};

export function wireFaults() {
  for (const box of boxes) {
    const send = () => {
      if (!Number.isNaN(wanted(box))) hand.change("api/faults", { [box.dataset.fault]: wanted(box) }, "PUT");
    };
    box.addEventListener("focus", () => { if (box.type === "number") held = box; });
    box.addEventListener("blur", () => { held = null; });
    box.addEventListener("change", () => {
      if (box.type === "range") held = null;
      send();
    });
    if (box.type === "range") {
      box.addEventListener("input", () => {
        held = box;
        send();
      });
    }
  }
  for (const button of presses) {
    button.addEventListener("click", () => hand.change("api/faults", { button: button.dataset.press }, "PUT"));
  }
  element("clear-faults").addEventListener("click", () => hand.change("api/faults", undefined, "DELETE"));
}

/** What the simulator says; `askedAt` is when it was asked. */
export function showFaults(state, askedAt) {
  element("scenario").textContent = state.scenario ? progress(state.scenario) : "";
  for (const button of presses) button.disabled = state.button_down;
  element("battery-words").value = `${state.battery_percent} %, ${number(state.battery_mv / 1000, 2)} V`;
  count(state);
  if (!hand.isOff(askedAt)) return;
  for (const box of boxes) {
    const value = state.faults[box.dataset.fault];
    if (box === held) continue;
    if (box.type === "checkbox") box.checked = value;
    else if (wanted(box) !== value) box.value = value;
  }
}

/** Marks what is not as it is in a body in order. */
function count({ faults, faults_in_order: well }) {
  let changed = 0;
  for (const box of boxes) {
    const differs = faults[box.dataset.fault] !== well[box.dataset.fault];
    box.closest("label").classList.toggle("changed", differs);
    changed += differs;
  }
  const words = changed === 1 ? t("oneFault") : t("manyFaults", { count: changed });
  element("fault-count").textContent = changed ? words : t("noFaults");
  element("fault-count").classList.toggle("on", changed > 0);
}

function progress({ name, running, done, steps, last, next, next_at_s: at, failed }) {
  const parts = [t("script", { name, done, steps, over: running ? "" : t("scriptOver") })];
  if (last) parts.push(t("scriptLast", { last }));
  if (next) parts.push(t("scriptNext", { at, next }));
  if (failed.length) parts.push(t("scriptFailed", { failed: failed.join("; ") }));
  return parts.join(" ");
}
