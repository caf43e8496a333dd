"use strict";
// What the filters of the convolutions were after every epoch of a training, and how far they had moved.

/**
 * @typedef {{name: string, W: NDArray, b: NDArray | null, largest: number}} Film
 *   name: conv1 or conv2; W (epochs + 1, O, C, kh, kw), b (epochs + 1, O), epoch 0 is before any training; b: null
 *   where the convolution has none;
 *   largest: weight of all epochs, so that all are shown on one scale and one sees them grow
 */

/** @param {Object} side of RUN.networks @returns {Film[]} the first convolution first */
function filmsOf({ filters }) {
  const unpacked = (name) => decodeFloat32(filters[name].base64, filters[name].shape);
  const names = Object.keys(filters).filter((name) => name.endsWith(".W")).map((name) => name.slice(0, -2));
  return names.sort().map((name) => {
    const W = unpacked(`${name}.W`);
    return { name, W, b: filters[`${name}.b`] ? unpacked(`${name}.b`) : null, largest: largestValue(W) };
  });
}

/** One picture of a film, not copied. @param {NDArray} film (epochs + 1, …) @returns {NDArray} (…) */
function atEpoch({ shape: [, ...shape], data }, epoch) {
  const length = shape.reduce((product, side) => product * side, 1);
  return arrayOf(shape, data.subarray(epoch * length, (epoch + 1) * length));
}

/** What training has added since the start: W − W at epoch 0, and the same of b. @param {Film} film @returns {Film} */
function changesOf({ name, W, b }) {
  const added = (film) => {
    const start = atEpoch(film, 0).data;
    return arrayOf(film.shape, film.data.map((w, i) => w - start[i % start.length]));
  };
  const change = added(W);
  return { name, W: change, b: b && added(b), largest: largestValue(change) };
}

/**
 * ‖W − W before‖ / ‖W before‖: how far the filters have moved between two epochs, measured by their own length.
 * @param {Film} film
 */
function moveOf({ W }, before, epoch) {
  const [from, to] = [atEpoch(W, before).data, atEpoch(W, epoch).data];
  let [moved, length] = [0, 0];
  for (let i = 0; i < to.length; i++) {
    moved += (to[i] - from[i]) ** 2;
    length += from[i] ** 2;
  }
  return Math.sqrt(moved / length);
}

/** The filter that training has changed most: the one to look at first. @param {Film} film */
function mostMoved({ W }) {
  const [epochs, count] = W.shape;
  const [start, end] = [atEpoch(W, 0).data, atEpoch(W, epochs - 1).data];
  const moved = new Float64Array(count);
  for (let i = 0; i < end.length; i++) moved[Math.floor((i * count) / end.length)] += (end[i] - start[i]) ** 2;
  return moved.indexOf(Math.max(...moved));
}

/** In words, for those who do not see the maps. @param {Film} film */
function filmText(film, epoch) {
  const { data } = atEpoch(film.W, epoch);
  const [low, high] = data.reduce(([least, most], w) => [Math.min(least, w), Math.max(most, w)], [Infinity, -Infinity]);
  const range = `the weights of ${film.name} lie between ${numberText(low, 2)} and ${numberText(high, 2)}`;
  if (epoch === 0) return `Before training ${range}.`;
  return `After epoch ${epoch} ${range}, and have moved by ${percentText(moveOf(film, 0, epoch))} of their length.`;
}
