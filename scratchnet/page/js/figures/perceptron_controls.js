"use strict";
// Above the picture of a perceptron: the run's epochs, or what it takes to train here.

/**
 * @param {RecordedPerceptron} run
 * @param {LiveTraining} training
 * @param {Object} state of perceptronView
 * @param {function()} onMove something is to be drawn anew
 */
function perceptronControls(run, training, state, onMove) {
  const mode = choiceOf({
    label: "Show",
    options: [{ value: "run", label: "Your run" }, { value: "train", label: "Train it here" }],
    value: "run",
    onChange: (value) => state.set({ mode: value === "run" ? null : value }),
  });
  const scrubber = scrubberOf({
    label: "epoch",
    last: run.epochs,
    value: state.epoch(),
    text: (epoch) => `${epoch} of ${run.epochs}`,
    onInput: (epoch) => state.set({ epoch }),
  });
  const points = ownPointControls({
    classes: run.outputs,
    onTool: onMove,
    onClear: () => state.set({ points: null, alone: null }),
    onAlone: (alone) => state.set({ alone: alone ? 1 : null }),
  });
  const here = trainingHere(training, {
    onMove,
    onSettings: (settings) => state.set(settings),
    onDefaults: () => state.set(Object.fromEntries(SETTINGS_THAT_COUNT.map((name) => [name, null]))),
    points: points.element,
  });
  const isDrawing = () => state.isTraining() && points.tool >= 0;
  return {
    element: make("div", { class: "perceptron-controls" }, mode.element, scrubber.element, here.element),
    isRunning: () => state.isTraining() && here.isRunning(),
    /** @returns {OwnPoint} what a press at a place draws */
    point: (at) => (run.isRegression ? { x: [at[0]], label: at[1] } : { x: at, label: points.tool }),
    /** What of the moment depends on these controls. */
    drawn: () => ({
      own: state.isTraining() ? state.own() : [],
      alone: state.isTraining() && state.isAlone(),
      drawing: isDrawing(),
    }),
    /** Take over what the address says. */
    hear() {
      mode.set(state.isTraining() ? "train" : "run");
      scrubber.set(state.epoch());
      scrubber.element.hidden = state.isTraining();
      here.element.hidden = !state.isTraining();
      if (state.isTraining()) scrubber.stop();
      else here.pause();
      training.change(state.settings());
      training.learnFrom(state.own(), state.isAlone());
      points.set(training);
    },
    show: () => state.isTraining() && here.show(),
  };
}
