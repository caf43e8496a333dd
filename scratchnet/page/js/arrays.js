"use strict";
// Arrays as NumPy has them: numbers in a row, and a shape that says how to read them (C order: the last axis first).

/**
 * @typedef {Float32Array | Float64Array} Numbers
 * @typedef {{shape: number[], data: Numbers}} NDArray numbers to calculate with
 * @typedef {{shape: number[], data: Uint8Array | Uint8ClampedArray | Int32Array}} IntArray pixels or labels
 * @typedef {Float32ArrayConstructor | Float64ArrayConstructor} NumberType what NumPy calls a dtype
 */

/** How many numbers a shape holds. */
function sizeOf(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Numbers that are there already, read in a shape. They are shared, not copied.
 * @param {number[]} shape
 * @param {Numbers} data
 * @returns {NDArray}
 */
function arrayOf(shape, data) {
  if (data.length !== sizeOf(shape)) {
    throw new Error(`shape (${shape}) wants ${sizeOf(shape)} numbers, got ${data.length}`);
  }
  return { shape, data };
}

/** @returns {NDArray} */
function zeros(shape, Type = Float32Array) {
  return { shape, data: new Type(sizeOf(shape)) };
}

/** @returns {NDArray} zeros in the shape and of the type of another array */
function zerosLike(array) {
  return zeros(array.shape, array.data.constructor);
}

/** @returns {NDArray} the same numbers in memory of their own, in another type if one is given */
function copyOf(array, Type = array.data.constructor) {
  return { shape: array.shape, data: Type.from(array.data) };
}

/**
 * Some entries along the first axis, as x[indices] takes them: x (N, ...) -> (indices.length, ...)
 * @param {NDArray | IntArray} x
 * @param {ArrayLike<number>} indices
 */
function takeEntries(x, indices) {
  const [count, ...rest] = x.shape;
  const length = sizeOf(rest);
  const taken = zeros([indices.length, ...rest], x.data.constructor);
  for (let n = 0; n < indices.length; n++) {
    if (!(indices[n] < count)) throw new Error(`there are ${count} entries, none has the number ${indices[n]}`);
    taken.data.set(x.data.subarray(indices[n] * length, (indices[n] + 1) * length), n * length);
  }
  return taken;
}

/**
 * The matrix product of two matrices, each of which may be read transposed.
 * Sums are made in doubles, whatever the type: only the result is rounded to it.
 * @param {NDArray} a (N, K), or (K, N) where it is read transposed
 * @param {NDArray} b (K, M), or (M, K) where it is read transposed
 * @returns {NDArray} (N, M)
 */
function matmul(a, b, { transposeA = false, transposeB = false } = {}) {
  const [N, K] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const [inner, M] = transposeB ? [b.shape[1], b.shape[0]] : b.shape;
  if (K !== inner) throw new Error(`(${N}, ${K}) cannot be multiplied by (${inner}, ${M})`);
  const product = zeros([N, M], a.data.constructor);
  const left = rowsOfDoubles(a, transposeA);
  const sums = new Float64Array(M);
  if (N === 1) {
    rowTimes(left, b.data, transposeB, sums);
    product.data.set(sums);
    return product;
  }
  const right = rowsOfDoubles(b, transposeB);
  for (let n = 0; n < N; n++) {
    sums.fill(0);
    for (let k = 0; k < K; k += 4) addRows(sums, left, n * K + k, right, k, Math.min(4, K - k));
    for (let m = 0; m < M; m++) product.data[n * M + m] = sums[m];
  }
  return product;
}

/** sums[m] = Σₖ left[k] · b[k, m], or b[m, k]: one row needs each number of b once, so b is read as it lies there. */
function rowTimes(left, b, transposed, sums) {
  const [K, M] = [left.length, sums.length];
  if (transposed) {
    for (let m = 0; m < M; m++) for (let k = 0, at = m * K; k < K; k++, at++) sums[m] += left[k] * b[at];
    return;
  }
  for (let k = 0; k < K; k++) {
    if (left[k] === 0) continue; // as most numbers are behind a ReLU
    for (let m = 0, at = k * M; m < M; m++, at++) sums[m] += left[k] * b[at];
  }
}

/** One layout and one type for addRows, which a browser then makes as fast as its machine. */
function rowsOfDoubles({ shape: [rows, columns], data }, transposed) {
  const doubles = new Float64Array(data.length);
  if (!transposed) doubles.set(data);
  else for (let r = 0, at = 0; r < rows; r++) for (let c = 0; c < columns; c++, at++) doubles[c * rows + r] = data[at];
  return doubles;
}

/** sums[m] += Σₖ left[k] · right[k, m] over up to four rows of `right`: of four at once each sum is read only once. */
function addRows(sums, left, atLeft, right, k, count) {
  const M = sums.length;
  const start = k * M;
  if (count === 4) {
    const [left0, left1, left2, left3] = [left[atLeft], left[atLeft + 1], left[atLeft + 2], left[atLeft + 3]];
    for (let m = 0, at = start; m < M; m++, at++) {
      sums[m] += left0 * right[at] + left1 * right[at + M] + left2 * right[at + 2 * M] + left3 * right[at + 3 * M];
    }
  } else {
    for (let i = 0; i < count; i++) for (let m = 0; m < M; m++) sums[m] += left[atLeft + i] * right[start + i * M + m];
  }
}

/** @returns {Uint8Array} */
function decodeUint8(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * Little-endian, as NumPy stores them and every browser's machine reads them.
 * @returns {NDArray} of float32
 */
function decodeFloat32(base64, shape) {
  return arrayOf(shape, new Float32Array(decodeUint8(base64).buffer));
}

/**
 * Numbers whose bytes were put in order by their place (the first of all, the second of all, …) and deflated.
 * @returns {Promise<NDArray>} of float32
 */
async function inflateFloat32({ deflated, shape }) {
  const planes = await inflate(deflated);
  const bytes = new Uint8Array(planes.length);
  const count = planes.length / 4;
  for (let k = 0, from = 0; k < 4; k++) for (let to = k; to < bytes.length; to += 4, from++) bytes[to] = planes[from];
  return arrayOf(shape, new Float32Array(bytes.buffer, 0, count));
}

/**
 * What Python's zlib.compress has made small.
 * @returns {Promise<Uint8Array>}
 */
async function inflate(base64) {
  const stream = new Blob([decodeUint8(base64)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
