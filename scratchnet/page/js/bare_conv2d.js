"use strict";
// The convolution of a deep network: without b, of any kernel and stride. Beside _bare_conv in numpy_nn/networks.py.

/**
 * y[n, o, r, s] = Σ_{c, i, j} W[o, c, i, j] · x̂[n, c, stride·r + i, stride·s + j]
 *
 * x (N, C, H, W), W (O, C, k, k) -> y (N, O, R, S); x̂ is x with ⌊(k − 1) / 2⌋ zeros on every side. So stride 1 keeps
 * the size of a picture where k is odd, and stride 2 halves it. A batch norm comes after it, which would take b away.
 *
 * Row p of X̂ (P, K) lists the K = C · k · k numbers that output pixel p sees, P = R · S, and W is read as (O, K):
 *     Y = W X̂ᵀ      dW = Σₙ dYₙ X̂ₙ      dX̂ = dYᵀ W
 * dx adds up the entries of dX̂ wherever they were copied from.
 */
class BareConv2d {
  /** @param {NDArray} W (O, C, k, k) */
  constructor(W, stride = 1) {
    const [, , height, width] = W.shape;
    if (W.shape.length !== 4 || height !== width) {
      throw new Error(`BareConv2d wants W of shape (O, C, k, k), got (${W.shape})`);
    }
    this.params = { W };
    this.grads = {};
    Object.assign(this, { kernel: height, stride, padding: (height - 1) >> 1 });
  }

  forward(x) {
    const [O, C] = this.params.W.shape;
    const [N, , height, width] = x.shape;
    if (x.shape.length !== 4 || x.shape[1] !== C) {
      throw new Error(`BareConv2d wants x of shape (N, ${C}, H, W), got (${x.shape})`);
    }
    const [rows, columns] = [this._side(height), this._side(width)];
    const y = zeros([N, O, rows, columns], x.data.constructor);
    const W = Float64Array.from(this.params.W.data);
    this._shape = x.shape;
    this._seen = []; // of each picture (P, K)
    for (let n = 0; n < N; n++) {
      const seen = this._windows(pictureOf(x, n), rows, columns);
      y.data.set(rowProducts(W, seen, W.length / O), n * O * rows * columns); // (O, K) (P, K) -> (O, P)
      this._seen.push(seen);
    }
    return y;
  }

  backward(dy) {
    const [N, O, rows, columns] = dy.shape;
    const [P, K] = [rows * columns, this.params.W.data.length / O];
    const Wt = transposed(this.params.W.data, O, K);
    const dW = new Float64Array(O * K);
    const dx = zeros(this._shape, dy.data.constructor);
    for (let n = 0; n < N; n++) {
      const { data } = pictureOf(dy, n);
      const ofThisPicture = rowProducts(Float64Array.from(data), transposed(this._seen[n], P, K), P); // -> (O, K)
      for (let k = 0; k < dW.length; k++) dW[k] += ofThisPicture[k];
      const dSeen = rowProducts(transposed(data, O, P), Wt, O); // (P, O) (K, O) -> (P, K)
      this._addWindows(pictureOf(dx, n), dSeen, rows, columns);
    }
    this.grads = { W: arrayOf(this.params.W.shape, dy.data.constructor.from(dW)) };
    return dx;
  }

  /** How many windows fit along a side. */
  _side(length) {
    return Math.floor((length + 2 * this.padding - this.kernel) / this.stride) + 1;
  }

  /** x (C, H, W) -> (P, K), in doubles; zeros beyond the edge */
  _windows(x, rows, columns) {
    const seen = new Float64Array(rows * columns * x.shape[0] * this.kernel ** 2);
    this._forEachRun(x.shape, rows, columns, (inX, inSeen, length) => {
      for (let j = 0; j < length; j++) seen[inSeen + j] = x.data[inX + j];
    });
    return seen;
  }

  /** What _windows copied goes back to where it came from, and is added up there, in doubles. */
  _addWindows(dx, dSeen, rows, columns) {
    const sums = new Float64Array(dx.data.length);
    this._forEachRun(dx.shape, rows, columns, (inX, inSeen, length) => {
      for (let j = 0; j < length; j++) sums[inX + j] += dSeen[inSeen + j];
    });
    dx.data.set(sums);
  }

  /** Each row of each window, as far as it is within the picture: where it begins in both, and its length. */
  _forEachRun([C, height, width], rows, columns, visit) {
    const { kernel, stride, padding } = this;
    const K = C * kernel * kernel;
    for (let r = 0; r < rows; r++) {
      for (let s = 0; s < columns; s++) {
        const start = (r * columns + s) * K;
        const [top, left] = [stride * r - padding, stride * s - padding];
        const [firstI, endI] = [Math.max(0, -top), Math.min(kernel, height - top)];
        const [firstJ, endJ] = [Math.max(0, -left), Math.min(kernel, width - left)];
        for (let c = 0; c < C; c++) {
          for (let i = firstI; i < endI; i++) {
            const inX = (c * height + top + i) * width + left + firstJ;
            visit(inX, start + (c * kernel + i) * kernel + firstJ, endJ - firstJ);
          }
        }
      }
    }
  }
}
