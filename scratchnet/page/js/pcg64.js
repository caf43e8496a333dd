"use strict";
// NumPy's random bits: SeedSequence mixes the seeds, PCG64 makes 64 random bits at a time of what it is given.
// https://numpy.org/doc/stable/reference/random/bit_generators/index.html

/** A whole number as words of 32 bits, the lowest first. */
function wordsOf(number) {
  const words = [];
  for (let rest = BigInt(number); rest > 0n || words.length === 0; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words;
}

const POOL = 4; // words that SeedSequence mixes everything into

/**
 * SeedSequence: entropy of any length -> as many well mixed words as are wanted
 * (https://www.pcg-random.org/posts/developing-a-seed_seq-alternative.html).
 * @param {number[]} entropy words of 32 bits
 * @returns {Uint32Array} of length `count`
 */
function seedWords(entropy, count) {
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = Uint32Array.from({ length: POOL }, (_, i) => hash(entropy[i] ?? 0));
  const mixIn = (to, word) => {
    const mixed = Math.imul(0xca01f9dd, pool[to]) - Math.imul(0x4973f715, hash(word));
    pool[to] = mixed ^ (mixed >>> 16);
  };
  for (let from = 0; from < POOL; from++) for (let to = 0; to < POOL; to++) if (from !== to) mixIn(to, pool[from]);
  for (const word of entropy.slice(POOL)) for (let to = 0; to < POOL; to++) mixIn(to, word);
  const hashOut = hasher(0x8b51f9dd, 0x58f38ded);
  return Uint32Array.from({ length: count }, (_, i) => hashOut(pool[i % POOL]));
}

/** A hash of 32-bit words whose constant moves on with every word. */
function hasher(constant, multiplier) {
  return (word) => {
    word ^= constant;
    constant = Math.imul(constant, multiplier);
    word = Math.imul(word, constant);
    return (word ^ (word >>> 16)) >>> 0;
  };
}

// 0x2360ed051fc65da44385df649fccf645, in 16-bit limbs, the lowest first
const PCG64_MULTIPLIER = Float64Array.of(0xf645, 0x9fcc, 0xdf64, 0x4385, 0x5da4, 0x1fc6, 0xed05, 0x2360);

/**
 * PCG64: state ← multiplier · state + increment modulo 2¹²⁸; its two halves, xor-ed and rotated, are the answer
 * (https://www.pcg-random.org). Numbers of 128 bits are eight limbs, the lowest first: doubles hold their products.
 */
class PCG64 {
  /** @param {Uint32Array} words (8): the initial state and the sequence, of each the higher 64 bits first */
  constructor(words) {
    const limbs = (...places) => Float64Array.from(places.flatMap((k) => [words[k] & 0xffff, words[k] >>> 16]));
    this._increment = carried(limbs(6, 7, 4, 5).map((limb, k) => 2 * limb + (k === 0 ? 1 : 0))); // odd
    this._state = carried(limbs(2, 3, 0, 1).map((limb, k) => limb + this._increment[k]));
    this._sums = new Float64Array(8);
    this.low = this.high = 0; // the 32-bit halves of the last answer
    this.next();
  }

  /** Makes the next 64 bits: `low` and `high`. */
  next() {
    const [state, sums] = [this._state, this._sums];
    for (let k = 0; k < 8; k++) {
      let sum = this._increment[k];
      for (let i = 0; i <= k; i++) sum += state[i] * PCG64_MULTIPLIER[k - i];
      sums[k] = sum;
    }
    [this._state, this._sums] = [carried(sums), state];
    const low = (sums[0] ^ sums[4]) | ((sums[1] ^ sums[5]) << 16);
    const high = (sums[2] ^ sums[6]) | ((sums[3] ^ sums[7]) << 16);
    this._rotate(low, high, sums[7] >>> 10);
  }

  /** To the right, by 0 to 63 bits. */
  _rotate(low, high, bits) {
    const [first, second] = bits < 32 ? [low, high] : [high, low];
    const right = bits & 31;
    const left = 31 - right; // and one more: a shift by 32 would be none
    this.low = ((first >>> right) | ((second << 1) << left)) >>> 0;
    this.high = ((second >>> right) | ((first << 1) << left)) >>> 0;
  }
}

/** Sums of products of limbs -> limbs, in place; what lies above 2¹²⁸ is dropped. */
function carried(sums) {
  let carry = 0;
  for (let k = 0; k < 8; k++) {
    const sum = sums[k] + carry;
    carry = Math.floor(sum / 65536);
    sums[k] = sum - carry * 65536;
  }
  return sums;
}
