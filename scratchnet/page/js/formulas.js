"use strict";
// Formulas with their numbers in them, made while the page runs.

const FORMULA_PARTS = /(−?\d+(?:[.,]\d+)*[⁻⁰¹²³⁴-⁹]*)|(\p{L}+\u0302?)(?:_(\w+))?|\S/gu;

/**
 * A formula as MathML: formulaInNumbers("y_1 = 0.5 · max(0, x)"). A line may end before what is added.
 * @param {string} text a minus that touches its number belongs to it, x_1 has an index
 * @returns {HTMLElement}
 */
function formulaInNumbers(text) {
  const pieces = text.split(/ (?=[=+−] )/).flatMap((piece, place) => [place > 0 && make("wbr"), mathOf(piece)]);
  return make("span", {}, ...pieces);
}

function mathOf(text) {
  const parts = [...text.matchAll(FORMULA_PARTS)].map(([whole, number, name, index], place) => {
    if (number) return mathPart("mn", number);
    if (name) return index ? mathPart("msub", mathPart("mi", name), mathPart("mn", index)) : mathPart("mi", name);
    return operatorPart(whole, place === 0);
  });
  return mathPart("math", mathPart("mrow", ...parts));
}

function mathPart(tag, ...children) {
  const part = document.createElementNS("http://www.w3.org/1998/Math/MathML", tag);
  part.append(...children);
  return part;
}

/** An operator that begins a piece of a longer formula still has its room on both sides. */
function operatorPart(text, isFirst) {
  const part = mathPart("mo", text);
  if (isFirst && "=+−".includes(text)) part.setAttribute("form", "infix");
  if ("()".includes(text)) part.setAttribute("stretchy", "false");
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
