"use strict";
// Pillow's resize with Resampling.HAMMING, for pictures of 8 bits: the same whole numbers, the same rounding
// (https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c). A canvas resizes otherwise.
//
// Each output pixel is a weighted mean of the pixels around its place: first along the rows, then along the columns, or
// the other way round where a tall picture is the smaller for it. In between the means are rounded to 8 bits.
// The filter is a bell as wide as the step from one output pixel to the next on either side, so nothing is skipped.

const WEIGHT_BITS = 22; // weights are whole numbers, in units of 2⁻²²

/** 1 at 0, 0 from 1 on, on either side: a sinc under Hamming's window. Its constants were floats in C. */
function hammingFilter(x) {
  if (x === 0) return 1;
  if (Math.abs(x) >= 1) return 0;
  const angle = Math.abs(x) * Math.PI;
  return (Math.sin(angle) / angle) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(angle));
}

/**
 * What each output pixel of a row takes from the input: from pixel `start` on, so many in units of 2⁻²².
 * @param {number} length of the row that comes in
 * @param {number} size of the row that goes out
 * @param {number} extent how much of the row counts: it may end inside its last pixel
 * @returns {{start: number, weights: Int32Array}[]} (size)
 */
function hammingWeights(length, size, extent = length) {
  const step = Math.fround(extent) / size;
  const reach = Math.max(step, 1);
  return Array.from({ length: size }, (_, place) => {
    const centre = (place + 0.5) * step;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(length, Math.trunc(centre + reach + 0.5));
    const raw = Array.from({ length: end - start }, (_, k) => hammingFilter((k + start - centre + 0.5) * (1 / reach)));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { start, weights: Int32Array.from(raw, (weight) => Math.trunc((weight / sum) * 2 ** WEIGHT_BITS + 0.5)) };
  });
}

/**
 * Weighted means of neighbours along one line of pixels, of three colours each.
 * @param {Uint8Array | Uint8ClampedArray} pixels
 * @param {number} offset where the line's first pixel stands in `pixels`
 * @param {number} stride from one of its pixels to the next
 * @param {Uint8Array} out
 * @param {number} outOffset
 * @param {number} outStride
 */
function squashLine(pixels, offset, stride, taken, out, outOffset, outStride) {
  for (let place = 0; place < taken.length; place++) {
    const { start, weights } = taken[place];
    let red = 1 << (WEIGHT_BITS - 1); // rounds to the nearest
    let green = red;
    let blue = red;
    let at = offset + start * stride;
    for (let k = 0; k < weights.length; k++, at += stride) {
      const weight = weights[k];
      red += pixels[at] * weight;
      green += pixels[at + 1] * weight;
      blue += pixels[at + 2] * weight;
    }
    const to = outOffset + place * outStride;
    out[to] = red >> WEIGHT_BITS;
    out[to + 1] = green >> WEIGHT_BITS;
    out[to + 2] = blue >> WEIGHT_BITS;
  }
}

/**
 * Pictures too large to hold at once come in strips of rows. Each row is squashed as it comes, and the columns at the
 * end; of a tall picture each row is added to the means of its columns as it comes, and the rows are squashed at the end.
 */
class HammingSquash {
  /**
   * @param {number} height
   * @param {number} width
   * @param {number} size of the square that the picture becomes
   * @param {{height: number, width: number}} extent how much of it counts
   */
  constructor(height, width, size, extent = { height, width }) {
    this._size = size;
    this._across = hammingWeights(width, size, extent.width);
    this._down = hammingWeights(height, size, extent.height);
    this._row = 0; // the next to come
    this._columnsFirst = height - size > 2 * Math.max(width - size, 0); // Pillow's rule
    if (this._columnsFirst) this._sums = new Int32Array(size * width * 3).fill(1 << (WEIGHT_BITS - 1)); // (size, width, 3)
    else this._narrow = new Uint8Array(height * size * 3); // (height, size, 3)
  }

  /**
   * The next rows from the top.
   * @param {{shape: number[], data: Uint8Array | Uint8ClampedArray}} strip (rows, width, 3), or 4 with alpha, unread
   */
  add({ shape: [rows, width, channels], data }) {
    for (let row = 0; row < rows; row++, this._row++) {
      const line = data.subarray(row * width * channels, (row + 1) * width * channels);
      if (this._columnsFirst) this._addToColumns(line, width, channels);
      else squashLine(line, 0, channels, this._across, this._narrow, this._row * this._size * 3, 3);
    }
  }

  _addToColumns(line, width, channels) {
    this._down.forEach(({ start, weights }, place) => {
      const weight = weights[this._row - start];
      if (!weight) return; // this row does not count here
      for (let column = 0, to = place * width * 3, at = 0; column < width; column++, to += 3, at += channels) {
        for (let colour = 0; colour < 3; colour++) this._sums[to + colour] += line[at + colour] * weight;
      }
    });
  }

  /** @returns {IntArray} (size, size, 3) uint8 */
  finished() {
    const size = this._size;
    const pixels = zeros([size, size, 3], Uint8Array);
    const low = this._columnsFirst ? Uint8Array.from(this._sums, (sum) => sum >> WEIGHT_BITS) : null; // (size, width, 3)
    for (let k = 0; k < size; k++) {
      if (low) squashLine(low, (k * low.length) / size, 3, this._across, pixels.data, k * size * 3, 3);
      else squashLine(this._narrow, k * 3, size * 3, this._down, pixels.data, k * 3, size * 3);
    }
    return pixels;
  }
}

/**
 * @param {IntArray} image (H, W, 3) uint8
 * @returns {IntArray} (size, size, 3) uint8
 */
function hamming(image, size) {
  const squash = new HammingSquash(image.shape[0], image.shape[1], size);
  squash.add(image);
  return squash.finished();
}
