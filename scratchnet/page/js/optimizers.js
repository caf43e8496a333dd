"use strict";
// Optimizers, beside scratchnet/numpy_nn/optimizers.py: how a gradient moves the parameters.
//
// step(params, grads) changes the arrays in params in place. learningRate may be changed between steps.
// weightDecay adds the gradient of ½·weightDecay·‖w‖² (L2) to that of the loss.

/**
 * g = dw + weightDecay · w      v ← momentum · v + g      w ← w − learningRate · v
 *
 * Stochastic gradient descent with momentum.
 */
class SGD {
  constructor(learningRate, { momentum = 0, weightDecay = 0 } = {}) {
    this.learningRate = learningRate;
    this._momentum = momentum;
    this._weightDecay = weightDecay;
    this._v = null;
  }

  /**
   * @param {Object<string, NDArray>} params
   * @param {Object<string, NDArray>} grads of the same keys and shapes
   */
  step(params, grads) {
    this._v ??= zerosLikeAll(params);
    for (const [name, { data: w }] of Object.entries(params)) {
      const [v, dw] = [this._v[name].data, grads[name].data];
      for (let k = 0; k < w.length; k++) {
        v[k] = this._momentum * v[k] + dw[k] + this._weightDecay * w[k];
        w[k] -= this.learningRate * v[k];
      }
    }
  }
}

/**
 * g = dw + weightDecay · w      m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²
 *
 * w ← w − learningRate · m̂ / (√v̂ + eps),      m̂ = m / (1 − β₁ᵗ),      v̂ = v / (1 − β₂ᵗ) in step t = 1, 2, ...
 */
class Adam {
  constructor(learningRate, { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = {}) {
    this.learningRate = learningRate;
    this._betas = betas;
    this._eps = eps;
    this._weightDecay = weightDecay;
    this._m = null;
    this._v = null;
    this._t = 0;
  }

  /**
   * @param {Object<string, NDArray>} params
   * @param {Object<string, NDArray>} grads of the same keys and shapes
   */
  step(params, grads) {
    this._m ??= zerosLikeAll(params);
    this._v ??= zerosLikeAll(params);
    this._t += 1;
    const [beta1, beta2] = this._betas;
    const rate = this.learningRate / (1 - beta1 ** this._t);
    const bias = 1 - beta2 ** this._t;
    for (const [name, { data: w }] of Object.entries(params)) {
      const [m, v, dw] = [this._m[name].data, this._v[name].data, grads[name].data];
      for (let k = 0; k < w.length; k++) {
        const g = dw[k] + this._weightDecay * w[k];
        m[k] += (1 - beta1) * (g - m[k]);
        v[k] += (1 - beta2) * (g * g - v[k]);
        w[k] -= (rate * m[k]) / (Math.sqrt(v[k] / bias) + this._eps);
      }
    }
  }
}

/** @returns {Object<string, NDArray>} */
function zerosLikeAll(params) {
  return Object.fromEntries(Object.entries(params).map(([name, w]) => [name, zerosLike(w)]));
}
