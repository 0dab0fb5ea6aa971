// The room: its light, its slide, who speaks and whose hand is up, what sounds in it and is held before the camera.

import { Hand } from "./api.js";
import { t } from "./words.js";

const element = (id) => document.getElementById(id);
const hand = new Hand(element("refused"));
const boxes = document.querySelectorAll("[data-room]");

export function wireRoom() {
  for (const box of boxes) {
    box.addEventListener("change", () => hand.change("api/room", { [box.dataset.room]: box.value }, "PUT"));
  }
  element("next-slide").addEventListener("click", () => hand.change("api/room", { slide: "next" }, "PUT"));
  element("clear-room").addEventListener("click", () => hand.change("api/room", undefined, "DELETE"));
  const file = element("hold-file");
  element("hold").addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    if (file.files.length) hand.change("api/held", file.files[0], "PUT");
    file.value = ""; // the same file may be held up again
  });
  element("take-away").addEventListener("click", () => hand.change("api/held", undefined, "DELETE"));
  const sound = element("room-sound");
  sound.addEventListener("change", () => hand.change("api/room-sound", { kind: sound.value }));
  const speaker = element("speaker-gain");
  speaker.addEventListener("change", () => hand.change("api/speaker", { speaker_gain: Number(speaker.value) }));
  for (const box of document.querySelectorAll("[data-switch]")) {
    box.addEventListener("change", () => hand.change("api/body", { [box.dataset.switch]: box.checked }));
  }
}

/** What the simulator says; `askedAt` is when it was asked. */
export function showRoom(state, askedAt) {
  element("room-now").textContent = now(state);
  for (const place of document.querySelectorAll(".seen")) place.hidden = !state.picture; // a load robot sees nothing
  element("take-away").disabled = !state.held;
  if (!hand.isOff(askedAt)) return;
  for (const box of boxes) {
    const value = state.room[box.dataset.room];
    if (box.type === "radio") box.checked = box.value === value;
    else if (box.value !== value) box.value = value;
  }
  for (const box of document.querySelectorAll("[data-switch]")) box.checked = state[box.dataset.switch];
}

function now({ picture, room, held }) {
  const { speaker, slide, hands } = room.now;
  const parts = [speaker ? t("nowSpeaks", { who: t(speaker) }) : t("nowSilent")];
  if (picture) {
    parts.push(t("nowSlide", { slide }));
    for (const who of hands) parts.push(t("nowHand", { who: t(who) }));
    if (held) parts.push(t("nowHeld"));
  }
  return `${parts.join(" · ")}.`;
}
