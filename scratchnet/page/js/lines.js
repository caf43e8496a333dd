"use strict";
// Lines and points over two axes.

/**
 * @typedef {{name: string, colour: string, x: ArrayLike<number>, y: ArrayLike<number>, dash?: string,
 *   kind?: "line"|"points", width?: number, opacity?: number, quiet?: boolean}} Series
 *   quiet: drawn, but neither in the legend nor read out
 * @typedef {{label: string, log?: boolean, domain?: [number, number], text?: function(number): string}} Axis
 */

/**
 * @param {{title: string, description: string, x: Axis, y: Axis, series: Series[], height?: number,
 *   marks?: {x?: number, y?: number, label: string, below?: boolean}[],
 *   cursor?: number|null, onCursor?: function(number)}} options
 *   marks: thin lines that mean something; cursor: the x that is marked; onCursor: a reader has chosen another
 * @returns {{element: HTMLElement, update: function(Object), setCursor: function(number|null)}}
 *   update: some of the options anew
 */
function lineChart(options) {
  let now = { marks: [], cursor: null, height: 300, ...options };
  let scales = null;
  let line = null;
  const heard = () => now.series.filter((one) => !one.quiet && one.kind !== "points");
  const places = () => [...new Set(heard().flatMap((one) => Array.from(one.x)))].sort((a, b) => a - b);
  const frame = chartFrame({
    title: () => now.title,
    description: () => now.description,
    hint: heard().length ? "Point at the chart to read it, or select it and use the arrow keys." : "",
    height: () => now.height,
    legend: () => now.series.filter((one) => !one.quiet),
    table: () => seriesTable(now.x, heard().length ? heard() : now.series, now),
    draw: (svg, width, height) => {
      scales = drawSeries(svg, width, height, now);
      line = makeSvg("g", { class: "cursor" });
      svg.append(line);
      showCursor();
    },
  });
  const showCursor = () => {
    if (!line) return;
    line.replaceChildren();
    if (now.cursor === null) return frame.read("");
    const at = scales.x(now.cursor);
    const values = heard().map((one) => ({ ...one, value: one.y[Array.from(one.x).indexOf(now.cursor)] }));
    const known = values.filter(({ value }) => Number.isFinite(value));
    line.append(
      makeSvg("path", { d: `M${at} ${scales.top}V${scales.bottom}` }),
      ...known.map(({ value, colour }) => makeSvg("circle", { cx: at, cy: scales.y(value), r: 4.5, fill: colour })),
    );
    const text = now.y.text ?? numberText;
    const told = known.map((one) => `${one.name} ${text(one.value)}`).join(", ");
    frame.read(`${now.x.label} ${numberText(now.cursor)}: ${told || "nothing was measured"}`);
  };
  const setCursor = (x) => {
    now.cursor = x;
    showCursor();
  };
  if (heard().length) hearCursor(frame.plot, now.title, places, () => now.cursor, (x) => {
    setCursor(x);
    now.onCursor?.(x);
  }, (place) => scales?.x.invert(place));
  return {
    element: frame.element,
    setCursor,
    update(changes) {
      now = { ...now, ...changes };
      frame.redraw();
    },
  };
}

/** Pointer and arrow keys choose one of the places along x. */
function hearCursor(plot, title, places, cursor, choose, toX) {
  const nearest = (x) => {
    const nearer = (best, place) => (Math.abs(place - x) < Math.abs(best - x) ? place : best);
    return places().reduce(nearer, Infinity);
  };
  const point = (event) => {
    const x = toX(event.clientX - plot.getBoundingClientRect().left);
    if (x !== undefined && Number.isFinite(nearest(x))) choose(nearest(x));
  };
  const keys = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
  filled(plot, {
    tabindex: 0,
    role: "group",
    "aria-label": `${title}. Arrow keys read its numbers.`,
    on: {
      pointermove: (event) => event.pointerType === "mouse" && point(event),
      pointerdown: point,
      keydown: (event) => {
        if (!(event.key in keys)) return;
        event.preventDefault();
        const all = places();
        const to = Math.max(0, all.indexOf(cursor())) + (cursor() === null ? 0 : keys[event.key]);
        choose(all[Math.min(all.length - 1, Math.max(0, to))]);
      },
    },
  }, []);
}

