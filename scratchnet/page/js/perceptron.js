"use strict";
// A perceptron of the run, as it was after each epoch, with the points that it learned from.

/**
 * @typedef {{x: NDArray, labels: NDArray | IntArray}} PointSet
 *   x (N, D); labels (N), the classes, or (N, 1), the numbers that a regression shall answer
 * @typedef {{w: number[], b: number, v: number[]}} HiddenUnit
 *   answers h = max(0, w · x + b), w (D), and adds v h, v (K), to what the network answers
 */

class RecordedPerceptron {
  /** @param {Object} record RUN.perceptrons[TASK] */
  constructor(record) {
    const { inputs, outputs, kind, settings, loss, results, weights } = record;
    Object.assign(this, { inputs, outputs, settings, loss, results, least: record.least_loss });
    this.isRegression = kind === "regression";
    this.train = this._points(record.train);
    this.val = this._points(record.val);
    const decoded = ([name, { shape, base64 }]) => [name, decodeFloat32(base64, shape)];
    this._weights = Object.fromEntries(Object.entries(weights).map(decoded));
    this.epochs = this._weights["fc1.W"].shape[0] - 1;
  }

  /** @returns {Object<string, NDArray>} by name, before the first epoch (0) or after epoch 1, 2, ...; not copies */
  params(epoch) {
    const after = ([name, { shape: [, ...shape], data }]) => {
      const length = sizeOf(shape);
      return [name, arrayOf(shape, data.subarray(epoch * length, (epoch + 1) * length))];
    };
    return Object.fromEntries(Object.entries(this._weights).map(after));
  }

  /** @returns {Network} as it was after an epoch */
  network(epoch) {
    const params = this.params(epoch);
    const fc1 = new Linear(params["fc1.W"], params["fc1.b"]);
    const fc2 = new Linear(params["fc2.W"], params["fc2.b"]);
    return new Network(new Map(Object.entries({ fc1, relu1: new ReLU(), fc2 })));
  }

  get lossFunction() {
    return this.isRegression ? new MeanSquaredError() : new SoftmaxCrossEntropy();
  }

  _points({ x, labels }) {
    const { shape, base64 } = labels;
    const decoded = this.isRegression ? decodeFloat32(base64, shape) : { shape, data: decodeUint8(base64) };
    return { x: decodeFloat32(x.base64, x.shape), labels: decoded };
  }
}

/** @returns {HiddenUnit[]} all hidden units of a two-layer perceptron */
function hiddenUnits(network) {
  const { "fc1.W": W, "fc1.b": b, "fc2.W": V } = network.params;
  const [D, H] = W.shape;
  const K = V.shape[1];
  return Array.from({ length: H }, (_, h) => ({
    w: Array.from({ length: D }, (_, d) => W.data[d * H + h]),
    b: b.data[h],
    v: Array.from({ length: K }, (_, k) => V.data[h * K + k]),
  }));
}

/** w · x + b, before the ReLU. @param {HiddenUnit} unit @param {ArrayLike<number>} x (D) */
function beforeReLU({ w, b }, x) {
  return w.reduce((sum, wd, d) => sum + wd * x[d], b);
}

/** By how much the slope of the answer changes at the unit's fold: of one number, or of how far logits are apart. */
function bendOf({ w, v }) {
  return Math.hypot(...w) * (v.length === 1 ? v[0] : Math.max(...v) - Math.min(...v));
}

/** Which unit bends the answer most. @param {HiddenUnit[]} units */
function strongestUnit(units) {
  return largestOf(units.map((unit) => Math.abs(bendOf(unit))));
}

/**
 * What network.forward answers on a square grid, many times as fast: w · x = w₁ x₁ + w₂ x₂ needs each product only once
 * for a whole row or column.
 * @param {Network} network of two inputs
 * @param {Float64Array} middles (cells), the numbers along both axes
 * @returns {NDArray} (cells², K), row by row from the lowest x₂, as points.square_grid has them
 */
function logitsOnGrid(network, middles) {
  const { "fc1.W": W, "fc1.b": b, "fc2.W": V, "fc2.b": c } = network.params;
  const [H, K] = V.shape;
  const cells = middles.length;
  const logits = zeros([cells * cells, K], Float64Array);
  for (let n = 0; n < logits.data.length; n++) logits.data[n] = c.data[n % K];
  for (let h = 0; h < H; h++) {
    const across = middles.map((x1) => W.data[h] * x1);
    const [first, step] = W.data[h] > 0 ? [cells - 1, -1] : [0, 1]; // from the side where the unit speaks most
    for (let row = 0; row < cells; row++) {
      const upwards = W.data[H + h] * middles[row] + b.data[h];
      for (let column = first; across[column] + upwards > 0; column += step) {
        const at = (row * cells + column) * K;
        for (let k = 0; k < K; k++) logits.data[at + k] += V.data[h * K + k] * (across[column] + upwards);
      }
    }
  }
  return logits;
}
