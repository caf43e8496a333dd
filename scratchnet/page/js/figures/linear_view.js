"use strict";
// The arithmetic of a number of a Linear: a sum of so many products that only the largest are named.

/** The same contract as the others in arithmetic_view.js. */
function linearArithmetic(step, answers, k, { onPick }) {
  const x = answers.layers[step.before.name].data;
  const { terms, rest, bias, total, products } = linearSums(step.layer, x, k, TERMS);
  const decimals = decimalsFor(largestValue({ data: terms.map(({ product }) => product) }));
  const source = step.before.kind === "flatten" ? step.before.before : step.before;
  const rows = terms.map(({ place, x: number, w, product }) => [
    buttonOf(unitName(source, place), () => onPick(source, place), { label: `Go to ${unitName(source, place)}` }),
    fixedText(number, decimals),
    fixedText(w, decimals),
    make("b", { style: shadeStyle(product, Math.abs(terms[0].product)) }, fixedText(product, decimals)),
  ]);
  const largest = sumOfNumbers(terms.map(({ product }) => product));
  const parts = [[`these ${terms.length}`, largest]];
  if (rest.count > 0) parts.push([`the other ${countText(rest.count)}`, rest.sum]);
  const head = [source.name, "x", "W", "x · W"];
  const title = `The ${terms.length} products of ${countText(x.length)} that are furthest from 0`;
  const zeros = ` Of the others, ${countText(rest.zeros)} are 0, for ReLU has left nothing there.`;
  const silent = rest.zeros > 0 ? zeros : "";
  return [
    source === step.before ? contributionBars(source, products) : contributionMap(source, products),
    make("p", {}, `${title}.${silent}`),
    terms.length ? tableOf(title, head, rows) : "",
    sumLine(parts, bias, total, decimals),
  ];
}

/** Where in the picture the sum comes from: the products of each place, added up over all maps. */
function contributionMap(step, products) {
  const { maps, height, width } = step;
  const sums = zeros([height, width], Float64Array);
  for (let map = 0, k = 0; map < maps; map++) for (let p = 0; p < height * width; p++, k++) sums.data[p] += products[k];
  const largest = largestValue(sums);
  const label = "What each place of the picture adds to the sum";
  const canvas = make("canvas", { class: "map", role: "img", "aria-label": label });
  paintMap(canvas, sums.data, { height, width, largest });
  const caption = make("figcaption", {}, `${label}: its products, over all ${maps} maps.`, shadesKey(largest));
  return make("figure", { class: "contributions" }, canvas, caption);
}

/** What each unit before adds to the logit: up for the second class, down for the first. */
function contributionBars(step, products) {
  const [first, second] = RUN.classes;
  const text = `What each of the ${products.length} numbers of ${step.name} adds: up for ${second}, down for ${first}.`;
  const canvas = make("canvas", { class: "map", role: "img", "aria-label": text });
  paintBars(canvas, products, largestValue({ data: products }), [COLOUR.classes[1], COLOUR.classes[0]]);
  return make("figure", { class: "contributions wide" }, canvas, make("figcaption", {}, text));
}
