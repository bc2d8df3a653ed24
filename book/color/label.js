// The label in a saved picture: a PNG gets a text chunk, a JPEG an EXIF description.

export const LABEL = "colored by a neural network; the colors are a guess";

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
  if (blob.type === "image/png") {
    const start = 8 + 25; // behind the signature and the header chunk
    return new Blob([bytes.subarray(0, start), pngText(), bytes.subarray(start)], blob);
  }
  return new Blob([bytes.subarray(0, 2), exif(), bytes.subarray(2)], blob);
}

function pngText() {
  const chunk = ascii(`tEXtDescription\0${LABEL}`);
  return new Blob([long(chunk.length - 4), chunk, long(checksum(chunk))]);
}

function exif() {
  const text = ascii(`${LABEL}\0`);
  const offset = 8 + 2 + 12 + 4; // of the text, from the start of the TIFF header
  const entry = [short(0x010e), short(2), long(text.length), long(offset)]; // ImageDescription
  const tags = [ascii("MM"), short(42), long(8), short(1), ...entry, long(0), text];
  const content = [ascii("Exif\0\0"), ...tags];
  const size = content.reduce((sum, part) => sum + part.length, 2);
  return new Blob([short(0xffe1), short(size), ...content]);
}
