"use strict";
// This run: what it found, from what, with which settings and versions; and the command that makes it again.

const SECTION_TITLE = {
  data: "Pictures",
  train_mlp: "Perceptrons",
  train_linear: "The linear model",
  train_numpy_cnn: "The networks, both of them",
  train_cuda_cnn: "PyTorch alone",
  of_arch: "What a network has otherwise",
};
const SOURCE_TEXT = { drawn: "drawn by this project", folder: "your own photographs", oxford_pets: "the Oxford pets" };

figure("run", {
  title: "This run",
  draw(element, run) {
    const { data, made, params } = run;
    const parts = [resultsPart(run), dataPart(data), madePart(made), settingsPart(params), missingPart(run)];
    element.append(...parts.filter(Boolean));
  },
});

function part(title, ...content) {
  return make("div", { class: "part" }, make("h4", {}, title), ...content);
}

const NETWORK_HEAD = ["network", "right, test", "loss, test", "loss, training", "weights", "epoch kept"];
const PERCEPTRON_HEAD = ["perceptron", "right, test", "best possible", "loss, test", "least possible", "epoch kept"];

function resultsPart({ networks, perceptrons, comparison }) {
  const cnns = Object.entries(networks).flatMap(([arch, both]) =>
    Object.entries(both).map(([backend, { results }]) => [
      `${arch}, ${BACKEND_NAME[backend]}`,
      percentText(results.test_accuracy),
      numberText(results.test_loss),
      numberText(results.train_loss),
      countText(results.parameters),
      `${results.kept_epoch}`,
    ]),
  );
  const mlps = Object.entries(perceptrons).map(([task, { results }]) => [
    task,
    results.test_accuracy === undefined ? "–" : percentText(results.test_accuracy, 2),
    results.bayes_accuracy === undefined ? "–" : percentText(results.bayes_accuracy, 2),
    numberText(results.test_loss, 4),
    results.bayes_loss === undefined ? "–" : numberText(results.bayes_loss, 4),
    `${results.kept_epoch}`,
  ]);
  const gaps = Object.entries(comparison).map(([arch, { loss_gap }]) => `${numberText(loss_gap, 2)} (${arch})`);
  return part(
    "Results",
    cnns.length > 0 && tableOf("Networks", NETWORK_HEAD, cnns),
    gaps.length > 0 && make("p", {}, `The losses of NumPy and PyTorch differ by at most ${listText(gaps)}.`),
    mlps.length > 0 && tableOf("Perceptrons", PERCEPTRON_HEAD, mlps),
  );
}

function dataPart(data) {
  if (!data) return null;
  const { train, val, test } = data.splits;
  const splits = `${countText(train)} to train, ${countText(val)} to validate, ${countText(test)} to test`;
  const facts = factsOf([
    ["source", SOURCE_TEXT[data.source]],
    ["found", countText(data.found)],
    ["used", `${countText(data.accepted)}: ${splits}`],
    ["rejected", `${countText(data.rejected)}, and ${countText(data.duplicates)} that repeat another`],
  ]);
  const rejected = data.rejected_files;
  if (rejected.length === 0) return part("Pictures", facts);
  const shown = `What could not be used, and why (${rejected.length === 200 ? "the first 200" : rejected.length})`;
  const table = () => tableOf(shown, ["file", "reason", "in detail"], rejected, { numbers: false });
  return part("Pictures", facts, foldedAway(shown, table));
}

function madePart({ command, versions }) {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const facts = [["command", make("code", {}, command)]];
  if (names.length) facts.push(["with", names.join(", ")]);
  return part("How it was made", factsOf(facts));
}

function settingsPart(params) {
  const folded = Object.entries(params).map(([section, tree]) =>
    foldedAway(`${SECTION_TITLE[section] ?? section} (${section})`, () =>
      tableOf(`Settings of ${section}`, ["setting", "value"], settingRows(tree), { numbers: false }),
    ),
  );
  return part("Settings", make("p", {}, "All of params.yaml that the results depend on."), ...folded);
}

/** A tree as rows: {drawn: {train: 2000}} -> ["drawn.train", "2000"] */
function settingRows(tree, above = "") {
  return Object.entries(tree).flatMap(([name, value]) => {
    const whole = `${above}${name}`;
    return typeof value === "object" ? settingRows(value, `${whole}.`) : [[whole, String(value)]];
  });
}

function missingPart({ missing, notes }) {
  const sentences = [...missing, ...notes];
  if (sentences.length === 0) return null;
  return part("What is not on this page", make("ul", {}, ...sentences.map((sentence) => make("li", {}, sentence))));
}
