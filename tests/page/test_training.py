"""The page trains the perceptrons as the project does: the same initial weights, order and numbers."""

import numpy as np
import pytest

from scratchnet.names import TASKS, Stream, rng_of
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import MeanSquaredError, SoftmaxCrossEntropy
from scratchnet.numpy_nn.networks import mlp
from scratchnet.numpy_nn.optimizers import SGD
from scratchnet.params import load
from scratchnet.points import TASKS as POINTS
from scratchnet.points import Points, draw_splits
from scratchnet.training import Plan

STEPS = 50
TRAIN = """(task, x, labels, {seed, hidden, batch_size, weight_decay, learning_rate, ...rest}) => {
  const outputs = task === "regression_1d" ? 1 : Math.max(...labels.data) + 1;
  const network = mlp(x.shape[1], hidden, outputs, defaultRng([seed, Stream.WEIGHTS]), Float64Array);
  const before = Object.fromEntries(Object.entries(network.params).map(([name, w]) => [name, copyOf(w)]));
  const loss = task === "regression_1d" ? new MeanSquaredError() : new SoftmaxCrossEntropy();
  const optimizer = new SGD(learning_rate, {weightDecay: weight_decay});
  const plan = new Plan({...rest, seed, learningRate: learning_rate});
  const count = x.shape[0], losses = [];
  for (let epoch = 1, steps = STEPS; steps > 0; epoch++) {
    const rates = plan.rates(epoch, count, batch_size).slice(0, steps);
    const order = plan.order(epoch, count).slice(0, steps * batch_size);
    losses.push(trainEpoch(network, loss, optimizer, x, labels, order, rates, batch_size));
    steps -= rates.length;
  }
  return {before, params: network.params, losses, outputs: network.forward(x)};
}""".replace("STEPS", str(STEPS))


@pytest.mark.parametrize("name", TASKS)
def test_fifty_steps_are_numpys(scripts, name):
    params = getattr(load().train_mlp, name)
    task = POINTS[name](params.noise)
    drawn = draw_splits(task, {"train": params.train}, params.seed)["train"]
    labels = drawn.labels.astype(np.int32 if drawn.labels.ndim == 1 else np.float64)
    points = Points(drawn.x.astype(np.float64), labels)
    got = scripts.call(TRAIN, name, points.x, points.labels, params.model_dump())

    rng = rng_of(params.seed, Stream.WEIGHTS)
    network = mlp(task.inputs, params.hidden, task.outputs, rng, dtype=np.float64)
    for key, w in network.params.items():
        np.testing.assert_array_equal(got["before"][key], w)

    loss = MeanSquaredError() if name == "regression_1d" else SoftmaxCrossEntropy()
    optimizer = SGD(params.learning_rate, weight_decay=params.weight_decay)
    learner = NumpyLearner(network, loss, optimizer, {"train": points}, params.batch_size)
    plan = Plan(params.epochs, params.learning_rate, params.seed, params.schedule)
    losses, steps = [], STEPS
    for epoch in range(1, len(got["losses"]) + 1):
        rates = plan.rates(epoch, len(points), params.batch_size)[:steps]
        order = plan.order(epoch, len(points))[: steps * params.batch_size]
        losses.append(learner.train_epoch(order, rates))
        steps -= len(rates)
    assert steps == 0
    np.testing.assert_allclose(got["losses"], losses, rtol=1e-6)
    for key, w in network.params.items():
        np.testing.assert_allclose(got["params"][key], w, rtol=0, atol=1e-6)
    np.testing.assert_allclose(got["outputs"], network.forward(points.x), rtol=0, atol=1e-6)
