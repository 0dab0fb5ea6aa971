// The switches for everything that can go wrong: words in the page, values in the simulator's /api/faults.

const boxes = document.querySelectorAll("[data-fault]");
const presses = document.querySelectorAll("[data-press]");
const refused = document.getElementById("fault-refused");
const scenario = document.getElementById("scenario");
let held = null; // the switch that a hand is on: an answer must not move it
let changing = 0; // switches on their way to the simulator
let changedAt = 0; // when the last of them was answered

const wanted = (box) => {
  if (box.type === "checkbox") return box.checked;
  return box.type === "number" || box.type === "range" ? box.valueAsNumber : box.value;
};

async function throwSwitch(ask, method, body) {
  changing += 1;
  try {
    await ask("api/faults", body, method);
    refused.textContent = "";
  } catch (error) {
    refused.textContent = error.message;
  }
  changing -= 1;
  changedAt = performance.now();
}

/** `ask(path, body, method)` sends to the simulator and throws an Error with words. */
export function wireFaults(ask) {
  for (const box of boxes) {
    const send = () => {
      if (!Number.isNaN(wanted(box))) throwSwitch(ask, "PUT", { [box.dataset.fault]: wanted(box) });
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
    button.addEventListener("click", () => throwSwitch(ask, "PUT", { button: button.dataset.press }));
  }
  document.getElementById("clear-faults").addEventListener("click", () => throwSwitch(ask, "DELETE"));
}

/** What the simulator says; `askedAt` is when it was asked: an older answer would undo a switch on the page. */
export function showFaults(state, askedAt) {
  scenario.textContent = state.scenario ? progress(state.scenario) : "";
  for (const button of presses) button.disabled = state.button_down;
  document.getElementById("battery-words").value = `${state.battery_percent} %, ${(state.battery_mv / 1000).toFixed(2).replace(".", ",")} V`;
  if (changing > 0 || askedAt <= changedAt) return;
  for (const box of boxes) {
    const value = state.faults[box.dataset.fault];
    if (box === held) continue;
    if (box.type === "checkbox") box.checked = value;
    else if (wanted(box) !== value) box.value = value;
  }
}

function progress({ name, running, done, steps, last, next, next_at_s: at, failed }) {
  const parts = [`Manus «${name}»: ${done} av ${steps} steg${running ? "" : ", ferdig eller stanset"}.`];
  if (last) parts.push(`Sist: ${last}.`);
  if (next) parts.push(`Neste, ${at} s etter start: ${next}.`);
  if (failed.length) parts.push(`Gikk ikke: ${failed.join("; ")}`);
  return parts.join(" ");
}
