// Draws the robot from the front. Everything on the head sits on a ball and is projected at the head's real angle.

const HEAD = { x: 200, y: 158, rx: 112, ry: 100 };
const DEG = Math.PI / 180;
const RING = 40; // points per outline
const EDGE = Array.from({ length: 12 }, (_, i) => i / 12); // a straight edge follows the ball, too
const GRILLE = 7; // rows of dots in the speaker

const VISOR = roundedRectangle(54, 30, 22);
const SHAPES = {
  neutral: () => ellipse(9, 11),
  happy: () => crescent(11, 10),
  sad: (side) => ellipse(9.5, 10.5).map(([u, v]) => [u, Math.min(v, 3.5 - 0.55 * u * side)]),
  confused: (side) => (side > 0 ? ellipse(10, 12) : ellipse(7.5, 6).map(([u, v]) => [u, v + 2])),
  closed: () => ellipse(9, 1.4),
};
const EYE_LON = 22;
const EYE_LAT = 1;

/** Creates an SVG element with attributes and appends it. */
export function add(parent, name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return parent.appendChild(element);
}

/** Builds the drawing once; the function it returns shows a state. */
export function drawRobot(svg) {
  drawDefinitions(svg);
  add(svg, "ellipse", { cx: 200, cy: 398, rx: 128, ry: 14, fill: "#e6dccd" });
  add(svg, "path", { d: "M96 388 C84 310 134 262 200 262 C266 262 316 310 304 388 C302 400 98 400 96 388 Z", fill: "url(#shell)", stroke: "#d3c7b6", "stroke-width": 1.5 });
  add(svg, "path", { d: "M158 268 C164 240 236 240 242 268 Z", fill: "#57606a" });
  const dots = drawGrille(svg);
  add(svg, "ellipse", { cx: HEAD.x, cy: HEAD.y, rx: HEAD.rx, ry: HEAD.ry, fill: "url(#shell)", stroke: "#d3c7b6", "stroke-width": 1.5 });
  const hand = add(svg, "g", { class: "handlight" });
  const parts = {
    glow: add(hand, "path", { class: "glow", filter: "url(#soft)" }),
    hand: add(hand, "path", { class: "hand", stroke: "#cabfae", "stroke-width": 1 }),
    vents: [-10, 0, 10].map((lat) => ({ lat, path: add(svg, "path", { fill: "#c9bdac" }) })),
    ears: [-90, 90].map((lon) => ({ lon, path: add(svg, "path", { fill: "#dcd1c2", stroke: "#c5b9a7" }) })),
    visor: add(svg, "path", { fill: "#262f35" }),
    lens: add(svg, "path", { fill: "#0c1114", stroke: "#5b6a72", "stroke-width": 1.5 }),
    eyes: [-1, 1].map((side) => ({ side, path: add(svg, "path", { class: "eye" }) })),
    privacy: add(svg, "path", { fill: "#39454c" }),
    button: add(svg, "path", { fill: "#e9dfd1", stroke: "#c5b9a7" }),
  };
  return (state) => {
    showHead(parts, hand, state);
    const loud = Math.max(0, Math.min(1, (state.speaker_dbfs + 60) / 54));
    dots.forEach((dot) => dot.element.classList.toggle("loud", dot.reach <= loud && loud > 0.02));
  };
}

function drawDefinitions(svg) {
  const definitions = add(svg, "defs", {});
  const shell = add(definitions, "radialGradient", { id: "shell", cx: "38%", cy: "28%", r: "85%" });
  add(shell, "stop", { offset: "0", "stop-color": "#fffefb" });
  add(shell, "stop", { offset: "1", "stop-color": "#e8decf" });
  const soft = add(definitions, "filter", { id: "soft", x: "-40%", y: "-60%", width: "180%", height: "220%" });
  add(soft, "feGaussianBlur", { stdDeviation: 10 });
}

function drawGrille(svg) {
  const dots = [];
  for (let row = 0; row < GRILLE; row += 1) {
    for (let column = 0; column < GRILLE; column += 1) {
      const dx = column - (GRILLE - 1) / 2;
      const dy = row - (GRILLE - 1) / 2;
      const distance = Math.hypot(dx, dy) / (GRILLE / 2);
      if (distance > 1) continue;
      const element = add(svg, "circle", { class: "dot", cx: 200 + dx * 11, cy: 334 + dy * 11, r: 3 });
      dots.push({ element, reach: distance });
    }
  }
  return dots;
}

