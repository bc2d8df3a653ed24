// A photo with guessed color under three dials: strength, saturation and temperature.

import { enlarged, lightness, paint } from "./color.js";
import { add, drawing, numbers, pixels, sliders } from "./parts.js";

export async function fill(place, { gray, ab }) {
  const photo = await pixels(gray);
  const L = lightness(photo);
  const small = numbers(ab);
  const large = enlarged(small.values, small.shape, photo.height, photo.width);
  const rows = [
    ["strength (%)", 100, 0, 100],
    ["saturation (%)", 100, 0, 300],
    ["temperature", 0, -30, 30],
  ];
  const controls = add(place, "div");
  const pair = add(place, "div", { className: "pair" });
  const before = add(pair, "figure");
  add(before, "img", { src: gray, alt: "the photo in gray" });
  add(before, "figcaption", { textContent: "gray" });
  const after = add(pair, "figure");
  const canvas = drawing(after, "the photo in color", photo.width, photo.height);
  add(after, "figcaption", { textContent: "colored" });
  sliders(controls, rows, (strength, saturation, temperature) => {
    const dialed = large.map((one, i) => {
      return (strength / 100) * ((saturation / 100) * one + (i % 2) * temperature);
    });
    paint(canvas, L, dialed);
  });
}
