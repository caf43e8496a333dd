"use strict";
// A file that was dropped, pasted or chosen, or a frame of the camera, becomes pixels as scratchnet/photos/decode.py
// makes them: upright, on white where see-through, squashed to a square with Hamming's filter. Nothing leaves the page.

const MAX_PIXELS = 89_478_485; // as in decode.py: 256 MiB of RGB
const STRIP_PIXELS = 500_000; // read from a canvas at a time, so that the page never waits long

const SIGNATURES = { JPEG: "\xff\xd8", PNG: "\x89PNG", WEBP: "RIFF", GIF: "GIF8", BMP: "BM" }; // how the files begin
const UNSUPPORTED = [
  [0, "II*\0", "a TIFF"],
  [0, "MM\0*", "a TIFF"],
  [4, "ftyp", "a HEIC or AVIF picture, or a film"],
  [0, "8BPS", "a Photoshop file"],
  [0, "%PDF", "a PDF"],
  [0, "<svg", "a drawing in SVG"],
  [0, "<?xml", "a drawing in SVG, or another text"],
];

/** Why something is not a usable picture: a sentence for people. */
class NoPicture extends Error {}

/**
 * @param {Blob | HTMLVideoElement | ImageBitmap} source a file, or what the camera shows
 * @param {number} size
 * @returns {Promise<{pixels: IntArray, width: number, height: number, reduced: number}>} pixels (size, size, 3) uint8;
 *   width and height of the photograph, upright; reduced: 8, 4, 2 or 1, by how much a large JPEG was averaged before
 * @throws {NoPicture}
 */
async function photograph(source, size) {
  if (!(source instanceof Blob)) return squashed(source, size, 1);
  const format = await formatOf(source);
  const shown = await shownSize(source, format);
  if (shown.width * shown.height > MAX_PIXELS) {
    const most = MAX_PIXELS.toLocaleString("en");
    throw new NoPicture(`The picture has ${shown.width}×${shown.height} pixels; at most ${most} are decoded.`);
  }
  // Pillow has libjpeg shrink a JPEG while it decodes, as long as it stays above `size`: to the means of small blocks.
  const times = Math.min(Math.floor(shown.width / size), Math.floor(shown.height / size));
  const reduced = format === "JPEG" ? ([8, 4, 2].find((scale) => times >= scale) ?? 1) : 1;
  const bitmap = await createImageBitmap(source, { colorSpaceConversion: "none" }).catch(() => {
    throw new NoPicture(`The ${format} is damaged.`);
  });
  try {
    return await squashed(bitmap, size, reduced);
  } finally {
    bitmap.close();
  }
}

/** By its first bytes, whatever its name says. */
async function formatOf(file) {
  if (file.size === 0) throw new NoPicture("The file has no bytes.");
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  const other = UNSUPPORTED.find(([offset, start]) => text.startsWith(start, offset));
  if (other) throw new NoPicture(`This is ${other[2]}; convert it to JPEG or PNG.`);
  const format = Object.keys(SIGNATURES).find((name) => text.startsWith(SIGNATURES[name]));
  if (!format) throw new NoPicture("This is no picture: its first bytes are not those of a JPEG, PNG, WebP, GIF or BMP.");
  if (!isWhole(format, bytes)) throw new NoPicture(`The ${format} is cut off: its end is missing.`);
  return format;
}

/** A browser shows also half a picture; Pillow refuses it. */
function isWhole(format, bytes) {
  const littleEndian = new DataView(bytes.buffer);
  if (format === "JPEG") return jpegEnds(bytes);
  if (format === "PNG") return bytes.length >= 12 && String.fromCharCode(...bytes.subarray(-64)).includes("IEND");
  if (format === "WEBP") return bytes.length >= 12 && littleEndian.getUint32(4, true) + 8 <= bytes.length;
  return true;
}

