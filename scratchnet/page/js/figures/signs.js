"use strict";
// The vital signs of every training of the run: four numbers for each layer, by which one sees that it is well, or ill.

const SIGNS = [
  { sign: "dead_units", title: "Dead units", of: "The share of each layer's units that answer nothing to any sample" },
  { sign: "activation_rms", title: "Size of activations", of: "The root mean square of what each layer hands on" },
  { sign: "gradient_rms", title: "Size of gradients", of: "The root mean square of ∂L/∂W, of each layer's weights" },
  { sign: "update_ratio", title: "Update to weights", of: "How far an epoch moved each layer's weights, as a share of them" },
];

figure("signs", {
  title: "The vital signs of each training",
  absent: ({ signs }) => (signs.length ? "" : "The vital signs of no training are there: dvc repro"),
  draw(element, { signs }, view) {
    const ids = signs.map(({ id }) => id);
    const usual = ids[ids.length - 1];
    const chosen = () => signs[ids.indexOf(ids.includes(view.get("signs.of")) ? view.get("signs.of") : usual)];
    const choice = choiceOf({
      label: "Training",
      options: signs.map(({ id, name }) => ({ value: id, label: name })),
      value: chosen().id,
      onChange: (value) => view.set({ "signs.of": value }),
    });
    const charts = SIGNS.map((sign) => signPanels(panelsOf(sign, chosen())));
    view.onChange("signs.of", () => {
      choice.set(chosen().id);
      charts.forEach((chart, k) => chart.update(panelsOf(SIGNS[k], chosen())));
    });
    element.append(verdictsOf(signs), choice.element, ...charts.map((chart) => chart.element));
  },
});

/** What `signPanels` wants, of one sign of one training. */
function panelsOf({ sign, title, of }, { name, epoch, layers, signs }) {
  const values = signs[sign];
  const share = sign === "dead_units";
  return {
    title: `${name}: ${title.toLowerCase()}`,
    description: `${of}, a panel for each layer, over the epochs.`,
    epoch, layers, values,
    log: !share && values.flat().some((value) => value > 0),
    domain: share ? [0, 1] : undefined,
    text: share ? shareText : numberText,
  };
}

/** 0.5 -> "50%", 0.344 -> "34.4%" */
function shareText(share) {
  return percentText(share, (100 * share) % 1 ? 1 : 0);
}

/** Of each training that did not go well what the sign is, and what to try; else that all went well. */
function verdictsOf(signs) {
  const ill = signs.filter(({ told }) => told.length);
  if (!ill.length) return make("p", { class: "health" }, "Every training of this run has learned something.");
  const items = ill.map(({ name, told }) => make("li", {}, make("strong", {}, `${name}: `), told.join(" ")));
  return make("ul", { class: "health" }, ...items);
}
