// Pillow's bicubic filter (a = -0.5, widened to antialias), number for number: its bytes are
// rounded after each of the two passes, its floats are not.

const PRECISION = 2 ** 22; // of the weights for bytes

function bicubic(x) {
  x = Math.abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** Return for each of `made` places the first of `given` places that it sees, and its weights. */
function windows(given, made) {
  const scale = given / made;
  const wide = Math.max(1, scale);
  return Array.from({ length: made }, (_, place) => {
    const center = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - 2 * wide + 0.5));
    const end = Math.min(given, Math.trunc(center + 2 * wide + 0.5));
    const weights = new Float64Array(end - first);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      sum += weights[i] = bicubic((i + first - center + 0.5) / wide);
    }
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

const clipped = (sum) => Math.max(0, Math.min(255, Math.floor(sum / PRECISION)));

/** Scale an RGBA photo {width, height, data} of bytes; its transparency is left out. */
export function resizeBytes({ width, height, data }, newWidth, newHeight) {
  const whole = (all) =>
    all.map(({ first, weights }) => ({
      first,
      weights: weights.map((weight) => Math.trunc(weight * PRECISION + Math.sign(weight) * 0.5)),
    }));
  const narrow = new Uint8ClampedArray(newWidth * height * 4);
  const columns = whole(windows(width, newWidth));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const { first, weights } = columns[x];
      let red = PRECISION / 2, green = red, blue = red;
      for (let i = 0, from = (y * width + first) * 4; i < weights.length; i++, from += 4) {
        const weight = weights[i];
        red += weight * data[from];
        green += weight * data[from + 1];
        blue += weight * data[from + 2];
      }
      const to = (y * newWidth + x) * 4;
      narrow[to] = clipped(red);
      narrow[to + 1] = clipped(green);
      narrow[to + 2] = clipped(blue);
    }
  }
  const small = new Uint8ClampedArray(newWidth * newHeight * 4);
  whole(windows(height, newHeight)).forEach(({ first, weights }, y) => {
    for (let x = 0; x < newWidth; x++) {
      let red = PRECISION / 2, green = red, blue = red;
      for (let i = 0; i < weights.length; i++) {
        const from = ((first + i) * newWidth + x) * 4;
        red += weights[i] * narrow[from];
        green += weights[i] * narrow[from + 1];
        blue += weights[i] * narrow[from + 2];
      }
      const to = (y * newWidth + x) * 4;
      small[to] = clipped(red);
      small[to + 1] = clipped(green);
      small[to + 2] = clipped(blue);
      small[to + 3] = 255;
    }
  });
  return { width: newWidth, height: newHeight, data: small };
}

/** Enlarge pairs of floats {width, height, data}; returns what writes a row of the result. */
export function enlarger({ width, height, data }, newWidth, newHeight) {
  const wide = new Float32Array(2 * newWidth * height);
  windows(width, newWidth).forEach(({ first, weights }, x) => {
    for (let y = 0; y < height; y++) {
      let a = 0, b = 0;
      for (let i = 0; i < weights.length; i++) {
        const from = 2 * (y * width + first + i);
        a += weights[i] * data[from];
        b += weights[i] * data[from + 1];
      }
      wide[2 * (y * newWidth + x)] = a;
      wide[2 * (y * newWidth + x) + 1] = b;
    }
  });
  const rows = windows(height, newHeight);
  return (y, row) => {
    const { first, weights } = rows[y];
    row.fill(0);
    for (let i = 0; i < weights.length; i++) {
      const from = 2 * (first + i) * newWidth;
      for (let x = 0; x < row.length; x++) row[x] += weights[i] * wide[from + x];
    }
  };
}
