"use strict";
// How to train, beside scratchnet/training.py and scratchnet/names.py: forward, loss, backward, step.

/** What random numbers are for. Each purpose draws from a stream of its own, so that none changes another. */
const Stream = Object.freeze({
  WEIGHTS: 0, SHUFFLE: 1, MOVE: 2, TRAIN_POINTS: 3, VAL_POINTS: 4, TEST_POINTS: 5, SIGNS: 6,
});

/** How to train. Every epoch has a random stream of its own, so a run that goes on later draws the same. */
class Plan {
  /**
   * @param {{epochs: number, learningRate: number, seed: number, schedule?: "constant" | "cosine", warmup?: number}} settings
   *   warmup: epochs over which the learning rate rises from 0
   */
  constructor({ epochs, learningRate, seed, schedule = "constant", warmup = 0 }) {
    Object.assign(this, { epochs, learningRate, seed, schedule, warmup });
  }

  /** @returns {Int32Array} (count), the order of the samples in epoch 1, 2, ... */
  order(epoch, count) {
    return defaultRng([this.seed, Stream.SHUFFLE, epoch]).permutation(count);
  }

  /**
   * A linear rise over the warm-up, times 1, or times half a cosine wave that ends at 0. Progress is counted in epochs,
   * up to the first sample of each batch.
   * @returns {Float64Array} (steps), the learning rate of each step of an epoch
   */
  rates(epoch, count, batchSize) {
    return Float64Array.from({ length: Math.ceil(count / batchSize) }, (_, step) => {
      const progress = epoch - 1 + (step * batchSize + 1) / count;
      const rise = this.warmup ? Math.min(1, progress / this.warmup) : 1;
      const fall = this.schedule === "cosine" ? 0.5 * (1 + Math.cos((Math.PI * progress) / this.epochs)) : 1;
      return this.learningRate * rise * fall;
    });
  }
}

/**
 * One step for each batch of `order`, with its learning rate: as NumpyLearner.train_epoch.
 * @param {NDArray} x (N, ...)
 * @param {NDArray | IntArray} labels (N), or (N, M) of a regression
 * @param {Int32Array} order which samples, in which order
 * @param {Float64Array} rates (steps)
 * @returns {number} the mean loss over the samples, as seen during training
 */
function trainEpoch(network, loss, optimizer, x, labels, order, rates, batchSize) {
  let total = 0;
  rates.forEach((rate, step) => {
    const batch = order.subarray(step * batchSize, (step + 1) * batchSize);
    total += trainStep(network, loss, optimizer, takeEntries(x, batch), takeEntries(labels, batch), rate) * batch.length;
  });
  return total / order.length;
}

/** @returns {number} the loss on this batch, before the step */
function trainStep(network, loss, optimizer, x, labels, rate) {
  const { value, gradient } = loss.of(network.forward(x), labels);
  network.backward(gradient);
  optimizer.learningRate = rate;
  optimizer.step(network.params, network.grads);
  return value;
}
