// The parts that the modules are made of: elements, sliders, pictures, numbers.

let count = 0;

/** Add an element to another. `properties` are those of the element; `attributes` those of HTML. */
export function add(parent, tag, properties = {}, attributes = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

/**
 * Add sliders, each given by its [label, value, lowest, highest]. `draw` gets their values, now
 * and after each move, at most once a frame.
 */
export function sliders(parent, rows, draw) {
  let asked = false;
  parent.classList.add("sliders");
  const inputs = rows.map(([name, value, min, max]) => {
    const id = `slider-${++count}`;
    add(parent, "label", { textContent: name, htmlFor: id });
    const input = add(parent, "input", { id, type: "range", min, max, step: 1, value });
    const output = add(parent, "output", { htmlFor: id, textContent: value });
    input.addEventListener("input", () => {
      output.textContent = input.value;
      if (!asked) requestAnimationFrame(redraw);
      asked = true;
    });
    return input;
  });
  const redraw = () => {
    asked = false;
    draw(...inputs.map((input) => input.valueAsNumber));
  };
  redraw();
}

/** Add a menu of names under `label`; `changed` is called after each choice. */
export function menu(parent, label, names, chosen, changed) {
  const id = `menu-${++count}`;
  add(parent, "label", { textContent: label, htmlFor: id });
  const select = add(parent, "select", { id });
  for (const name of names) add(select, "option", { textContent: name });
  select.selectedIndex = chosen;
  select.addEventListener("change", changed);
  return select;
}

/** Add a line of text that a screen reader says when it changes. */
export function saying(parent) {
  return add(parent, "p", { className: "caption" }, { role: "status" });
}

/** Add a drawing of so many pixels; `name` says to a screen reader what it shows. */
export function drawing(parent, name, width, height) {
  return add(parent, "canvas", { width, height }, { role: "img", "aria-label": name });
}

/** Load a picture and return its pixels (ImageData: RGBA in 0..255). */
export async function pixels(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Undo `pages.numbers`: return the shape and the values. */
export function numbers({ shape, step, int16 }) {
  const bytes = Uint8Array.from(atob(int16), (letter) => letter.charCodeAt(0));
  return { shape, values: Float32Array.from(new Int16Array(bytes.buffer), (one) => one * step) };
}

/** Undo `pages.small_numbers`: return the values, row by row. */
export async function smallNumbers({ step, picture }) {
  const { data } = await pixels(picture);
  return Float32Array.from({ length: data.length / 4 }, (_, i) => step * (data[4 * i] - 128));
}
