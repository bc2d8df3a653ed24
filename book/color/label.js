// The label in a saved picture, as EXIF's description of it.

/** As in helpers/__main__.py, which knows the page's files by it. */
export const LABEL = "Colored by a neural network (Color from Gray). The colors are a guess.";

const CHECKS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function checksum(bytes) { // CRC-32, PNG specification, annex D
  let value = 0xffffffff;
  for (const byte of bytes) value = CHECKS[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

const ascii = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const long = (number) => Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
const short = (number) => Uint8Array.of(number >>> 8, number);

/** Return a PNG or JPEG blob with the label in it. */
export async function labeled(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const png = blob.type === "image/png";
  const start = png ? 8 + 25 : 2; // behind the signature, and a PNG's header chunk
  const label = png ? chunk("eXIf", tags()) : segment(tags());
  return new Blob([bytes.subarray(0, start), label, bytes.subarray(start)], blob);
}

function chunk(name, content) {
  const bytes = Uint8Array.of(...ascii(name), ...content);
  return new Blob([long(content.length), bytes, long(checksum(bytes))]);
}

function segment(content) {
  const head = ascii("Exif\0\0");
  return new Blob([short(0xffe1), short(2 + head.length + content.length), head, content]);
}

function tags() {
  const text = ascii(`${LABEL}\0`);
  const offset = 8 + 2 + 12 + 4; // of the text, from the start of the TIFF header
  const entry = [short(0x010e), short(2), long(text.length), long(offset)]; // ImageDescription
  const parts = [ascii("MM"), short(42), long(8), short(1), ...entry, long(0), text];
  return Uint8Array.of(...parts.flatMap((part) => [...part]));
}
