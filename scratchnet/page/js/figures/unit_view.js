"use strict";
// One number of the network: what it sees in the picture and in the step before, the arithmetic that made it, and which
// numbers of the next step see it.

/**
 * @param {Step} step
 * @param {number} k which of its numbers
 * @param {{answers: Object, picture: ChosenPicture, about: Object, channel: number | null, onChannel: function(number),
 *   onPick: function(Step, number)}} how see arithmeticView
 * @returns {HTMLElement}
 */
function unitView(step, k, how) {
  const value = stepNumbers(step, how.answers)[k];
  const title = make("h5", {}, make("code", {}, unitName(step, k)), " = ", make("output", {}, fixedText(value, 4)));
  return make(
    "div",
    { class: "unit", role: "group", "aria-label": "The number that you have picked" },
    title,
    make("p", { class: "under" }, placeSentence(step, k)),
    unitPanels(step, k, how),
    arithmeticView(step, how.answers, k, how),
    nextView(step, k, how),
  );
}

function placeSentence(step, k) {
  const { map, row, column } = stepPlace(step, k);
  if (step.kind === "probability") return `How likely the network thinks ${RUN.classes[1]}.`;
  if (step.maps === 1) return `Number ${countText(k)} of ${countText(stepCount(step))}, counted from 0.`;
  const name = mapName(step, map);
  return `${name[0].toUpperCase()}${name.slice(1)}, row ${row}, column ${column}, counted from 0 as in NumPy.`;
}

/** The picture with the receptive field, the step before with what is seen of it, the next with what sees it. */
function unitPanels(step, k, { answers, picture, channel }) {
  const field = pictureField(step, k);
  const sides = { height: picture.pixels.shape[0], width: picture.pixels.shape[1] };
  const canvas = make("canvas", { class: "map", role: "img", "aria-label": "The picture" });
  paintPicture(canvas, picture.pixels.data, sides.width);
  const seen = field.height === sides.height && field.width === sides.width ? "the whole picture" : fieldText(field);
  const panels = [panelOf(canvas, field, sides, `It depends on ${seen}.`)];
  if (step.before && step.before.kind !== "picture") {
    const window = stepWindow(step, k);
    const strongest = () => stepPlace(step.before, unitBefore(step, k, answers)).map;
    const map = window.map ?? channel ?? strongest();
    const all = window.map === null && step.before.maps > 1 ? `, in all ${step.before.maps} maps` : "";
    const some = step.kind === "linear" ? `all ${countText(stepCount(step.before))} numbers` : numbersText(window);
    const text = `It sees ${some} of ${mapTitle(step.before, map)}${all}.`;
    panels.push(panelOf(stepCanvas(step.before, answers, map), cutToMap(window, step.before), step.before, text));
  }
  if (step.kind === "convolution") panels.push(filterPanel(step, k, channel ?? strongestChannel(step, k, answers)));
  if (step.next) {
    const users = stepUsers(step, k);
    const map = users?.map ?? stepPlace(step.next, Math.min(k, stepCount(step.next) - 1)).map;
    panels.push(panelOf(stepCanvas(step.next, answers, map), users, step.next, usersSentence(step, users)));
  }
  return make("div", { class: "panels" }, ...panels);
}

/** The weights that it is weighed with: as colours where it sees the picture, else those of one map. */
function filterPanel(step, k, channel) {
  const { W } = step.layer.params;
  const { map } = stepPlace(step, k);
  const [, , side] = W.shape;
  const kernel = { height: side, width: side };
  const ofPicture = step.before.kind === "picture";
  const text = ofPicture ? `Filter ${map}, its three colours in one` : `Filter ${map} for map ${channel}`;
  const canvas = make("canvas", { class: "map", role: "img", "aria-label": text });
  if (ofPicture) paintFilter(canvas, W, map, largestValue(W));
  else paintMap(canvas, W.data, { ...kernel, largest: largestValue(W), offset: (map * W.shape[1] + channel) * side * side });
  return panelOf(canvas, null, kernel, `${text}: ${side} × ${side} weights.`);
}

function panelOf(canvas, region, step, text) {
  const flat = step.height === 1 && step.width > 1 ? " flat" : "";
  const framed = make("div", { class: `framed${flat}` }, canvas, region ? regionFrame(region, step) : null);
  return make("figure", { class: "panel" }, framed, make("figcaption", {}, text));
}

function stepCanvas(step, answers, map) {
  const numbers = stepNumbers(step, answers);
  const canvas = make("canvas", { class: "map", role: "img", "aria-label": mapTitle(step, map) });
  paintStep(canvas, step, numbers, { map, largest: mapScale(step, numbers, map) });
  return canvas;
}

/** "map 7 of conv1", "fc1" */
function mapTitle(step, map) {
  if (step.kind === "picture") return `the picture's ${COLOUR_NAMES[map]}`;
  return step.maps > 1 ? `map ${map} of ${step.name}` : stepTitle(step).replace("The ", "the ");
}

function fieldText({ height, width }) {
  return height * width === 1 ? "one pixel of the picture" : `${height} × ${width} pixels of the picture`;
}

function numbersText({ height, width }) {
  return height * width === 1 ? "one number" : `${height} × ${width} numbers`;
}

function usersSentence(step, users) {
  const { next } = step;
  if (!users) return `Nothing in ${next.name} sees it: it is left over at the edge.`;
  const count = users.height * users.width * (users.map === null ? next.maps : 1);
  if (count === 1) return `Next: one number of ${mapTitle(next, users.map ?? 0)} sees it.`;
  const maps = next.maps > 1 ? `, ${users.height} × ${users.width} in each of ${next.maps} maps` : "";
  return `Next: ${countText(count)} numbers of ${next.name} see it${maps}.`;
}

/** What becomes of it: a sentence, and a button that goes there. */
function nextView(step, k, { answers, onPick }) {
  const users = step.next && stepUsers(step, k);
  const end = step.next ? "" : "This is the answer: nothing comes after it.";
  if (!users) return make("p", { class: "next" }, end || usersSentence(step, users));
  const { next } = step;
  const to = nextUnit(step, k, users);
  const name = unitName(next, to);
  const button = buttonOf(`${name} ›`, () => onPick(next, to), { label: `Go on to ${name}` });
  return make("p", { class: "next" }, make("span", {}, nextSentence(step, k, to, answers)), " ", button);
}

function nextSentence(step, k, to, { layers, winners }) {
  const { next } = step;
  const value = step.kind === "probability" ? 0 : layers[step.name].data[k];
  if (next.kind === "pool") {
    if (winners[next.name][to] === k) return `It is the largest of its four, and wins in ${next.name}.`;
    return `Another of its four is at least as large: ${next.name} drops it.`;
  }
  if (next.kind === "relu") return value > 0 ? `${next.name} lets it pass.` : `${next.name} makes it 0.`;
  if (next.kind === "flatten") return "It gets its place in the one long row.";
  if (next.kind === "probability") return "It is the logit, and becomes the probability.";
  if (next.kind in DEEP_NEXT) return deepNextSentence(step);
  if (next.kind === "convolution") {
    const weight = reachOf(next).size === 3 ? "the weight in the middle" : "one of its weights";
    return `In ${next.name} ${weight} is furthest from 0 for`;
  }
  const M = stepCount(next);
  const w = next.layer.params.W.data[k * M + to];
  const product = `${fixedText(value, 4)} × ${fixedText(w, 4)} = ${fixedText(value * w, 4)}`;
  if (M === 1) return `With its weight it adds ${product} to the logit`;
  return `Its largest weight is for one of the ${M} units: ${product} goes to`;
}
