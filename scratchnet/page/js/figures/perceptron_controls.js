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
  const story = make("p", { class: "story" });
  const ofRun = make("div", {}, scrubber.element, story);
  const isDrawing = () => state.isTraining() && points.tool >= 0;
  return {
    element: make("div", { class: "perceptron-controls" }, mode.element, ofRun, here.element),
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
      ofRun.hidden = state.isTraining();
      story.textContent = storyOf(run, state.epoch());
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

/** What came out after an epoch of the run, in sentences. */
function storyOf({ loss, results, epochs }, epoch) {
  if (epoch === 0) return "Before training: these weights were drawn at random, and nothing has been learned.";
  const [train, val] = [loss.train_loss[epoch - 1], loss.val_loss[epoch - 1]].map((value) => numberText(value, 4));
  const best = results.bayes_accuracy && ` (the best possible classifier: ${percentText(results.bayes_accuracy)})`;
  const right = loss.val_accuracy ? `, ${percentText(loss.val_accuracy[epoch - 1])} right${best}` : "";
  const kept = epoch === results.kept_epoch ? " This epoch was kept: no other has a lower loss in validation." : "";
  return `After epoch ${epoch} of ${epochs}: loss ${train} in training; in validation ${val}${right}.${kept}`;
}