/** @returns {{x: Scale, y: Scale, top: number, bottom: number}} */
function drawSeries(svg, width, height, { x, y, series, marks }) {
  const margins = { left: 52, right: 14, top: 26, bottom: 44 };
  const domain = (axis, key, margin) => {
    const values = [...series.flatMap((one) => Array.from(one[key])), ...marks.map((mark) => mark[key])];
    return axis.domain ?? domainOf(values, { log: axis.log, margin });
  };
  const across = [margins.left, width - margins.right];
  const upwards = [height - margins.bottom, margins.top];
  const xScale = scaleOf({ domain: domain(x, "x", 0.02), range: across, log: x.log, count: width < 420 ? 4 : 7 });
  const yScale = scaleOf({ domain: domain(y, "y", 0.06), range: upwards, log: y.log, count: 5 });
  drawAxes(svg, { x: xScale, y: yScale, xLabel: x.label, yLabel: y.label, width, height, margins });
  for (const mark of marks) drawMark(svg, mark, xScale, yScale, width, height, margins);
  for (const one of series) svg.append((one.kind === "points" ? pointsOf : pathOf)(one, xScale, yScale));
  return { x: xScale, y: yScale, top: margins.top, bottom: height - margins.bottom };
}

function drawMark(svg, { x, y, label, below = false }, xScale, yScale, width, height, margins) {
  const right = width - margins.right;
  const [d, at] = Number.isFinite(x)
    ? [`M${xScale(x)} ${margins.top}V${height - margins.bottom}`, besideMark(xScale(x), width, margins.top)]
    : [`M${margins.left} ${yScale(y)}H${right}`, { x: margins.left + 6, y: yScale(y) + (below ? 15 : -6) }];
  svg.append(makeSvg("g", { class: "mark" }, makeSvg("path", { d }), makeSvg("text", at, label)));
}

/** Where the name of an upright mark stands: on its left, where the chart ends soon. */
function besideMark(at, width, top) {
  return at > 0.75 * width ? { x: at - 6, y: top + 26, "text-anchor": "end" } : { x: at + 6, y: top + 26 };
}

function pathOf({ x, y, colour, dash = null, width = 2.25, opacity = 1 }, xScale, yScale) {
  let d = "";
  let pen = "M";
  for (let i = 0; i < x.length; i++) {
    const whole = Number.isFinite(y[i]) && y[i] !== null;
    if (whole) d += `${pen}${xScale(x[i]).toFixed(1)} ${yScale(y[i]).toFixed(1)}`;
    pen = whole ? "L" : "M";
  }
  const look = { stroke: colour, "stroke-width": width, "stroke-dasharray": dash, opacity };
  return makeSvg("path", { class: "line", d, ...look });
}

function pointsOf({ x, y, colour, width = 5, opacity = 0.7 }, xScale, yScale) {
  const place = (at, i) => ({ cx: xScale(at).toFixed(1), cy: yScale(y[i]).toFixed(1) });
  const circles = Array.from(x, (at, i) => makeSvg("circle", { ...place(at, i), r: width / 2 }));
  return makeSvg("g", { fill: colour, opacity }, ...circles);
}

function seriesTable(x, series, { y }) {
  const places = [...new Set(series.flatMap((one) => Array.from(one.x)))].sort((a, b) => a - b);
  const text = y.text ?? ((value) => numberText(value, 4));
  const cell = (one, place) => {
    const value = one.y[Array.from(one.x).indexOf(place)];
    return Number.isFinite(value) ? text(value) : "–";
  };
  return {
    head: [x.label, ...series.map((one) => one.name)],
    rows: places.map((place) => [numberText(place, 4), ...series.map((one) => cell(one, place))]),
  };
}
