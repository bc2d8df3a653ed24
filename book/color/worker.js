// Beside the page, so that it never freezes: reads a photo, asks networks, paints, and saves.

import { addColor, chroma, planes, shrunk, smallCopy } from "./engine.js";
import { labeled } from "./label.js";
import * as ort from "./ort/ort.js";

const VIEW = 1280; // pixels of a long side on the screen; a saved picture has them all
const THUMBNAIL = 320;
const QUALITY = 0.95;

ort.env.wasm.numThreads = 1; // more need headers that few hosts send
ort.env.wasm.wasmPaths = { wasm: new URL("./ort/ort-wasm-simd-threaded.wasm", import.meta.url).href };

const sessions = new Map(); // by the network's file: a promise of what runs it
let photo, view, thumbnail, copy, guesses;
let opened = 0; // a slow photo must not come over one that was opened after it

const deeds = {
  /** Read a photo, upright. Returns its size and the view in gray. */
  async open({ file }) {
    const turn = ++opened;
    const read = await pixels(file);
    if (turn !== opened) return {};
    photo = read;
    view = shrunk(photo, VIEW);
    thumbnail = shrunk(view, THUMBNAIL);
    copy = smallCopy(photo);
    guesses = new Map();
    const gray = addColor(view, nothing(), {});
    return { width: photo.width, height: photo.height, gray };
  },

  /** Fetch a network and make it ready. */
  async ready({ network }, progress) {
    await session(network, progress);
    return {};
  },

  /** Color the view, or a thumbnail. */
  async paint({ network, dots, dials, small }, progress) {
    const ab = await guess(network, dots, dials, progress);
    return { colored: addColor(small ? thumbnail : view, ab, dials) };
  },

  /** Color the whole photo and return a labeled file. */
  async save({ network, dots, dials, type }, progress) {
    const { width, height, data } = addColor(photo, await guess(network, dots, dials, progress), dials);
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
    return { blob: await labeled(await canvas.convertToBlob({ type, quality: QUALITY })) };
  },
};

onmessage = async ({ data: { id, deed, ...what } }) => {
  try {
    const answer = await deeds[deed](what, (share) => postMessage({ id, share }));
    postMessage({ id, answer });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};

const nothing = () => ({ width: 1, height: 1, data: new Float32Array(2) });

/** Read a file's pixels as the screen shows them: EXIF's orientation and color profile applied. */
async function pixels(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw Error("This browser cannot read that file as a photo: save it as JPEG or PNG first.");
  }
  const { width, height } = bitmap;
  const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!pen) throw Error("That photo is too large for this browser: scale it down first.");
  pen.fillStyle = "white"; // where a photo is transparent
  pen.fillRect(0, 0, width, height);
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  try {
    return pen.getImageData(0, 0, width, height);
  } catch {
    throw Error("That photo is too large for this browser: scale it down first.");
  }
}

function session(network, progress) {
  if (!sessions.has(network.file)) {
    const made = fetched(network, progress).then((bytes) =>
      // Without optimization it is ready half a second earlier, and runs no slower.
      ort.InferenceSession.create(bytes, {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "disabled",
      }),
    );
    sessions.set(network.file, made);
    made.catch(() => sessions.delete(network.file)); // the next time may do better
  }
  return sessions.get(network.file);
}

async function fetched(network, progress) {
  const response = await fetch(new URL(`./networks/${network.file}`, import.meta.url));
  if (!response.ok) throw Error(`The network ${network.name} is not on this site: tell its owner.`);
  const parts = [];
  let size = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    progress(Math.min(1, (size += value.length) / network.bytes));
  }
  const blob = new Blob(parts);
  const start = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const packed = start[0] === 0x1f && start[1] === 0x8b; // some hosts unpack on the way
  const stream = packed ? blob.stream().pipeThrough(new DecompressionStream("gzip")) : blob.stream();
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Return the ab that a network guesses for the small copy; what was asked before is kept. */
async function guess(network, dots, dials, progress) {
  const asked = JSON.stringify([network.file, network.dots && dots, dials.choice]);
  const kept = guesses;
  if (!kept.has(asked)) {
    const run = await session(network, progress);
    const { data, shape } = planes(copy, dots, network.dots ? 4 : 1);
    const given = { [run.inputNames[0]]: new ort.Tensor("float32", data, shape) };
    if (run.inputNames.length > 1) {
      given[run.inputNames[1]] = new ort.Tensor("float32", [dials.choice], [1, 1, 1, 1]);
    }
    const answer = await run.run(given);
    kept.set(asked, chroma(answer[run.outputNames[0]].data, shape[2], copy));
  }
  return kept.get(asked);
}
