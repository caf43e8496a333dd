"use strict";
// A hidden unit in the plane: silent on one side of a line, rising on the other.

const HALF_PLANE_CELLS = 14; // of a tile, each way

/** h (…) of a unit at x, after its ReLU. */
function afterReLU(unit, x) {
  return Math.max(0, beforeReLU(unit, x));
}

/** The class that the unit speaks for most, and by how much more than for the average one. */
function favourOf({ v }) {
  const k = largestOf(v);
  return { k, favour: v[k] - v.reduce((sum, vk) => sum + vk, 0) / v.length };
}

/** The tiles of the picker: where each unit speaks, in the colour of the class that it speaks for; on one scale. */
function paintHalfPlanes(context, units, placeOf, extent, palette) {
  const corners = [[-1, -1], [-1, 1], [1, -1], [1, 1]].map((corner) => corner.map((side) => side * extent));
  const heights = units.map((unit) => Math.max(...corners.map((x) => afterReLU(unit, x))) * favourOf(unit).favour);
  const largest = Math.max(...heights) || 1;
  const cells = make("canvas", { width: HALF_PLANE_CELLS, height: HALF_PLANE_CELLS });
  const image = cells.getContext("2d").createImageData(HALF_PLANE_CELLS, HALF_PLANE_CELLS);
  units.forEach((unit, h) => {
    fillHalfPlane(image.data, unit, extent, largest, palette);
    cells.getContext("2d").putImageData(image, 0, 0);
    const [left, top] = placeOf(h);
    context.drawImage(cells, left + 1, top + 1, TILE_PIXELS - 2, TILE_PIXELS - 2);
  });
}

/** @param {Uint8ClampedArray} pixels (HALF_PLANE_CELLS², 4), filled; largest: what has the full colour */
function fillHalfPlane(pixels, unit, extent, largest, { sunk, classes }) {
  const { k, favour } = favourOf(unit);
  const [[w1, w2], full] = [unit.w, classes[k]];
  const middle = cellMiddle(extent, HALF_PLANE_CELLS);
  for (let n = 0; n < HALF_PLANE_CELLS * HALF_PLANE_CELLS; n++) {
    const row = HALF_PLANE_CELLS - 1 - Math.floor(n / HALF_PLANE_CELLS);
    const before = w1 * middle(n % HALF_PLANE_CELLS) + w2 * middle(row) + unit.b;
    const share = before > 0 ? Math.sqrt((before * favour) / largest) : 0;
    for (let c = 0; c < 3; c++) pixels[4 * n + c] = sunk[c] + (full[c] - sunk[c]) * share;
    pixels[4 * n + 3] = 255;
  }
}

/** A unit in a few words, for screen readers. */
function halfPlaneWords(unit) {
  const { k } = favourOf(unit);
  return `speaks for class ${k} where ${halfPlaneText(unit)} is positive`;
}

function halfPlaneText({ w: [w1, w2], b }) {
  return `${numberText(w1)} x_1 ${addedText(w2)} x_2 ${addedText(b)}`;
}

/** z_0 as text: z₀ */
function withIndex(name, index) {
  return name + String(index).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

/**
 * The unit with its numbers, and what it has to do with the answer at one place.
 * @param {Moment} moment
 * @param {string} name of the figure, in words
 * @returns {Node[]}
 */
function halfPlaneFacts({ network, units, unit, at }, name) {
  const { w, b, v } = units[unit];
  const h = afterReLU(units[unit], at);
  const products = w.map((wd, d) => `${d === 0 ? numberText(wd) : addedText(wd)} · ${factorText(at[d])}`).join(" ");
  const adds = v.map((vk, k) => `${k === 0 ? numberText(vk) : addedText(vk)} h`);
  const place = at.map((number, d) => `${withIndex("x", d + 1)} = ${numberText(number)}`).join(", ");
  const facts = factsOf([
    ["says", formulaInNumbers(`h = max(0, ${halfPlaneText(units[unit])})`)],
    ["adds", make("span", {}, ...v.flatMap((vk, k) => logitPart(vk, k, k + 1 < adds.length)))],
    ["at the cross", formulaInNumbers(`h = max(0, ${products} ${addedText(b)}) = ${numberText(h)}`)],
  ]);
  return [facts, logitTable(network, v, h, at, place, name)];
}

function logitPart(vk, k, more) {
  return [formulaInNumbers(`${numberText(vk)} h`), ` to ${withIndex("z", k)}`, more ? ", " : ""];
}

/** How each logit comes about at one place, and the probability of its class. */
function logitTable(network, v, h, at, place, name) {
  const logits = network.forward(arrayOf([1, 2], Float32Array.from(at))).data;
  const c = network.params["fc2.b"].data;
  const p = softmaxOf(logits);
  const rows = v.map((vk, k) => [
    make("span", { class: `class-name of-${k}` }, `class ${k}`),
    ...[vk * h, logits[k] - vk * h - c[k], c[k], logits[k]].map(thousandthsText),
    percentText(p[k]),
  ]);
  return tableOf(`${name}: the logits at ${place}`, [place, "this unit", "the others", "c", "logit z", "p"], rows);
}

/** Numbers that are added up have the same digits behind the point. */
function thousandthsText(x) {
  return x.toFixed(3).replace("-", "−");
}

/** eᶻ / Σ eᶻ @param {ArrayLike<number>} logits (K) */
function softmaxOf(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (z) => Math.exp(z - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
