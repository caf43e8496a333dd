"use strict";
// What a deep network has beside the layers of layers.js, after its training: scratchnet/numpy_nn/deep_layers.py.

const EPS = 1e-5; // added to a variance, so that a channel without any is not divided by 0

/**
 * y = γ x̂ + β,      x̂ = (x − μ) / s,      s = √(σ² + ε)
 *
 * x (N, C, H, W), γ and β (C) -> y (N, C, H, W). In training μ and σ² are a batch's. Here they are the running mean and
 * variance, which training has kept: a single picture has no batch to be compared with. They are constants, so
 *     dx = γ / s · dy      dβ = Σ dy      dγ = Σ dy x̂
 * each sum over a channel's numbers. Ioffe & Szegedy 2015, arXiv:1502.03167.
 */
class BatchNorm2d {
  /** @param {NDArray} gamma (C) @param {NDArray} beta (C) @param {NDArray} mean (C) @param {NDArray} variance (C) */
  constructor(gamma, beta, mean, variance) {
    this.params = { gamma, beta };
    this.buffers = { running_mean: mean, running_var: variance };
    this.grads = {};
  }

  /** The numbers that channel c is reckoned with. @returns {{gamma: number, beta: number, mean: number, s: number}} */
  channel(c) {
    const [gamma, beta] = [this.params.gamma.data[c], this.params.beta.data[c]];
    const { running_mean, running_var } = this.buffers;
    return { gamma, beta, mean: running_mean.data[c], s: Math.sqrt(running_var.data[c] + EPS) };
  }

  forward(x) {
    const C = this.params.gamma.data.length;
    if (x.shape.length !== 4 || x.shape[1] !== C) {
      throw new Error(`BatchNorm2d wants x of shape (N, ${C}, H, W), got (${x.shape})`);
    }
    this._normal = zerosLike(x);
    const y = zerosLike(x);
    this._forEachChannel(x, ({ gamma, beta, mean, s }, from, to) => {
      for (let k = from; k < to; k++) {
        const normal = (x.data[k] - mean) / s;
        this._normal.data[k] = normal;
        y.data[k] = gamma * normal + beta;
      }
    });
    return y;
  }

  backward(dy) {
    const { gamma } = this.params;
    const [dgamma, dbeta] = [new Float64Array(gamma.data.length), new Float64Array(gamma.data.length)];
    const dx = zerosLike(dy);
    this._forEachChannel(dy, (channel, from, to, c) => {
      const factor = channel.gamma / channel.s;
      for (let k = from; k < to; k++) {
        dx.data[k] = factor * dy.data[k];
        dbeta[c] += dy.data[k];
        dgamma[c] += dy.data[k] * this._normal.data[k];
      }
    });
    const rounded = (sums) => arrayOf(gamma.shape, dy.data.constructor.from(sums));
    this.grads = { gamma: rounded(dgamma), beta: rounded(dbeta) };
    return dx;
  }

  /** Its numbers, and from where to where it lies in the data of x (N, C, H, W); and which it is. */
  _forEachChannel({ shape: [N, C, height, width] }, visit) {
    const P = height * width;
    for (let n = 0; n < N; n++) {
      for (let c = 0; c < C; c++) visit(this.channel(c), (n * C + c) * P, (n * C + c + 1) * P, c);
    }
  }
}

/**
 * y = F(x) + S(x)      dx = F'(x)ᵀ dy + S'(x)ᵀ dy: a gradient that comes to a sum goes both ways unchanged
 *
 * F is a chain of named layers. S, the shortcut, is a chain too; an empty one is x itself. He et al. 2015,
 * arXiv:1512.03385, equations 1 and 2.
 *
 * ways: both terms of the last y, [F(x), S(x)].
 */
class Residual {
  /** @param {Object<string, Object>} layers @param {Object<string, Object>} shortcut layers, by their names */
  constructor(layers, shortcut) {
    Object.assign(this, { layers, shortcut });
  }

  get params() {
    return this._named("params");
  }

  get grads() {
    return this._named("grads");
  }

  get buffers() {
    return this._named("buffers");
  }

  forward(x) {
    const through = (chain) => Object.values(chain).reduce((y, layer) => layer.forward(y), x);
    this.ways = [this.layers, this.shortcut].map(through);
    return sumOfArrays(this.ways);
  }

  backward(dy) {
    const back = (chain) => Object.values(chain).reduceRight((d, layer) => layer.backward(d), dy);
    return sumOfArrays([this.layers, this.shortcut].map(back));
  }

  _named(part) {
    const named = {};
    for (const [name, layer] of [...Object.entries(this.layers), ...Object.entries(this.shortcut)]) {
      for (const key in layer[part]) named[`${name}.${key}`] = layer[part][key];
    }
    return named;
  }
}

/** Two arrays, number by number. @param {[NDArray, NDArray]} both */
function sumOfArrays([a, b]) {
  if (`${a.shape}` !== `${b.shape}`) {
    throw new Error(`a residual sum wants both ways to give one shape, got (${a.shape}) and (${b.shape})`);
  }
  return arrayOf(a.shape, a.data.map((number, k) => number + b.data[k]));
}

/**
 * y[n, c] = 1 / (H W) Σ_{i, j} x[n, c, i, j]      dx[n, c, i, j] = dy[n, c] / (H W)
 *
 * x (N, C, H, W) -> y (N, C): what a channel has found, wherever it was. Lin, Chen & Yan 2013, arXiv:1312.4400.
 */
class GlobalAveragePool2d {
  constructor() {
    this.params = {};
    this.grads = {};
  }

  forward(x) {
    if (x.shape.length !== 4) throw new Error(`GlobalAveragePool2d wants x of shape (N, C, H, W), got (${x.shape})`);
    const [N, C, height, width] = (this._shape = x.shape);
    const P = height * width;
    const sums = new Float64Array(N * C);
    for (let k = 0; k < x.data.length; k++) sums[Math.floor(k / P)] += x.data[k];
    return arrayOf([N, C], x.data.constructor.from(sums, (sum) => sum / P));
  }

  backward(dy) {
    const P = this._shape[2] * this._shape[3];
    const dx = zeros(this._shape, dy.data.constructor);
    return arrayOf(dx.shape, dx.data.map((_, k) => dy.data[Math.floor(k / P)] / P));
  }
}
