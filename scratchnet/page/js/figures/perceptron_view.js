"use strict";
// What a link says about the figure of a perceptron: each value as it is in the address, or as it is at first.

/**
 * @param {View} view
 * @param {string} id of the figure, with which its names begin
 * @param {RecordedPerceptron} run
 * @param {number[]} place that the network is asked about at first
 */
function perceptronView(view, id, run, place) {
  const name = (key) => `${id}.${key}`;
  const whole = (key, fallback, low, high) => Math.max(low, Math.min(high, Math.round(view.get(name(key), fallback))));
  const kept = run.results.kept_epoch;
  const strongest = strongestUnit(hiddenUnits(run.network(kept)));
  const keys = ["mode", "epoch", "unit", "at", "points", "alone", ...SETTINGS_THAT_COUNT];
  return {
    isTraining: () => view.get(name("mode")) === "train",
    epoch: () => whole("epoch", kept, 0, run.epochs),
    unit: (count) => whole("unit", strongest + 1, 1, count) - 1,
    at() {
      const numbers = view.get(name("at")).split("_").map(Number);
      return numbers.length === 2 && numbers.every(Number.isFinite) ? numbers : place;
    },
    own: () => ownPointsOf(view.get(name("points")), run),
    isAlone: () => view.get(name("alone")) === "1",
    settings: () => settingsOfView(view, id, run.settings),
    set: (changes) => view.set(Object.fromEntries(Object.entries(changes).map(([key, value]) => [name(key), value]))),
    onChange: (listener) => view.onChange(keys.map(name), listener),
  };
}

/** Two numbers for a link. */
function placeText(at) {
  return at.map((number) => Number(number.toFixed(3))).join("_");
}
