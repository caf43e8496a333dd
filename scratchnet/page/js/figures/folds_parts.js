"use strict";
// What is drawn of the curve and its folds, from below to above.

/**
 * @param {SVGElement} svg
 * @param {{width: number, height: number, world: Object, points: PointSet, bend: number,
 *   lowest: number, dots: HTMLCanvasElement}} how
 *   bend: how far the scale of the folds reaches; lowest: a y that has to be seen
 * @returns {Object} the scales, and the parts that change
 */
function drawFolds(svg, { width, height, world, points, bend, lowest, dots }) {
  const { left, right, top, bottom } = FOLDS_MARGINS;
  const middle = height - bottom - FOLDS_SHARE * height;
  const x = scaleOf({ domain: [world.low, world.high], range: [left, width - right], count: width < 420 ? 4 : 8 });
  const values = [...points.labels.data, ...world.y.data, lowest];
  const y = scaleOf({ domain: domainOf(values, { margin: 0.05 }), range: [middle - FOLDS_GAP, top], count: 5 });
  const bends = scaleOf({ domain: [-bend, bend], range: [height - bottom, middle], count: 5 });
  bends.range = { top: middle - FOLDS_GAP / 2 };
  const lower = makeSvg("g", { class: "lower" });
  const heights = { width, margins: FOLDS_MARGINS };
  drawAxes(svg, { x: withoutTicks(x), y, xLabel: "", yLabel: "y", height: middle - FOLDS_GAP + bottom, ...heights });
  drawAxes(lower, { x, y: bends, xLabel: "x", yLabel: "", height, ...heights });
  lower.append(makeSvg("text", { class: "label", x: 0, y: middle - 14 }, "change of slope"));
  const clip = freshId("curve");
  const size = { width: width - left - right, height: middle - FOLDS_GAP - top };
  const line = (name) => makeSvg("path", { class: name });
  const parts = { network: line("curve-network"), added: line("curve-added"), dot: makeSvg("circle", { r: 5 }) };
  const paint = () => paintDots(dots, { left, top, ...size }, dotsOfCurve(points, x, y), { r: 2, opacity: 0.35 });
  paint();
  const truth = makeSvg("path", { class: "curve-true", d: svgPathThrough(world.x.data, world.y.data, x, y) });
  const own = makeSvg("g", { class: "own-points" });
  const ofPicked = { picked: line("picked-stem"), head: line("picked-head") };
  const stems = { others: line("stems"), heads: line("stem-heads"), ...ofPicked };
  const at = line("at");
  svg.append(
    makeSvg("clipPath", { id: clip }, makeSvg("rect", { x: left, y: top, ...size })),
    makeSvg("g", { "clip-path": `url(#${clip})` }, truth, at, parts.network, parts.added, own, parts.dot),
    lower,
    ...trueBends(world).flatMap((one) => trueFold(one, x, bends.range.top + 6, height - bottom)),
    makeSvg("path", { class: "base", d: `M${left} ${bends(0)}H${width - right}` }),
    ...Object.values(stems),
  );
  filled(parts.dot, { class: "curve-dot" }, []);
  return { x, y, bends, bend, dots, truth, paint, own, at, stems, world, top, middle: middle - FOLDS_GAP, ...parts };
}

/** A place where the true curve is folded, and by how much. */
function trueFold({ x: at, bend }, x, top, bottom) {
  const text = `${bend > 0 ? "+" : ""}${numberText(bend, 2)}`;
  return [
    makeSvg("path", { class: "true-fold", d: `M${x(at)} ${top + 12}V${bottom}` }),
    makeSvg("text", { x: x(at), y: top + 6, "text-anchor": "middle" }, text),
  ];
}

/** The scale without its numbers: the same axis stands further below with them. */
function withoutTicks(scale) {
  const bare = (value) => scale(value);
  return Object.assign(bare, { text: scale.text, ticks: [] });
}

function svgPathThrough(xs, ys, x, y) {
  return `M${Array.from(xs, (at, n) => `${pixelText(x(at))} ${pixelText(y(ys[n]))}`).join("L")}`;
}

const FARTHEST_PIXEL = 1e5;

/** A place for a path: what is far outside, or is no number, as after too high a learning rate, stays outside. */
function pixelText(place) {
  return (Math.max(-FARTHEST_PIXEL, Math.min(FARTHEST_PIXEL, place)) || 0).toFixed(1);
}

/** @param {PointSet} points @returns {{x: number, y: number, colour: string}[]} */
function dotsOfCurve({ x: { data }, labels }, x, y) {
  return Array.from(data, (at, n) => ({ x: x(at), y: y(labels.data[n]), colour: COLOUR.muted }));
}

/**
 * What a moment changes.
 * @param {Object} parts of drawFolds
 * @param {Moment} moment
 * @param {NDArray} places (N, 1), where the network is asked
 * @param {NDArray} answers (N, 1)
 */
function showCurve(parts, moment, places, answers) {
  const { units, unit, own, alone, at, network, drawing } = moment;
  const { x, y, world, top, middle } = parts;
  const corners = hingeCorners(units[unit], world.low, world.high);
  parts.network.setAttribute("d", svgPathThrough(places.data, answers.data, x, y));
  parts.added.setAttribute("d", svgPathThrough(corners.map(([cx]) => cx), corners.map(([, cy]) => cy), x, y));
  for (const part of [parts.dots, parts.truth]) part.classList.toggle("left-out", alone);
  const place = (point) => ({ cx: x(point.x[0]), cy: y(point.label), r: 4.5 });
  parts.own.replaceChildren(...own.map((point) => makeSvg("circle", place(point))));
  const answer = drawing ? at[1] : network.forward(arrayOf([1, 1], Float32Array.of(at[0]))).data[0];
  filled(parts.dot, { cx: x(at[0]), cy: pixelText(y(answer)) }, []);
  parts.at.setAttribute("d", `M${x(at[0])} ${top}V${middle}`);
  showStems(parts, units, unit);
}

/** A stem for each fold that is to be seen: where it is, and as long as the slope changes there. */
function showStems({ x, bends, stems, world }, units, unit) {
  const isSeen = (one) => hingeOf(one) > world.low && hingeOf(one) < world.high;
  const stem = (one) => `M${x(hingeOf(one)).toFixed(1)} ${bends(0)}V${pixelText(bends(bendOf(one)))}`;
  const head = (d) => `${d}h0`.replace(/ .*V/, " ");
  const seen = units.filter(isSeen).map(stem);
  stems.others.setAttribute("d", seen.join(""));
  stems.heads.setAttribute("d", seen.map(head).join(""));
  const picked = isSeen(units[unit]) ? stem(units[unit]) : "";
  stems.picked.setAttribute("d", picked);
  stems.head.setAttribute("d", picked && head(picked));
}
