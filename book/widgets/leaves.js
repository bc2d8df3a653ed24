// One of several pictures at a time; a slider turns the pages.

import { add, sliders } from "./parts.js";

export function fill(place, { slider, pictures }) {
  const controls = add(place, "div");
  const image = add(place, "img");
  const [name, , lowest] = slider;
  sliders(controls, [slider], (value) => {
    image.src = pictures[value - lowest];
    image.alt = `${name} ${value}`;
  });
}
