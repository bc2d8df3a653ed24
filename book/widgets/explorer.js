// The colors that exist at one lightness, and which of them a photo uses.

import { inGamut, labToRgb, toLab } from "./color.js";
import { add, drawing, pixels, saying, sliders } from "./parts.js";

const REACH = 110; // of a and b, to each side of gray
const MOST = 3000; // dots in the plane

export async function fill(place, { photo }) {
  const { data, width, height } = await pixels(photo);
  const labs = Array.from({ length: width * height }, (_, i) => {
    return toLab(...data.subarray(4 * i, 4 * i + 3));
  });
  const controls = add(place, "div");
  const pair = add(place, "div", { className: "pair" });
  const picture = figure("the photo: pixels of this lightness keep their color", width, height);
  const side = 2 * REACH + 1;
  const plane = figure("the plane of a and b at this lightness", 2 * side, 2 * side);
  const axes = "a: green (left) to red (right); b: blue (below) to yellow (above)";
  add(plane.parentNode, "figcaption", { textContent: axes });
  const said = saying(place);
  sliders(controls, [["L", 50, 1, 99]], (L) => {
    const near = labs.filter((lab) => Math.abs(lab[0] - L) < 2);
    drawPhoto(picture, data, labs, L);
    drawPlane(plane, L, near);
    const share = ((100 * near.length) / labs.length).toFixed(1);
    said.textContent =
      `${share}% of the pixels have this lightness, L = ${L}, and keep their color; ` +
      `beside them, the colors that a screen can show at it.`;
  });

  function figure(name, width, height) {
    return drawing(add(pair, "figure"), name, width, height);
  }
}

function drawPhoto(canvas, data, labs, L) {
  const shown = new ImageData(canvas.width, canvas.height);
  labs.forEach((lab, i) => {
    const near = Math.abs(lab[0] - L) < 2;
    const gray = 0.35 * 255 * labToRgb(lab[0], 0, 0)[1];
    const rgb = near ? data.subarray(4 * i, 4 * i + 3) : [gray, gray, gray];
    shown.data.set([...rgb, 255], 4 * i);
  });
  canvas.getContext("2d").putImageData(shown, 0, 0);
}

function drawPlane(canvas, L, near) {
  const context = canvas.getContext("2d");
  const side = canvas.width / 2;
  const island = new ImageData(canvas.width, canvas.height);
  for (let row = 0; row < canvas.height; row++) {
    for (let column = 0; column < canvas.width; column++) {
      const [a, b] = [column / 2 - REACH, REACH - row / 2];
      const rgb = inGamut(L, a, b) ? labToRgb(L, a, b) : [0.93, 0.93, 0.93];
      const at = 4 * (row * canvas.width + column);
      island.data.set([...rgb.map((one) => 255 * one), 255], at);
    }
  }
  context.putImageData(island, 0, 0);
  context.fillStyle = "black";
  context.fillRect(0, side, canvas.width, 1);
  context.fillRect(side, 0, 1, canvas.height);
  const every = Math.max(1, Math.floor(near.length / MOST));
  for (let i = 0; i < near.length; i += every) {
    const [, a, b] = near[i];
    context.fillRect(2 * (a + REACH) - 1, 2 * (REACH - b) - 1, 2, 2);
  }
}
