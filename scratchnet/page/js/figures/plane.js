"use strict";
// The plane of two classes or three: what the network answers where, its border beside the best one, and the lines
// along which its hidden units fold.

const PLANE_CELLS = 100; // of the picture of the answers, each way
const SHADING = { light: 0.4, dark: 0.5 }; // how much colour the answers have

/**
 * @param {RecordedPerceptron} run
 * @param {{name: string, extent: number, best: IntArray}} world |x| < extent; best (rows, columns), row 0 the lowest x₂
 * @param {{onAt: function(number[]), onDraw: function(number[])}} hear
 * @returns {{element: HTMLElement, show: function(Moment), showTable: function(), paintTiles: function, hint: string,
 *   words: function, facts: function}}
 */
function planeStage(run, { name, extent, best }, { onAt, onDraw }) {
  const [canvas, dots] = [0, 1].map(() => make("canvas", { class: "plane-layer", "aria-hidden": "true" }));
  const bestBorder = joinedPieces(bordersOf(sharesAround(best, run.outputs), ...best.shape));
  const middle = cellMiddle(extent, PLANE_CELLS);
  const middles = Float64Array.from({ length: PLANE_CELLS }, (_, cell) => middle(cell));
  let palette = paletteOf(run.outputs);
  let [now, parts] = [null, null];
  const update = () => {
    if (!now || !parts) return;
    const logits = logitsOnGrid(now.network, middles);
    paintAnswers(canvas, logits, palette);
    showPlane(parts, now, bordersOf(logits, PLANE_CELLS, PLANE_CELLS), PLANE_CELLS);
  };
  const frame = chartFrame({
    title: `${name}: what the network answers where`,
    description: "The plane, coloured by class; the network's border, the best possible one, and each unit's fold.",
    height: (width) => width - PLANE_MARGINS.left - PLANE_MARGINS.right + PLANE_MARGINS.top + PLANE_MARGINS.bottom,
    legend: () => planeLegend(run.outputs),
    table: () => planeTable(now.units),
    draw: (svg, width, height) => {
      const border = { bestLines: bestBorder, cells: best.shape[0] };
      parts = drawPlane(svg, { width, height, extent, canvas, dots, ...border, points: run.train });
      update();
    },
  });
  frame.plot.prepend(canvas, dots);
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
    parts?.paint();
    update();
  });
  return {
    ...stageOn(frame, (moment) => {
      now = moment;
      update();
    }),
    paintTiles: (context, units, placeOf) => paintHalfPlanes(context, units, placeOf, extent, palette),
    hint: "Where each unit speaks, in the colour of the class that it speaks for.",
    words: halfPlaneWords,
    facts: (moment) => halfPlaneFacts(moment, name),
  };
}

function within(number, extent) {
  return Math.max(-extent, Math.min(extent, number));
}

function paletteOf(classes) {
  const shades = COLOUR.classes.slice(0, classes).map(rgbOf);
  return { classes: shades, card: rgbOf("var(--card)"), sunk: rgbOf("var(--sunk)"), shading: SHADING[themeNow()] };
}

/**
 * Each cell in the colours of the classes, mixed as likely as the network takes them for.
 * @param {NDArray} logits (PLANE_CELLS², K), row by row from below
 */
function paintAnswers(canvas, logits, { classes, card, shading }) {
  if (canvas.width !== PLANE_CELLS) [canvas.width, canvas.height] = [PLANE_CELLS, PLANE_CELLS];
  const context = canvas.getContext("2d");
  const image = context.createImageData(PLANE_CELLS, PLANE_CELLS);
  const K = logits.shape[1];
  for (let n = 0; n < PLANE_CELLS * PLANE_CELLS; n++) {
    const row = PLANE_CELLS - 1 - Math.floor(n / PLANE_CELLS); // on a canvas row 0 is above
    const start = (row * PLANE_CELLS + (n % PLANE_CELLS)) * K;
    let [largest, sum, red, green, blue] = [-Infinity, 0, 0, 0, 0];
    for (let k = 0; k < K; k++) largest = Math.max(largest, logits.data[start + k]);
    for (let k = 0; k < K; k++) {
      const power = Math.exp(logits.data[start + k] - largest); // softmax: p is its share of the sum
      sum += power;
      red += power * classes[k][0];
      green += power * classes[k][1];
      blue += power * classes[k][2];
    }
    image.data[4 * n] = card[0] + (red / sum - card[0]) * shading;
    image.data[4 * n + 1] = card[1] + (green / sum - card[1]) * shading;
    image.data[4 * n + 2] = card[2] + (blue / sum - card[2]) * shading;
    image.data[4 * n + 3] = 255;
  }
  context.putImageData(image, 0, 0);
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