function showHead(parts, hand, state) {
  const at = (lon, lat, shape) => outline(shape, lon, lat, state.pan_deg, state.tilt_deg);
  const lit = state.hand_light !== "off";
  hand.classList.toggle("lit", lit);
  hand.classList.toggle("blinking", state.hand_light === "blink");
  hand.style.setProperty("--period", `${2 * state.hand_light_half_period_ms}ms`);
  const band = at(0, 58, roundedRectangle(40, 7, 6));
  for (const path of [parts.hand, parts.glow]) path.setAttribute("d", band);
  parts.hand.style.fill = lit ? state.hand_light_color : "";
  parts.glow.style.fill = lit ? state.hand_light_color : "";
  for (const vent of parts.vents) vent.path.setAttribute("d", at(180, vent.lat, roundedRectangle(26, 2, 2)));
  for (const ear of parts.ears) ear.path.setAttribute("d", at(ear.lon, 0, ellipse(17, 17)));
  parts.visor.setAttribute("d", at(0, 0, VISOR));
  parts.lens.setAttribute("d", at(0, 21, ellipse(4.5, 4.5)));
  for (const eye of parts.eyes) {
    eye.path.setAttribute("d", at(eye.side * EYE_LON, EYE_LAT, SHAPES[state.eyes](eye.side)));
    eye.path.classList.toggle("dark", state.eyes === "closed");
  }
  parts.privacy.setAttribute("d", at(0, -21, ellipse(3, 2)));
  parts.privacy.setAttribute("fill", state.privacy_light ? "#ffffff" : "#39454c");
  parts.button.setAttribute("d", at(0, 82, ellipse(7, 7)));
  parts.button.setAttribute("fill", state.button_down ? "#c2773c" : "#e9dfd1");
}

/** The path of a shape given in degrees around (lon, lat) on the head; empty when it faces away. */
function outline(shape, lon, lat, pan, tilt) {
  const points = shape.map(([u, v]) => project(u, v, lon, lat, pan, tilt));
  if (!points.some((point) => point.z > 0)) return "";
  const text = points.map(({ x, y, z }) => {
    const stretch = z < 0 ? 1 / Math.max(Math.hypot(x, y), 1e-6) : 1; // what is behind ends at the edge
    return `${(HEAD.x + HEAD.rx * x * stretch).toFixed(1)} ${(HEAD.y - HEAD.ry * y * stretch).toFixed(1)}`;
  });
  return `M${text.join("L")}Z`;
}

/** A point on the unit ball, as the people in front see it: the robot's right is on their left. */
function project(u, v, lon, lat, pan, tilt) {
  const ball = { x: Math.sin(u * DEG) * Math.cos(v * DEG), y: Math.sin(v * DEG), z: Math.cos(u * DEG) * Math.cos(v * DEG) };
  const turned = turn(nod(turn(nod(ball, lat), lon), tilt), pan);
  return { x: -turned.x, y: turned.y, z: turned.z };
}

function turn({ x, y, z }, degrees) {
  const [s, c] = [Math.sin(degrees * DEG), Math.cos(degrees * DEG)];
  return { x: x * c + z * s, y, z: z * c - x * s };
}

function nod({ x, y, z }, degrees) {
  const [s, c] = [Math.sin(degrees * DEG), Math.cos(degrees * DEG)];
  return { x, y: y * c + z * s, z: z * c - y * s };
}

function ellipse(width, height) {
  return Array.from({ length: RING }, (_, i) => {
    const angle = (i / RING) * 2 * Math.PI;
    return [width * Math.cos(angle), height * Math.sin(angle)];
  });
}

function crescent(width, height) {
  const half = Array.from({ length: RING }, (_, i) => Math.PI - (i / (RING - 1)) * Math.PI);
  const upper = half.map((angle) => [width * Math.cos(angle), height * Math.sin(angle) - 4]);
  const lower = half.map((angle) => [width * Math.cos(angle), height * 0.45 * Math.sin(angle) - 4]).reverse();
  return [...upper, ...lower];
}

function roundedRectangle(width, height, radius) {
  const corners = [[1, 1], [-1, 1], [-1, -1], [1, -1]];
  const points = corners.flatMap(([sx, sy], index) =>
    Array.from({ length: 8 }, (_, i) => {
      const angle = (index + i / 7) * 90 * DEG;
      return [sx * (width - radius) + radius * Math.cos(angle), sy * (height - radius) + radius * Math.sin(angle)];
    }),
  );
  return points.flatMap((point, i) => {
    const next = points[(i + 1) % points.length];
    return EDGE.map((t) => [point[0] + t * (next[0] - point[0]), point[1] + t * (next[1] - point[1])]);
  });
}
