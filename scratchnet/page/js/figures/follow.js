"use strict";
// From one number to the one that belongs to it in another step: where it goes next, and where it mostly came from.

/**
 * The number of the next step that number k matters for most.
 * @param {Step} step
 * @param {Region} users see stepUsers
 * @returns {number} a Linear's unit, or a convolution's filter, with the weight for it that is furthest from 0; or the
 *   only number that sees it
 */
function nextUnit(step, k, users) {
  const { next } = step;
  const { map, row, column } = stepPlace(step, k);
  if (next.kind in DEEP_NEXT) return DEEP_NEXT[next.kind](step, k, users);
  if (next.kind === "linear") {
    const M = stepCount(next);
    return furthestFromZero(next.layer.params.W.data.subarray(k * M, (k + 1) * M), 1)[0] ?? 0;
  }
  if (next.kind === "convolution") {
    const { data, shape: [, , side] } = next.layer.params.W; // (O, C, side, side)
    const place = nearestOf(users, next, row, column);
    const { stride, padding } = reachOf(next);
    const inKernel = (row + padding - stride * place.row) * side + column + padding - stride * place.column;
    const weights = Array.from({ length: next.maps }, (_, o) => data[(o * step.maps + map) * side * side + inKernel]);
    return stepIndex(next, { map: furthestFromZero(weights, 1)[0] ?? 0, ...place });
  }
  return next.kind === "pool" ? stepIndex(next, { map: users.map, row: users.top, column: users.left }) : k;
}

/** The number of the step before that number k mostly came from: the winner, or the one with the largest product. */
function unitBefore(step, k, answers) {
  const { before } = step;
  if (step.kind === "pool") return answers.winners[step.name][k];
  if (step.kind in DEEP_BEFORE) return DEEP_BEFORE[step.kind](step, k, answers);
  if (step.kind === "linear") return linearSums(step.layer, stepNumbers(before, answers), k, 1).terms[0]?.place ?? 0;
  if (step.kind !== "convolution") return k;
  return stepIndex(before, { map: strongestChannel(step, k, answers), ...middleSeen(step, k) });
}

/** Which map before has the sum that is furthest from 0. */
function strongestChannel(step, k, answers) {
  const { channels } = convolutionSums(step.layer, answers.layers[step.before.name], stepPlace(step, k));
  return furthestFromZero(channels.map(({ sum }) => sum), 1)[0] ?? 0;
}

/**
 * Number k of a step, followed forwards to the answer and backwards to the picture.
 * @returns {Map<Step, number>} a number of every step; those after a number that nothing sees are left out
 */
function pathThrough(step, k, answers) {
  const path = new Map([[step, k]]);
  for (let at = step; at.before; at = at.before) path.set(at.before, unitBefore(at, path.get(at), answers));
  for (let at = step; at.next; at = at.next) {
    const users = stepUsers(at, path.get(at));
    if (!users) break;
    path.set(at.next, nextUnit(at, path.get(at), users));
  }
  return path;
}
