"use strict";
// Numbers as people read them.

/** 1234 -> "1,234" */
function countText(count) {
  return Math.round(count).toLocaleString("en");
}

const FORMATS = []; // by the digits behind the point: to make one anew for each number is slow

/**
 * A number with so many digits that count: 0.012345 -> "0.0123", 1234.5 -> "1,235".
 * @param {number} x
 * @param {number} significant
 */
function numberText(x, significant = 3) {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return String(x);
  const size = Math.floor(Math.log10(Math.abs(x)));
  if (size < -4) return powerText(x.toExponential(Math.max(0, significant - 1)));
  const places = Math.max(0, Math.min(12, significant - 1 - size));
  FORMATS[places] ??= new Intl.NumberFormat("en", { maximumFractionDigits: places });
  return FORMATS[places].format(x).replace("-", "−");
}

/** "-1.2e-7" -> "−1.2 · 10⁻⁷" */
function powerText(exponential) {
  const [number, power] = exponential.split("e-");
  return `${number.replace("-", "−")} · ${tenToThe(-power)}`;
}

/** −4 -> "10⁻⁴" */
function tenToThe(exponent) {
  const raised = Array.from(String(Math.abs(exponent)), (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${raised}`;
}

/** A share of 1: 0.9234 -> "92.3%" */
function percentText(share, places = 1) {
  return `${(100 * share).toFixed(places)}%`;
}

/** Milliseconds in the unit that suits them: 23.76 -> "23.8 ms", 506756 -> "8 min 27 s" */
function durationText(milliseconds) {
  if (milliseconds < 1000) return `${numberText(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 100) return `${numberText(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** ["a", "b", "c"] -> "a, b and c" */
function listText(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}
