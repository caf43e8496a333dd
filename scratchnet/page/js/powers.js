"use strict";
// Small numbers with a power of ten, and many numbers in one power that suits them all.

/** 0.0123 -> "0.0123", 0.0000123 -> "1.23 · 10⁻⁵" */
function gradientText(value, significant = 3) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -3 && exponent < 6) return numberText(value, significant);
  return `${numberText(value / 10 ** exponent, significant)} · ${tenToThe(exponent)}`;
}

/** ["1", "−2"] -> "1 − 2" */
function sumText(texts) {
  return texts.join(" + ").replaceAll("+ −", "− ");
}

/**
 * A power of ten in which numbers are written that stand together.
 * @param {number[]} numbers
 * @returns {{text: function(number): string, name: string, spoken: string, sum: function(string[]): string}}
 *   text: two digits behind the point; name: ", in 10⁻⁴", or nothing; sum: texts added up, with the power
 */
function unitOf(numbers) {
  const largest = Math.max(...numbers.map(Math.abs));
  const exponent = largest > 0 ? Math.floor(Math.log10(largest)) : 0;
  const plain = exponent === 0 || exponent === 1;
  const factor = plain ? 1 : 10 ** exponent;
  const text = (value) => (value / factor).toFixed(2).replace("-", "−");
  const name = plain ? "" : `, in ${tenToThe(exponent)}`;
  const sum = (texts) => {
    const added = sumText(texts);
    return plain ? added : `(${added}) · ${tenToThe(exponent)}`;
  };
  return { text, name, spoken: name, sum };
}

/** How many times larger something is drawn: 115.3 -> "enlarged 115 times" */
function enlargedText(times) {
  return times > 1.05 ? `enlarged ${numberText(times)} times` : "on its own scale";
}
