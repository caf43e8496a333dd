"use strict";
// A perceptron of the run through all its epochs, and trained again: what the three figures of perceptrons share.

/**
 * @param {HTMLElement} element of the figure
 * @param {{id: string, name: string, record: Object, view: View, place: number[], kind: string,
 *   stageOf: function(RecordedPerceptron, Object): Object}} how
 *   name: of the figure, in words; record: RUN.perceptrons[TASK]; place: that the network is asked about at first;
 *   kind: a class for the style sheet; stageOf: makes the picture, planeStage or foldsStage, given the run and what to
 *   tell of pointing
 */
function drawPerceptron(element, { id, name, record, view, place, kind, stageOf }) {
  const run = new RecordedPerceptron(record);
  const training = new LiveTraining(run);
  const state = perceptronView(view, id, run, place);
  const controls = perceptronControls(run, training, state, () => ask());
  const hear = {
    onAt: (at) => state.set({ at: placeText(at) }),
    onDraw: (at) => state.set({ at: placeText(at), points: ownPointsText([...state.own(), controls.point(at)], run) }),
    onPick: (unit) => state.set({ unit: unit + 1 }),
  };
  const stage = stageOf(run, hear);
  const units = unitPicker({ paint: stage.paintTiles, hint: stage.hint, words: stage.words, onPick: hear.onPick });
  const facts = make("div", { class: "unit-facts" });
  const losses = lossChart(run, training, name, (epoch) => state.set({ epoch }));
  const show = () => {
    const network = state.isTraining() ? training.network : run.network(state.epoch());
    const all = hiddenUnits(network);
    const chosen = { unit: state.unit(all.length), at: state.at(), ...controls.drawn() };
    const moment = { network, units: all, ...chosen };
    losses.show(state.isTraining(), state.epoch(), controls.isRunning()); // it measures the page: before any change
    controls.show();
    stage.show(moment);
    units.show(moment);
    facts.replaceChildren(...stage.facts(moment));
    if (!controls.isRunning()) stage.showTable();
  };
  const ask = oncePerFrame(show);
  state.onChange(() => (controls.hear(), ask()));
  onTheme(ask);
  element.append(
    controls.element,
    make(
      "div",
      { class: `perceptron ${kind}` },
      make("div", { class: "stage" }, stage.element),
      make("div", { class: "hidden-unit" }, units.element, facts),
      make("div", { class: "losses" }, losses.element),
    ),
  );
  controls.hear();
  show();
}
