"use strict";
// The deep network, with the weights that it was trained to: beside deep() in scratchnet/numpy_nn/networks.py.

/**
 * Pictures x (N, 3, H, W) to one logit (N, 1): conv1 4×4 with stride 2, norm1, relu1; then a residual block and a ReLU
 * four times, of which all but the first halve the picture; then each channel's mean, and fc.
 *
 * A block: conv1 3×3, norm, relu, conv2 3×3, norm. Where it changes the shape, its shortcut is a 1×1 convolution with
 * the same stride, and a norm; elsewhere it is x itself. It is as deep as there are weights.
 * @param {Object<string, NDArray>} weights conv1.W (F, 3, 4, 4), norm1.gamma (F), ..., block1.conv1.W, ..., fc.b (1)
 */
function deep(weights, Type = Float32Array) {
  const array = (name) => {
    if (!weights[name]) throw new Error(`there is no ${name} among the weights of the network`);
    return copyOf(weights[name], Type);
  };
  const norm = (name) =>
    new BatchNorm2d(...["gamma", "beta", "running_mean", "running_var"].map((key) => array(`${name}.${key}`)));
  const conv = (name, stride) => new BareConv2d(array(`${name}.W`), stride);
  const layers = new Map(Object.entries({ conv1: conv("conv1", 2), norm1: norm("norm1"), relu1: new ReLU() }));
  for (let number = 1; number === 1 || weights[`block${number}.conv1.W`]; number++) {
    const block = `block${number}`;
    const stride = number === 1 ? 1 : 2;
    const residual = {
      conv1: conv(`${block}.conv1`, stride),
      norm1: norm(`${block}.norm1`),
      relu1: new ReLU(),
      conv2: conv(`${block}.conv2`, 1),
      norm2: norm(`${block}.norm2`),
    };
    const changes = Boolean(weights[`${block}.conv_short.W`]);
    const around = () => ({ conv_short: conv(`${block}.conv_short`, stride), norm_short: norm(`${block}.norm_short`) });
    layers.set(block, new Residual(residual, changes ? around() : {}));
    layers.set(`relu_${block}`, new ReLU());
  }
  layers.set("pool", new GlobalAveragePool2d());
  layers.set("fc", new Linear(array("fc.W"), array("fc.b")));
  return new Network(layers);
}
