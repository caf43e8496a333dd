"use strict";
// Maps laid over a picture that has lost its colours: where a network looks, and which way each place pulls.

/**
 * The saliency map and the occlusion map of one network.
 * @param {string} name whose maps they are
 */
function evidenceMaps(name) {
  const canvases = ["saliency", "occlusion"].map((kind) =>
    make("canvas", { class: "map", role: "img", "aria-label": `${kind} map of ${name}` }),
  );
  const notes = canvases.map(() => make("figcaption"));
  const elements = canvases.map((canvas, k) => make("figure", {}, canvas, notes[k]));
  let paints = [null, null];
  const paint = (k, work) => {
    paints[k] = work;
    work();
  };
  return {
    name,
    elements,
    repaint: () => paints.forEach((work) => work?.()),
    /** @param {NDArray} map (H, W) */
    salient(picture, map) {
      const bright = brightest(map.data);
      paint(0, () => paintOver(canvases[0], picture, (place) => [SALIENT, Math.min(1, map.data[place] / bright)]));
      const at = placeOfLargest(map);
      const [row, column] = [Math.floor(at / map.shape[1]) + 1, (at % map.shape[1]) + 1];
      notes[0].textContent =
        `saliency of ${name}: at most ${gradientText(map.data[at], 2)}, at row ${row}, column ${column}`;
    },
    uncover(picture) {
      paint(1, () => paintOver(canvases[1], picture, () => [SALIENT, 0]));
      notes[1].textContent = `occlusion of ${name}: not begun`;
    },
    /** @param {{row: number, column: number, drop: number}[]} drops so far */
    cover(picture, drops, { side, step }, whole) {
      paint(1, () => paintCovered(canvases[1], picture, drops, side, step));
      notes[1].textContent = coveredText(name, drops, step, whole);
    },
  };
}

/** A cell of `step` pixels in the middle of each square that was covered. */
function paintCovered(canvas, picture, drops, side, step) {
  const size = picture.pixels.shape[0];
  const colours = COLOUR.classes.slice(0, 2).map(rgbOf);
  const map = new Float64Array(size * size);
  const largest = Math.max(...drops.map(({ drop }) => Math.abs(drop))) || 1;
  const inset = Math.floor((side - step) / 2);
  for (const { row, column, drop } of drops) {
    for (let i = 0; i < step; i++) {
      const start = (row * step + inset + i) * size + column * step + inset;
      map.fill(drop / largest, start, start + step);
    }
  }
  paintOver(canvas, picture, (place) => [colours[map[place] > 0 ? 1 : 0], 0.9 * Math.abs(map[place])]);
}

/** What covering takes away most on either side: a logit that falls was held up there. */
function coveredText(name, drops, step, whole) {
  const most = drops.reduce((best, one) => (Math.abs(one.drop) > Math.abs(best.drop) ? one : best));
  const [row, column] = [most.row * step + 1, most.column * step + 1];
  return (
    `occlusion of ${name}: its logit is ${numberText(whole)}; with the square at row ${row}, column ${column} ` +
    `it is ${numberText(whole - most.drop)}`
  );
}

/**
 * A picture in dim greys, with colours over it.
 * @param {function(number): [number[], number]} over the colour of a pixel, and how much of it, 0 to 1
 */
function paintOver(canvas, { pixels }, over) {
  const [height, width] = pixels.shape;
  paintPixels(canvas, height, width, (place) => {
    const [red, green, blue] = pixels.data.subarray(3 * place, 3 * place + 3);
    const grey = 20 + 0.5 * (0.299 * red + 0.587 * green + 0.114 * blue);
    const [colour, share] = over(place);
    return colour.map((value) => Math.round(grey + (value - grey) * share));
  });
}

/** The value that BRIGHTEST_SHARE of the numbers reach. */
function brightest(numbers) {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.floor((1 - BRIGHTEST_SHARE) * (sorted.length - 1))] || sorted[sorted.length - 1] || 1;
}
