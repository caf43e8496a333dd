"use strict";
// How one gradient is made of those of the next layer: the chain rule, number by number.

/**
 * @typedef {{layer: string, index: number}} Place where a number stands: index in the data of the layer's output
 * @typedef {{rule: "start", sum: number}
 *   | {rule: "conv", next: string, sum: number,
 *       filters: {o: number, dy: number[], K: number[], sum: number, from: Place}[]}
 *   | {rule: "relu", next: string, x: number, dy: number, from: Place, sum: number}
 *   | {rule: "pool", next: string, window: {x: number, here: boolean, won: boolean}[], dy: number, from: Place | null,
 *       sum: number}
 *   | {rule: "norm", next: string, gamma: number, s: number, dy: number, from: Place, sum: number}
 *   | {rule: "mean", next: string, count: number, dy: number, from: Place, sum: number}
 *   | {rule: "told", next: string, told: string, sum: number}
 *   | {rule: "linear", next: string, units: {unit: number, dy: number, w: number, sum: number, from: Place}[],
 *       sum: number}} GradientSum
 *   next: the layer through which the gradient came; from: the gradient of the next layer that it came from
 */

/**
 * @param {Network} network
 * @param {{layers: Object<string, NDArray>, winners: Object<string, Int32Array>}} answers see answersOf()
 * @param {Object<string, NDArray>} gradients see Network.gradients
 * @param {Place} place
 * @returns {GradientSum}
 */
function gradientSum(network, answers, gradients, { layer, index }) {
  const names = [...network.layers.keys()].filter((name) => name !== "flatten"); // it only lays numbers end to end
  const next = layer === "x" ? names[0] : names[names.indexOf(layer) + 1];
  if (next === undefined) return { rule: "start", sum: gradients[layer].data[index] };
  const through = network.layers.get(next);
  const dy = gradients[next];
  const x = answers.layers[layer];
  if (through instanceof Conv2d) return throughConv(next, through.params.W, dy, x.shape, index);
  if (through instanceof ReLU) return throughReLU(next, x.data[index], dy.data[index], index);
  if (through instanceof MaxPool2d) return throughPool(next, answers.winners[next], x, dy, index);
  if (through instanceof Linear) return throughLinear(next, through.params.W, dy, index);
  return throughDeep(next, through, x.shape, dy, { index, sum: gradients[layer].data[index] });
}

/** dx[c, i, j] = Σₒ Σ_{u, v} dy[o, i + u, j + v] · K[u, v]: K is W[o, c] turned by half a turn. */
function throughConv(next, W, { data: dy }, [, C, height, width], index) {
  const P = height * width;
  const [c, i, j] = [Math.floor(index / P), Math.floor((index % P) / width), index % width];
  const filters = Array.from({ length: W.shape[0] }, (_, o) => {
    const kernel = Array.from(W.data.subarray((o * C + c) * 9, (o * C + c + 1) * 9)).reverse();
    const window = kernel.map((_, k) => {
      const [row, column] = [i + Math.floor(k / 3) - 1, j + (k % 3) - 1];
      return row < 0 || column < 0 || row >= height || column >= width ? 0 : dy[o * P + row * width + column];
    });
    const sum = window.reduce((total, d, k) => total + d * kernel[k], 0);
    return { o, dy: window, K: kernel, sum, from: { layer: next, index: o * P + i * width + j } };
  });
  return { rule: "conv", next, filters, sum: totalOf(filters) };
}

/** dx = dy · [x > 0] */
function throughReLU(next, x, dy, index) {
  return { rule: "relu", next, x, dy, from: { layer: next, index }, sum: x > 0 ? dy : 0 };
}

/** dx is dy at the winner of each window, and 0 elsewhere. */
function throughPool(next, winners, x, { shape, data: dy }, index) {
  const [height, width] = x.shape.slice(2);
  const [rows, columns] = shape.slice(2);
  const P = height * width;
  const [c, i, j] = [Math.floor(index / P), Math.floor((index % P) / width), index % width];
  const [r, s] = [Math.floor(i / 2), Math.floor(j / 2)];
  if (r >= rows || s >= columns) return { rule: "pool", next, window: [], dy: 0, from: null, sum: 0 };
  const place = (c * rows + r) * columns + s;
  const corner = (c * height + 2 * r) * width + 2 * s;
  const window = [corner, corner + 1, corner + width, corner + width + 1].map((at) => ({
    x: x.data[at],
    here: at === index,
    won: at === winners[place],
  }));
  const sum = winners[place] === index ? dy[place] : 0;
  return { rule: "pool", next, window, dy: dy[place], from: { layer: next, index: place }, sum };
}

/** dx[d] = Σₘ dy[m] · W[d, m] */
function throughLinear(next, W, { data: dy }, d) {
  const M = W.shape[1];
  const units = Array.from(dy, (dyUnit, unit) => {
    const w = W.data[d * M + unit];
    return { unit, dy: dyUnit, w, sum: dyUnit * w, from: { layer: next, index: unit } };
  });
  return { rule: "linear", next, units, sum: totalOf(units) };
}

function totalOf(terms) {
  return terms.reduce((total, { sum }) => total + sum, 0);
}
