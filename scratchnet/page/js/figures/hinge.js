"use strict";
// A hidden unit of the curve: a hinge, silent on one side, a straight slope on the other.

/** Where the unit folds the curve: x = −b / w. */
function hingeOf({ w: [w], b }) {
  return -b / w;
}

/** What the unit adds to the answer at x. @param {HiddenUnit} unit */
function addedByHinge(unit, x) {
  return unit.v[0] * Math.max(0, beforeReLU(unit, [x]));
}

/** The corners of what a unit adds between low and high: (x, y) each. */
function hingeCorners(unit, low, high) {
  const fold = hingeOf(unit);
  const places = fold > low && fold < high ? [low, fold, high] : [low, high];
  return places.map((x) => [x, addedByHinge(unit, x)]);
}

/** The tiles of the picker: each unit's hinge, all on one scale, over a line at 0. */
function paintHinges(context, units, placeOf, low, high) {
  const corners = units.map((unit) => hingeCorners(unit, low, high));
  const largest = Math.max(...corners.flat().map(([, y]) => Math.abs(y))) || 1;
  const [room, middle] = [TILE_PIXELS - 6, TILE_PIXELS / 2];
  const [curve, line, sunk] = [COLOUR.classes[1], COLOUR.muted, "var(--sunk)"].map((colour) => `rgb(${rgbOf(colour)})`);
  corners.forEach((points, h) => {
    const [left, top] = placeOf(h);
    context.fillStyle = sunk;
    context.fillRect(left + 1, top + 1, TILE_PIXELS - 2, TILE_PIXELS - 2);
    const stroke = (style, width, places) => {
      context.beginPath();
      for (const [x, y] of places) {
        context.lineTo(left + 3 + (room * (x - low)) / (high - low), top + middle - (y / largest) * (room / 2));
      }
      Object.assign(context, { strokeStyle: style, lineWidth: width });
      context.stroke();
    };
    stroke(line, 0.5, [[low, 0], [high, 0]]);
    stroke(curve, 1.8, points);
  });
}

/** A unit in a few words, for screen readers. */
function hingeWords(unit) {
  return `folds at x = ${numberText(hingeOf(unit))}, where the slope changes by ${numberText(bendOf(unit))}`;
}

/**
 * The unit with its numbers, and what it has to do with the answer at one place.
 * @param {Moment} moment
 * @returns {[string, Node][]} names and what they stand for
 */
function hingeFacts({ network, units, unit, at: [x] }, low, high) {
  const { w: [w], b, v: [v] } = units[unit];
  const answer = network.forward(arrayOf([1, 1], Float32Array.of(x))).data[0];
  const before = beforeReLU(units[unit], [x]);
  const added = addedByHinge(units[unit], x);
  const c = network.params["fc2.b"].data[0];
  const fold = hingeOf(units[unit]);
  const isSeen = fold > low && fold < high;
  const [W, V, X] = [numberText(w), numberText(v), factorText(x)];
  const others = addedText(answer - added - c);
  return [
    ["adds", formulaInNumbers(`${V} · max(0, ${W} x ${addedText(b)})`)],
    [
      "folds",
      make(
        "span",
        {},
        formulaInNumbers(`x = −b / W = ${numberText(fold)}`),
        isSeen ? ", and there the slope changes by " : ", outside of the picture; the slope changes by ",
        formulaInNumbers(`|W| V = ${numberText(bendOf(units[unit]))}`),
      ),
    ],
    [
      `at x = ${numberText(x)}`,
      formulaInNumbers(
        `${V} · max(0, ${W} · ${X} ${addedText(b)}) = ${V} · ${numberText(Math.max(0, before))} = ${numberText(added)}`,
      ),
    ],
    [
      "all units",
      make(
        "span",
        {},
        formulaInNumbers(`ŷ = ${numberText(added)} ${others} ${addedText(c)} = ${numberText(answer)}`),
        units.length > 1 ? `: this unit, the other ${units.length - 1}, and c` : ": this unit, no other, and c",
      ),
    ],
  ];
}
