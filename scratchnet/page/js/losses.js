"use strict";
// Losses, beside scratchnet/numpy_nn/losses.py: how wrong the answers are, and in which direction they should move.
//
// loss.of(answers, wanted) -> {value, gradient}: the value is a mean over the batch; the gradient is that of the value
// by the answers. Classifiers answer with logits, so sigmoid and softmax are part of the loss, where the exponentials
// cannot overflow. loss.right(answers, wanted) says which answers are right, or null where there is no right and wrong.

/**
 * L = 1/N Σₙ −t log σ(z) − (1 − t) log(1 − σ(z)) = 1/N Σₙ log(1 + e^∓z)      dz = (σ(z) − t) / N
 *
 * logits z (N, 1); labels t (N), 0 or 1.
 */
class BinaryCrossEntropy {
  of(logits, labels) {
    const t = columnOf(logits, labels);
    const z = Float64Array.from(logits.data);
    const value = meanOf(z.map((zn, n) => softplus((1 - 2 * t[n]) * zn))); // −z for a dog, z for a cat
    return { value, gradient: inTheShapeOf(logits, z.map((zn, n) => (sigmoid(zn) - t[n]) / t.length)) };
  }

  right(logits, labels) {
    return Array.from(labels.data, (t, n) => logits.data[n] > 0 === (t === 1));
  }
}

/**
 * L = 1/N Σₙ (σ(z) − t)²      dz = 2 (σ(z) − t) σ(z) (1 − σ(z)) / N
 *
 * logits z (N, 1); labels t (N), 0 or 1. The squared error of the probability, as tutorials have it.
 */
class SigmoidMSE {
  of(logits, labels) {
    const t = columnOf(logits, labels);
    const z = Float64Array.from(logits.data);
    const value = meanOf(z.map((zn, n) => (sigmoid(zn) - t[n]) ** 2));
    const dz = z.map((zn, n) => (2 * (sigmoid(zn) - t[n]) * sigmoid(zn) * sigmoid(-zn)) / t.length);
    return { value, gradient: inTheShapeOf(logits, dz) };
  }

  right(logits, labels) {
    return new BinaryCrossEntropy().right(logits, labels);
  }
}

/**
 * L = −1/N Σₙ log softmax(z)[t]      log softmax(z) = z − log Σₖ eᶻᵏ      dz = (softmax(z) − onehot(t)) / N
 *
 * logits z (N, K); labels t (N), 0 to K − 1.
 */
class SoftmaxCrossEntropy {
  of(logits, labels) {
    const [N, K] = logits.shape;
    if (labels.data.length !== N) {
      throw new Error(`wants logits (N, K) and labels (N), got (${logits.shape}) and (${labels.shape})`);
    }
    const dz = new Float64Array(N * K);
    const losses = new Float64Array(N);
    for (let n = 0; n < N; n++) {
      const z = Float64Array.from(logits.data.subarray(n * K, (n + 1) * K));
      const largest = Math.max(...z); // softmax does not see it, and nothing overflows
      const logSum = Math.log(z.reduce((sum, zk) => sum + Math.exp(zk - largest), 0));
      const logP = z.map((zk) => zk - largest - logSum);
      const t = labels.data[n];
      losses[n] = -logP[t];
      dz.set(logP.map((log, k) => (Math.exp(log) - (k === t ? 1 : 0)) / N), n * K);
    }
    return { value: meanOf(losses), gradient: inTheShapeOf(logits, dz) };
  }

  right(logits, labels) {
    const K = logits.shape[1];
    return Array.from(labels.data, (t, n) => largestOf(logits.data.subarray(n * K, (n + 1) * K)) === t);
  }
}

/**
 * L = 1/(N M) Σ_{n, m} (y − t)²      dy = 2 (y − t) / (N M)
 *
 * y (N, M), targets t (N, M).
 */
class MeanSquaredError {
  of(y, targets) {
    if (`${y.shape}` !== `${targets.shape}`) {
      throw new Error(`wants y and targets of one shape, got (${y.shape}) and (${targets.shape})`);
    }
    const difference = Float64Array.from(y.data, (yn, n) => yn - targets.data[n]);
    const dy = difference.map((d) => (2 * d) / difference.length);
    return { value: meanOf(difference.map((d) => d * d)), gradient: inTheShapeOf(y, dy) };
  }

  right() {
    return null;
  }
}

/** σ(z) = 1 / (1 + e⁻ᶻ), written so that neither tail overflows nor loses its digits. */
function sigmoid(z) {
  return Math.exp(-softplus(-z));
}

/** log(1 + eᶻ) */
function softplus(z) {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

/** The place of the largest number; of equal ones the first. */
function largestOf(numbers) {
  return numbers.reduce((best, number, k) => (number > numbers[best] ? k : best), 0);
}

function meanOf(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** @returns {NDArray} doubles, rounded to the type of `answers` */
function inTheShapeOf(answers, doubles) {
  return arrayOf(answers.shape, answers.data.constructor.from(doubles));
}

/** Labels for logits (N, 1). */
function columnOf(logits, labels) {
  if (logits.shape[1] !== 1 || labels.data.length !== logits.shape[0]) {
    throw new Error(`wants logits (N, 1) and labels (N), got (${logits.shape}) and (${labels.shape})`);
  }
  return labels.data;
}
