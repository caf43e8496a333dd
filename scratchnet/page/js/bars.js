"use strict";
// Bars that lie, each with its name above it: so that long names fit on a phone.

/**
 * @typedef {{name: string, note?: string, value: number, low?: number, high?: number, colour: string,
 *   text: string}} Bar
 *   note: stands quietly after the name; low, high: the quartiles, drawn as a whisker; text: the value, for people
 */

const NARROW = 560; // pixels: there is no room for the text after the bars, and it goes below them

/**
 * @param {{title: string, description: string, label: string, log?: boolean, bars: Bar[],
 *   legend?: LegendEntry[], head?: string[]}} options label: of the axis
 * @returns {{element: HTMLElement, update: function(Object)}}
 */
function barChart(options) {
  let now = { log: false, legend: [], ...options };
  const frame = chartFrame({
    title: () => now.title,
    description: () => now.description,
    height: (width) => now.bars.length * rowPixels(width) + 44,
    legend: () => now.legend.map((entry) => ({ kind: "area", ...entry })),
    table: () => ({
      head: ["name", now.label, "quartiles"],
      rows: now.bars.map((bar) => [[bar.name, bar.note].filter(Boolean).join(", "), bar.text, quartiles(bar)]),
    }),
    draw: (svg, width, height) => drawBars(svg, width, height, now),
  });
  return {
    element: frame.element,
    update(changes) {
      now = { ...now, ...changes };
      frame.redraw();
    },
  };
}

function rowPixels(width) {
  return width < NARROW ? 68 : 46;
}

function quartiles({ low, high }) {
  return low === undefined ? "–" : `${numberText(low)} to ${numberText(high)}`;
}

function drawBars(svg, width, height, { bars, log, label }) {
  const bottom = height - 40;
  const values = bars.flatMap((bar) => [bar.value, bar.low ?? bar.value, bar.high ?? bar.value]);
  const [low, high] = domainOf(values, { log, margin: 0.03 });
  const narrow = width < NARROW;
  const room = narrow ? 14 : 7 * Math.max(...bars.map(({ text }) => text.length)); // after the longest bar
  const scale = scaleOf({ domain: [log ? low : 0, high], range: [1, width - room], log, count: narrow ? 4 : 8 });
  const group = makeSvg("g", { class: "axes" });
  for (const tick of scale.ticks) {
    const at = Math.round(scale(tick)) + 0.5;
    group.append(
      makeSvg("path", { class: "grid", d: `M${at} 0V${bottom}` }),
      makeSvg("text", { x: at, y: bottom + 16, "text-anchor": at < 20 ? "start" : "middle" }, scale.text(tick)),
    );
  }
  group.append(makeSvg("text", { class: "label", x: 1, y: height - 6 }, label));
  svg.append(group, ...bars.map((bar, place) => barOf(bar, place * rowPixels(width), scale, narrow)));
}

function barOf({ name, note = "", value, low, high, colour, text }, top, scale, narrow) {
  const end = Math.max(scale(value), 3);
  const middle = top + 31;
  const bar = makeSvg(
    "g",
    { class: "bar" },
    makeSvg("text", { x: 1, y: top + 15 }, name, makeSvg("tspan", { class: "note", dx: 7 }, narrow ? "" : note)),
    makeSvg("rect", { x: 1, y: top + 22, width: end - 1, height: 18, rx: 4, fill: colour }),
    narrow
      ? makeSvg("text", { class: "value note", x: 1, y: top + 56 }, [text, note].filter(Boolean).join(", "))
      : makeSvg("text", { class: "value", x: Math.max(end, scale(high ?? value)) + 9, y: middle + 5 }, text),
  );
  if (low !== undefined) {
    const [from, to] = [scale(low), scale(high)];
    const ends = `M${from} ${middle - 4}v8M${to} ${middle - 4}v8`;
    bar.append(makeSvg("path", { class: "whisker", d: `M${from} ${middle}H${to}${ends}` }));
  }
  return bar;
}
