"use strict";
// What every chart has: a title, a picture that fits its place, a legend, a line that reads numbers, and their table.

/**
 * @typedef {{left: number, right: number, top: number, bottom: number}} Margins pixels around the drawing
 * @typedef {{name: string, colour: string, dash?: string, kind?: "line"|"points"|"area"}} LegendEntry
 */

/**
 * The frame of a chart.
 * @param {{title: string|function(): string, description: string|function(): string,
 *   height: function(number): number, hint?: string,
 *   legend: function(): LegendEntry[], table: function(): {head: string[], rows: string[][]},
 *   draw: function(SVGElement, number, number)}} parts
 *   description: what is to be seen, for those who do not see it; height: pixels, for a width;
 *   draw: fills the picture, given its width and height
 * @returns {{element: HTMLElement, plot: HTMLElement, redraw: function(), read: function(string)}}
 *   plot: where pointer and keys are heard; read: writes under the picture what was pointed at
 */
function chartFrame({ title, description, height, hint = "", legend, table, draw }) {
  const now = (text) => (typeof text === "function" ? text() : text);
  const svg = makeSvg("svg", { role: "img" });
  const caption = make("figcaption", {});
  const plot = make("div", { class: "plot" }, svg);
  const keys = make("ul", { class: "legend" });
  const readout = make("p", { class: "readout", "aria-live": "polite" }, hint);
  const folded = foldedAway("The numbers", () => make("div", { class: "numbers-of" }));
  folded.addEventListener("toggle", () => showTable());
  const element = make("figure", { class: "chart" }, caption, keys, plot, readout, folded);

  const showTable = () => {
    const place = folded.querySelector(".numbers-of");
    if (!folded.open || !place) return;
    const { head, rows } = table();
    place.replaceChildren(tableOf(`${now(title)}: the numbers`, head, rows));
  };
  const redraw = () => {
    caption.textContent = now(title);
    const width = Math.round(plot.clientWidth);
    if (width === 0) return; // not on the page yet: the observer calls again
    const tall = height(width);
    const label = `${now(title)}. ${now(description)}`;
    const looks = { width, height: tall, viewBox: `0 0 ${width} ${tall}`, "aria-label": label };
    for (const [name, value] of Object.entries(looks)) svg.setAttribute(name, value);
    svg.replaceChildren(makeSvg("title", {}, now(title)), makeSvg("desc", {}, now(description)));
    draw(svg, width, tall);
    keys.replaceChildren(...legend().map(legendEntry));
    showTable();
  };
  caption.textContent = now(title);
  let widthBefore = 0;
  new ResizeObserver(() => {
    if (plot.clientWidth === widthBefore) return;
    widthBefore = plot.clientWidth;
    redraw();
  }).observe(plot);
  return { element, plot, redraw, read: (text) => (readout.textContent = text || hint) };
}

function legendEntry({ name, colour, dash = null, kind = "line" }) {
  const mark = {
    line: () => makeSvg("path", { d: "M1 6H23", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash }),
    points: () => makeSvg("circle", { cx: 12, cy: 6, r: 4, fill: colour }),
    area: () => makeSvg("rect", { x: 4, width: 16, height: 12, rx: 3, fill: colour }),
  }[kind]();
  return make("li", {}, makeSvg("svg", { width: 24, height: 12, "aria-hidden": "true" }, mark), name);
}

/**
 * The two axes with their numbers and labels; the grid belongs to y.
 * @param {SVGElement} svg
 * @param {{x: Scale, y: Scale, xLabel: string, yLabel: string, width: number, height: number, margins: Margins}} how
 */
function drawAxes(svg, { x, y, xLabel, yLabel, width, height, margins }) {
  const bottom = height - margins.bottom;
  const group = makeSvg("g", { class: "axes" });
  for (const tick of y.ticks) {
    const at = Math.round(y(tick)) + 0.5;
    group.append(
      makeSvg("path", { class: "grid", d: `M${margins.left} ${at}H${width - margins.right}` }),
      makeSvg("text", { x: margins.left - 8, y: at + 4, "text-anchor": "end" }, y.text(tick)),
    );
  }
  for (const tick of x.ticks) {
    const at = Math.round(x(tick)) + 0.5;
    group.append(
      makeSvg("path", { class: "tick", d: `M${at} ${bottom}v5` }),
      makeSvg("text", { x: at, y: bottom + 19, "text-anchor": "middle" }, x.text(tick)),
    );
  }
  const middle = (margins.left + width - margins.right) / 2;
  group.append(
    makeSvg("path", { class: "base", d: `M${margins.left} ${bottom + 0.5}H${width - margins.right}` }),
    makeSvg("text", { class: "label", x: middle, y: height - 4, "text-anchor": "middle" }, xLabel),
    makeSvg("text", { class: "label", x: 0, y: 12 }, yLabel),
  );
  svg.append(group);
}
