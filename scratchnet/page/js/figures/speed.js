"use strict";
// What a training step costs: every implementation of the same network, how the rivals scale, and what an epoch took.

const SWEEP_AXES = {
  batch_size: "pictures in a batch",
  width: "filters of the first convolution",
  size: "pixels of a side",
};
const UNMEASURED = "was not measured here: python -m stages.benchmark";

figure("speed", {
  title: "What a training step costs",
  absent: (run) => (run.speed || run.epochs.length ? "" : `The speed ${UNMEASURED}`),
  draw(element, run, view) {
    if (run.speed) drawLadder(element, run.speed, view);
    else element.append(absentNote(`The ladder of implementations ${UNMEASURED}`));
    if (run.epochs.length) element.append(epochsChart(run.epochs), absentGpu(run));
  },
});

function drawLadder(element, speed, view) {
  const archs = [...new Set(speed.rungs.map((rung) => rung.arch))];
  const arch = () => (archs.includes(view.get("speed.arch")) ? view.get("speed.arch") : archs[archs.length - 1]);
  const axis = () => (view.get("speed.axis") in SWEEP_AXES ? view.get("speed.axis") : "batch_size");
  const ladder = barChart(ladderOf(speed, arch()));
  const sweep = lineChart(sweepOf(speed, arch(), axis()));
  const chooseArch = choiceOf({
    label: "Network",
    options: archs.map((name) => ({ value: name, label: name })),
    value: arch(),
    onChange: (value) => view.set({ "speed.arch": value }),
  });
  const chooseAxis = choiceOf({
    label: "What grows",
    options: Object.entries(SWEEP_AXES).map(([value, label]) => ({ value, label })),
    value: axis(),
    onChange: (value) => view.set({ "speed.axis": value }),
  });
  view.onChange(["speed.arch", "speed.axis"], () => {
    chooseArch.set(arch());
    chooseAxis.set(axis());
    ladder.update(ladderOf(speed, arch()));
    sweep.update(sweepOf(speed, arch(), axis()));
  });
  element.append(chooseArch.element, ladder.element, smallPrint(speed), chooseAxis.element, sweep.element);
}

/** Pictures a second of every rung, slowest implementation first, on a log scale. */
function ladderOf({ rungs }, arch) {
  const bars = rungs
    .filter((rung) => rung.arch === arch)
    .map((rung) => ({
      name: rung.measured ? `${rung.label}*` : rung.label,
      note: rung.label.includes("thread") ? "" : rung.device === "cuda" ? "GPU" : threadsText(rung.threads),
      value: rung.images_per_second,
      ...rungQuartiles(rung),
      colour: COLOUR[rung.backend],
      text: `${numberText(rung.images_per_second)} a second, ${durationText(rung.step_ms)} a step`,
    }));
  return {
    title: `${arch}: from one multiplication at a time to the framework`,
    description: "Pictures a second in training, a bar for each implementation, on a logarithmic axis.",
    label: "pictures a second (logarithmic)",
    log: true,
    bars,
    legend: Object.keys(BACKEND_NAME).map((backend) => ({ name: BACKEND_NAME[backend], colour: COLOUR[backend] })),
  };
}

function threadsText(threads) {
  return `${threads} thread${threads === 1 ? "" : "s"}`;
}

/** Half the distance between the quartiles on either side of the median step. */
function rungQuartiles({ step_ms, step_ms_iqr, images_per_second }) {
  const pictures = images_per_second * step_ms;
  const fastest = Math.max(step_ms - step_ms_iqr / 2, step_ms / 10);
  return { low: pictures / (step_ms + step_ms_iqr / 2), high: pictures / fastest };
}

function sweepOf({ sweep, setting }, arch, axis) {
  const rows = sweep.filter((row) => row.arch === arch && row.axis === axis);
  const pictures = (row) => (axis === "batch_size" ? row.value : setting.batch_size);
  const speeds = (key) => rows.map((row) => (row[key] === null ? NaN : (1000 * pictures(row)) / row[key]));
  const series = [
    { name: "NumPy, fast", colour: COLOUR.numpy, key: "fast_ms" },
    { name: "PyTorch", colour: COLOUR.pytorch, key: "pytorch_ms", dash: "7 4" },
    { name: "NumPy, clear layers", colour: COLOUR.muted, key: "clear_ms", dash: "2 4" },
  ];
  return {
    title: `${arch}: as the work grows`,
    description: `Pictures a second in training, by ${SWEEP_AXES[axis]}.`,
    x: { label: SWEEP_AXES[axis], log: axis !== "size" },
    y: { label: "pictures a second", log: true, text: (value) => numberText(value) },
    series: series.map((one) => ({ ...one, x: rows.map((row) => row.value), y: speeds(one.key) })),
    cursor: null,
  };
}

/** On which machine, with what, and what could not be measured there. */
function smallPrint({ rungs, machine, setting, absent }) {
  const scaled = rungs.find((rung) => rung.measured);
  const sentences = [
    `Measured on ${machineText(machine)}.`,
    `Each step is a batch of ${setting.batch_size} pictures of ${setting.size}×${setting.size} pixels.`,
    "A bar is the median of interleaved rounds; the whisker is as long as the distance between its quartiles.",
    scaled && `* ${scaled.label}: ${scaled.measured}.`,
    ...Object.values(absent).map((why) => `Not measured here: ${why}`),
  ];
  return make("div", { class: "small-print" }, ...sentences.filter(Boolean).map((sentence) => make("p", {}, sentence)));
}

function machineText({ cpu, cores, gpu }) {
  return `${cpu}, ${cores} core${cores === 1 ? "" : "s"}, ${gpu === "none" ? "no GPU" : gpu}`;
}

function epochsChart(epochs) {
  const machines = [...new Set(epochs.map(({ machine }) => machineText(machine)))];
  const chart = barChart({
    title: "What an epoch of this run took",
    description: "Seconds of an epoch's training, the median over the epochs, for each network and backend.",
    label: "seconds an epoch",
    bars: epochs.map((one) => ({
      name: `${one.arch}, ${BACKEND_NAME[one.backend]}`,
      note: one.device === "cuda" ? "on the GPU" : "on the CPU",
      value: one.epoch_seconds,
      low: one.q1,
      high: one.q3,
      colour: COLOUR[one.backend],
      text: `${numberText(one.epoch_seconds)} s, ${countText(one.images_per_second)} pictures a second`,
    })),
    legend: Object.keys(BACKEND_NAME).map((backend) => ({ name: BACKEND_NAME[backend], colour: COLOUR[backend] })),
  });
  const note = `Training alone, on ${listText(machines)}. The whisker spans the quartiles over the epochs.`;
  return make("div", {}, chart.element, make("div", { class: "small-print" }, make("p", {}, note)));
}

function absentGpu({ epochs }) {
  if (epochs.some(({ device }) => device === "cuda")) return "";
  return make("div", { class: "small-print" }, make("p", {}, "On a GPU an epoch was not measured here."));
}
