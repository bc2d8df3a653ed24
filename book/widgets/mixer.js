// The color of three numbers L, a, b, or that no screen can show it.

import { inGamut, labToRgb } from "./color.js";
import { add, saying, sliders } from "./parts.js";

export function fill(place) {
  const rows = [
    ["L", 60, 0, 100],
    ["a", 40, -110, 110],
    ["b", 30, -110, 110],
  ];
  const controls = add(place, "div");
  const patch = add(place, "div", { className: "patch" });
  const said = saying(place);
  sliders(controls, rows, (L, a, b) => {
    const exists = inGamut(L, a, b);
    const shares = labToRgb(L, a, b).map((one) => `${Math.round(100 * one)}%`);
    patch.style.background = exists ? `rgb(${shares.join(" ")})` : "white";
    patch.textContent = exists ? "" : "no screen can show this";
    const screen = exists ? shares.join(", ") : "outside the gamut";
    said.textContent = `L ${L}, a ${a}, b ${b}; red, green, blue: ${screen}`;
  });
}
