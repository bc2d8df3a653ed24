// A gray photo that asks a reference: which place asks, where it looks, and what all places get.

import { enlarged, lightness, paint } from "./color.js";
import { add, drawing, menu, numbers, pixels, saying, sliders, smallNumbers } from "./parts.js";

const ORANGE = [255, 153, 0]; // as in helpers/figures
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** `rows` describe each photo's places, a channel a row; products say how alike two places are. */
export async function fill(place, { photos, rows, ab }) {
  const names = Object.keys(photos);
  const pictures = await Promise.all(names.map((name) => pixels(photos[name])));
  const described = await Promise.all(rows.map(smallNumbers));
  const L = pictures.map(lightness);
  const { shape, values } = numbers(ab);
  const places = shape[1];
  const side = Math.sqrt(places);
  const size = pictures[0].width;

  const controls = add(place, "div", { className: "sliders" });
  const [photo, reference] = ["photo", "reference"].map((name, i) => {
    return menu(controls, name, names, i, compare);
  });
  const dial = add(place, "div");
  const help = "Click on the gray photo, or use the arrow keys on it: another place asks.";
  add(place, "p", { textContent: help });
  const pair = add(place, "div", { className: "pair four" });
  const board = add(add(pair, "figure"), "div", { className: "board", tabIndex: 0 });
  board.setAttribute("role", "group");
  board.setAttribute("aria-label", "the gray photo: arrow keys move the place that asks");
  const asking = drawing(board, "the gray photo, a place marked in orange", size, size);
  add(board.parentNode, "figcaption", { textContent: "the place in orange asks" });
  const looking = figure("and looks here");
  const shown = add(pair, "figure");
  const picture = add(shown, "img", { alt: "the reference" });
  add(shown, "figcaption", { textContent: "the reference" });
  const asked = figure("asked");
  const said = saying(place);

  let [x, y] = [side / 2, side / 2];
  let alike, shares, T;
  sliders(dial, [["temperature T (%)", 10, 1, 100]], (percent) => {
    T = percent / 100;
    if (alike) share();
    else compare();
  });
  board.addEventListener("click", ({ clientX, clientY }) => {
    const box = asking.getBoundingClientRect();
    move(side * ((clientX - box.left) / box.width), side * ((clientY - box.top) / box.height));
  });
  board.addEventListener("keydown", (event) => {
    if (!(event.key in ARROWS)) return;
    const [right, down] = ARROWS[event.key];
    const step = event.shiftKey ? 4 : 1;
    move(x + step * right, y + step * down);
    event.preventDefault();
  });

  function figure(name) {
    const one = add(pair, "figure");
    const canvas = drawing(one, name, size, size);
    add(one, "figcaption", { textContent: name });
    return canvas;
  }

  /** Compare all places of the photo with all places of the reference. */
  function compare() {
    const [queries, keys] = [photo, reference].map((menu) => described[menu.selectedIndex]);
    alike = new Float32Array(places * places);
    for (let query = 0; query < places; query++) {
      const row = alike.subarray(query * places, (query + 1) * places);
      for (let channel = 0; channel < keys.length; channel += places) {
        const asks = queries[channel + query];
        for (let key = 0; key < places; key++) row[key] += asks * keys[channel + key];
      }
    }
    picture.src = photos[names[reference.selectedIndex]];
    share();
  }

  /** Make shares of the comparisons, and mix the reference's colors by them. */
  function share() {
    const first = 2 * places * reference.selectedIndex;
    const mixed = new Float32Array(2 * places);
    shares = new Float32Array(places * places);
    for (let query = 0; query < places; query++) {
      const row = alike.subarray(query * places, (query + 1) * places);
      const best = row.reduce((one, other) => Math.max(one, other));
      let [total, a, b] = [0, 0, 0];
      for (let key = 0; key < places; key++) {
        const share = Math.exp((row[key] - best) / T);
        shares[query * places + key] = share;
        total += share;
        a += share * values[first + 2 * key];
        b += share * values[first + 2 * key + 1];
      }
      for (let key = 0; key < places; key++) shares[query * places + key] /= total;
      mixed.set([a / total, b / total], 2 * query);
    }
    paint(asked, L[photo.selectedIndex], enlarged(mixed, [side, side], size, size));
    draw();
  }

  function move(newX, newY) {
    [x, y] = [newX, newY].map((one) => Math.max(0, Math.min(side - 1, Math.floor(one))));
    draw();
  }

  /** Draw the place that asks, and where it looks. */
  function draw() {
    const row = shares.subarray((side * y + x) * places, (side * y + x + 1) * places);
    const most = row.reduce((one, other) => Math.max(one, other));
    const gray = new Float32Array(2 * size * size);
    paint(asking, L[photo.selectedIndex], gray);
    const context = asking.getContext("2d");
    const wide = size / side;
    const [left, top] = [x, y].map((one) => Math.max(0, wide * one - Math.floor(wide / 2)));
    context.fillStyle = `rgb(${ORANGE})`;
    context.fillRect(left, top, 2 * wide, 2 * wide);
    const image = paint(looking, L[reference.selectedIndex], gray);
    for (let pixel = 0; pixel < size * size; pixel++) {
      const [down, right] = [Math.floor(pixel / size / wide), Math.floor((pixel % size) / wide)];
      const light = Math.sqrt(row[side * down + right] / most);
      ORANGE.forEach((one, i) => {
        image.data[4 * pixel + i] += light * (one - image.data[4 * pixel + i]);
      });
    }
    looking.getContext("2d").putImageData(image, 0, 0);
    const best = row.indexOf(most);
    const [down, right] = [Math.floor(best / side), best % side];
    said.textContent =
      `Row ${y + 1}, column ${x + 1} of ${side} asks. It looks most at row ${down + 1}, ` +
      `column ${right + 1}: ${(100 * most).toFixed(1)}% of its shares.`;
  }
}
