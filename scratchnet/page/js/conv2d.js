"use strict";
// The convolution, as one matrix product for each picture: beside Conv2d in scratchnet/numpy_nn/layers.py.

const PADDING = 1; // zeros on every side, so that a kernel of 3 × 3 leaves a picture as large as it is

/**
 * y[n, o, r, s] = b[o] + Σ_{c, i, j} W[o, c, i, j] · x̂[n, c, r + i, s + j]
 *
 * x (N, C, H, W), W (O, C, 3, 3), b (O) -> y (N, O, H, W); x̂ is x with one zero on every side.
 *
 * Column p of X̂ (K, P) lists the K = C · 3 · 3 numbers that output pixel p sees, P = H · W, and W is read as (O, K):
 *     Y = W X̂ + b      dW = Σₙ dYₙ X̂ₙᵀ      db = Σ_{n, p} dYₙ      dX̂ = Wᵀ dY
 * dx adds up the entries of dX̂ wherever they were copied from, for a number seen k times has k gradients.
 */
class Conv2d {
  /**
   * @param {NDArray} W (O, C, 3, 3)
   * @param {NDArray} b (O)
   */
  constructor(W, b) {
    if (W.shape.length !== 4 || W.shape[2] !== 3 || W.shape[3] !== 3) {
      throw new Error(`Conv2d wants W of shape (O, C, 3, 3), got (${W.shape})`);
    }
    this.params = { W, b };
    this.grads = {};
  }

  forward(x) {
    const { b } = this.params;
    const W = this._matrix();
    const [N, C, height, width] = x.shape;
    if (x.shape.length !== 4 || C !== this.params.W.shape[1]) {
      throw new Error(`Conv2d wants x of shape (N, ${this.params.W.shape[1]}, H, W), got (${x.shape})`);
    }
    const [O, P] = [W.shape[0], height * width];
    const y = zeros([N, O, height, width], x.data.constructor);
    this._shape = x.shape;
    this._cols = []; // of each picture (K, P)
    for (let n = 0; n < N; n++) {
      const cols = im2col(pictureOf(x, n));
      const Y = matmul(W, cols).data; // (O, K) (K, P) -> (O, P)
      for (let k = 0; k < Y.length; k++) y.data[n * O * P + k] = Y[k] + b.data[Math.floor(k / P)];
      this._cols.push(cols);
    }
    return y;
  }

  backward(dy) {
    const [N, C, height, width] = this._shape;
    const W = this._matrix();
    const [O, P] = [W.shape[0], height * width];
    const dW = zerosLike(this.params.W);
    const db = zerosLike(this.params.b);
    const dx = zeros(this._shape, dy.data.constructor);
    for (let n = 0; n < N; n++) {
      const dY = arrayOf([O, P], pictureOf(dy, n).data);
      const ofThisPicture = matmul(dY, this._cols[n], { transposeB: true }).data; // (O, P) (P, K) -> (O, K)
      for (let k = 0; k < dW.data.length; k++) dW.data[k] += ofThisPicture[k];
      for (let o = 0; o < O; o++) db.data[o] += dY.data.subarray(o * P, (o + 1) * P).reduce((sum, d) => sum + d, 0);
      const dcols = matmul(W, dY, { transposeA: true }); // (K, O) (O, P) -> (K, P)
      dx.data.set(col2im(dcols, [C, height, width]).data, n * C * P);
    }
    this.grads = { W: dW, b: db };
    return dx;
  }

  /** W as (O, K) */
  _matrix() {
    const { W } = this.params;
    return arrayOf([W.shape[0], sizeOf(W.shape.slice(1))], W.data);
  }
}

/** x (N, C, H, W) -> a view (C, H, W) of picture n */
function pictureOf(x, n) {
  const shape = x.shape.slice(1);
  return arrayOf(shape, x.data.subarray(n * sizeOf(shape), (n + 1) * sizeOf(shape)));
}

/**
 * Column p lists the numbers that output pixel p sees; zeros beyond the edge.
 * @param {NDArray} x (C, H, W)
 * @returns {NDArray} (C · 3 · 3, H · W)
 */
function im2col(x) {
  const [C, height, width] = x.shape;
  const cols = zeros([C * 9, height * width], x.data.constructor);
  forEachRun(x.shape, (inX, inCols, length) => cols.data.set(x.data.subarray(inX, inX + length), inCols));
  return cols;
}

/**
 * What im2col copied goes back to where it came from, and is added up there.
 * @param {NDArray} cols (C · 3 · 3, H · W)
 * @returns {NDArray} of the shape (C, H, W)
 */
function col2im(cols, shape) {
  const sums = new Float64Array(sizeOf(shape));
  forEachRun(shape, (inX, inCols, length) => {
    for (let k = 0; k < length; k++) sums[inX + k] += cols.data[inCols + k];
  });
  return arrayOf(shape, cols.data.constructor.from(sums));
}

/**
 * At each place (i, j) of the kernel, every row of the picture is seen by the output shifted: a run of neighbours in x
 * is a run of neighbours in X̂.
 * @param {number[]} shape (C, H, W)
 * @param {(inX: number, inCols: number, length: number) => void} visit where a run begins in both, and its length
 */
function forEachRun([C, height, width], visit) {
  for (let c = 0; c < C; c++) {
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const [down, right] = [i - PADDING, j - PADDING];
        const first = Math.max(0, -right); // column of the output that sees the picture, not the zeros beside it
        const row = (c * 3 + i) * 3 + j;
        for (let r = Math.max(0, -down); r < height - Math.max(0, down); r++) {
          const inX = (c * height + r + down) * width + first + right;
          visit(inX, (row * height + r) * width + first, width - Math.abs(right));
        }
      }
    }
  }
}
