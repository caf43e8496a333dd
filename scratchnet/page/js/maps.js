"use strict";
// Feature maps, filters and pictures on canvases: a pixel for each number, which the style sheet then magnifies.
// Zero is grey, positive is light, negative is dark, on the light page and on the dark one.

const ZERO_SHADE = [128, 128, 128];
const POSITIVE_SHADE = [255, 249, 222];
const NEGATIVE_SHADE = [24, 12, 44];
const SHADES = Array.from({ length: 511 }, (_, place) => {
  const [end, share] = place < 255 ? [NEGATIVE_SHADE, (255 - place) / 255] : [POSITIVE_SHADE, (place - 255) / 255];
  return ZERO_SHADE.map((zero, c) => Math.round(zero + (end[c] - zero) * share));
});
const WORD_OF_SHADE = Uint32Array.from(SHADES, ([red, green, blue]) => red | (green << 8) | (blue << 16) | (255 << 24));

/** The largest absolute value of some arrays: how far a scale of shades reaches. It is never 0. */
function largestValue(...arrays) {
  let largest = 0;
  for (const { data } of arrays) for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]));
  return largest || 1;
}

/**
 * One map.
 * @param {HTMLCanvasElement} canvas becomes height × width
 * @param {ArrayLike<number>} data the map's numbers, row by row, from `offset`
 * @param {{height: number, width: number, largest: number, offset?: number}} how largest: what is lightest, or darkest
 */
function paintMap(canvas, data, { height, width, largest, offset = 0 }) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  shadeInto(new Uint32Array(image.data.buffer), data, { height, width, largest, offset });
  context.putImageData(image, 0, 0);
}

/**
 * The shades of one map, somewhere in an image: a word of red, green, blue and opacity for each pixel, written at once,
 * for a page has hundreds of maps.
 * @param {Uint32Array} words of the image, `stride` in a row
 * @param {{at?: number, stride?: number}} how at: the map's first pixel in the image; the others as in paintMap
 */
function shadeInto(words, data, { height, width, largest, offset = 0, at = 0, stride = width }) {
  const scale = 255 / largest;
  for (let row = 0, place = offset; row < height; row++) {
    for (let to = at + row * stride, end = to + width; to < end; to++, place++) {
      const shade = 255.5 + data[place] * scale; // to be rounded down
      words[to] = WORD_OF_SHADE[shade < 0 ? 0 : shade > 510 ? 510 : shade | 0];
    }
  }
}

/** @param {number} share −1 to 1 of what is darkest, or lightest @returns {number[]} red, green, blue */
function shadeOf(share) {
  return SHADES[255 + Math.round(255 * Math.min(1, Math.max(-1, share)))];
}

/** A picture. @param {Uint8Array} pixels (size, size, 3) */
function paintPicture(canvas, pixels, size) {
  paintPixels(canvas, size, size, (place) => [pixels[3 * place], pixels[3 * place + 1], pixels[3 * place + 2]]);
}

/**
 * A filter that reads three channels, as a colour: red, green and blue each have their own zero in the middle.
 * @param {{shape: number[], data: Numbers}} W (O, 3, kh, kw)
 * @param {number} o which filter
 */
function paintFilter(canvas, W, o, largest) {
  const [, channels, height, width] = W.shape;
  const size = height * width;
  const start = o * channels * size;
  paintPixels(canvas, height, width, (place) =>
    [0, 1, 2].map((c) => Math.round(128 + (127 * W.data[start + c * size + place]) / largest)),
  );
}

/** @param {function(number): number[]} colourAt red, green, blue of the pixel at a place, counted row by row */
function paintPixels(canvas, height, width, colourAt) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let place = 0; place < height * width; place++) {
    const colour = colourAt(place);
    for (let c = 0; c < 3; c++) image.data[4 * place + c] = colour[c];
    image.data[4 * place + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/**
 * Many maps side by side, each a button.
 * @param {{label: string, count: number, name: function(number): string, paint: function(HTMLCanvasElement, number),
 *   onPick?: function(number), pixels?: number}} options
 *   name: of a map, for screen readers and as its tip; paint: fills the canvas of a map; pixels: the width of one
 * @returns {{element: HTMLElement, repaint: function(), choose: function(number|null)}}
 */
function mapGrid({ label, count, name, paint, onPick = null, pixels = 64 }) {
  const canvases = Array.from({ length: count }, () => make("canvas", { class: "map", "aria-hidden": "true" }));
  const cells = canvases.map((canvas, place) => {
    const attributes = { class: "cell", "aria-label": name(place), title: name(place) };
    if (!onPick) return make("div", { ...attributes, role: "img" }, canvas);
    const pressed = { type: "button", "aria-pressed": "false", on: { click: () => onPick(place) } };
    return make("button", { ...attributes, ...pressed }, canvas);
  });
  const repaint = () => canvases.forEach(paint);
  repaint();
  return {
    element: make("div", { class: "maps", role: "group", "aria-label": label, style: `--cell: ${pixels}px` }, ...cells),
    repaint,
    choose(chosen) {
      if (onPick) cells.forEach((cell, place) => cell.setAttribute("aria-pressed", String(place === chosen)));
    },
  };
}

/** Which shade means how much: −largest, 0, largest. */
function shadesKey(largest) {
  const canvas = make("canvas", { class: "shades", "aria-hidden": "true" });
  paintPixels(canvas, 1, SHADES.length, (place) => SHADES[place]);
  const ends = [`−${numberText(largest)}`, "0", numberText(largest)].map((text) => make("span", {}, text));
  return make("div", { class: "shades-key" }, canvas, make("div", {}, ...ends));
}

/**
 * A map of which a reader picks one number: by pointer, or by the arrow keys once it is selected.
 * @param {HTMLCanvasElement} canvas painted, or to be painted
 * @param {{label: string, height: number, width: number, row?: number, column?: number,
 *   onPick: function(number, number)}} options height, width: of the map, in numbers; onPick: row, column
 * @returns {{element: HTMLElement, set: function(number, number)}} set moves the frame and tells nobody
 */
function pickableMap(canvas, { label, height, width, row = 0, column = 0, onPick }) {
  const frame = make("div", { class: "picked", "aria-hidden": "true" });
  const set = (toRow, toColumn) => {
    [row, column] = [Math.min(height - 1, Math.max(0, toRow)), Math.min(width - 1, Math.max(0, toColumn))];
    const place = { left: column / width, top: row / height, width: 1 / width, height: 1 / height };
    for (const [side, share] of Object.entries(place)) frame.style[side] = `${100 * share}%`;
  };
  const pick = (toRow, toColumn) => {
    set(toRow, toColumn);
    onPick(row, column);
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
    pick(Math.floor(share[0] * height), Math.floor(share[1] * width));
  };
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const element = make(
    "div",
    {
      class: "pickable",
      tabindex: 0,
      role: "group",
      "aria-label": `${label}. Arrow keys move over its numbers.`,
      on: {
        pointerdown: point,
        pointermove: (event) => event.buttons === 1 && point(event),
        keydown: (event) => {
          const step = steps[event.key];
          if (!step) return;
          event.preventDefault();
          pick(row + step[0], column + step[1]);
        },
      },
    },
    canvas,
    frame,
  );
  set(row, column);
  return { element, set };
}
