"use strict";
// Why two trainings drift apart: the losses of both, the gap between them, and one sum in three orders.

/** The losses of both over the epochs, and how far apart they are. @returns {Node[]} */
function lossCharts(run, arch) {
  const [one, other] = TWINS.map((backend) => run.networks[arch][backend].loss);
  // PyTorch's are drawn last, dashed and thinner: where both agree, green shows in the gaps.
  const under = { colour: COLOUR.numpy, width: 5, opacity: 0.55, x: one.epoch };
  const over = { colour: COLOUR.pytorch, x: other.epoch };
  const curves = [
    { ...under, name: "NumPy, training", y: one.train_loss },
    { ...under, name: "NumPy, validation", y: one.val_loss, dash: "1 8" },
    { ...over, name: "PyTorch, training", y: other.train_loss, dash: "7 5" },
    { ...over, name: "PyTorch, validation", y: other.val_loss, dash: "2 6" },
  ];
  const charts = [
    lineChart({
      title: `${arch}: the losses of both`,
      description: "Training and validation loss over the epochs, of NumPy and of PyTorch, laid on each other.",
      x: { label: "epoch" },
      y: { label: "loss", text: (value) => numberText(value, 4) },
      series: curves,
    }),
  ];
  if (`${one.epoch}` === `${other.epoch}`) charts.push(gapChart(arch, one, other));
  const why = make("p", { class: "why-apart" }, whyApart(arch, run.comparison[arch]));
  return [make("h4", {}, "Why they drift apart"), why, ...charts.map(({ element }) => element)];
}

function gapChart(arch, one, other) {
  // 0 has no place on a logarithmic scale
  const gap = (key) => one[key].map((loss, k) => Math.abs(loss - other[key][k]) || NaN);
  return lineChart({
    title: `${arch}: the gap between them`,
    description: "The absolute difference of NumPy's loss and PyTorch's over the epochs, on a logarithmic axis.",
    x: { label: "epoch" },
    y: { label: "difference of the losses (logarithmic)", log: true, text: (value) => gradientText(value, 2) },
    series: [
      { name: "training", colour: COLOUR.train, x: one.epoch, y: gap("train_loss") },
      { name: "validation", colour: COLOUR.val, x: one.epoch, y: gap("val_loss"), dash: "7 4" },
    ],
    height: 240,
  });
}

function whyApart(arch, comparison) {
  const reason =
    "Both do the same operations on the same numbers. But a sum of many numbers is rounded after each addition, and " +
    "the two add in different orders.";
  if (!comparison) return reason;
  const { loss_gap, loss_gap_first_epoch } = comparison;
  return (
    `After the first epoch of ${arch} the losses were ${gradientText(loss_gap_first_epoch, 2)} apart, and over the ` +
    `whole training never more than ${gradientText(loss_gap, 2)}. ${reason}`
  );
}

const ROUNDED = "Each sum is rounded to float32 after each addition. How far is it off from the sum in float64?";

/** One number of the first Linear, added up in three orders: float32 keeps seven digits, and which ones hangs on the order. */
function threeSums(arch, { layers }) {
  const all = [...networkOf(arch, "numpy").layers];
  const place = all.findIndex(([, layer]) => layer instanceof Linear);
  const [name, { params: { W } }] = all[place];
  const unit = placeOfLargest(layers[name]);
  const x = layers[all[place - 1][0]].data;
  const products = Float32Array.from(x, (number, d) => number * W.data[d * W.shape[1] + unit]);
  const exact = products.reduce((sum, product) => sum + product, 0);
  const orders = [
    ["from the first to the last", inOrder(products)],
    ["from the last to the first", inOrder(products.slice().reverse())],
    ["in halves, and halves of these", inHalves(products)],
  ];
  const rows = orders.map(([order, sum]) => [order, sum.toFixed(7).replace("-", "−"), gradientText(sum - exact, 2)]);
  const title = `The same ${countText(products.length)} products, added up in three orders`;
  return make(
    "div",
    { class: "part three-sums" },
    make("h4", {}, title),
    make("p", {}, `They make unit ${unit + 1} of ${name} on this picture. ${ROUNDED}`),
    tableOf(title, ["order", "sum", "off by"], rows),
  );
}

/** @param {Float32Array} numbers */
function inOrder(numbers) {
  return numbers.reduce((sum, number) => Math.fround(sum + number), 0);
}

/** Both halves are added up in the same way, and then with each other. */
function inHalves(numbers) {
  if (numbers.length <= 2) return inOrder(numbers);
  const middle = numbers.length >> 1;
  return Math.fround(inHalves(numbers.subarray(0, middle)) + inHalves(numbers.subarray(middle)));
}
