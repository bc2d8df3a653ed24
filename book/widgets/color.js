// What the parts need of color, on top of the page that colors photos (../color).

import { lightness as lightnessOf, toLight, writeRgb } from "../color/lab.js";
import { enlarger } from "../color/resize.js";

export { toLab } from "../color/lab.js";

/** Convert L, a, b to RGB in 0..1; colors that no screen can show are clipped. */
export function labToRgb(L, a, b) {
  return toLight(L, a, b).map((one) => {
    const light = Math.min(1, Math.max(0, one));
    return light > 0.0031308 ? 1.055 * light ** (1 / 2.4) - 0.055 : 12.92 * light;
  });
}

/** Tell whether a screen (sRGB) can show a color. */
export function inGamut(L, a, b) {
  return toLight(L, a, b).every((one) => one >= -1e-3 && one <= 1 + 1e-3);
}

/** Return the L of each pixel of a picture (ImageData). */
export function lightness({ data }) {
  return Float32Array.from({ length: data.length / 4 }, (_, i) => {
    return lightnessOf(...data.subarray(4 * i, 4 * i + 3));
  });
}

/** Paint L, one a pixel, and ab, two a pixel, into a drawing of that size; return its ImageData. */
export function paint(canvas, L, ab) {
  const image = new ImageData(canvas.width, canvas.height);
  image.data.fill(255);
  L.forEach((one, i) => writeRgb(one, ab[2 * i], ab[2 * i + 1], image.data, 4 * i));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return image;
}

/** Enlarge ab, shape [height, width, 2], smoothly from point to point. */
export function enlarged(data, [height, width], newHeight, newWidth) {
  const write = enlarger({ width, height, data }, newWidth, newHeight);
  const result = new Float32Array(2 * newWidth * newHeight);
  for (let y = 0; y < newHeight; y++) {
    write(y, result.subarray(2 * newWidth * y, 2 * newWidth * (y + 1)));
  }
  return result;
}
