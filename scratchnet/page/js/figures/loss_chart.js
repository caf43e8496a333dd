"use strict";
// The loss of a perceptron so far: of the run up to the epoch that is shown, or of the training in the page.

const PAUSE_MILLISECONDS = 150; // between two drawings while training runs
const LARGEST_LOSS = 50_000; // that is drawn: after too high a learning rate there are others

/**
 * @param {RecordedPerceptron} run
 * @param {LiveTraining} training
 * @param {string} name of the figure, in words
 * @param {function(number)} onEpoch a reader has pointed at another epoch of the run
 * @returns {{element: HTMLElement, show: function(boolean, number, boolean)}} show: isTraining, epoch, isRunning
 */
function lossChart(run, training, name, onEpoch) {
  let [isOfRun, drawn] = [true, 0];
  const chart = lineChart({
    title: `${name}: the loss so far`,
    description: "The loss by epoch, in training and on the validation points; the least possible is marked.",
    x: { label: "epoch", domain: [0, run.epochs] },
    y: lossAxis(run, []),
    series: seriesOfRun(run, run.epochs),
    marks: leastMark(run),
    height: 250,
    onCursor: (epoch) => isOfRun && onEpoch(epoch),
  });
  const gaps = lineChart({
    title: `${name}: how far the page is from NumPy`,
    description: "The largest difference of a weight from the run's, by epoch: rounding that grows.",
    x: { label: "epoch", domain: [0, run.epochs] },
    y: { label: "largest difference of a weight", log: true, text: (value) => numberText(value, 2) },
    series: [],
    height: 220,
  });
  return {
    element: make("div", {}, chart.element, gaps.element),
    show(isTraining, epoch, isRunning) {
      if (isRunning && performance.now() - drawn < PAUSE_MILLISECONDS) return;
      drawn = performance.now();
      isOfRun = !isTraining;
      const { history } = training;
      const isOther = isTraining && training.alone; // other points: what the run could reach means nothing for them
      const series = isTraining ? seriesOfTraining(run, training) : seriesOfRun(run, epoch);
      const marks = isOther ? [] : leastMark(run);
      const last = history.epoch.length || null;
      const y = lossAxis(run, isTraining ? series : []);
      chart.update({ series, y, marks, cursor: isTraining ? (isRunning ? null : last) : epoch || null });
      const compared = history.gap.filter((gap) => gap > 0).length > 1;
      gaps.element.hidden = !isTraining || !compared;
      if (compared && isTraining) gaps.update({ series: [gapSeries(history)] });
    },
  };
}

/** Of the run and of what else is drawn, with room for the name of the least possible loss below it. */
function lossAxis({ loss, least }, series) {
  const drawn = series.flatMap((line) => Array.from(line.y));
  const [low, high] = domainOf([...loss.train_loss, ...loss.val_loss, ...drawn, least], { log: true, margin: 0.04 });
  return { label: "loss (logarithmic)", log: true, domain: [low / (high / low) ** 0.12, high] };
}

/** All epochs faintly; up to the one that is shown, in full. */
function seriesOfRun({ loss }, epoch) {
  const lines = lossLines(loss);
  const sofar = (numbers) => numbers.slice(0, epoch);
  const faint = lines.map((line) => ({ ...line, opacity: 0.3 }));
  return [...faint, ...lines.map((line) => ({ ...line, x: sofar(line.x), y: sofar(line.y), quiet: true }))];
}

/** The training's, over the run's. */
function seriesOfTraining({ loss }, { history, alone }) {
  if (alone) return lossLines(history);
  const before = lossLines(loss).map((line) => ({ ...line, opacity: 0.3, quiet: true }));
  return [...before, ...lossLines(history)];
}

function lossLines({ epoch, train_loss, val_loss }) {
  const drawn = (losses) => losses.map((loss) => (loss < LARGEST_LOSS ? loss : NaN));
  return [
    { name: "training", colour: COLOUR.train, x: epoch, y: drawn(train_loss) },
    { name: "validation", colour: COLOUR.val, x: epoch, y: drawn(val_loss), dash: "6 4" },
  ];
}

function gapSeries({ epoch, gap }) {
  return { name: "the page and NumPy", colour: COLOUR.numpy, x: epoch, y: gap.map((value) => value || NaN) };
}

function leastMark({ least }) {
  return least > 0 ? [{ y: least, label: `least possible: ${numberText(least)}`, below: true }] : [];
}
