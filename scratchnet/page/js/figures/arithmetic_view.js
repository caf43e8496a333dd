"use strict";
// The arithmetic of one number, as a reader can do it again: every product and every sum that made it.

const TERMS = 12; // of a Linear that are named

/**
 * @param {Step} step
 * @param {Object} answers see answersOf
 * @param {number} k which number of the step
 * @param {{picture: ChosenPicture, about: Object, channel: number | null, onChannel: function(number),
 *   onPick: function(Step, number)}} how channel: the one whose products are shown; null: the one that says most
 * @returns {HTMLElement}
 */
function arithmeticView(step, answers, k, how) {
  const views = {
    picture: pictureArithmetic,
    convolution: convolutionArithmetic,
    relu: reluArithmetic,
    pool: poolArithmetic,
    flatten: flattenArithmetic,
    linear: linearArithmetic,
    probability: probabilityArithmetic,
    ...DEEP_ARITHMETIC,
  };
  return make("div", { class: "arithmetic" }, ...views[step.kind](step, answers, k, how));
}

function pictureArithmetic(step, answers, k, { picture, about }) {
  const { map, row, column } = stepPlace(step, k);
  const pixel = picture.pixels.data[(row * step.width + column) * 3 + map];
  const [mean, std] = [about.mean[map], about.std[map]].map((number) => fixedText(number, 4));
  const sum = `(${pixel} / 255 − ${mean}) / ${std} = `;
  const colour = COLOUR_NAMES[map];
  return [
    formulaLine(sum, answers.layers.x.data[k]),
    make(
      "p",
      {},
      `The pixel's ${colour} is ${pixel} of 255. In the pictures that the network learned from, ${colour} is on average
      ${mean} of 1, give or take ${std}.`,
    ),
  ];
}

function convolutionArithmetic(step, answers, k, { channel, onChannel }) {
  const place = stepPlace(step, k);
  const { channels, bias, total } = convolutionSums(step.layer, answers.layers[step.before.name], place);
  const most = strongestChannel(step, k, answers);
  const shown = channels.length <= 3 ? channels.map((_, c) => c) : [channel ?? most];
  const all = channels.flatMap(({ window, products, sum }) => [...window, ...products, sum]);
  const decimals = decimalsFor(largestValue({ data: all }));
  const names = channels.map((_, c) => mapName(step.before, c));
  const rows = shown.map((c) => channelRow(channels[c], names[c], decimals));
  const sums = channels.map(({ sum }) => sum);
  if (channels.length <= 3) return [...rows, sumLine(sums.map((sum, c) => [names[c], sum]), bias, total, decimals)];
  const heading = `The sums of all ${channels.length} maps before. Pick one to see its nine products above.`;
  const table = channelSums(names, sums, { decimals, chosen: shown[0], onChannel });
  const line = sumLine([["all maps", sumOfNumbers(sums)]], bias, total, decimals);
  return [...rows, make("p", { class: "under" }, heading), table, line];
}

/** window × kernel = products, and their sum. */
function channelRow({ window, kernel, products, outside, sum }, name, decimals) {
  const scales = [window, kernel, products].map((data) => largestValue({ data }));
  const edge = outside.some(Boolean) ? ", 0 beyond the edge" : "";
  const grid = (data, title, place, off = []) =>
    shadedNumbers(data, { columns: Math.sqrt(data.length), title, largest: scales[place], decimals, off });
  return make(
    "div",
    { class: "channel-row" },
    grid(window, `${name}: what it sees${edge}`, 0, outside),
    make("span", { class: "sign" }, "×"),
    grid(kernel, "its weights", 1),
    make("span", { class: "sign" }, "="),
    grid(products, "products", 2),
    make("span", { class: "sign" }, "Σ"),
    make("output", { class: "channel-sum" }, make("small", {}, `sum of ${name}`), fixedText(sum, decimals)),
  );
}

function channelSums(names, sums, { decimals, chosen, onChannel }) {
  const largest = largestValue({ data: sums });
  const buttons = sums.map((sum, c) => {
    const pressed = { "aria-pressed": String(c === chosen), on: { click: () => onChannel(c) } };
    const number = make("b", { style: shadeStyle(sum, largest) }, fixedText(sum, decimals));
    return make("button", { type: "button", "data-channel": c, ...pressed }, make("small", {}, names[c]), number);
  });
  return make("div", { class: "channel-sums", role: "group", "aria-label": "The sums of all maps before" }, ...buttons);
}

function reluArithmetic(step, answers, k) {
  const before = answers.layers[step.before.name].data[k];
  const y = answers.layers[step.name].data[k];
  const why = before > 0 ? "It is positive, so it stays as it is." : "It is not positive, so 0 is left of it.";
  return [formulaLine(`max(${fixedText(before, 4)}, 0) = `, y), make("p", {}, why)];
}

function poolArithmetic(step, answers, k) {
  const before = answers.layers[step.before.name].data;
  const { map, top, left } = stepWindow(step, k);
  const places = [0, 1, 2, 3].map((i) => stepIndex(step.before, { map, row: top + (i >> 1), column: left + (i % 2) }));
  const window = places.map((place) => before[place]);
  const winner = places.indexOf(answers.winners[step.name][k]);
  const tied = window.filter((number) => number === window[winner]).length > 1;
  const decimals = decimalsFor(largestValue({ data: window }));
  const where = ["top left", "top right", "bottom left", "bottom right"][winner];
  const first = `Some are equally large: the first of them wins, ${where}.`;
  const why = tied ? first : `The largest is ${where}. The others end here.`;
  const largest = largestValue({ data: window });
  const grid = shadedNumbers(window, { columns: 2, title: "the four", largest, decimals, winner });
  return [make("div", { class: "channel-row" }, grid, formulaLine("largest: ", window[winner])), make("p", {}, why)];
}

function flattenArithmetic(step, answers, k) {
  const { map, row, column } = stepPlace(step.before, k);
  const { height, width } = step.before;
  const place = `(${map} · ${height} + ${row}) · ${width} + ${column} = ${k}`;
  return [
    formulaLine(`${unitName(step, k)} = ${unitName(step.before, k)} = `, answers.layers.flatten.data[k]),
    make("p", {}, `The same number, at another place: (map · height + row) · width + column, here ${place}.`),
  ];
}

function probabilityArithmetic(step, answers) {
  const z = answers.logit;
  const power = make("sup", {}, fixedText(-z, 4));
  return [
    formulaLine(["1 / (1 + e", power, `) = 1 / (1 + ${numberText(Math.exp(-z), 4)}) = `], answers.probability),
    make("p", {}, `The logit is ${fixedText(z, 4)}. ${z > 0 ? "Above" : "Below"} 0 is ${RUN.classes[z > 0 ? 1 : 0]}:
      ${percentText(Math.max(answers.probability, 1 - answers.probability))} sure.`),
  ];
}
