"use strict";
// The perceptrons that part a plane: two rings, one inside the other, and three clouds.

function classesFigure(id, task, title, name) {
  figure(id, {
    title,
    absent: (run) => absentPerceptron(run, task),
    draw(element, run, view) {
      const record = run.perceptrons[task];
      const { extent, best } = record;
      const world = { name, extent, best: { shape: best.shape, data: decodeUint8(best.base64) } };
      const stageOf = (perceptron, hear) => planeStage(perceptron, world, hear);
      drawPerceptron(element, { id, name, record, view, place: [0, 0], kind: "of-plane", stageOf });
    },
  });
}

classesFigure("rings", "binary_rings", "A border around a ring", "The rings");
classesFigure("blobs", "multiclass_blobs", "Three classes", "The three classes");
