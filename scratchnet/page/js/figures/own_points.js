"use strict";
// Points that a reader draws: what the pointer does, and how they are kept in a link.

const MOST_OWN_POINTS = 300;

/**
 * @param {{classes: number, onTool: function(), onClear: function(), onAlone: function(boolean)}} how
 *   classes: how many there are, 1 for a curve
 * @returns {{element: HTMLElement, tool: number, set: function({own: OwnPoint[], alone: boolean})}}
 *   tool: the class that the pointer draws, −1 while it asks
 */
function ownPointControls({ classes, onTool, onClear, onAlone }) {
  const names = classes === 1 ? ["draws points"] : COLOUR.classes.slice(0, classes).map((_, k) => `draws class ${k}`);
  const options = [{ value: "-1", label: "asks" }, ...names.map((label, k) => ({ value: String(k), label }))];
  const tool = choiceOf({ label: "The pointer", options, value: "-1", onChange: onTool });
  const clear = buttonOf("", onClear);
  const alone = checkboxOf({ label: "learn from mine alone", value: false, onChange: onAlone });
  return {
    element: make("div", { class: "controls own" }, tool.element, clear, alone.element),
    get tool() {
      return Number(tool.value);
    },
    set(now) {
      clear.disabled = now.own.length === 0;
      alone.set(now.alone);
      clear.textContent = now.own.length > 1 ? `Clear my ${now.own.length} points` : "Clear my points";
    },
  };
}

/** Points as text for a link: thousandths and the class, 512_-233_1 each; the last ones, where they are too many. */
function ownPointsText(own, { isRegression }) {
  const thousandths = (number) => Math.round(1000 * number);
  const numbers = ({ x, label }) => [...x.map(thousandths), isRegression ? thousandths(label) : label];
  return own.slice(-MOST_OWN_POINTS).map((point) => numbers(point).join("_")).join(".");
}

/** The points of a link; what is none is left out. @returns {OwnPoint[]} */
function ownPointsOf(text, run) {
  const points = text.split(".").slice(0, MOST_OWN_POINTS).map((part) => part.split("_").map(Number));
  const whole = points.filter((numbers) => numbers.length === run.inputs + 1 && numbers.every(Number.isInteger));
  const read = whole.map((numbers) => {
    const x = numbers.slice(0, run.inputs).map((number) => number / 1000);
    const last = numbers[run.inputs];
    return { x, label: run.isRegression ? last / 1000 : last };
  });
  return read.filter(({ label }) => run.isRegression || (label >= 0 && label < run.outputs));
}
