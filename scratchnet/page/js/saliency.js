"use strict";
// Which pixels matter for the answer? Two ways to ask, and a control: a map persuades also where there is nothing
// (arXiv:1810.03292), so the same is asked of a network whose weights are shuffled.

/**
 * How the logit changes with each number of the network, for one picture.
 * @param {Network} network
 * @param {NDArray} x (1, 3, H, W)
 * @returns {Object<string, NDArray>} see Network.gradients: of each layer's output, and at the end of the pixels, "x"
 */
function gradientsOfLogit(network, x) {
  return network.gradients(x, arrayOf([1, 1], x.data.constructor.of(1)));
}

/**
 * How the loss changes with each number of the network, for one picture and its label. Afterwards network.grads has
 * the gradients of the parameters, from which an optimizer can make a step.
 * @param {number} label 0 or 1
 * @returns {{value: number, gradients: Object<string, NDArray>}}
 */
function gradientsOfLoss(network, x, loss, label) {
  const { value, gradient } = loss.of(network.forward(x), { shape: [1], data: Uint8Array.of(label) });
  return { value, gradients: network.gradients(x, gradient) };
}

/**
 * The saliency map of arXiv:1312.6034: of each pixel the colour that matters most.
 * @param {NDArray} dx (1, 3, H, W)
 * @returns {NDArray} (H, W), max over the colours of |dx|
 */
function saliencyMap(dx) {
  const [, channels, height, width] = dx.shape;
  const map = zeros([height, width], dx.data.constructor);
  for (let p = 0; p < map.data.length; p++) {
    for (let c = 0; c < channels; c++) map.data[p] = Math.max(map.data[p], Math.abs(dx.data[c * map.data.length + p]));
  }
  return map;
}

/**
 * The occlusion map of arXiv:1311.2901: a square in the mean colour of the training pictures (0, when normalised) covers
 * one place of the picture after the other. How much of the logit does it take away?
 * @param {Network} network
 * @param {NDArray} x (1, 3, H, W)
 * @param {object} options
 * @param {number} options.side of the square, in pixels
 * @param {number} options.step from one place to the next, in pixels
 * @param {number} [options.whole] the logit of the whole picture, where it is known
 * @param {(row: number, column: number, drop: number) => void} [options.seen] told of each place when it is known
 * @param {AbortSignal} [options.signal] stops the work
 * @returns {Promise<NDArray | null>} (rows, columns): the logit of the whole picture minus that of the covered one; the
 *   square of place (r, s) begins at pixel (r · step, s · step). null where it was stopped.
 */
async function occlusionMap(network, x, { side, step, whole = network.forward(x).data[0], seen = () => {}, signal }) {
  const [, , height, width] = x.shape;
  const map = zeros([Math.floor((height - side) / step) + 1, Math.floor((width - side) / step) + 1], x.data.constructor);
  const turns = new Turns(10);
  await turns.next();
  for (let place = 0; place < map.data.length; place++) {
    const [row, column] = [Math.floor(place / map.shape[1]), place % map.shape[1]];
    map.data[place] = whole - network.forward(covered(x, row * step, column * step, side)).data[0];
    seen(row, column, map.data[place]);
    if (turns.over()) await turns.next();
    if (signal?.aborted) return null;
  }
  return map;
}

/** A copy of x (1, C, H, W) with zeros in a square that begins at (top, left). */
function covered(x, top, left, side) {
  const [, channels, height, width] = x.shape;
  const copy = copyOf(x);
  for (let c = 0; c < channels; c++) {
    for (let row = top; row < Math.min(top + side, height); row++) {
      const start = (c * height + row) * width;
      copy.data.fill(0, start + left, start + Math.min(left + side, width));
    }
  }
  return copy;
}

/**
 * The control: the same numbers in each parameter, in random order, so that nothing is left of what was learned.
 * @param {Object<string, NDArray>} weights
 * @param {RandomGenerator} rng
 * @returns {Promise<Object<string, NDArray>>} copies, as cnn() takes them
 */
async function shuffledWeights(weights, rng) {
  const shuffled = {};
  const turns = new Turns();
  for (const [name, w] of Object.entries(weights)) {
    const { data } = (shuffled[name] = copyOf(w));
    for (let k = data.length - 1; k > 0; k--) {
      const other = rng.upTo(k);
      [data[k], data[other]] = [data[other], data[k]];
      if (k % 4096 === 0 && turns.over()) await turns.next();
    }
  }
  return shuffled;
}
