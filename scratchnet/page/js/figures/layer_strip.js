"use strict";
// The whole network in one row, from the picture to the probability: choose the step to look at.

/**
 * @param {Step[]} steps
 * @param {{chosen: string, onChoose: function(string)}} how the names of steps
 * @param {HTMLElement} beside something that stands beside the buttons
 * @returns {{element: HTMLElement, paint: function(Object), set: function(string)}} paint: the answers to a picture
 */
function layerStrip(steps, { chosen, onChoose }, beside) {
  const name = freshId("step");
  const canvases = steps.map(() => make("canvas", { class: "map", "aria-hidden": "true" }));
  const inputs = steps.map((step) => {
    const input = make("input", { type: "radio", name, value: step.name, id: freshId(name) });
    input.addEventListener("change", () => onChoose(step.name));
    return input;
  });
  const cells = steps.flatMap((step, place) => {
    const titles = { x: "picture", p: probabilityName() };
    const title = titles[step.name] ?? step.name.replace(/^relu_block.*/, "relu");
    const label = make("label", { for: inputs[place].id }, canvases[place], make("span", {}, title), shapeLine(step));
    return [inputs[place], label];
  });
  const row = make("div", { class: "steps" }, ...cells);
  let shown = null;
  const set = (to) => {
    if (to === shown) return; // to ask where a label stands costs a layout of the page
    shown = to;
    for (const input of inputs) input.checked = input.value === to;
    const label = inputs.find((input) => input.checked)?.nextElementSibling;
    if (label) row.scrollLeft = label.offsetLeft - (row.clientWidth - label.offsetWidth) / 2; // the row alone moves
  };
  const go = (by) => {
    const to = steps[inputs.findIndex((input) => input.checked) + by];
    if (!to) return;
    set(to.name);
    onChoose(to.name);
  };
  const back = buttonOf("‹", () => go(-1), { kind: "round", label: "The layer before" });
  const on = buttonOf("›", () => go(1), { kind: "round", label: "The next layer" });
  const hint = "Step through the layers: it follows the number that you picked.";
  for (const input of inputs) input.checked = input.value === chosen;
  return {
    element: make(
      "fieldset",
      { class: "layer-strip" },
      make("legend", { class: "unseen" }, "Layer"),
      make("div", { class: "controls" }, back, on, make("span", { class: "under" }, hint), beside),
      row,
    ),
    paint(answers) {
      steps.forEach((step, place) => {
        const numbers = stepNumbers(step, answers);
        paintAllMaps(canvases[place], step, numbers, stepScale(step, numbers));
      });
    },
    set,
  };
}

/** "16×64×64", "64" */
function shapeLine({ maps, height, width, kind }) {
  const inOneRow = kind === "flatten" || (maps === 1 && height === 1);
  const sides = inOneRow ? [height * width] : [maps, height, width];
  return make("small", {}, sides.join("×"));
}
