"use strict";
// "Train it here": a perceptron of the run is trained once more, as its reader wants it.

const WORK_MILLISECONDS = 10; // between two drawings, at most

/**
 * @param {LiveTraining} training
 * @param {{onMove: function(), onSettings: function(Object), onDefaults: function(), points: HTMLElement}} how
 *   onMove: the weights have moved; onSettings: a reader wants others
 * @returns {{element: HTMLElement, show: function(), pause: function(), isRunning: function(): boolean}}
 *   show: what the training is at now
 */
function trainingHere(training, { onMove, onSettings, onDefaults, points }) {
  let running = false;
  const pause = () => {
    running = false;
    show();
  };
  const once = (work) => async () => {
    pause();
    await work();
    onMove();
  };
  const run = async () => {
    running = true;
    show();
    const turns = new Turns(WORK_MILLISECONDS);
    while (running && !training.isOver && training.count > 0) {
      stepsOfFrame(training, turns);
      onMove();
      await nextFrame(); // in which it is drawn
      await turns.next(); // work is a task of its own: so neither blocks the page for long
    }
    if (running) say(`Training has ended. ${stateText(training)}`);
    pause();
    onMove();
  };
  const epoch = once(async () => {
    const turns = new Turns(WORK_MILLISECONDS);
    const before = training.epoch;
    while (training.epoch === before && !training.isOver && training.count > 0) {
      training.step();
      if (turns.over()) await turns.next();
    }
    say(stateText(training));
  });
  const buttons = {
    run: buttonOf("Train", () => (running ? pause() : run()), { kind: "main" }),
    epoch: buttonOf("One epoch", epoch),
    step: buttonOf("One step", once(async () => training.step())),
    rewind: buttonOf("Rewind", once(async () => training.rewind()), { label: "Rewind to the initial weights" }),
  };
  const state = make("p", { class: "state" });
  const settings = settingsControls(training.run.settings, onSettings);
  const defaults = buttonOf("The run's settings", onDefaults);
  const show = () => {
    const stuck = training.isOver || training.count === 0;
    buttons.run.textContent = running ? "Pause" : "Train";
    for (const name of ["run", "epoch", "step"]) buttons[name].disabled = stuck && !(name === "run" && running);
    buttons.rewind.disabled = training.epoch === 0 && training.steps === 0;
    defaults.disabled = SETTINGS_THAT_COUNT.every((name) => training.settings[name] === training.run.settings[name]);
    settings.set(training.settings);
    state.replaceChildren(stateText(training), make("br"), gapText(training));
  };
  settings.element.append(defaults);
  return {
    element: make(
      "div",
      { class: "training-here" },
      settings.element,
      points,
      make("div", { class: "controls" }, ...Object.values(buttons)),
      state,
    ),
    show,
    pause,
    isRunning: () => running,
  };
}

/** What is done between two drawings: an epoch, or as much of it as the time allows. */
function stepsOfFrame(training, turns) {
  const before = training.epoch;
  do training.step();
  while (training.epoch === before && !training.isOver && !turns.over());
}

/** Where the training is, in sentences. */
function stateText(training) {
  const { epoch, steps, settings, failed, count } = training;
  const last = settings.epochs;
  if (failed) {
    const when = `In step ${steps || training.stepsOfEpoch} of epoch ${epoch + (steps ? 1 : 0)}`;
    return `${when} the loss became too large to be a number. Lower the learning rate, and rewind.`;
  }
  if (count === 0) return "There are no points to learn from: draw some.";
  if (epoch + steps === 0) return `Before the first of ${last} epochs: the weights that seed ${settings.seed} gives.`;
  const rate = `The learning rate of the last step was ${numberText(training.rate)}.`;
  if (epoch >= last) return `All ${last} epochs are over. ${rate}`;
  if (steps === 0) return `After epoch ${epoch} of ${last}. ${rate}`;
  return `Epoch ${epoch + 1} of ${last}, step ${steps} of ${training.stepsOfEpoch}. ${rate}`;
}

/** How far the page is from NumPy, or why that cannot be said. */
function gapText(training) {
  if (!training.asTheRun) return "This training is not the run's: its settings or its points are others.";
  if (training.steps > 0) return "In the middle of an epoch the run has no weights to compare with.";
  if (training.epoch === 0) return gapSentence(training.gap(), "The initial weights");
  return gapSentence(training.gap(), `After epoch ${training.epoch} the weights`);
}

function gapSentence(gap, what) {
  if (gap === 0) return `${what} are those of the run, to the last bit.`;
  return `${what} differ from NumPy's in the run by at most ${numberText(gap, 2)}: that is rounding.`;
}
