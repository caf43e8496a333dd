"use strict";
// How far a number sees into the maps before it, layer by layer: a convolution, a pool, and what a deep network has.

const DEEP_KINDS = { norm: BatchNorm2d, block: Residual, mean: GlobalAveragePool2d };

/**
 * A number in row r sees the rows from stride · r − padding on, `size` of them, and so with its column.
 * @param {Step} step
 * @returns {{size: number, stride: number, padding: number, own: boolean} | null} own: it sees its own map alone;
 *   null: a number of this step sees no such window
 */
function reachOf({ kind, layer }) {
  if (kind === "pool") return { size: 2, stride: 2, padding: 0, own: true };
  if (kind === "norm") return { size: 1, stride: 1, padding: 0, own: true };
  if (kind === "convolution") {
    const { kernel = 3, stride = 1, padding = 1 } = layer;
    return { size: kernel, stride, padding, own: false };
  }
  if (kind !== "block") return null;
  const { stride } = layer.layers.conv1; // two convolutions of 3 × 3, one after the other
  return { size: 3 + 2 * stride, stride, padding: 1 + stride, own: false };
}

/** What a part of a step's maps sees of the step before. @param {Region} part @returns {Region} */
function regionSeen(step, { map, top, left, height, width }) {
  const { size, stride, padding, own } = reachOf(step);
  const length = (count) => stride * (count - 1) + size;
  const corner = { top: stride * top - padding, left: stride * left - padding };
  return { map: own ? map : null, ...corner, height: length(height), width: length(width) };
}

/** The part of a step's maps that sees one place of the step before, edges not yet cut. @returns {Region} */
function regionThatSees(step, { map, row, column }) {
  const { size, stride, padding, own } = reachOf(step);
  const [first, left] = [row, column].map((place) => Math.ceil((place + padding - size + 1) / stride));
  const [last, right] = [row, column].map((place) => Math.floor((place + padding) / stride));
  return { map: own ? map : null, top: first, left, height: last - first + 1, width: right - left + 1 };
}
