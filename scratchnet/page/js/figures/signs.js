"use strict";
// The vital signs of every training of the run, by epoch and layer: see scratchnet/numpy_nn/vital_signs.py.

/**
 * @typedef {{epoch: number[], layer: string[], dead_units: number[], activation_rms: number[],
 *   gradient_rms: number[], update_ratio: number[]}} Signs one row for each epoch and layer
 * @typedef {{value: string, label: string, signs: Signs, verdict: string[]}} Patient one training of the run
 */

const SIGNS = [
  { key: "dead_units", title: "Dead units", axis: "share of a layer's units", text: (share) => percentText(share, 0) },
  { key: "activation_rms", title: "Size of what a layer hands on", axis: "root mean square" },
  { key: "gradient_rms", title: "Size of the gradients", axis: "root mean square" },
  { key: "update_ratio", title: "How far an epoch moved the weights", axis: "share of their size" },
];
const PERCEPTRON_NAME = { regression_1d: "curve", binary_rings: "rings", multiclass_blobs: "blobs" };

figure("signs", {
  title: "The vital signs of a training",
  absent: (run) => (patientsOf(run).length ? "" : "Nothing was trained in this run."),
  draw(element, run, view) {
    const patients = patientsOf(run);
    const chosen = () => patients.find(({ value }) => value === view.get("signs.of", "")) ?? patients[0];
    const choice = choiceOf({
      label: "Training",
      options: patients,
      value: chosen().value,
      onChange: (value) => view.set({ "signs.of": value }),
    });
    const verdict = make("div", { class: "verdict" });
    const charts = make("div", { class: "signs" });
    const show = () => {
      choice.set(chosen().value);
      verdict.replaceChildren(...verdictParts(chosen()));
      charts.replaceChildren(...signCharts(chosen()));
    };
    element.append(make("div", { class: "controls" }, choice.element), verdict, charts);
    show();
    view.onChange("signs.of", show);
    onTheme(show);
  },
});

/** Every training of the run: the best network for pictures comes first. @returns {Patient[]} */
function patientsOf({ networks, perceptrons }) {
  const pictures = Object.entries(networks).flatMap(([arch, both]) =>
    Object.entries(both).map(([backend, network]) => ({
      value: `${arch}_${backend}`,
      label: `${arch}, ${BACKEND_NAME[backend]}`,
      ...network,
    })),
  );
  const points = Object.entries(perceptrons).map(([task, perceptron]) => ({
    value: task,
    label: PERCEPTRON_NAME[task],
    ...perceptron,
  }));
  return [...pictures.reverse(), ...points];
}

/** What the stage said at the training's end; where it said nothing, the network is well. */
function verdictParts({ verdict, results }) {
  if (verdict.length) return verdict.map((sentence) => make("p", { class: "absent" }, sentence));
  const { test_accuracy: share } = results;
  const right = share === undefined ? "" : ` It is right on ${percentText(share)} of what it is tested with.`;
  return [make("p", { class: "under" }, `This network is well: it has learned.${right}`)];
}

/** A chart for each sign, a line for each layer, from the first to the last. */
function signCharts({ label, signs }) {
  const layers = [...new Set(signs.layer)];
  const colours = [COLOUR.cat, COLOUR.dog, COLOUR.numpy, COLOUR.pytorch];
  return SIGNS.map(({ key, title, axis, text }) => {
    const series = layers.map((layer, k) => {
      const rows = signs.layer.flatMap((name, row) => (name === layer ? [row] : []));
      const values = rows.map((row) => signs[key][row]);
      return {
        name: layer,
        colour: colours[k % colours.length],
        x: rows.map((row) => signs.epoch[row]),
        y: text ? values : values.map((value) => value || NaN), // 0 has no place on a logarithmic scale
      };
    });
    const logarithmic = { label: `${axis} (logarithmic)`, log: true, text: (value) => gradientText(value, 2) };
    const y = text ? { label: axis, domain: [0, 1], text } : logarithmic;
    const description = `${title}, a line for each layer of ${label}, over the epochs.`;
    return lineChart({ title, description, x: { label: "epoch" }, y, series, height: 220 }).element;
  });
}
