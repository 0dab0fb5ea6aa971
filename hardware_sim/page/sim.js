// The simulator's page: asks for the state, shows it, and sends the developer's switches.

import { drawPan, drawTilt } from "./gauges.js";
import { showFaults, wireFaults } from "./faults.js";
import { drawRobot } from "./robot.js";

const STATE_MS = 100; // ten times a second: the head's movement looks smooth
const LOST_MS = 1500; // pause between attempts while the simulator does not answer
const REGISTERS_MS = 500;
const TIMEOUT_MS = 3000;
const CHANGED_MS = 700; // how long a changed register stays marked

const EYES = { closed: "eyes dark", neutral: "eyes calm", happy: "eyes happy", sad: "eyes sad", confused: "eyes confused" };

const element = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const degrees = (value) => `${value.toFixed(1).replace("-", "−")}°`;

const side = (angle, names) => names[Math.abs(angle) < 0.5 ? 1 : angle > 0 ? 2 : 0];

const showRobot = drawRobot(element("robot"));
const showPan = drawPan(element("gauge-pan"));
const showTilt = drawTilt(element("gauge-tilt"));
const rows = new Map();
let device = 1;
let changing = 0; // switches on their way to the simulator
let changedAt = 0; // when the last of them was answered

async function ask(path, change, method = "POST") {
  const options = { signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (change) Object.assign(options, { body: JSON.stringify(change), headers: { "Content-Type": "application/json" } });
  if (change || method === "DELETE") options.method = method;
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

function show(state, askedAt) {
  showRobot(state);
  showPan(state.pan_deg, state.goal_pan_deg);
  showTilt(state.tilt_deg, state.goal_tilt_deg);
  element("pan").value = degrees(state.pan_deg);
  element("tilt").value = degrees(state.tilt_deg);
  element("pan-side").textContent = side(state.pan_deg, ["to its left", "ahead", "to its right"]);
  element("tilt-side").textContent = side(state.tilt_deg, ["down", "level", "up"]);
  element("goal-pan").value = degrees(state.goal_pan_deg);
  element("goal-tilt").value = degrees(state.goal_tilt_deg);
  element("robot-words").textContent = describe(state);
  element("speaker").value = Math.max(-60, state.speaker_dbfs);
  element("speaker-words").value = state.speaker_dbfs <= -100 ? "silent" : `${state.speaker_dbfs.toFixed(0).replace("-", "−")} dBFS`;
  showLamps(state);
  showFaults(state, askedAt);
  element("view").hidden = !state.picture;
  if (changing === 0 && askedAt > changedAt) showSwitches(state); // an older answer would undo the switch on the page
}

function describe(state) {
  const hand = { off: "hand light off", on: "hand light on", blink: "hand light blinks" }[state.hand_light];
  const parts = [EYES[state.eyes], hand];
  if (state.privacy_light) parts.push("privacy light on");
  if (state.host_lost) parts.push("the board has lost its host");
  const sentence = parts.join(", ");
  return `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
}

function showLamps(state) {
  lamp("camera", state.camera_open, state.camera_open ? "Camera open" : "Camera closed");
  lamp("microphone", state.microphone_open, state.microphone_open ? "Microphone and speaker open" : "Microphone and speaker closed");
  lamp("torque", state.torque, state.torque ? "Motors hold" : "Motors off");
  lamp("host", false, state.host_lost ? "Host lost" : "Board in order");
  element("lamp-host").classList.toggle("bad", state.host_lost);
}

function lamp(name, on, text) {
  const item = element(`lamp-${name}`);
  item.classList.toggle("on", on);
  item.textContent = text;
}

function showSwitches(state) {
  for (const box of document.querySelectorAll("[data-switch]")) box.checked = state[box.dataset.switch];
}

function showRegisters(registers) {
  const body = element("registers");
  for (const register of registers.filter((item) => item.device === device)) {
    const key = `${register.device}/${register.address}`;
    const row = rows.get(key) ?? newRow(body, key, register);
    const value = String(register.value);
    if (row.value.textContent === value) continue;
    if (row.value.textContent !== "") mark(row.line);
    row.value.textContent = value;
    row.means.textContent = means(register);
  }
}

function newRow(body, key, register) {
  const line = body.insertRow();
  const cell = (text, style) => {
    const made = line.insertCell();
    made.textContent = text;
    if (style) made.className = style;
    return made;
  };
  cell(register.address, "number");
  cell(register.name.replaceAll("_", " "));
  const row = { line, value: cell("", "number"), means: cell("", "means") };
  cell(register.size, "size");
  cell(register.writable ? "read, write" : "read", "access");
  rows.set(key, row);
  return row;
}

function mark(line) {
  line.classList.add("changed");
  setTimeout(() => line.classList.remove("changed"), CHANGED_MS);
}

function means({ value, scale, unit, name }) {
  if (!unit) return "";
  const centred = unit === "°" && name !== "homing_offset" ? value - 2048 : value;
  const number = centred * scale;
  const text = Number.isInteger(number) ? String(number) : number.toFixed(Math.abs(number) < 100 ? 1 : 0);
  return `${text.replace("-", "−")}${unit === "°" ? "" : " "}${unit}`;
}

async function change(path, body) {
  changing += 1;
  try {
    await ask(path, body);
    element("refused").textContent = "";
  } catch (error) {
    element("refused").textContent = error.message;
  }
  changing -= 1;
  changedAt = performance.now();
}

function wireSwitches() {
  for (const box of document.querySelectorAll("[data-switch]")) {
    box.addEventListener("change", () => change("api/body", { [box.dataset.switch]: box.checked }));
  }
  const sound = element("room-sound");
  sound.addEventListener("change", () => change("api/room-sound", { kind: sound.value }));
  const speaker = element("speaker-gain");
  speaker.addEventListener("change", () => change("api/speaker", { speaker_gain: Number(speaker.value) }));
}

function wireTabs() {
  const tabs = document.querySelectorAll("[data-device]");
  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      device = Number(tab.dataset.device);
      for (const other of tabs) other.setAttribute("aria-pressed", String(other === tab));
      rows.clear();
      element("registers").replaceChildren();
    });
  }
}

// Only where there is a picture: one of many robots has none.
function watchPreview() {
  const preview = element("preview");
  const follow = () => {
    if (document.hidden) preview.removeAttribute("src");
    else preview.src = `preview.mjpg?t=${Date.now()}`;
  };
  document.addEventListener("visibilitychange", follow);
  follow();
  return follow;
}

async function run() {
  wireSwitches();
  wireFaults(ask);
  wireTabs();
  let restartPreview = null;
  let lost = false;
  let registersDue = 0;
  for (;;) {
    const withRegisters = performance.now() >= registersDue;
    try {
      if (!document.hidden) {
        const askedAt = performance.now();
        const state = await ask(withRegisters ? "api/state?registers=1" : "api/state");
        show(state, askedAt);
        if (state.picture) restartPreview ??= watchPreview();
        if (withRegisters) {
          showRegisters(state.registers);
          registersDue = performance.now() + REGISTERS_MS;
        }
      }
      if (lost) restartPreview?.();
      lost = false;
    } catch {
      lost = true;
    }
    element("lost").hidden = !lost;
    await pause(lost ? LOST_MS : STATE_MS);
  }
}

run();
