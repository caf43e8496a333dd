"use strict";
// The curve of a regression: above what the network answers, below where each hidden unit folds it, and by how much.

const FOLDS_MARGINS = { left: 46, right: 10, top: 24, bottom: 42 };
const FOLDS_SHARE = 0.27; // of the height, for the folds
const FOLDS_GAP = 44; // pixels between both
const PICK_PIXELS = 14; // how near a fold has to be pointed at

/**
 * @param {RecordedPerceptron} run
 * @param {{low: number, high: number, x: NDArray, y: NDArray}} world the range of x, and the true curve
 * @param {{onAt: function(number[]), onDraw: function(number[]), onPick: function(number)}} hear
 * @returns {{element: HTMLElement, show: function(Moment), showTable: function(), paintTiles: function, hint: string,
 *   words: function, facts: function}}
 */
function foldsStage(run, world, { onAt, onDraw, onPick }) {
  const { low, high } = world;
  const places = arrayOf([world.x.data.length, 1], world.x.data);
  const tallest = tallestBend(run, world);
  const lowest = Math.min(0, ...run.network(0).forward(places).data); // where training begins is to be seen
  const dots = make("canvas", { class: "plane-layer", "aria-hidden": "true" });
  let [now, parts] = [null, null];
  const update = () => {
    if (!now || !parts) return;
    const bend = roundedUp(Math.max(tallest, ...bendsWithin(now.units, world)));
    if (bend !== parts.bend) return frame.redraw();
    showCurve(parts, now, places, now.network.forward(places));
  };
  const frame = chartFrame({
    title: "The curve, and where it is folded",
    description: "The points, the true curve and the network's; below, the change of slope at each unit's fold.",
    height: (width) => (width < 500 ? 420 : 530),
    legend: foldsLegend,
    table: () => foldsTable(now.units),
    draw: (svg, width, height) => {
      const bend = now ? roundedUp(Math.max(tallest, ...bendsWithin(now.units, world))) : tallest;
      parts = drawFolds(svg, { width, height, world, points: run.train, bend, lowest, dots });
      update();
    },
  });
  frame.plot.prepend(dots);
  onTheme(() => parts?.paint());
  const nearestFold = (left, top) => {
    if (top < parts.bends.range.top) return false;
    const apart = (unit) => Math.abs(parts.x(hingeOf(unit)) - left);
    const nearest = largestOf(now.units.map((unit) => -apart(unit)));
    if (apart(now.units[nearest]) < PICK_PIXELS) onPick(nearest);
    return true;
  };
  const inside = ([x, y]) => [Math.max(low, Math.min(high, x)), y];
  hearPointing(frame.plot, {
    label: "The curve. Arrow keys move the place that the network is asked about; Enter draws a point there.",
    toData: (left, top) => inside([parts.x.invert(left), parts.y.invert(top)]),
    at: () => now.at,
    steps: [(high - low) / 40, 0.02],
    isDrawing: () => now.drawing,
    onAt: (at) => onAt(inside(at)),
    onDraw,
    onPress: nearestFold,
  });
  return {
    ...stageOn(frame, (moment) => {
      now = moment;
      update();
    }),
    paintTiles: (context, units, placeOf) => paintHinges(context, units, placeOf, low, high),
    hint: "What each unit adds to the curve, all on one scale.",
    words: hingeWords,
    facts: (moment) => [factsOf(hingeFacts(moment, low, high))],
  };
}

/** The sizes of the bends that are to be seen. */
function bendsWithin(units, { low, high }) {
  const isSeen = (unit) => hingeOf(unit) > low && hingeOf(unit) < high;
  return units.filter(isSeen).map((unit) => Math.abs(bendOf(unit))).filter(Number.isFinite);
}

/** The largest bend of the whole run: so the scale stays as it is from epoch to epoch. */
function tallestBend(run, world) {
  const epochs = Array.from({ length: run.epochs + 1 }, (_, epoch) => epoch);
  const bends = epochs.flatMap((epoch) => bendsWithin(hiddenUnits(run.network(epoch)), world));
  return roundedUp(Math.max(...bends, 1e-6));
}

/** 0.107 -> 0.12: upwards to a round number; what is nearly there counts as there. */
function roundedUp(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((times) => times * 1.000001 >= x / power);
}

/** Where the true curve, which is made of straight pieces, has its folds. @returns {{x: number, bend: number}[]} */
function trueBends({ x: { data: x }, y: { data: y } }) {
  const slope = (n) => (y[n + 1] - y[n]) / (x[n + 1] - x[n]);
  const steepest = Math.max(...Array.from({ length: x.length - 1 }, (_, n) => Math.abs(slope(n))));
  const found = [];
  for (let n = 1; n + 1 < x.length; n++) {
    const bend = slope(n) - slope(n - 1);
    if (Math.abs(bend) > 0.01 * steepest) found.push({ x: x[n], bend });
  }
  return found;
}

function foldsLegend() {
  return [
    { name: "points to learn from", colour: COLOUR.muted, kind: "points" },
    { name: "the true curve", colour: COLOUR.classes[0] },
    { name: "the network", colour: COLOUR.classes[1] },
    { name: "the unit that is picked", colour: COLOUR.accent },
  ];
}

function foldsTable(units) {
  const numbers = (unit) => [unit.w[0], unit.b, unit.v[0], hingeOf(unit), bendOf(unit)];
  const rows = units.map((unit, h) => [`${h + 1}`, ...numbers(unit).map((number) => numberText(number, 4))]);
  return { head: ["hidden unit", "W", "b", "V", "folds at x", "change of slope"], rows };
}
