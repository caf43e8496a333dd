"use strict";
// How alike two maps are in what they put first: Spearman's rank correlation, as arXiv:1810.03292 compares maps.

/**
 * @param {ArrayLike<number>} one
 * @param {ArrayLike<number>} other of the same length
 * @returns {number} 1: the same order, 0: no relation, −1: the opposite order; NaN where one of them is flat
 */
function rankCorrelation(one, other) {
  const [a, b] = [ranksOf(one), ranksOf(other)];
  const middle = (a.length + 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    ab += (a[k] - middle) * (b[k] - middle);
    aa += (a[k] - middle) ** 2;
    bb += (b[k] - middle) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** From 1, the smallest, on; equal numbers share the mean of their ranks. @returns {Float64Array} */
function ranksOf(numbers) {
  const order = Uint32Array.from(numbers, (_, k) => k).sort((a, b) => numbers[a] - numbers[b]);
  const ranks = new Float64Array(order.length);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && numbers[order[end]] === numbers[order[first]]) end++;
    for (let k = first; k < end; k++) ranks[order[k]] = (first + 1 + end) / 2;
    first = end;
  }
  return ranks;
}
