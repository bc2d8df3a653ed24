// The steps of helpers/canvas.py and helpers/hints.py: a small copy, its L, a network's guess,
// and the guess enlarged onto the photo's own L. A photo is {width, height, data}: RGBA bytes.

import { lightness, toLab, writeRgb } from "./lab.js";
import { enlarger, resizeBytes } from "./resize.js";

const SIZE = 128; // pixels of the copy's short side: what the networks learned from
const LONGEST = 4; // a panorama's long side gets so many times SIZE at most
const STRIDES = 32; // the networks' input is padded to a multiple of it
const AB_SCALE = 128; // a network answers ab / 128
const RADIUS = 2; // a dot covers so many pixels to each side of its center

function half(value) { // rounded as NumPy rounds: halves to the even neighbor
  const down = Math.floor(value);
  return value - down === 0.5 ? down + (down % 2) : Math.round(value);
}

/** Scale a photo so that its short side has SIZE pixels. */
export function smallCopy(photo) {
  const { width, height } = photo;
  const scale = Math.min(SIZE / Math.min(width, height), (LONGEST * SIZE) / Math.max(width, height));
  const [newWidth, newHeight] = [width, height].map((side) => Math.max(1, half(side * scale)));
  return resizeBytes(photo, newWidth, newHeight);
}

/** Scale a photo down so that no side has more than `most` pixels. */
export function shrunk(photo, most) {
  const scale = most / Math.max(photo.width, photo.height);
  if (scale >= 1) return photo;
  return resizeBytes(photo, Math.round(photo.width * scale), Math.round(photo.height * scale));
}

/**
 * Return what a network sees: L alone, or L, the dots' a and b, and where dots are.
 *
 * A dot is {x, y, rgb}: x and y from 0 to 1, three bytes. Edges are repeated up to whole STRIDES.
 */
export function planes(copy, dots, channels) {
  const { width, height, data } = copy;
  const [wide, high] = [width, height].map((side) => Math.ceil(side / STRIDES) * STRIDES);
  const filled = new Float32Array(wide * high * channels);
  const marks = new Float32Array(width * height * 3);
  for (const { x, y, rgb } of dots) {
    const column = Math.min(Math.trunc(x * width), width - 1);
    const row = Math.min(Math.trunc(y * height), height - 1);
    const [, a, b] = toLab(...rgb);
    for (let j = Math.max(0, row - RADIUS); j <= Math.min(height - 1, row + RADIUS); j++) {
      for (let i = Math.max(0, column - RADIUS); i <= Math.min(width - 1, column + RADIUS); i++) {
        marks.set([a, b, 1], 3 * (j * width + i));
      }
    }
  }
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const from = Math.min(y, height - 1) * width + Math.min(x, width - 1);
      const to = channels * (y * wide + x);
      filled[to] = lightness(data[4 * from], data[4 * from + 1], data[4 * from + 2]);
      for (let i = 1; i < channels; i++) filled[to + i] = marks[3 * from + i - 1];
    }
  }
  return { data: filled, shape: [1, high, wide, channels] };
}

/** Cut a network's answer back to the copy's size and make it ab: pairs of floats. */
export function chroma(answer, wide, { width, height }) {
  const data = new Float32Array(2 * width * height);
  for (let y = 0; y < height; y++) {
    const row = answer.subarray(2 * y * wide, 2 * (y * wide + width));
    for (let i = 0; i < row.length; i++) data[2 * y * width + i] = row[i] * AB_SCALE;
  }
  return { width, height, data };
}

/** Put ab onto the L of a photo; the dials are those of `add_color`. Returns a photo. */
export function addColor(photo, ab, { strength = 1, saturation = 1, temperature = 0 } = {}) {
  const { width, height, data } = photo;
  const dialed = ab.data.map((value, i) => strength * (saturation * value + (i % 2) * temperature));
  const writeRow = enlarger({ ...ab, data: dialed }, width, height);
  const colored = new Uint8ClampedArray(data.length).fill(255);
  const row = new Float32Array(2 * width);
  for (let y = 0; y < height; y++) {
    writeRow(y, row);
    for (let x = 0, at = 4 * y * width; x < width; x++, at += 4) {
      const L = lightness(data[at], data[at + 1], data[at + 2]);
      writeRgb(L, row[2 * x], row[2 * x + 1], colored, at);
    }
  }
  return { width, height, data: colored };
}
