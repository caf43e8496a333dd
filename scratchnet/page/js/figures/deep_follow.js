"use strict";
// The same for the layers of a deep network: which number of the next step goes on from one, and which came before it.

/** The place of a step, among those that see (row, column) of the step before, that lies as it lies. */
function nearestOf({ top, left, height, width }, step, row, column) {
  const { stride } = reachOf(step);
  const within = (place, first, count) => Math.min(first + count - 1, Math.max(first, Math.floor(place / stride)));
  return { row: within(row, top, height), column: within(column, left, width) };
}

/** The place in the middle of what a number sees of the step before, within its edges. */
function middleSeen(step, k) {
  const { row, column } = stepPlace(step, k);
  const { stride } = reachOf(step);
  const { height, width } = step.before;
  return { row: Math.min(height - 1, stride * row), column: Math.min(width - 1, stride * column) };
}

/** By the next step's kind: its number that number k of a step matters for most, as far as a weight can say. */
const DEEP_NEXT = {
  norm: (step, k) => k,
  mean: (step, k) => stepPlace(step, k).map,
  block(step, k, users) {
    const { next } = step;
    const { map, row, column } = stepPlace(step, k);
    const { conv_short } = next.layer.shortcut;
    const weightsOfMap = (W) => W.data.filter((_, at) => at % step.maps === map); // of W (O, C, 1, 1)
    const to = conv_short ? (furthestFromZero(weightsOfMap(conv_short.params.W), 1)[0] ?? 0) : map;
    return stepIndex(next, { map: to, ...nearestOf(users, next, row, column) });
  },
};

/** By the step's kind: the number of the step before that its number k mostly came from. */
const DEEP_BEFORE = {
  norm: (step, k) => k,
  mean(step, k, answers) {
    const { before } = step;
    const P = before.height * before.width;
    return k * P + (furthestFromZero(stepNumbers(before, answers).subarray(k * P, (k + 1) * P), 1)[0] ?? 0);
  },
  block(step, k, answers) {
    const { before, layer } = step;
    const { map } = stepPlace(step, k);
    const place = middleSeen(step, k);
    const { conv_short } = layer.shortcut;
    if (!conv_short) return stepIndex(before, { map, ...place });
    const numbers = stepNumbers(before, answers);
    const { data } = conv_short.params.W;
    const product = (_, c) => data[map * before.maps + c] * numbers[stepIndex(before, { map: c, ...place })];
    const products = Array.from({ length: before.maps }, product);
    return stepIndex(before, { map: furthestFromZero(products, 1)[0] ?? 0, ...place });
  },
};
