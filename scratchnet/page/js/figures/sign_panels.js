"use strict";
// One vital sign in small multiples: a panel for each layer, over the epochs, all on one scale.

const PANEL = { height: 140, gap: 16, left: 58, top: 26, bottom: 40, head: 18 }; // pixels; head: above all panels
const ROW = PANEL.top + PANEL.height + PANEL.bottom;

/**
 * @param {{title: string, description: string, epoch: number[], layers: string[], values: number[][], log: boolean,
 *   domain?: [number, number], text: function(number): string}} sign
 *   values: by layer and epoch. On a logarithmic scale a 0 has no place, and is left out
 * @returns {{element: HTMLElement, update: function(Object)}}
 */
function signPanels(sign) {
  let now = sign;
  let panels = [];
  let cursor = null;
  const frame = chartFrame({
    title: () => now.title,
    description: () => now.description,
    hint: "Point at a panel to read it, or select the chart and use the arrow keys.",
    height: (width) => PANEL.head + rowsOf(now, width) * ROW,
    legend: () => [],
    table: () => signTable(now),
    draw: (svg, width) => {
      panels = placedPanels(now, width);
      for (const panel of panels) drawPanel(svg, panel, now);
      svg.append(makeSvg("text", { class: "label", x: 0, y: 14 }, now.log ? "logarithmic" : "share of the layer's units"));
      svg.append(makeSvg("g", { class: "cursor" }));
      show();
    },
  });
  const show = () => {
    const group = frame.plot.querySelector(".cursor");
    const place = now.epoch.indexOf(cursor);
    group?.replaceChildren(...(place < 0 ? [] : panels.map(({ x, top, bottom }) =>
      makeSvg("path", { d: `M${x(cursor)} ${top}V${bottom}` }))));
    const told = now.layers.map((layer, k) => `${layer} ${now.text(now.values[k][place])}`).join(", ");
    frame.read(place < 0 ? "" : `epoch ${cursor}: ${told}`);
  };
  hearCursor(frame.plot, "The panels", () => now.epoch, () => cursor, (epoch) => {
    cursor = epoch;
    show();
  }, (at) => panels.find(({ right }) => at <= right + PANEL.gap)?.x.invert(at));
  const name = () => frame.plot.setAttribute("aria-label", `${now.title}. Arrow keys read its numbers.`);
  name();
  return {
    element: frame.element,
    update(changes) {
      now = { ...now, ...changes };
      cursor = null;
      name();
      frame.redraw();
    },
  };
}

function columnsOf({ layers }, width) {
  return width < 480 && layers.length > 2 ? 2 : layers.length;
}

function rowsOf(sign, width) {
  return Math.ceil(sign.layers.length / columnsOf(sign, width));
}

/** Where each panel stands, with its scales. y is the same for all. */
function placedPanels(sign, width) {
  const { epoch, layers, values, log, domain } = sign;
  const columns = columnsOf(sign, width);
  const wide = (width - PANEL.left + PANEL.gap) / columns - PANEL.gap;
  const ends = epoch.length > 1 ? [epoch[0], epoch[epoch.length - 1]] : [epoch[0] - 1, epoch[0] + 1];
  return layers.map((layer, k) => {
    const left = PANEL.left + (k % columns) * (wide + PANEL.gap);
    const top = PANEL.head + PANEL.top + Math.floor(k / columns) * ROW;
    const bottom = top + PANEL.height;
    return {
      layer, left, top, bottom, right: left + wide, numbered: k % columns === 0, values: values[k],
      x: scaleOf({ domain: ends, range: [left + 4, left + wide - 4], count: 3 }),
      y: scaleOf({ domain: domain ?? domainOf(values.flat(), { log, margin: 0.08 }), range: [bottom, top], log, count: 4 }),
    };
  });
}

function drawPanel(svg, { layer, left, right, top, bottom, numbered, values, x, y }, { epoch, log, text }) {
  const group = makeSvg("g", { class: "axes" });
  for (const tick of y.ticks) {
    const at = Math.round(y(tick)) + 0.5;
    group.append(makeSvg("path", { class: "grid", d: `M${left} ${at}H${right}` }));
    if (numbered) group.append(makeSvg("text", { x: left - 8, y: at + 4, "text-anchor": "end" }, log ? y.text(tick) : text(tick)));
  }
  const ends = [[epoch[0], left, "start"], [epoch[epoch.length - 1], right, "end"]].slice(epoch.length > 1 ? 0 : 1);
  for (const [tick, at, anchor] of ends) {
    group.append(makeSvg("text", { x: at, y: bottom + 18, "text-anchor": anchor }, countText(tick)));
  }
  group.append(
    makeSvg("path", { class: "base", d: `M${left} ${bottom + 0.5}H${right}` }),
    makeSvg("text", { class: "label", x: left, y: top - 8 }, layer),
  );
  const drawn = { x: epoch, y: values.map((value) => (log && value <= 0 ? NaN : value)), colour: COLOUR.accent };
  svg.append(group, pathOf(drawn, x, y));
  if (epoch.length < 20) {
    const there = drawn.y.flatMap((value, k) => (Number.isFinite(value) ? [k] : []));
    svg.append(pointsOf({ ...drawn, x: there.map((k) => epoch[k]), y: there.map((k) => drawn.y[k]), opacity: 1 }, x, y));
  }
}

function signTable({ epoch, layers, values, text }) {
  return {
    head: ["epoch", ...layers],
    rows: epoch.map((each, place) => [countText(each), ...values.map((of) => text(of[place]))]),
  };
}
