"use strict";
// The perceptrons that part a plane: two rings, one inside the other, and three clouds.

function classesFigure(id, task, title) {
  figure(id, {
    title,
    absent: (run) => absentPerceptron(run, task),
    draw(element, run, view) {
      const record = run.perceptrons[task];
      const { extent, best } = record;
      const world = { extent, best: { shape: best.shape, data: decodeUint8(best.base64) } };
      const stageOf = (perceptron, hear) => planeStage(perceptron, world, hear);
      drawPerceptron(element, { id, record, view, place: [0, 0], kind: "of-plane", stageOf });
    },
  });
}

classesFigure("rings", "binary_rings", "A border around a ring");
classesFigure("blobs", "multiclass_blobs", "Three classes");
