"use strict";
// Formulas with their numbers in them, made while the page runs.

const FORMULA_PARTS = /(−?\d+(?:[.,]\d+)*)(?:\^(−?\d+))?|(\p{L}+\u0302?)(?:_(\w+))?|\S/gu;

/**
 * A formula as MathML: formulaInNumbers("y_1 = 0.5 · max(0, x)").
 * @param {string} text a minus that touches its number belongs to it, x_1 has an index, 10^−5 a power
 * @returns {MathMLElement}
 */
function formulaInNumbers(text) {
  const parts = [...text.matchAll(FORMULA_PARTS)].map(([whole, number, power, name, index]) => {
    if (number) return power ? mathPart("msup", mathPart("mn", number), mathPart("mn", power)) : mathPart("mn", number);
    if (name) return index ? mathPart("msub", mathPart("mi", name), mathPart("mn", index)) : mathPart("mi", name);
    return mathPart("mo", whole);
  });
  return mathPart("math", mathPart("mrow", ...parts));
}

function mathPart(tag, ...children) {
  const part = document.createElementNS("http://www.w3.org/1998/Math/MathML", tag);
  part.append(...children);
  if (children[0] === "(" || children[0] === ")") part.setAttribute("stretchy", "false");
  return part;
}

/** A number that is added: 0.5 -> "+ 0.5", −0.5 -> "− 0.5" */
function addedText(x, significant = 3) {
  return `${x < 0 ? "−" : "+"} ${numberText(Math.abs(x), significant)}`;
}

/** A number that is multiplied by: −0.5 -> "(−0.5)" */
function factorText(x, significant = 3) {
  return x < 0 ? `(${numberText(x, significant)})` : numberText(x, significant);
}
