"use strict";
// The pool, beside MaxPool2d in scratchnet/numpy_nn/layers.py.

/**
 * y[n, c, r, s] = max_{0 ≤ i, j < size} x[n, c, size·r + i, size·s + j]
 *
 * x (N, C, H, W) -> y (N, C, ⌊H / size⌋, ⌊W / size⌋); rows and columns left over at the edge are not read.
 * dx is dy at the one pixel of each window that won, and 0 elsewhere. Of equal pixels the first in row-major order wins.
 *
 * winners: for each number of y, where in x.data the pixel stands that won.
 */
class MaxPool2d {
  constructor(size) {
    this.params = {};
    this.grads = {};
    this._size = size;
  }

  forward(x) {
    const size = this._size;
    const [N, C, height, width] = x.shape;
    const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
    if (x.shape.length !== 4 || rows < 1 || columns < 1) {
      throw new Error(`a pool of ${size} wants pictures (N, C, H, W) at least as large, got (${x.shape})`);
    }
    const y = zeros([N, C, rows, columns], x.data.constructor);
    this._shape = x.shape;
    this.winners = new Int32Array(y.data.length);
    let place = 0;
    for (let plane = 0; plane < N * C; plane++) {
      for (let r = 0; r < rows; r++) {
        for (let s = 0; s < columns; s++, place++) {
          const winner = firstLargest(x.data, (plane * height + size * r) * width + size * s, size, width);
          this.winners[place] = winner;
          y.data[place] = x.data[winner];
        }
      }
    }
    return y;
  }

  backward(dy) {
    const dx = zeros(this._shape, dy.data.constructor);
    for (let place = 0; place < dy.data.length; place++) dx.data[this.winners[place]] = dy.data[place];
    return dx;
  }
}

/** Where the largest number of a window stands that begins at `corner`; of equal ones the first. */
function firstLargest(numbers, corner, size, width) {
  let winner = corner;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const pixel = corner + i * width + j;
      if (numbers[pixel] > numbers[winner]) winner = pixel;
    }
  }
  return winner;
}
