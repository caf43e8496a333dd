"use strict";
// A network as a row of steps, from the picture to the probability: how each step's numbers lie, which numbers of the
// step before each of them sees, and which of the next see it.

/**
 * @typedef {{name: string, kind: "picture" | "convolution" | "relu" | "pool" | "flatten" | "linear" | "probability"
 *     | "norm" | "block" | "mean",
 *   layer: Object | null, maps: number, height: number, width: number, before: Step | null, next: Step | null}} Step
 *   its numbers are (maps, height, width), in C order; those of a Linear lie in one row, flatten has a row for each map
 *   of the step before
 * @typedef {{top: number, left: number, height: number, width: number, map: number | null}} Region
 *   a part of a step's maps, which may reach beyond the edge, where the zeros are; map: null where it is in all of them
 */

/**
 * @param {Network} network
 * @param {Object<string, NDArray>} layers what its layers answer to one picture, "x" first: see answersOf
 * @returns {Step[]}
 */
function networkSteps(network, layers) {
  const steps = Object.entries(layers).map(([name, { shape }]) => {
    const layer = network.layers.get(name) ?? null;
    const [maps, height, width] = shape.length === 4 ? shape.slice(1) : [1, 1, shape[1]];
    return { name, kind: stepKind(layer), layer, maps, height, width };
  });
  steps.push({ name: "p", kind: "probability", layer: null, maps: 1, height: 1, width: 1 });
  steps.forEach((step, place) => {
    step.before = steps[place - 1] ?? null;
    step.next = steps[place + 1] ?? null;
    if (step.kind === "flatten") [step.height, step.width] = [step.before.maps, step.before.height * step.before.width];
  });
  return steps;
}

function stepKind(layer) {
  if (layer instanceof BareConv2d) return "convolution";
  const kinds = { convolution: Conv2d, relu: ReLU, pool: MaxPool2d, flatten: Flatten, linear: Linear, ...DEEP_KINDS };
  return Object.keys(kinds).find((kind) => layer instanceof kinds[kind]) ?? "picture";
}

/** How many numbers it has. */
function stepCount({ maps, height, width }) {
  return maps * height * width;
}

/** The numbers of a step, (maps, height, width). @returns {ArrayLike<number>} */
function stepNumbers(step, answers) {
  return step.kind === "probability" ? [answers.probability] : answers.layers[step.name].data;
}

/** Where its number k lies. @returns {{map: number, row: number, column: number}} */
function stepPlace({ height, width }, k) {
  return { map: Math.floor(k / (height * width)), row: Math.floor(k / width) % height, column: k % width };
}

/** The number of a place. */
function stepIndex({ height, width }, { map, row, column }) {
  return (map * height + row) * width + column;
}

/** What number k of a step sees of the step before. @returns {Region} */
function stepWindow(step, k) {
  const { map, row, column } = stepPlace(step, k);
  const all = { map: null, top: 0, left: 0, height: step.before.height, width: step.before.width };
  if (step.kind === "mean") return { ...all, map: k };
  if (reachOf(step)) return regionSeen(step, { map, top: row, left: column, height: 1, width: 1 });
  return step.kind === "linear" ? all : oneNumber(step.before, k); // the others have the same numbers in the same order
}

/** The part of the next step's maps that sees number k; null where none does. @returns {Region | null} */
function stepUsers(step, k) {
  const { map, row, column } = stepPlace(step, k);
  const { kind, height, width } = step.next;
  if (kind === "linear") return { map: null, top: 0, left: 0, height, width };
  if (!reachOf(step.next)) return oneNumber(step.next, kind === "mean" ? map : k);
  const users = cutToMap(regionThatSees(step.next, { map, row, column }), step.next);
  return users.height > 0 && users.width > 0 ? users : null; // left over at the edge
}

/** All pixels of the picture that number k depends on: its receptive field. @returns {Region} */
function pictureField(step, k) {
  const { row, column } = stepPlace(step, k);
  let field = { map: null, top: row, left: column, height: 1, width: 1 };
  for (let at = step; at.before; at = at.before) {
    if (at.kind === "flatten" && at === step) field = oneNumber(at.before, k);
    else field = cutToMap(fieldBefore(at, field), at.before);
  }
  return field;
}

/** What a part of a step's maps sees of the step before. @param {Region} field @returns {Region} */
function fieldBefore(step, field) {
  if (reachOf(step)) return regionSeen(step, field);
  return step.kind === "relu" ? field : { map: field.map, top: 0, left: 0, ...sidesOf(step.before) };
}

function sidesOf({ height, width }) {
  return { height, width };
}

function oneNumber(step, k) {
  const { map, row, column } = stepPlace(step, k);
  return { map, top: row, left: column, height: 1, width: 1 };
}

/** Without what reaches beyond the edge. */
function cutToMap({ map, top, left, height, width }, step) {
  const [first, begin] = [Math.max(0, top), Math.max(0, left)];
  const [last, end] = [Math.min(step.height, top + height), Math.min(step.width, left + width)];
  return { map, top: first, left: begin, height: last - first, width: end - begin };
}

/** "conv2[7, 12, 20]", "fc1[5]": counted from 0, as NumPy does. */
function unitName(step, k) {
  if (step.kind === "probability") return probabilityName();
  if (step.maps === 1) return `${step.name}[${k}]`;
  const { map, row, column } = stepPlace(step, k);
  return `${step.name}[${map}, ${row}, ${column}]`;
}

/** "7.12.20", "5": for the address. */
function unitText(step, k) {
  const { map, row, column } = stepPlace(step, k);
  return step.maps === 1 ? String(k) : [map, row, column].join(".");
}

/** What unitText has written, as k again; null where it names no number of this step. */
function unitFromText(step, text) {
  const parts = text.split(".").map(Number);
  const lengths = step.maps === 1 ? [stepCount(step)] : [step.maps, step.height, step.width];
  const fits = (part, place) => Number.isInteger(part) && part >= 0 && part < lengths[place];
  if (text === "" || parts.length !== lengths.length || !parts.every(fits)) return null;
  const [map, row, column] = parts;
  return step.maps === 1 ? map : stepIndex(step, { map, row, column });
}
