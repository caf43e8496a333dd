"use strict";
// The numbers of a step of the network as shades: one of its maps, or all of them in one picture.

/**
 * One map of a step; bars where its numbers lie in one row; two shares for the probability.
 * @param {HTMLCanvasElement} canvas
 * @param {Step} step
 * @param {ArrayLike<number>} numbers (maps, height, width)
 * @param {{map?: number, largest: number}} how
 */
function paintStep(canvas, step, numbers, { map = 0, largest }) {
  const { kind, height, width } = step;
  if (kind === "probability") return paintShares(canvas, numbers[0]);
  if (kind === "linear" && width === 1) return paintLogit(canvas, numbers[0]);
  if (kind === "linear" || (step.maps === 1 && height === 1)) return paintBars(canvas, numbers, largest);
  return paintMap(canvas, numbers, { height, width, largest, offset: map * height * width });
}

/** All maps of a step in one picture, a thin line between them. */
function paintAllMaps(canvas, step, numbers, largest) {
  if (step.maps === 1) return paintStep(canvas, step, numbers, { largest });
  const { maps, height, width } = step;
  const columns = Math.ceil(Math.sqrt(maps));
  const [stride, rows] = [columns * (width + 1) - 1, Math.ceil(maps / columns)];
  const high = rows * (height + 1) - 1;
  if (canvas.width !== stride || canvas.height !== high) [canvas.width, canvas.height] = [stride, high];
  const context = canvas.getContext("2d");
  const image = context.createImageData(stride, high);
  const words = new Uint32Array(image.data.buffer);
  for (let map = 0; map < maps; map++) {
    const at = Math.floor(map / columns) * (height + 1) * stride + (map % columns) * (width + 1);
    shadeInto(words, numbers, { height, width, largest, offset: map * height * width, at, stride });
  }
  context.putImageData(image, 0, 0);
}

const BAR_PIXELS = [8, 120]; // of one bar: width, with its gap, and height

/** A bar for each number, up or down from the middle. */
function paintBars(canvas, numbers, largest, colours = [COLOUR.accent, COLOUR.muted]) {
  const [step, height] = [BAR_PIXELS[0], BAR_PIXELS[1]];
  const length = numbers.length;
  Object.assign(canvas, { width: length * step, height });
  const context = canvas.getContext("2d");
  const css = (colour) => `rgb(${rgbOf(colour)})`;
  const [up, down] = colours.map(css);
  for (let k = 0; k < length; k++) {
    const size = (numbers[k] / largest) * (height / 2 - 4);
    context.fillStyle = size > 0 ? up : down;
    context.fillRect(k * step + 1, height / 2 - Math.max(size, 0), step - 2, Math.abs(size));
  }
  context.fillStyle = css(COLOUR.muted);
  context.fillRect(0, height / 2 - 0.5, canvas.width, 1);
}

const LOGIT_REACH = 8; // σ(8) is 0.9997

/** How far the logit leans: to the left for the first class, to the right for the second. */
function paintLogit(canvas, z) {
  Object.assign(canvas, { width: 200, height: 200 });
  const context = canvas.getContext("2d");
  const length = Math.min(1, Math.abs(z) / LOGIT_REACH) * 98;
  context.fillStyle = `rgb(${rgbOf(COLOUR.classes[z > 0 ? 1 : 0])})`;
  context.fillRect(z > 0 ? 100 : 100 - length, 60, length, 80);
  context.fillStyle = `rgb(${rgbOf(COLOUR.muted)})`;
  context.fillRect(99.5, 20, 1, 160);
}

/** How much of 1 is the second class's, on the right, and how much the first's. */
function paintShares(canvas, probability) {
  Object.assign(canvas, { width: 200, height: 200 });
  const context = canvas.getContext("2d");
  const border = Math.round(200 * (1 - probability));
  const [first, second] = COLOUR.classes;
  for (const [colour, from, to] of [[first, 0, border], [second, border, 200]]) {
    context.fillStyle = `rgb(${rgbOf(colour)})`;
    context.fillRect(from, 0, to - from, 200);
  }
}

const SCALE_SAMPLE = 1024; // numbers that are looked at
const SCALE_SHARE = 0.995; // of them are within the scale

/**
 * How far the scale of a step's shades reaches, one scale for all of its maps: a few numbers lie beyond it, and are as
 * light or as dark as its ends, or they would make all others grey. Bars show every number: there it is the largest.
 */
function stepScale(step, numbers) {
  if (step.kind === "probability") return 1;
  if (step.height === 1) return largestValue({ data: numbers });
  const every = Math.max(1, Math.floor(numbers.length / SCALE_SAMPLE)) | 1; // odd: columns are not all of one kind
  const sizes = new Float32Array(Math.floor((numbers.length - 1) / every) + 1);
  for (let k = 0; k < sizes.length; k++) sizes[k] = Math.abs(numbers[k * every]);
  return sizes.sort()[Math.floor(SCALE_SHARE * (sizes.length - 1))] || largestValue({ data: numbers });
}

/** The scale of one map alone, which reaches to its largest number. */
function mapScale(step, numbers, map) {
  if (step.maps === 1) return stepScale(step, numbers);
  const length = step.height * step.width;
  return largestValue({ data: numbers.subarray(map * length, (map + 1) * length) });
}

/** A frame over a part of a map. @param {Region} region */
function regionFrame({ top, left, height, width }, step) {
  const percent = (part, whole) => `${(100 * part) / whole}%`;
  const frame = make("div", { class: "picked", "aria-hidden": "true" });
  Object.assign(frame.style, {
    top: percent(top, step.height),
    left: percent(left, step.width),
    height: percent(height, step.height),
    width: percent(width, step.width),
  });
  return frame;
}
