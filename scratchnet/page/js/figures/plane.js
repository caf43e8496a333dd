"use strict";
// The plane of two classes or three: what the network answers where, its border beside the best one, and the lines
// along which its hidden units fold.

const PLANE_CELLS = 100; // of the picture of the answers, each way
const SHADING = { light: 0.4, dark: 0.5 }; // how much colour the answers have

/**
 * @param {RecordedPerceptron} run
 * @param {{extent: number, best: IntArray}} world |x| < extent; best (rows, columns), row 0 the lowest x₂
 * @param {{onAt: function(number[]), onDraw: function(number[])}} hear
 * @returns {{element: HTMLElement, show: function(Moment), showTable: function(), paintTiles: function, words: function, facts: function}}
 */
function planeStage(run, { extent, best }, { onAt, onDraw }) {
  const canvas = make("canvas", { class: "regions", "aria-hidden": "true" });
  const bestBorder = joinedPieces(bordersOf(sharesAround(best, run.outputs), ...best.shape));
  const grid = gridOf(extent);
  let palette = paletteOf(run.outputs);
  let [now, parts] = [null, null];
  const update = () => {
    if (!now || !parts) return;
    const logits = now.network.forward(grid);
    paintAnswers(canvas, logits, palette);
    showPlane(parts, now, joinedPieces(bordersOf(logits, PLANE_CELLS, PLANE_CELLS)), PLANE_CELLS);
  };
  const frame = chartFrame({
    title: "What the network answers where",
    description: "The plane, coloured by class; the network's border, the best possible one, and each unit's fold.",
    height: (width) => width - PLANE_MARGINS.left - PLANE_MARGINS.right + PLANE_MARGINS.top + PLANE_MARGINS.bottom,
    legend: () => planeLegend(run.outputs),
    table: () => planeTable(now.units),
    draw: (svg, width, height) => {
      const border = { best: bestBorder, cells: best.shape[0] };
      parts = drawPlane(svg, { width, height, extent, canvas, ...border, points: run.train });
      update();
    },
  });
  frame.plot.prepend(canvas);
  hearPointing(frame.plot, {
    label: "The plane. Arrow keys move the place that the network is asked about; Enter draws a point there.",
    toData: (left, top) => [parts.x.invert(left), parts.y.invert(top)].map((number) => within(number, extent)),
    at: () => now.at,
    steps: [extent / 40, extent / 40],
    isDrawing: () => now.drawing,
    onAt: (at) => onAt(at.map((number) => within(number, extent))),
    onDraw,
  });
  onTheme(() => {
    palette = paletteOf(run.outputs);
    update();
  });
  return {
    element: frame.element,
    show(moment) {
      now = moment;
      frame.plot.classList.toggle("drawing", now.drawing);
      update();
    },
    showTable: () => frame.element.querySelector("details").open && frame.redraw(),
    paintTiles: (context, units, placeOf) => paintHalfPlanes(context, units, placeOf, extent, palette),
    words: halfPlaneWords,
    facts: halfPlaneFacts,
  };
}

function within(number, extent) {
  return Math.max(-extent, Math.min(extent, number));
}

function paletteOf(classes) {
  const shades = COLOUR.classes.slice(0, classes).map(rgbOf);
  return { classes: shades, card: rgbOf("var(--card)"), sunk: rgbOf("var(--sunk)"), shading: SHADING[themeNow()] };
}

/** The midpoints of the cells, row by row from the lowest x₂, as points.square_grid: (cells², 2) */
function gridOf(extent) {
  const middle = cellMiddle(extent, PLANE_CELLS);
  const grid = zeros([PLANE_CELLS * PLANE_CELLS, 2]);
  for (let n = 0; n < PLANE_CELLS * PLANE_CELLS; n++) {
    grid.data[2 * n] = middle(n % PLANE_CELLS);
    grid.data[2 * n + 1] = middle(Math.floor(n / PLANE_CELLS));
  }
  return grid;
}

/** Each cell in the colours of the classes, mixed as likely as the network takes them for. */
function paintAnswers(canvas, logits, { classes, card, shading }) {
  const K = logits.shape[1];
  paintPixels(canvas, PLANE_CELLS, PLANE_CELLS, (place) => {
    const row = PLANE_CELLS - 1 - Math.floor(place / PLANE_CELLS); // on a canvas row 0 is above
    const start = (row * PLANE_CELLS + (place % PLANE_CELLS)) * K;
    const p = softmaxOf(logits.data.subarray(start, start + K));
    return card.map((part, c) => {
      const colour = p.reduce((sum, pk, k) => sum + pk * classes[k][c], 0);
      return part + (colour - part) * shading;
    });
  });
}

function planeLegend(K) {
  const classes = COLOUR.classes.slice(0, K);
  return [
    ...classes.map((colour, k) => ({ name: `class ${k}`, colour, kind: "points" })),
    { name: "the network's border", colour: COLOUR.ink },
    { name: "the best possible", colour: COLOUR.ink, dash: "5 4" },
    { name: "the unit's fold", colour: COLOUR.accent },
  ];
}

function planeTable(units) {
  const V = units[0].v.map((_, k) => `V, class ${k}`);
  const rows = units.map(({ w, b, v }, h) => [`${h + 1}`, ...[...w, b, ...v].map((number) => numberText(number, 4))]);
  return { head: ["hidden unit", "W, x₁", "W, x₂", "b", ...V], rows };
}
