// The two small drawings of the head's angles: from above (pan) and from the side (tilt).

import { add } from "./robot.js";

const CENTRE = 60;
const RADIUS = 44;
const HALF_VIEW = 39; // half of the camera's field of view, degrees

/** From above, looking ahead is up and the robot's right is right. Returns the function that shows (angle, goal). */
export function drawPan(svg) {
  add(svg, "circle", { cx: CENTRE, cy: CENTRE, r: RADIUS, fill: "#f6f0e7", stroke: "#e3dacd" });
  const view = add(svg, "g", {});
  add(view, "path", { d: wedge(-HALF_VIEW, HALF_VIEW), fill: "#bfe0db" });
  add(view, "circle", { cx: CENTRE, cy: CENTRE, r: 13, fill: "#fffdfa", stroke: "#8a7f72", "stroke-width": 1.5 });
  add(view, "path", { d: "M55 50 L60 43 L65 50 Z", fill: "#0d6560" });
  const goal = add(svg, "path", { class: "goal", d: "M60 10 L60 20", "stroke-width": 3, "stroke-linecap": "round" });
  return (angle, target) => {
    view.setAttribute("transform", `rotate(${angle} ${CENTRE} ${CENTRE})`);
    goal.setAttribute("transform", `rotate(${target} ${CENTRE} ${CENTRE})`);
  };
}

/** From the side, the robot looks to the right; up is up. Returns the function that shows (angle, goal). */
export function drawTilt(svg) {
  add(svg, "path", { d: `M${CENTRE} ${CENTRE - RADIUS} A${RADIUS} ${RADIUS} 0 0 1 ${CENTRE} ${CENTRE + RADIUS} Z`, fill: "#f6f0e7", stroke: "#e3dacd" });
  add(svg, "path", { d: "M44 112 C40 90 48 78 60 76 C72 78 80 90 76 112 Z", fill: "#ece2d4" });
  const head = add(svg, "g", {});
  add(head, "path", { d: wedge(90 - 22, 90 + 22), fill: "#bfe0db" });
  add(head, "circle", { cx: CENTRE, cy: CENTRE, r: 17, fill: "#fffdfa", stroke: "#8a7f72", "stroke-width": 1.5 });
  add(head, "path", { d: "M70 51 L77 60 L70 69 Z", fill: "#0d6560" });
  const goal = add(svg, "path", { class: "goal", d: "M100 60 L110 60", "stroke-width": 3, "stroke-linecap": "round" });
  return (angle, target) => {
    head.setAttribute("transform", `rotate(${-angle} ${CENTRE} ${CENTRE})`);
    goal.setAttribute("transform", `rotate(${-target} ${CENTRE} ${CENTRE})`);
  };
}

function wedge(from, to) {
  const point = (degrees) => {
    const angle = (degrees - 90) * (Math.PI / 180);
    return `${(CENTRE + RADIUS * Math.cos(angle)).toFixed(1)} ${(CENTRE + RADIUS * Math.sin(angle)).toFixed(1)}`;
  };
  return `M${CENTRE} ${CENTRE} L${point(from)} A${RADIUS} ${RADIUS} 0 0 1 ${point(to)} Z`;
}
