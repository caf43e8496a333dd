"use strict";
// The perceptron that draws a curve out of hinges.

figure("curve", {
  title: "A curve made of hinges",
  absent: (run) => absentPerceptron(run, "regression_1d"),
  draw(element, run, view) {
    const record = run.perceptrons.regression_1d;
    const { low, high, best } = record;
    const [x, y] = [best.x, best.y].map(({ base64, shape }) => decodeFloat32(base64, shape));
    const world = { low, high, x, y };
    const place = [low + 0.75 * (high - low), 0];
    drawPerceptron(element, {
      id: "curve",
      name: "The curve",
      record,
      view,
      place,
      kind: "of-curve",
      stageOf: (perceptron, hear) => foldsStage(perceptron, world, hear),
    });
  },
});

/** Why a perceptron cannot be shown, with the command that trains it. */
function absentPerceptron({ perceptrons }, task) {
  return perceptrons[task] ? "" : `${task} was not trained: python -m stages.train_mlp ${task}`;
}
