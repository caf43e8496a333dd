"use strict";
// From numbers to pixels and back, and the numbers to write at an axis.

/**
 * @typedef {{(value: number): number, invert: function(number): number, ticks: number[],
 *   text: function(number): string}} Scale
 */

/**
 * @param {{domain: [number, number], range: [number, number], log?: boolean, count?: number}} how
 *   domain: the smallest and largest number; range: their places in pixels; count: of ticks, about
 * @returns {Scale}
 */
function scaleOf({ domain, range, log = false, count = 5 }) {
  const along = log ? Math.log10 : (value) => value;
  const back = log ? (value) => 10 ** value : (value) => value;
  const [low, high] = domain.map(along);
  const perUnit = (range[1] - range[0]) / (high - low || 1);
  const scale = (value) => range[0] + (along(value) - low) * perUnit;
  scale.invert = (place) => back(low + (place - range[0]) / perUnit);
  scale.ticks = log ? logTicks(domain, count) : linearTicks(domain, count);
  scale.text = log ? logTickText : linearTickText(scale.ticks);
  return scale;
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function linearTicks([low, high], count) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => power * times >= rough * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) ticks.push(k * step || 0); // no −0
  return ticks;
}

/** Powers of ten, every second or third where they would be too many; 1, 2 and 5 of each where they are few. */
function logTicks([low, high], count) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / count));
  const ticks = [];
  if (last - first >= 2) {
    for (let power = first; power <= last; power += every) ticks.push(10 ** power);
    return ticks;
  }
  for (let power = first - 1; power <= last; power++) {
    for (const times of [1, 2, 5]) ticks.push(times * 10 ** power);
  }
  const found = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  return found.length > 1 ? found : linearTicks([low, high], count);
}

function logTickText(value) {
  return value >= 10 ? countText(value) : numberText(value, value < 1e-4 ? 1 : 3).replaceAll(" ", "");
}

const TICK_FORMATS = []; // by the digits behind the point

function linearTickText(ticks) {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const digits = { minimumFractionDigits: places, maximumFractionDigits: places };
  TICK_FORMATS[places] ??= new Intl.NumberFormat("en", digits);
  return (value) => TICK_FORMATS[places].format(value).replace("-", "−");
}

/**
 * The range of some numbers with a margin, a share of it; on a log scale a factor.
 * @param {Iterable<number>} values those that are not finite do not count
 */
function domainOf(values, { log = false, margin = 0.04 } = {}) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (log) return [low / (high / low || 2) ** margin / 1.02, high * (high / low || 2) ** margin * 1.02];
  const room = (high - low || Math.abs(high) || 1) * margin;
  return [low - room, high + room];
}
