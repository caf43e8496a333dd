"use strict";
// How sure a network is, and how often it is right then. The bins are those of scratchnet/calibration.py.

const SURE_LIMITS = Array.from({ length: 11 }, (_, place) => (place + 10) / 20); // 0.5, 0.55, ... 1

/** @typedef {{low: number, high: number, pictures: number, confidence: number, accuracy: number, error: number}} Sure
 *   a bin: its limits, the means of its pictures, and the accuracy's standard error, if the confidence is meant so */

/**
 * @param {{probability: number[], label: number[]}} predictions of the whole test split
 * @returns {Sure[]} only those with pictures
 */
function calibrationOf({ probability, label }) {
  const bins = SURE_LIMITS.slice(1).map((high, place) => ({ low: SURE_LIMITS[place], high, sure: 0, right: 0, n: 0 }));
  probability.forEach((second, index) => {
    const confidence = Math.max(second, 1 - second);
    const bin = bins.findLast(({ low }) => confidence >= low);
    bin.n += 1;
    bin.sure += confidence;
    bin.right += Number(answeredClass(second) === label[index]);
  });
  return bins.filter(({ n }) => n > 0).map(({ low, high, sure, right, n }) => {
    const confidence = Math.min(1, sure / n);
    const error = Math.sqrt((confidence * (1 - confidence)) / n);
    return { low, high, pictures: n, confidence, accuracy: right / n, error };
  });
}

/** Over all pictures, the mean of one number of each bin. */
function meanOverBins(bins, number) {
  return sumOf(bins.map((bin) => bin.pictures * number(bin))) / sumOf(bins.map(({ pictures }) => pictures));
}

function calibrationText(bins) {
  const gap = meanOverBins(bins, ({ confidence, accuracy }) => Math.abs(accuracy - confidence));
  const chance = meanOverBins(bins, ({ error }) => Math.sqrt(2 / Math.PI) * error);
  return `The calibration error is the mean distance of the points from the dashed line, over all pictures:
    ${numberText(gap, 2)}. With so few pictures, chance alone brings about ${numberText(chance, 2)}.`;
}

/** Accuracy by confidence, and below how many pictures each bin has. @param {Sure[]} bins @returns {HTMLElement} */
function calibrationChart(bins) {
  return chartFrame({
    title: "How sure it is, and how often it is right then",
    description: `The share of right answers by how sure the network was, in ${bins.length} bins of 5 points,
      and the number of pictures in each.`,
    height: () => 330,
    legend: () => [
      { name: "the network", colour: COLOUR.accent },
      { name: "right as often as sure", colour: COLOUR.muted, dash: "5 4" },
      { name: "by chance, 19 times of 20", colour: COLOUR.line, kind: "area" },
    ],
    table: () => ({
      head: ["how sure", "pictures", "sure, mean", "right"],
      rows: bins.map(({ low, high, pictures, confidence, accuracy }) => [
        `${percentText(low, 0)} to ${percentText(high, 0)}`,
        countText(pictures),
        percentText(confidence),
        percentText(accuracy),
      ]),
    }),
    draw: (svg, width, height) => drawCalibration(svg, width, height, bins),
  }).element;
}

function drawCalibration(svg, width, height, bins) {
  const margins = { left: 40, right: 14, top: 26, bottom: 44 };
  const [bottom, roof] = [height - margins.bottom, height - margins.bottom - 62]; // of the bars below the points
  const least = bins.flatMap(({ accuracy, confidence, error }) => [accuracy, confidence - 2 * error]);
  const lowest = Math.max(0, Math.min(0.5, ...least));
  const x = scaleOf({ domain: [50, 100], range: [margins.left, width - margins.right], count: 5 });
  const y = scaleOf({ domain: [100 * lowest, 100], range: [roof - 12, margins.top], count: 5 });
  const labels = { xLabel: "how sure it is, % (bars: how many pictures)", yLabel: "% right" };
  drawAxes(svg, { x, y, ...labels, width, height, margins });
  const most = Math.max(...bins.map(({ pictures }) => pictures));
  const place = (from, to) => ({ y: y(100 * to), height: y(100 * from) - y(100 * to) });
  for (const { low, high, pictures, confidence, error } of bins) {
    const [left, right, tall] = [x(100 * low) + 1, x(100 * high) - 1, (44 * pictures) / most];
    const [from, to] = [Math.max(0, confidence - 2 * error), Math.min(1, confidence + 2 * error)];
    svg.append(
      makeSvg("rect", { ...place(from, to), x: x(100 * confidence) - 4, width: 8, fill: COLOUR.line }),
      makeSvg("rect", { x: left, y: bottom - tall, width: right - left, height: tall, fill: COLOUR.accent }),
      makeSvg("text", { x: (left + right) / 2, y: bottom - tall - 4, "text-anchor": "middle" }, countText(pictures)),
    );
  }
  const ends = { x: [50, 100], y: [50, 100], colour: COLOUR.muted, width: 1.2, dash: "5 4" };
  const along = (key) => bins.map((bin) => 100 * bin[key]);
  const points = { colour: COLOUR.accent, x: along("confidence"), y: along("accuracy") };
  svg.append(pathOf(ends, x, y), pathOf(points, x, y), pointsOf({ ...points, width: 8, opacity: 1 }, x, y));
}
