"use strict";
// Many sums of products at once, as a deep network has them: 64 million for one picture.

/**
 * product[n, m] = Σₖ a[n, k] · b[m, k]: every row of a with every row of b.
 *
 * Four rows of a meet two of b in one loop. So each number that is read is used two or four times, and the eight sums
 * wait for nothing but the processor.
 * @param {Float64Array} a (N, K)
 * @param {Float64Array} b (M, K)
 * @returns {Float64Array} (N, M)
 */
function rowProducts(a, b, K) {
  const [N, M] = [a.length / K, b.length / K];
  const product = new Float64Array(N * M);
  const [wholeN, wholeM] = [N - (N % 4), M - (M % 2)];
  for (let n = 0; n < wholeN; n += 4) {
    for (let m = 0; m < wholeM; m += 2) fourByTwo(a, n * K, b, m * K, K, product, n * M + m, M);
  }
  for (let n = 0; n < N; n++) {
    for (let m = n < wholeN ? wholeM : 0; m < M; m++) product[n * M + m] = rowProduct(a, n * K, b, m * K, K);
  }
  return product;
}

function fourByTwo(a, atA, b, atB, K, product, at, M) {
  let [y00, y01, y10, y11, y20, y21, y30, y31] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < K; k++) {
    const b0 = b[atB + k];
    const b1 = b[atB + K + k];
    const a0 = a[atA + k];
    const a1 = a[atA + K + k];
    const a2 = a[atA + 2 * K + k];
    const a3 = a[atA + 3 * K + k];
    y00 += a0 * b0;
    y01 += a0 * b1;
    y10 += a1 * b0;
    y11 += a1 * b1;
    y20 += a2 * b0;
    y21 += a2 * b1;
    y30 += a3 * b0;
    y31 += a3 * b1;
  }
  product[at] = y00;
  product[at + 1] = y01;
  product[at + M] = y10;
  product[at + M + 1] = y11;
  product[at + 2 * M] = y20;
  product[at + 2 * M + 1] = y21;
  product[at + 3 * M] = y30;
  product[at + 3 * M + 1] = y31;
}

function rowProduct(a, atA, b, atB, K) {
  let sum = 0;
  for (let k = 0; k < K; k++) sum += a[atA + k] * b[atB + k];
  return sum;
}

/** (rows, columns) -> (columns, rows), in doubles. @param {Numbers} data */
function transposed(data, rows, columns) {
  const turned = new Float64Array(data.length);
  for (let r = 0, at = 0; r < rows; r++) for (let c = 0; c < columns; c++, at++) turned[c * rows + r] = data[at];
  return turned;
}
