// The table of registers, one device at a time.

import { number, t } from "./words.js";

const CHANGED_MS = 700; // how long a changed register stays marked

const body = document.getElementById("registers");
const rows = new Map();
let device = 1;

export function wireTabs() {
  const tabs = document.querySelectorAll("[data-device]");
  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      device = Number(tab.dataset.device);
      for (const other of tabs) other.setAttribute("aria-pressed", String(other === tab));
      rows.clear();
      body.replaceChildren();
    });
  }
}

export function showRegisters(registers) {
  for (const register of registers.filter((item) => item.device === device)) {
    const key = `${register.device}/${register.address}`;
    const row = rows.get(key) ?? newRow(key, register);
    const value = String(register.value);
    if (row.value.textContent === value) continue;
    if (row.value.textContent !== "") mark(row.line);
    row.value.textContent = value;
    row.means.textContent = means(register);
  }
}

function newRow(key, register) {
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
  cell(t(register.writable ? "readWrite" : "readOnly"), "access");
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
  const amount = centred * scale;
  const digits = Number.isInteger(amount) || Math.abs(amount) >= 100 ? 0 : 1;
  return `${number(amount, digits)}${unit === "°" ? "" : " "}${unit}`;
}
