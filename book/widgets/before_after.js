// Two photos of one size with a line between them to drag.

import { add } from "./parts.js";

export function fill(place, { before, after }) {
  const frame = add(place, "div", { className: "before-after" });
  add(frame, "img", { src: after, alt: "after: right of the line" });
  const left = add(frame, "img", { src: before, alt: "before: left of the line" });
  const line = add(frame, "div", { className: "line" });
  const range = add(frame, "input", { type: "range", value: 50 });
  range.setAttribute("aria-label", "before | after: where the line is, in percent of the width");
  const draw = () => {
    left.style.clipPath = `inset(0 ${100 - range.value}% 0 0)`;
    line.style.left = `${range.value}%`;
  };
  range.addEventListener("input", draw);
  draw();
}
