"use strict";
// The settings of a training in the page: each a slider over numbers that make sense, and the run's own among them.

const CHOICES_OF_SETTING = {
  learning_rate: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  hidden: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128],
  batch_size: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000],
  weight_decay: [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
};
const NAME_OF_SETTING = {
  learning_rate: "learning rate",
  hidden: "hidden units",
  batch_size: "batch",
  weight_decay: "weight decay",
};
const LARGEST_SEED = 2 ** 32 - 1;

/**
 * @param {Object<string, number>} settings of the run, in which it starts
 * @param {function(Object<string, number>)} onChange what was changed, by its name in params.yaml
 * @returns {{element: HTMLElement, set: function(Object<string, number>)}} set tells nobody
 */
function settingsControls(settings, onChange) {
  const sliders = Object.entries(CHOICES_OF_SETTING).map(([name, choices]) => {
    const values = [...new Set([...choices, settings[name]])].sort((a, b) => a - b);
    const slider = sliderOf({
      label: NAME_OF_SETTING[name],
      min: 0,
      max: values.length - 1,
      value: values.indexOf(settings[name]),
      text: (place) => numberText(values[place]),
      onInput: (place) => onChange({ [name]: values[place] }),
    });
    return { name, element: slider.element, set: (value) => slider.set(nearestPlace(values, value)) };
  });
  const seed = seedField(settings.seed, (value) => onChange({ seed: value }));
  return {
    element: make("div", { class: "settings" }, ...sliders.map(({ element }) => element), seed.element),
    set(now) {
      for (const slider of sliders) slider.set(now[slider.name]);
      seed.set(now.seed);
    },
  };
}

function nearestPlace(values, value) {
  return largestOf(values.map((one) => -Math.abs(one - value)));
}

function seedField(value, onChange) {
  const about = { id: freshId("seed"), inputmode: "numeric", value };
  const input = make("input", { type: "number", min: 0, max: LARGEST_SEED, step: 1, ...about });
  input.addEventListener("change", () => {
    if (isSeed(input.valueAsNumber)) onChange(input.valueAsNumber);
    else input.value = value;
  });
  const next = () => onChange((Number(input.value) + 1) % LARGEST_SEED);
  const again = buttonOf("another", next, { label: "another seed" });
  return {
    element: make("div", { class: "seed" }, make("label", { for: input.id }, "seed"), input, again),
    set(to) {
      const isTyped = input === document.activeElement && input.value !== String(value); // but not yet entered
      value = to;
      if (!isTyped) input.value = to;
    },
  };
}

function isSeed(number) {
  return Number.isInteger(number) && number >= 0 && number <= LARGEST_SEED;
}

/**
 * The settings that a link asks for, where they make sense; the run's elsewhere.
 * @param {View} view
 * @param {string} id of the figure
 */
function settingsOfView(view, id, settings) {
  const makesSense = {
    learning_rate: (value) => value > 0 && value <= 10,
    hidden: (value) => Number.isInteger(value) && value >= 1 && value <= Math.max(128, settings.hidden),
    batch_size: (value) => Number.isInteger(value) && value >= 1,
    weight_decay: (value) => value >= 0 && value <= 1,
    seed: isSeed,
  };
  const pairs = Object.entries(makesSense).map(([name, isGood]) => {
    const asked = view.get(`${id}.${name}`, settings[name]);
    return [name, isGood(asked) ? asked : settings[name]];
  });
  return Object.fromEntries(pairs);
}
