"use strict";
// What the layers of a deep network are, in sentences, and the arithmetic of their numbers.

const DEEP_SENTENCES = {
  norm:
    "A batch norm brings each map to one size: less its mean, divided by its standard deviation, both as they were in " +
    "training. Then it is scaled and moved as the network has learned.",
  block:
    "A residual block has two ways from the maps before, and adds up what comes out of both: one goes through two " +
    "convolutions, the other around them.",
  mean: "Of each map the mean is left: what it has found, wherever in the picture that was.",
};
const DEEP_ARITHMETIC = { norm: normArithmetic, block: blockArithmetic, mean: meanArithmetic };

function normArithmetic(step, answers, k) {
  const { map } = stepPlace(step, k);
  const x = stepNumbers(step.before, answers)[k];
  const { gamma, beta, mean, s } = step.layer.channel(map);
  const [g, m, deviation] = [gamma, mean, s].map((number) => fixedText(number, 4));
  const sign = beta < 0 ? "−" : "+";
  const sum = `${g} · (${fixedText(x, 4)} − ${m}) / ${deviation} ${sign} ${fixedText(Math.abs(beta), 4)} = `;
  const text = `Of map ${map} of ${step.before.name} the mean was ${m} in training, and the standard deviation ` +
    `${deviation}. The factor ${g} and the ${fixedText(beta, 4)} at the end were learned.`;
  return [formulaLine(sum.replace("− −", "+ "), stepNumbers(step, answers)[k]), make("p", {}, text)];
}

function blockArithmetic(step, answers, k) {
  const [through, around] = answers.ways[step.name].map(({ data }) => data[k]);
  const decimals = decimalsFor(largestValue({ data: [through, around] }));
  const parts = [["through two convolutions", through], ["around them", around]];
  const { conv_short } = step.layer.shortcut;
  const way = conv_short
    ? "The way around has a convolution of 1 × 1, for the block changes how many maps there are, and a norm."
    : "The way around has no weights: this number of the maps before comes through as it is.";
  return [
    sumLine(parts, null, stepNumbers(step, answers)[k], decimals),
    make("p", {}, `${way} What the two convolutions add up is not taken apart here.`),
  ];
}

function meanArithmetic(step, answers, k) {
  const { before } = step;
  const P = before.height * before.width;
  const seen = Array.from(stepNumbers(before, answers).subarray(k * P, (k + 1) * P));
  const largest = largestValue({ data: seen });
  const how = { columns: before.width, title: `map ${k} of ${before.name}`, largest, decimals: decimalsFor(largest) };
  const sum = `${fixedText(sumOfNumbers(seen), 4)} / ${P} = `;
  const line = formulaLine(sum, stepNumbers(step, answers)[k]);
  return [make("div", { class: "channel-row" }, shadedNumbers(seen, how), line)];
}

/** What the next layer makes of a number, where it is one of a deep network. */
function deepNextSentence({ next, height, width }) {
  return {
    norm: `${next.name} takes the mean of its map away, and scales it.`,
    block: `Both ways of ${next.name} begin with it. The way around gives most of it to`,
    mean: `${next.name} takes the mean of its ${height * width} numbers.`,
  }[next.kind];
}