/** Whether the marks of a JPEG lead from its beginning to its end. A preview inside has an end of its own: it is skipped. */
function jpegEnds(bytes) {
  let at = 2;
  while ((at = bytes.indexOf(0xff, at)) !== -1 && at + 1 < bytes.length) {
    const mark = bytes[at + 1];
    if (mark === 0xd9) return true;
    const bare = mark === 0x00 || mark === 0x01 || mark === 0xff || (mark >= 0xd0 && mark <= 0xd8);
    at += mark === 0xff ? 1 : bare ? 2 : 2 + ((bytes[at + 2] << 8) | bytes[at + 3]); // the others say their length
  }
  return false;
}

/** Width and height as a browser shows the picture, which it knows before it has decoded it. */
async function shownSize(file, format) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject }));
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    throw new NoPicture(`The ${format} is damaged.`);
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

/**
 * Strip by strip: on white, averaged over blocks of `reduced` pixels, squashed.
 * @param {ImageBitmap | HTMLVideoElement} picture
 */
async function squashed(picture, size, reduced) {
  const width = picture.videoWidth ?? picture.width;
  const height = picture.videoHeight ?? picture.height;
  if (!width || !height) throw new NoPicture("The camera shows nothing yet.");
  const extent = { height: height / reduced, width: width / reduced };
  const squash = new HammingSquash(Math.ceil(extent.height), Math.ceil(extent.width), size, extent);
  const stripRows = Math.max(1, Math.floor(STRIP_PIXELS / width / reduced)) * reduced;
  const context = canvasContext(width, Math.min(stripRows, height));
  const turns = new Turns();
  for (let top = 0; top < height; top += stripRows) {
    const rows = Math.min(stripRows, height - top);
    context.fillStyle = "white";
    context.fillRect(0, 0, width, rows);
    context.drawImage(picture, 0, top, width, rows, 0, 0, width, rows);
    const { data } = context.getImageData(0, 0, width, rows);
    squash.add(blockMeans({ shape: [rows, width, 4], data }, reduced));
    if (turns.over()) await turns.next();
  }
  return { pixels: squash.finished(), width, height, reduced };
}

function canvasContext(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  return canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
}

/** (rows, width, 4) -> (⌈rows / side⌉, ⌈width / side⌉, 3): the mean of each block of side × side pixels, alpha left out */
function blockMeans({ shape: [rows, width], data }, side) {
  if (side === 1) return { shape: [rows, width, 4], data };
  const means = zeros([Math.ceil(rows / side), Math.ceil(width / side), 3], Uint8Array);
  const columns = means.shape[1];
  const sums = new Uint32Array(columns * 3);
  for (let top = 0, to = 0; top < rows; top += side, to += columns * 3) {
    const high = Math.min(side, rows - top);
    sums.fill(0);
    for (let row = top, at = top * width * 4; row < top + high; row++) {
      for (let block = 0, end = row * width; block < columns; block++) {
        end = Math.min(end + side, (row + 1) * width);
        let [red, green, blue] = [0, 0, 0];
        for (; at < end * 4; at += 4) {
          red += data[at];
          green += data[at + 1];
          blue += data[at + 2];
        }
        sums[3 * block] += red;
        sums[3 * block + 1] += green;
        sums[3 * block + 2] += blue;
      }
    }
    for (let k = 0; k < sums.length; k++) {
      const wide = Math.min(side, width - Math.floor(k / 3) * side);
      means.data[to + k] = Math.round(sums[k] / (high * wide));
    }
  }
  return means;
}

/** Some browsers add noise to what a canvas gives back, against fingerprinting: is a known pattern read back unchanged? */
function canvasIsExact() {
  const context = canvasContext(64, 64);
  const pattern = context.createImageData(64, 64);
  for (let k = 0; k < pattern.data.length; k++) pattern.data[k] = k % 4 === 3 ? 255 : (k * 2654435761) >>> 24;
  context.putImageData(pattern, 0, 0);
  return context.getImageData(0, 0, 64, 64).data.every((value, k) => value === pattern.data[k]);
}
