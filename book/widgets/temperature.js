// A photo in the colors of its bins, and a slider for the temperature of their annealed mean.

import { enlarged, lightness, paint } from "./color.js";
import { add, drawing, numbers, pixels, saying, sliders } from "./parts.js";

export async function fill(place, { gray, logits, centers }) {
  const photo = await pixels(gray);
  const L = lightness(photo);
  const { shape, values } = numbers(logits);
  const controls = add(place, "div");
  const pair = add(place, "div", { className: "pair" });
  const before = add(pair, "figure");
  add(before, "img", { src: gray, alt: "the photo in gray" });
  add(before, "figcaption", { textContent: "gray" });
  const canvas = drawing(add(pair, "figure"), "the photo in color", photo.width, photo.height);
  const said = saying(place);
  sliders(controls, [["temperature T (%)", 30, 1, 300]], (percent) => {
    const ab = annealedMean(values, centers, percent / 100);
    const shown = paint(canvas, L, enlarged(ab, shape, photo.height, photo.width));
    const colorful = Math.round(colorfulness(shown.data));
    said.textContent = `T = ${(percent / 100).toFixed(2)}, colorfulness ${colorful}`;
  });
}

/** Make one color of each answer: logits whose largest is 0, divided by T, to the bins' mean. */
function annealedMean(logits, centers, T) {
  const points = logits.length / centers.length;
  const ab = new Float32Array(2 * points);
  for (let point = 0; point < points; point++) {
    let [total, a, b] = [0, 0, 0];
    centers.forEach((center, bin) => {
      const share = Math.exp(logits[point * centers.length + bin] / T);
      total += share;
      a += share * center[0];
      b += share * center[1];
    });
    ab.set([a / total, b / total], 2 * point);
  }
  return ab;
}

/** Hasler and Suesstrunk (2003), as in helpers/metrics.py. */
function colorfulness(data) {
  const sums = [0, 0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    const first = data[i] - data[i + 1];
    const second = (data[i] + data[i + 1]) / 2 - data[i + 2];
    [first, second, first ** 2, second ** 2].forEach((one, k) => (sums[k] += one));
  }
  const [first, second, firstSquare, secondSquare] = sums.map((sum) => (4 * sum) / data.length);
  const spread = Math.sqrt(firstSquare - first ** 2 + secondSquare - second ** 2);
  return spread + 0.3 * Math.hypot(first, second);
}
