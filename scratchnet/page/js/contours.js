"use strict";
// Lines of equal height on a grid (marching squares): where a border runs between two classes.

/**
 * Where the numbers on a grid cross 0, in straight pieces, one for each cell that it goes through.
 * @param {ArrayLike<number>} values (rows, columns)
 * @returns {number[][]} [column, row, column, row] of each piece, counted from the middle of the first number
 */
function zeroLine(values, rows, columns) {
  const pieces = [];
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const at = r * columns + c;
      const crossings = crossingsOf(values[at], values[at + 1], values[at + columns + 1], values[at + columns], c, r);
      for (let k = 0; k + 3 < crossings.length; k += 4) pieces.push(crossings.slice(k, k + 4));
    }
  }
  return pieces;
}

/** Where 0 is crossed on the way round a cell: a, b the corners above, c, d below, clockwise. Two or four times. */
function crossingsOf(a, b, c, d, column, row) {
  const found = [];
  if (a > 0 !== b > 0) found.push(column + a / (a - b), row);
  if (b > 0 !== c > 0) found.push(column + 1, row + b / (b - c));
  if (c > 0 !== d > 0) found.push(column + d / (d - c), row + 1);
  if (d > 0 !== a > 0) found.push(column, row + a / (a - d));
  return found;
}

/**
 * The borders of each class of a classifier whose answers on a grid are known.
 * @param {NDArray} scores (rows · columns, K), the largest of a row being its class
 * @returns {number[][]} pieces, as zeroLine's
 */
function bordersOf(scores, rows, columns) {
  const K = scores.shape[1];
  const lead = new Float64Array(rows * columns);
  return Array.from({ length: K === 2 ? 1 : K }, (_, k) => {
    for (let n = 0; n < lead.length; n++) lead[n] = leadOf(scores.data, n * K, K, k);
    return zeroLine(lead, rows, columns);
  }).flat();
}

/**
 * Pieces that meet, joined to lines: so they can be dashed.
 * @param {number[][]} pieces [column, row, column, row] each
 * @returns {number[][][]} the places [column, row] of each line
 */
function joinedPieces(pieces) {
  const keyOf = (column, row) => `${column.toFixed(4)} ${row.toFixed(4)}`;
  const meeting = new Map();
  pieces.forEach(([c0, r0, c1, r1], number) => {
    for (const key of [keyOf(c0, r0), keyOf(c1, r1)]) meeting.set(key, [...(meeting.get(key) ?? []), number]);
  });
  const left = new Set(pieces.keys());
  const follow = (place) => {
    const line = [];
    for (;;) {
      const number = meeting.get(keyOf(...place)).find((one) => left.has(one));
      if (number === undefined) return line;
      left.delete(number);
      const [c0, r0, c1, r1] = pieces[number];
      place = keyOf(c0, r0) === keyOf(...place) ? [c1, r1] : [c0, r0];
      line.push(place);
    }
  };
  const lines = [];
  for (const number of left) {
    left.delete(number);
    const [c0, r0, c1, r1] = pieces[number];
    lines.push([...follow([c0, r0]).reverse(), [c0, r0], [c1, r1], ...follow([c1, r1])]);
  }
  return lines;
}

/** By how much class k leads the best of the others; below 0 where it does not. */
function leadOf(scores, start, K, k) {
  let rival = -Infinity;
  for (let other = 0; other < K; other++) if (other !== k) rival = Math.max(rival, scores[start + other]);
  return scores[start + k] - rival;
}

/**
 * How much of each class is around each place: of classes on a grid, scores with a smooth border.
 * @param {IntArray} classes (rows, columns)
 * @param {number} K how many classes
 * @returns {NDArray} (rows · columns, K), shares of 1
 */
function sharesAround(classes, K, reach = 2) {
  const [rows, columns] = classes.shape;
  const shares = zeros([rows * columns, K], Float64Array);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const [top, bottom] = [Math.max(0, r - reach), Math.min(rows - 1, r + reach)];
      const [left, right] = [Math.max(0, c - reach), Math.min(columns - 1, c + reach)];
      const share = 1 / ((bottom - top + 1) * (right - left + 1));
      for (let i = top; i <= bottom; i++) {
        for (let j = left; j <= right; j++) shares.data[(r * columns + c) * K + classes.data[i * columns + j]] += share;
      }
    }
  }
  return shares;
}
