"use strict";
// What is drawn in the plane, from below to above.

const PLANE_MARGINS = { left: 34, right: 6, top: 22, bottom: 42 };

/**
 * @param {SVGElement} svg
 * @param {{width: number, height: number, extent: number, canvas: HTMLCanvasElement,
 *   dots: HTMLCanvasElement, bestLines: number[][][], cells: number, points: PointSet}} how
 *   canvas: of the answers, dots: of the points, put in their place; bestLines: of the best border, on a grid of so
 *   many cells
 * @returns {Object} the scales, and the parts that change
 */
function drawPlane(svg, { width, height, extent, canvas, dots, bestLines, cells, points }) {
  const margins = PLANE_MARGINS;
  const [right, bottom] = [width - margins.right, height - margins.bottom];
  const x = scaleOf({ domain: [-extent, extent], range: [margins.left, right], count: 4 });
  const y = scaleOf({ domain: [-extent, extent], range: [bottom, margins.top], count: 4 });
  const inner = { left: margins.left, top: margins.top, width: right - margins.left, height: bottom - margins.top };
  placeCanvas(canvas, inner);
  drawAxes(svg, { x, y, xLabel: "x₁", yLabel: "x₂", width, height, margins });
  const clip = freshId("plane");
  const { left, top, ...size } = inner;
  const window = makeSvg("clipPath", { id: clip }, makeSvg("rect", { x: left, y: top, ...size }));
  const best = makeSvg("path", { class: "best-border", d: pathOfLines(bestLines, x, y, cellMiddle(extent, cells)) });
  const changing = {
    folds: makeSvg("g", { class: "folds" }),
    border: makeSvg("path", { class: "border" }),
    picked: makeSvg("path", { class: "picked-fold" }),
    own: makeSvg("g", { class: "own-points" }),
    cross: makeSvg("path", { class: "cross" }),
  };
  const { folds, border, picked, own, cross } = changing;
  const paint = () => paintDots(dots, inner, dotsInPlane(points, x, y), { r: 2.3, rim: 0.8 });
  paint();
  svg.append(window, makeSvg("g", { "clip-path": `url(#${clip})` }, folds, border, best, picked, own, cross));
  return { x, y, extent, dots, best, paint, ...changing };
}

/** From a place on a grid, counted from the middle of the first cell, to a number of the plane. */
function cellMiddle(extent, cells) {
  return (place) => ((place + 0.5) * 2 * extent) / cells - extent;
}

/** @param {number[][][]} lines of places [column, row] */
function pathOfLines(lines, x, y, middle) {
  const place = ([column, row]) => `${pixelText(x(middle(column)))} ${pixelText(y(middle(row)))}`;
  return lines.map((line) => `M${line.map(place).join("L")}`).join("");
}

/** @param {PointSet} points @returns {{x: number, y: number, colour: string}[]} */
function dotsInPlane({ x: { data }, labels }, x, y) {
  const place = (n) => ({ x: x(data[2 * n]), y: y(data[2 * n + 1]) });
  return Array.from(labels.data, (label, n) => ({ ...place(n), colour: COLOUR.classes[label] }));
}

/**
 * What a moment changes.
 * @param {Object} parts of drawPlane
 * @param {Moment} moment
 * @param {number[][]} borders of the network, in pieces, on a grid of so many cells
 */
function showPlane(parts, { units, unit, own, alone, at }, borders, cells) {
  const { x, y, extent } = parts;
  const pieces = borders.map(([c0, r0, c1, r1]) => [[c0, r0], [c1, r1]]);
  parts.border.setAttribute("d", pathOfLines(pieces, x, y, cellMiddle(extent, cells)));
  for (const part of [parts.dots, parts.best]) part.classList.toggle("left-out", alone);
  showFolds(parts, units, unit);
  const place = (point) => ({ cx: x(point.x[0]), cy: y(point.x[1]), r: 4.5, fill: COLOUR.classes[point.label] });
  parts.own.replaceChildren(...own.map((point) => makeSvg("circle", place(point))));
  const [left, top] = [x(at[0]), y(at[1])];
  parts.cross.setAttribute("d", `M${left - 9} ${top}h6m6 0h6M${left} ${top - 9}v6m0 6v6`);
}

/** Each unit's line; the more the unit bends the answer, the darker. */
function showFolds(parts, units, unit) {
  const bends = units.map(bendOf);
  const largest = Math.max(...bends) || 1;
  const lines = units.map((one) => foldLine(one, parts));
  while (parts.folds.childElementCount < units.length) parts.folds.append(makeSvg("path"));
  while (parts.folds.childElementCount > units.length) parts.folds.lastElementChild.remove();
  lines.forEach((d, h) => {
    const path = parts.folds.children[h];
    path.setAttribute("d", d);
    path.setAttribute("stroke-opacity", 0.5 * (bends[h] / largest || 0));
  });
  parts.picked.setAttribute("d", lines[unit] + arrowOf(units[unit], parts));
}

/** The foot of the perpendicular from the middle of the plane to the line w · x + b = 0, and the line's normal. */
function lineOf({ w, b }) {
  const length = Math.hypot(...w);
  const normal = w.map((wd) => wd / length);
  return { foot: normal.map((part) => (-b / length) * part), normal };
}

/** The line of a unit as far as the plane may show it; nothing where it passes by. */
function foldLine(unit, { x, y, extent }) {
  const { foot, normal } = lineOf(unit);
  const reach = 2 * extent;
  if (!(Math.hypot(...foot) < reach)) return "";
  const end = (side) => [x(foot[0] - side * reach * normal[1]), y(foot[1] + side * reach * normal[0])];
  return `M${end(-1).join(" ")}L${end(1).join(" ")}`;
}

/** A short arrow from the line to the side on which the unit speaks. */
function arrowOf(unit, { x, y, extent }) {
  const { foot, normal } = lineOf(unit);
  if (!(Math.max(...foot.map(Math.abs)) < extent)) return "";
  const [left, top] = [x(foot[0]), y(foot[1])];
  const [right, up] = [normal[0], -normal[1]];
  const tip = [left + 20 * right, top + 20 * up];
  const barb = (side) => `M${tip.join(" ")}l${-6 * right + side * 5 * up} ${-6 * up - side * 5 * right}`;
  return `M${left} ${top}L${tip.join(" ")}${barb(1)}${barb(-1)}`;
}
