"use strict";
// Networks, beside scratchnet/numpy_nn/networks.py: layers in sequence, and how their weights start.

/** Named layers, one after the other; a layer's parameter W is the network's NAME.W. */
class Network {
  /** @param {Map<string, {forward: function, backward: function, params: object, grads: object}>} layers */
  constructor(layers) {
    this.layers = layers;
  }

  /** @returns {Object<string, NDArray>} the arrays themselves, not copies: an optimizer changes them in place */
  get params() {
    return this._named("params");
  }

  /** @returns {Object<string, NDArray>} of the last backward */
  get grads() {
    return this._named("grads");
  }

  /** @returns {Object<string, NDArray>} all that a trained network is: the parameters, and what batch norms keep */
  get arrays() {
    return { ...this.params, ...this._named("buffers") };
  }

  /** x (N, ...) -> y (N, outputs) */
  forward(x) {
    for (const layer of this.layers.values()) x = layer.forward(x);
    return x;
  }

  /** The chain rule, from the last layer to the first: fills grads from the dy of the last forward. Returns dx. */
  backward(dy) {
    for (const layer of [...this.layers.values()].reverse()) dy = layer.backward(dy);
    return dy;
  }

  /** @returns {Object<string, NDArray>} what every layer answers to x, by the layer's name, in their order */
  activations(x) {
    const answers = {};
    for (const [name, layer] of this.layers) answers[name] = x = layer.forward(x);
    return answers;
  }

  /**
   * @param {NDArray} x (N, ...)
   * @param {NDArray} dy (N, outputs), of the last layer's output
   * @returns {Object<string, NDArray>} dy of every layer's output, by the layer's name, from the last to the first;
   *   at the end, as "x", that of the input. The parameters' gradients are in grads.
   */
  gradients(x, dy) {
    this.forward(x);
    const gradients = {};
    for (const [name, layer] of [...this.layers].reverse()) {
      gradients[name] = dy;
      dy = layer.backward(dy);
    }
    gradients.x = dy;
    return gradients;
  }

  /** Take over the values of `arrays`. An error where they belong to another network. */
  load(arrays) {
    for (const [name, w] of Object.entries(this.arrays)) {
      if (`${w.shape}` !== `${arrays[name]?.shape}`) {
        throw new Error(`${name} wants the shape (${w.shape}), got (${arrays[name]?.shape})`);
      }
      w.data.set(arrays[name].data);
    }
  }

  _named(part) {
    const named = {};
    for (const [name, layer] of this.layers) for (const key in layer[part]) named[`${name}.${key}`] = layer[part][key];
    return named;
  }
}

/**
 * The two-layer perceptron: x (N, inputs) -> fc1, relu1 (N, hidden) -> fc2 (N, outputs).
 *
 * With so few inputs, zero biases would fold every hidden unit at the origin; they start uniform in ±1/√inputs.
 * @param {RandomGenerator} rng
 */
function mlp(inputs, hidden, outputs, rng, Type = Float32Array) {
  const fc1 = randomLinear(inputs, hidden, heStd(inputs), rng, Type);
  fc1.params.b.data.set(rng.uniform(-1, 1, hidden).map((u) => u / Math.sqrt(inputs)));
  const fc2 = randomLinear(hidden, outputs, 1 / hidden, rng, Type);
  return new Network(new Map(Object.entries({ fc1, relu1: new ReLU(), fc2 })));
}

const CONVOLUTIONS = { one_conv: 1, two_conv: 2 };

/**
 * Pictures x (N, 3, size, size) to one logit (N, 1), positive for a dog: conv1, relu1, pool1, in two_conv the same
 * again, then flatten, fc1, relu_fc1, fc2. deep: see deep() in deep_network.js.
 *
 * The network has the weights that it is given, in memory of its own.
 * @param {"one_conv" | "two_conv" | "deep"} arch
 * @param {number} size of the pictures' sides, in pixels
 * @param {number} hidden
 * @param {Object<string, NDArray>} weights conv1.W (O, 3, 3, 3), conv1.b (O), ..., fc2.b (1), as they were trained
 */
function cnn(arch, size, hidden, weights, Type = Float32Array) {
  if (arch === "deep") return deep(weights, Type);
  const part = (name) => [copyOf(weights[`${name}.W`], Type), copyOf(weights[`${name}.b`], Type)];
  const layers = new Map();
  for (let number = 1; number <= CONVOLUTIONS[arch]; number++) {
    layers.set(`conv${number}`, new Conv2d(...part(`conv${number}`)));
    layers.set(`relu${number}`, new ReLU());
    layers.set(`pool${number}`, new MaxPool2d(2));
    size = Math.floor(size / 2);
  }
  const [features, units] = weights["fc1.W"].shape;
  const channels = weights[`conv${CONVOLUTIONS[arch]}.W`].shape[0];
  if (features !== channels * size * size || units !== hidden) {
    throw new Error(`fc1.W wants the shape (${channels * size * size}, ${hidden}), got (${features}, ${units})`);
  }
  layers.set("flatten", new Flatten());
  layers.set("fc1", new Linear(...part("fc1")));
  layers.set("relu_fc1", new ReLU());
  layers.set("fc2", new Linear(...part("fc2")));
  return new Network(layers);
}

/** √(2 / fanIn), of weights before a ReLU: the signal keeps its size through both (arXiv:1502.01852, eq. 10). */
function heStd(fanIn) {
  return Math.sqrt(2 / fanIn);
}

/** Drawn in doubles whatever the type, so that networks of both precisions start alike. */
function randomLinear(inputs, outputs, std, rng, Type) {
  const W = rng.standardNormal(inputs * outputs).map((number) => number * std);
  return new Linear(arrayOf([inputs, outputs], Type.from(W)), zeros([outputs], Type));
}
