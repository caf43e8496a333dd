"use strict";
// NumPy's random numbers, to the bit: what np.random.default_rng([seed, stream, ...]) draws.
// https://numpy.org/doc/stable/reference/random/generator.html

/**
 * defaultRng([1, Stream.SHUFFLE, 7]) draws what np.random.default_rng([1, Stream.SHUFFLE, 7]) draws.
 * @param {(number | bigint)[]} seeds whole numbers from 0; as bigint, where they are above 2⁵³
 * @returns {RandomGenerator}
 */
function defaultRng(seeds) {
  return new RandomGenerator(new PCG64(seedWords(seeds.flatMap(wordsOf), 8)));
}

/** NumPy's Generator: numbers from the bits. */
class RandomGenerator {
  /** @param {PCG64} bits */
  constructor(bits) {
    this._bits = bits;
    this._kept = null; // the higher half of 64 bits whose lower half was asked for
  }

  /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
  random() {
    this._bits.next();
    return (this._bits.high * 2 ** 21 + (this._bits.low >>> 11)) / 2 ** 53;
  }

  /** @returns {Float64Array} (count), uniform in [low, high) */
  uniform(low, high, count) {
    return Float64Array.from({ length: count }, () => low + (high - low) * this.random());
  }

  /** @returns {Float64Array} (count), of mean 0 and standard deviation 1 */
  standardNormal(count) {
    return Float64Array.from({ length: count }, () => this._normal());
  }

  /** @returns {Int32Array} (count), whole numbers, low ≤ n < high */
  integers(low, high, count) {
    return Int32Array.from({ length: count }, () => low + this._below(high - low));
  }

  /** @returns {Int32Array} the numbers from 0 to count − 1 in random order (Fisher & Yates, from the last place down) */
  permutation(count) {
    const order = Int32Array.from({ length: count }, (_, k) => k);
    for (let k = count - 1; k > 0; k--) {
      const other = this.upTo(k);
      [order[k], order[other]] = [order[other], order[k]];
    }
    return order;
  }

  /** 32 bits: of each 64 first the lower half, then the higher. */
  _word() {
    const kept = this._kept;
    if (kept === null) this._bits.next();
    this._kept = kept === null ? this._bits.high : null;
    return kept ?? this._bits.low;
  }

  /** A whole number in [0, largest], as permutation draws it: what has bits beyond is drawn again. */
  upTo(largest) {
    const shift = Math.clz32(largest);
    for (;;) {
      const drawn = (this._word() << shift) >>> shift;
      if (drawn <= largest) return drawn;
    }
  }

  /** A whole number in [0, count), as integers draws it, each as likely as the other (arXiv:1805.10941); count is at most 2³². */
  _below(count) {
    if (count === 1) return 0;
    for (;;) {
      const [high, low] = wideProduct(this._word(), count);
      if (low >= count || low >= (2 ** 32 - count) % count) return high;
    }
  }

  /** The ziggurat: nearly always one comparison. */
  _normal() {
    const { width, inside, height } = ZIGGURAT;
    for (;;) {
      this._bits.next();
      const { low, high } = this._bits;
      const layer = low & 0xff;
      const sign = low & 0x100 ? -1 : 1;
      const distance = (high & 0x1fffffff) * 2 ** 23 + (low >>> 9); // 52 bits
      const x = distance * width[layer];
      if (distance < inside[layer]) return sign * x;
      if (layer === 0) return (low & 0x20000 ? -1 : 1) * this._tail();
      const y = height[layer] + (height[layer - 1] - height[layer]) * this.random();
      if (y < Math.exp(-0.5 * x * x)) return sign * x;
    }
  }

  /** |x| beyond the last layer (Marsaglia 1964). */
  _tail() {
    const { tail } = ZIGGURAT;
    for (;;) {
      const beyond = -(1 / tail) * Math.log1p(-this.random());
      const y = -Math.log1p(-this.random());
      if (y + y > beyond * beyond) return tail + beyond;
    }
  }
}

/** The product of two numbers of 32 bits, as its higher and its lower 32 bits. */
function wideProduct(a, b) {
  const lower = (a & 0xffff) * b; // 48 bits
  const upper = (a >>> 16) * b + Math.floor(lower / 65536); // the product without its lowest 16 bits
  return [Math.floor(upper / 65536), (upper % 65536) * 65536 + (lower % 65536)];
}
