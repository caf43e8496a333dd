"use strict";
// All maps of a layer on one canvas, side by side: to be seen at a glance, and pointed at.

/**
 * @typedef {{count: number, height: number, width: number, columns: number, across: number, down: number,
 *   gap: number, share: number}} StripLayout
 *   count: of maps; height, width: of one, in numbers; columns: how many maps stand in a row;
 *   across, down: pixels of the whole canvas; share: of a row that it fills
 */

const STRIP_MAPS = 16; // in a row; half as many on a phone
const STRIP_MANY = 64; // maps: of more, twice as many stand in a row
const PHONE = 640; // pixels
const STRIP_COLOURS = 6; // in a row: the pixels' three maps are drawn larger
const STRIP_UNITS = 32; // numbers of a layer that has no maps, in a row

/**
 * How the numbers of a layer lie: maps (1, C, H, W) in rows, of numbers (1, M) rows.
 * @param {number[]} shape
 * @param {number} [perRow] maps in a row
 * @returns {StripLayout}
 */
function stripLayout(shape, perRow = mapsInARow(shape)) {
  const [, channels, height = 1, width = 1] = shape;
  const room = shape.length === 2 ? STRIP_UNITS : perRow;
  const columns = Math.min(room, channels);
  const gap = shape.length === 2 ? 0 : Math.max(1, Math.round(width / 16));
  const rows = Math.ceil(channels / columns);
  const [across, down] = [columns * (width + gap) - gap, rows * (height + gap) - gap];
  return { count: channels, height, width, columns, across, down, gap, share: columns / room };
}

function mapsInARow([, channels]) {
  if (channels === 3) return STRIP_COLOURS;
  const room = window.innerWidth < PHONE ? STRIP_MAPS / 2 : STRIP_MAPS;
  return channels > STRIP_MANY ? 2 * room : room;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {NDArray} array (1, C, H, W) or (1, M)
 * @param {number} largest what is lightest, or darkest
 * @param {number} [perRow] maps in a row
 */
function paintStrip(canvas, array, largest, perRow = undefined) {
  const layout = stripLayout(array.shape, perRow);
  const { count, height, width, columns, across, down, gap } = layout;
  [canvas.width, canvas.height] = [across, down];
  canvas.style.imageRendering = width > 8 ? "auto" : "pixelated";
  const context = canvas.getContext("2d");
  const image = context.createImageData(across, down);
  const pixels = new Uint32Array(image.data.buffer);
  for (let map = 0; map < count; map++) {
    const left = (map % columns) * (width + gap);
    const top = Math.floor(map / columns) * (height + gap);
    const [offset, at] = [map * height * width, top * across + left];
    shadeInto(pixels, array.data, { height, width, largest, offset, at, stride: across });
  }
  context.putImageData(image, 0, 0);
}

/**
 * Which number lies under a place of a strip.
 * @param {StripLayout} layout
 * @param {number} x share of the canvas's width, 0 to 1
 * @param {number} y share of its height
 * @returns {number | null} its place in the layer's data; null beside the maps
 */
function numberAt({ count, height, width, columns, across, down, gap }, x, y) {
  const [pixelX, pixelY] = [Math.floor(x * across), Math.floor(y * down)];
  const [column, row] = [Math.floor(pixelX / (width + gap)), Math.floor(pixelY / (height + gap))];
  const map = row * columns + column;
  const [right, below] = [pixelX - column * (width + gap), pixelY - row * (height + gap)];
  if (map >= count || right >= width || below >= height || row < 0 || column < 0) return null;
  return (map * height + below) * width + right;
}

/** Lay a frame around one map of a strip. @param {HTMLElement} frame stands in the strip's own box */
function frameMap(frame, { height, width, columns, across, down, gap }, map) {
  const place = {
    left: ((map % columns) * (width + gap)) / across,
    top: (Math.floor(map / columns) * (height + gap)) / down,
    width: width / across,
    height: height / down,
  };
  for (const [side, share] of Object.entries(place)) frame.style[side] = `${100 * share}%`;
}

const LOUDEST_SHARE = 0.005; // of the numbers that are not 0
const SAMPLE = 4096; // numbers are enough to know it

/**
 * How far the shades of a gradient reach: most of its numbers are far smaller than the few largest, which are drawn
 * alike, so that the others can be seen. It is never 0.
 * @param {NDArray} array
 */
function shadeLimit({ data }) {
  const every = Math.max(1, Math.floor(data.length / SAMPLE));
  const sizes = data.filter((_, k) => k % every === 0).map(Math.abs).filter((size) => size > 0).sort();
  return sizes[Math.floor((1 - LOUDEST_SHARE) * (sizes.length - 1))] || largestValue({ data });
}

/** [1, 16, 64, 64] -> "16 maps of 64×64" */
function mapsText([, channels, height, width]) {
  if (height !== undefined) return `${channels} maps of ${height}×${width}`;
  return channels === 1 ? "1 number" : `${channels} numbers`;
}

/** The largest absolute value; 0 where all are 0. @param {Numbers} numbers */
function mostOf(numbers) {
  return numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
}

/** Of the largest absolute value, the first. @param {NDArray} array */
function placeOfLargest({ data }) {
  let best = 0;
  for (let k = 1; k < data.length; k++) if (Math.abs(data[k]) > Math.abs(data[best])) best = k;
  return best;
}
