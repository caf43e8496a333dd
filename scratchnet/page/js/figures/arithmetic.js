"use strict";
// The sums behind one number of a layer, taken apart again: every product, in doubles.

/**
 * @param {Conv2d | BareConv2d} layer
 * @param {NDArray} x (1, C, H, W), what it saw
 * @param {{map: number, row: number, column: number}} place of the number
 * @returns {{channels: {window: number[], kernel: number[], products: number[], outside: boolean[], sum: number}[],
 *   bias: number | null, total: number}} of each channel as many as the kernel has, row by row; outside: the zeros beyond
 *   the edge; bias: null where the layer has none
 */
function convolutionSums({ params: { W, b }, kernel: side = 3, stride = 1, padding = 1 }, x, { map, row, column }) {
  const [, C, height, width] = x.shape;
  const size = side * side;
  const [top, left] = [stride * row - padding, stride * column - padding];
  const channels = Array.from({ length: C }, (_, c) => {
    const cells = Array.from({ length: size }, (_, place) => [top + Math.floor(place / side), left + (place % side)]);
    const outside = cells.map(([r, s]) => r < 0 || s < 0 || r >= height || s >= width);
    const window = cells.map(([r, s], place) => (outside[place] ? 0 : x.data[(c * height + r) * width + s]));
    const kernel = Array.from(W.data.subarray((map * C + c) * size, (map * C + c + 1) * size));
    const products = window.map((seen, place) => seen * kernel[place]);
    return { window, kernel, products, outside, sum: sumOfNumbers(products) };
  });
  const bias = b ? b.data[map] : null;
  return { channels, bias, total: (bias ?? 0) + sumOfNumbers(channels.map(({ sum }) => sum)) };
}

/**
 * @param {{params: {W: NDArray, b: NDArray}}} layer a Linear
 * @param {ArrayLike<number>} x (D), what it saw
 * @param {number} k which of its units
 * @param {number} shown how many terms are named
 * @returns {{terms: {place: number, x: number, w: number, product: number}[], rest: {count: number, zeros: number,
 *   sum: number}, bias: number, total: number, products: Float64Array}} terms: those furthest from 0, the furthest
 *   first; rest: all others; products (D)
 */
function linearSums({ params: { W, b } }, x, k, shown) {
  const [D, M] = W.shape;
  const products = Float64Array.from(x, (number, d) => number * W.data[d * M + k]);
  const places = furthestFromZero(products, shown);
  const named = new Set(places);
  const others = products.filter((_, d) => !named.has(d));
  const zeros = others.filter((product) => product === 0).length;
  const rest = { count: D - places.length, zeros, sum: sumOfNumbers(others) };
  const terms = places.map((d) => ({ place: d, x: x[d], w: W.data[d * M + k], product: products[d] }));
  return { terms, rest, bias: b.data[k], total: b.data[k] + sumOfNumbers(products), products };
}

/** The places of the `count` numbers that are furthest from 0, the furthest first; zeros are left out. */
function furthestFromZero(numbers, count) {
  const best = []; // in order; one pass, for there may be 16,384 of them
  for (let place = 0; place < numbers.length; place++) {
    const size = Math.abs(numbers[place]);
    if (size === 0 || (best.length === count && size <= Math.abs(numbers[best[count - 1]]))) continue;
    const at = best.findIndex((other) => Math.abs(numbers[other]) < size);
    best.splice(at === -1 ? best.length : at, 0, place);
    if (best.length > count) best.pop();
  }
  return best;
}

function sumOfNumbers(numbers) {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

/** How many decimals numbers are shown with that are to add up: enough for the largest, and for the eye. */
function decimalsFor(largest) {
  if (largest >= 10) return 3;
  return largest >= 0.1 ? 4 : 6;
}

/** −0.1234, always with so many decimals */
function fixedText(number, decimals) {
  const text = Math.abs(number).toFixed(decimals);
  return number < 0 && Number(text) !== 0 ? `−${text}` : text;
}
