// RGB and LAB, and color on a gray photo: the formulas of helpers/color.py and colorizer.py.

const XYZ_FROM_RGB = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];
const RGB_FROM_XYZ = [
  [3.24048134, -1.53715152, -0.49853633],
  [-0.96925495, 1.87599, 0.04155593],
  [0.05564664, -0.20404134, 1.05731107],
];
const WHITE = [0.95047, 1, 1.08883];

const times = (matrix, [x, y, z]) => matrix.map((row) => row[0] * x + row[1] * y + row[2] * z);

/** Convert RGB in 0..1 to [L, a, b]. */
export function rgbToLab(rgb) {
  const linear = rgb.map((one) => (one > 0.04045 ? ((one + 0.055) / 1.055) ** 2.4 : one / 12.92));
  const [x, y, z] = times(XYZ_FROM_RGB, linear).map((one, i) => {
    const share = one / WHITE[i];
    return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Convert [L, a, b] to linear light; it leaves 0..1 where no screen can show the color. */
function labToLight(L, a, b) {
  const y = (L + 16) / 116;
  const roots = [y + a / 500, y, Math.max(y - b / 200, 0)];
  const xyz = roots.map((one, i) => {
    return WHITE[i] * (one > 0.2068966 ? one ** 3 : (one - 16 / 116) / 7.787);
  });
  return times(RGB_FROM_XYZ, xyz);
}

/** Convert L, a, b to RGB in 0..1; colors that no screen can show are clipped. */
export function labToRgb(L, a, b) {
  return labToLight(L, a, b).map((one) => {
    const light = Math.min(1, Math.max(0, one));
    return light > 0.0031308 ? 1.055 * light ** (1 / 2.4) - 0.055 : 12.92 * light;
  });
}

/** Tell whether a screen (sRGB) can show a color. */
export function inGamut(L, a, b) {
  return labToLight(L, a, b).every((one) => one >= -1e-3 && one <= 1 + 1e-3);
}

/** Return the L of each pixel of a picture (ImageData). */
export function lightness({ data }) {
  return Float32Array.from({ length: data.length / 4 }, (_, i) => {
    return rgbToLab([data[4 * i] / 255, data[4 * i + 1] / 255, data[4 * i + 2] / 255])[0];
  });
}

/** Paint L, one a pixel, and ab, two a pixel, into a drawing of that size; return its ImageData. */
export function paint(canvas, L, ab) {
  const image = new ImageData(canvas.width, canvas.height);
  for (let i = 0; i < L.length; i++) {
    const [red, green, blue] = labToRgb(L[i], ab[2 * i], ab[2 * i + 1]);
    image.data.set([255 * red, 255 * green, 255 * blue, 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return image;
}

/** Enlarge ab (height, width, 2) smoothly from point to point, as Pillow's bicubic filter does. */
export function enlarged(ab, [height, width], newHeight, newWidth) {
  const across = transposed(stretched(ab, height, width, newWidth), height, newWidth);
  return transposed(stretched(across, newWidth, height, newHeight), newWidth, newHeight);
}

function transposed(plane, rows, columns) {
  const result = new Float32Array(plane.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = 2 * (row * columns + column);
      result.set(plane.subarray(from, from + 2), 2 * (column * rows + row));
    }
  }
  return result;
}

function stretched(plane, rows, from, to) {
  const result = new Float32Array(rows * to * 2);
  const scale = from / to;
  const wide = Math.max(1, scale);
  for (let x = 0; x < to; x++) {
    const center = (x + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - 2 * wide + 0.5));
    const end = Math.min(from, Math.floor(center + 2 * wide + 0.5));
    const weights = [];
    for (let i = first; i < end; i++) weights.push(cubic((i + 0.5 - center) / wide));
    const total = weights.reduce((sum, one) => sum + one, 0);
    for (let row = 0; row < rows; row++) {
      for (let channel = 0; channel < 2; channel++) {
        let sum = 0;
        weights.forEach((weight, i) => {
          sum += weight * plane[2 * (row * from + first + i) + channel];
        });
        result[2 * (row * to + x) + channel] = sum / total;
      }
    }
  }
  return result;
}

/** Keys's cubic with a = -1/2. */
function cubic(x) {
  const far = Math.abs(x);
  if (far < 1) return (1.5 * far - 2.5) * far * far + 1;
  return far < 2 ? ((-0.5 * far + 2.5) * far - 4) * far + 2 : 0;
}
