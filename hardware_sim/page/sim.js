// The simulator's page: asks for the state, shows it, and sends the developer's switches.

import { ask, wireCommand } from "./api.js";
import { showFaults, wireFaults } from "./faults.js";
import { drawPan, drawTilt } from "./gauges.js";
import { showRegisters, wireTabs } from "./registers.js";
import { drawRobot } from "./robot.js";
import { showRoom, wireRoom } from "./room.js";
import { number, t, translate } from "./words.js";

const STATE_MS = 100; // ten times a second: the head's movement looks smooth
const LOST_MS = 1500; // pause between attempts while the simulator does not answer
const REGISTERS_MS = 500;

const EYES = { closed: "eyesClosed", neutral: "eyesNeutral", happy: "eyesHappy", sad: "eyesSad", confused: "eyesConfused" };
const HAND = { off: "handOff", on: "handOn", blink: "handBlink" };

const element = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const degrees = (value) => `${number(value, 1)}°`;
const side = (angle, names) => t(names[Math.abs(angle) < 0.5 ? 1 : angle > 0 ? 2 : 0]);

const showRobot = drawRobot(element("robot"));
const showPan = drawPan(element("gauge-pan"));
const showTilt = drawTilt(element("gauge-tilt"));

function show(state, askedAt) {
  showRobot(state);
  showPan(state.pan_deg, state.goal_pan_deg);
  showTilt(state.tilt_deg, state.goal_tilt_deg);
  element("pan").value = degrees(state.pan_deg);
  element("tilt").value = degrees(state.tilt_deg);
  element("pan-side").textContent = side(state.pan_deg, ["left", "ahead", "right"]);
  element("tilt-side").textContent = side(state.tilt_deg, ["down", "level", "up"]);
  element("goal-pan").value = degrees(state.goal_pan_deg);
  element("goal-tilt").value = degrees(state.goal_tilt_deg);
  element("robot-words").textContent = describe(state);
  element("speaker").value = Math.max(-60, state.speaker_dbfs);
  element("speaker-words").value = state.speaker_dbfs <= -100 ? t("silent") : `${number(state.speaker_dbfs, 0)} dBFS`;
  showLamps(state);
  showFaults(state, askedAt);
  showRoom(state, askedAt);
  element("view").hidden = !state.picture;
}

function describe(state) {
  const parts = [t(EYES[state.eyes]), t(HAND[state.hand_light])];
  if (state.privacy_light) parts.push(t("privateOn"));
  const sentence = parts.join(", ");
  return `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
}

function showLamps(state) {
  lamp("camera", state.camera_open, t(state.camera_open ? "cameraOn" : "cameraOff"));
  lamp("microphone", state.microphone_open, t(state.microphone_open ? "soundOn" : "soundOff"));
  lamp("torque", state.torque, t(state.torque ? "motorsHold" : "motorsOff"));
  lamp("host", false, t(state.host_lost ? "hostLost" : "hostWell"));
  element("lamp-host").classList.toggle("bad", state.host_lost);
}

function lamp(name, on, text) {
  const item = element(`lamp-${name}`);
  item.classList.toggle("on", on);
  item.textContent = text;
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
  translate();
  wireRoom();
  wireFaults();
  wireTabs();
  wireCommand();
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
