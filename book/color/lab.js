// RGB and LAB as in helpers/color.py: CIELAB under daylight (D65), with scikit-image's digits.

const WHITE = [0.95047, 1.0, 1.08883];
const FROM_RGB = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];
const TO_RGB = inverse(FROM_RGB);
const AS_LIGHT = 1e-3; // how far b stays from where Z were negative

// sRGB bytes to linear light.
const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
});

// Linear light to sRGB bytes: for each step of light the first of two candidates, and for each byte
// the light from which the next one begins.
const STEPS = 8192;
const BEGINS = Float64Array.from({ length: 257 }, (_, byte) => {
  const value = (byte - 0.5) / 255;
  return value > 0.0031308 * 12.92 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
});
const BYTES = new Uint8Array(STEPS + 1);
for (let step = 1, byte = 0; step <= STEPS; step++) {
  while (byte < 255 && BEGINS[byte + 1] <= step / STEPS) byte++;
  BYTES[step] = byte;
}

function toByte(light) {
  if (light <= 0) return 0;
  if (light >= 1) return 255;
  let byte = BYTES[(light * STEPS) | 0];
  while (byte < 255 && BEGINS[byte + 1] <= light) byte++;
  return byte;
}

const curve = (part) => (part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116);
const uncurve = (value) => (value > 0.2068966 ? value * value * value : (value - 16 / 116) / 7.787);

/** Return the L, 0..100, of a color of three bytes. */
export function lightness(red, green, blue) {
  const [r, g, b] = FROM_RGB[1];
  return 116 * curve(r * LINEAR[red] + g * LINEAR[green] + b * LINEAR[blue]) - 16;
}

/** Convert a color of three bytes to [L, a, b]. */
export function toLab(red, green, blue) {
  const light = [LINEAR[red], LINEAR[green], LINEAR[blue]];
  const [x, y, z] = FROM_RGB.map((row, i) =>
    curve((row[0] * light[0] + row[1] * light[1] + row[2] * light[2]) / WHITE[i]),
  );
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Convert L, a, b to linear light; it leaves 0..1 where no screen can show the color. */
export function toLight(L, a, b) {
  const y = (L + 16) / 116;
  const X = WHITE[0] * uncurve(y + a / 500);
  const Y = uncurve(y);
  const Z = WHITE[2] * uncurve(y - Math.min(b, 200 * y - AS_LIGHT) / 200);
  return [
    TO_RGB[0][0] * X + TO_RGB[0][1] * Y + TO_RGB[0][2] * Z,
    TO_RGB[1][0] * X + TO_RGB[1][1] * Y + TO_RGB[1][2] * Z,
    TO_RGB[2][0] * X + TO_RGB[2][1] * Y + TO_RGB[2][2] * Z,
  ];
}

/** Write the color of L, a, b as three bytes; what no screen can show is clipped. */
export function writeRgb(L, a, b, bytes, at) {
  const [red, green, blue] = toLight(L, a, b);
  bytes[at] = toByte(red);
  bytes[at + 1] = toByte(green);
  bytes[at + 2] = toByte(blue);
}

function inverse([[a, b, c], [d, e, f], [g, h, i]]) {
  const all = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const rows = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return rows.map((row) => row.map((value) => value / all));
}
