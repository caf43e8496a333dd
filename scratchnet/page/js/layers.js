"use strict";
// The layers of a network, beside scratchnet/numpy_nn/layers.py: what each computes, and how a gradient flows back.
//
// Every layer keeps one contract. forward(x) -> y remembers what backward(dy) -> dx will need; backward also fills
// grads, which has the keys of params. d<name> is ∂L/∂<name> and has the shape of <name>. Neither changes its
// argument, and the type that comes in goes out. Pictures are (N, C, H, W): number, channels, height, width.
// In NumPy the first layer leaves out dx, for training needs none; here people look at the pixels' gradient.

/**
 * y = x W + b
 *
 * x (N, D), W (D, M), b (M) -> y (N, M)
 * dW = xᵀ dy      db = Σₙ dy[n]      dx = dy Wᵀ
 */
class Linear {
  /**
   * @param {NDArray} W (D, M)
   * @param {NDArray} b (M)
   */
  constructor(W, b) {
    this.params = { W, b };
    this.grads = {};
  }

  forward(x) {
    const { W, b } = this.params;
    if (x.shape.length !== 2 || x.shape[1] !== W.shape[0]) {
      throw new Error(`Linear wants x of shape (N, ${W.shape[0]}), got (${x.shape})`);
    }
    this._x = x;
    const y = matmul(x, W);
    const M = b.data.length;
    for (let k = 0; k < y.data.length; k++) y.data[k] += b.data[k % M];
    return y;
  }

  backward(dy) {
    this.grads = { W: matmul(this._x, dy, { transposeA: true }), b: sumOfRows(dy) };
    return matmul(dy, this.params.W, { transposeB: true });
  }
}

/**
 * y = max(x, 0)      dx = dy · [x > 0]
 *
 * Any shape.
 */
class ReLU {
  constructor() {
    this.params = {};
    this.grads = {};
  }

  forward(x) {
    this._x = x;
    return arrayOf(x.shape, x.data.map((number) => Math.max(number, 0)));
  }

  backward(dy) {
    const x = this._x.data;
    return arrayOf(dy.shape, dy.data.map((number, k) => (x[k] > 0 ? number : 0)));
  }
}

/** y = x with all but the first axis laid end to end: x (N, ...) -> y (N, D)      dx = dy in the shape of x */
class Flatten {
  constructor() {
    this.params = {};
    this.grads = {};
  }

  forward(x) {
    this._shape = x.shape;
    return arrayOf([x.shape[0], sizeOf(x.shape.slice(1))], x.data);
  }

  backward(dy) {
    return arrayOf(this._shape, dy.data);
  }
}

/** x (N, M) -> (M) */
function sumOfRows(x) {
  const [N, M] = x.shape;
  const sums = new Float64Array(M);
  for (let n = 0; n < N; n++) for (let m = 0; m < M; m++) sums[m] += x.data[n * M + m];
  return arrayOf([M], x.data.constructor.from(sums));
}
