"use strict";
// The chain rule through the layers of a deep network, number by number where one number comes from one.

/** The same contract as the others in gradient_arithmetic.js; sum: the gradient itself. @returns {GradientSum} */
function throughDeep(next, layer, [, , height, width], { data: dy }, { index, sum }) {
  const P = height * width;
  const map = Math.floor(index / P);
  if (layer instanceof BatchNorm2d) {
    const { gamma, s } = layer.channel(map);
    return { rule: "norm", next, gamma, s, dy: dy[index], from: { layer: next, index }, sum };
  }
  if (layer instanceof GlobalAveragePool2d) {
    return { rule: "mean", next, count: P, dy: dy[map], from: { layer: next, index: map }, sum };
  }
  const told = layer instanceof Residual
    ? `${next} has seen this number on two ways: through its two convolutions, and around them. A gradient comes back ` +
      "on each way, and this is the sum of both. It is not taken apart here."
    : `Each filter of ${next} has seen this number with several of its ${layer.kernel} × ${layer.kernel} weights. What ` +
      "comes back through all of them is added up. It is not taken apart here.";
  return { rule: "told", next, told, sum };
}

/** By the rule: its sum as people read it. The same contract as the others in gradient_shown.js. */
const DEEP_SHOWN = {
  norm({ next, gamma, s, dy, from, sum }, { of, onFollow }) {
    const why =
      `${next} has divided this number by ${numberText(s)} and multiplied it by ${numberText(gamma)}. The mean that it ` +
      "takes away is a constant once training is over. So the gradient is scaled in the same way.";
    const product = `${gradientText(dy)} × ${numberText(gamma)} / ${numberText(s)}`;
    return [make("p", {}, why), fromHere(next, from, onFollow), totalLine(of, [product, gradientText(sum, 5)])];
  },
  mean({ next, count, dy, from, sum }, { of, onFollow }) {
    const why = `${next} has taken the mean of this map's ${count} numbers. Each of them has an equal part of the gradient.`;
    const share = `${gradientText(dy)} / ${count}`;
    return [make("p", {}, why), fromHere(next, from, onFollow), totalLine(of, [share, gradientText(sum, 5)])];
  },
  told: ({ told, sum }, { of }) => [make("p", {}, told), totalLine(of, [gradientText(sum, 5)])],
};

function fromHere(next, from, onFollow) {
  return make("div", { class: "sum-row" }, followButton("from here", next, from, onFollow));
}
