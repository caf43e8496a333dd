"use strict";
// Pixels become the numbers that a network sees, beside scratchnet/prepared.py.

/**
 * (pixel / 255 − mean) / std of each colour, rounded to float32 after every operation as in NumPy: the networks are to
 * see the very same numbers.
 * @param {IntArray} pixels (size, size, 3) uint8
 * @param {{mean: number[], std: number[]}} statistics (3) each, of the training split: pixels / 255
 * @returns {NDArray} x (1, 3, size, size)
 */
function normalised(pixels, { mean, std }, Type = Float32Array) {
  const [height, width] = pixels.shape;
  const x = zeros([1, 3, height, width], Type);
  for (let c = 0; c < 3; c++) {
    const scale = Math.fround(1 / (255 * std[c]));
    const offset = Math.fround(-mean[c] / std[c]);
    for (let p = 0; p < height * width; p++) {
      x.data[c * height * width + p] = Math.fround(Math.fround(pixels.data[p * 3 + c] * scale) + offset);
    }
  }
  return x;
}
