"use strict";
// A perceptron of the run, trained once more: the same initial weights, order and rates, until a reader changes them.

const SETTINGS_THAT_COUNT = ["hidden", "batch_size", "learning_rate", "weight_decay", "seed"];

/**
 * @typedef {{x: number[], label: number}} OwnPoint x (D), and its class, or the number that a regression shall answer
 */

class LiveTraining {
  /** @param {RecordedPerceptron} run */
  constructor(run) {
    this.run = run;
    this.settings = { ...run.settings };
    this.own = [];
    this.alone = false;
    this.rewind();
  }

  /** Back to the initial weights of the seed, before the first epoch. */
  rewind() {
    const { hidden, seed } = this.settings;
    const rng = defaultRng([seed, Stream.WEIGHTS]);
    this.network = mlp(this.run.inputs, hidden, this.run.outputs, rng, Float32Array);
    this.epoch = 0; // how many are over
    this.steps = 0; // of the next epoch, that are over
    this.history = { epoch: [], train_loss: [], val_loss: [], gap: [] };
    this.accuracy = null;
    this.rate = 0;
    this.failed = false;
    this.asTheRun = true;
    this._batches = null;
  }

  /** Another number of units or seed begins anew; a rate and a decay count at once, a batch from the next epoch. */
  change(settings) {
    const changed = SETTINGS_THAT_COUNT.filter((name) => settings[name] !== this.settings[name]);
    Object.assign(this.settings, settings);
    if (changed.includes("hidden") || changed.includes("seed")) this.rewind();
    return changed.length > 0;
  }

  /**
   * From the next epoch on, learn from these as well.
   * @param {OwnPoint[]} own
   * @param {boolean} alone leave the run's points out
   */
  learnFrom(own, alone) {
    Object.assign(this, { own, alone });
  }

  /** How many points there are to learn from. */
  get count() {
    return this.own.length + (this.alone ? 0 : this.run.train.x.shape[0]);
  }

  /** How many steps an epoch has, the one that has begun or the next. */
  get stepsOfEpoch() {
    return this._batches?.steps ?? Math.ceil(this.count / this.settings.batch_size);
  }

  /** @returns {boolean} nothing is left to do: all epochs are over, or the loss is no number any more */
  get isOver() {
    return this.failed || this.epoch >= this.settings.epochs;
  }

  /** One batch: forward, loss, backward, step. At the end of an epoch the validation points are asked. */
  step() {
    if (this.isOver || this.count === 0) return;
    this._batches ??= this._nextBatches();
    const { points, order, batchSize } = this._batches;
    const { learning_rate, schedule, epochs, seed, weight_decay } = this.settings;
    const plan = new Plan({ epochs, learningRate: learning_rate, seed, schedule });
    this.rate = plan.rates(this.epoch + 1, order.length, batchSize)[this.steps];
    const batch = order.subarray(this.steps * batchSize, (this.steps + 1) * batchSize);
    const optimizer = new SGD(this.rate, { weightDecay: weight_decay }); // without momentum it remembers nothing
    const [x, labels] = [takeEntries(points.x, batch), takeEntries(points.labels, batch)];
    const before = Object.values(this.network.params).map(({ data }) => data.slice());
    const loss = trainStep(this.network, this.run.lossFunction, optimizer, x, labels, this.rate);
    this.asTheRun &&= this._isAsTheRun();
    this._batches.total += loss * batch.length;
    this.steps += 1;
    this.failed = !this._isWhole(loss);
    if (this.failed) Object.values(this.network.params).forEach((w, place) => w.data.set(before[place]));
    if (this.steps === this._batches.steps) this._endEpoch();
  }

  /** The largest difference of a weight from the run's at the same epoch; NaN where they cannot be compared. */
  gap() {
    if (!this.asTheRun || this.steps > 0 || this.epoch > this.run.epochs) return NaN;
    const recorded = this.run.params(this.epoch);
    const differences = Object.entries(this.network.params).map(([name, { data }]) =>
      data.reduce((largest, number, k) => Math.max(largest, Math.abs(number - recorded[name].data[k])), 0),
    );
    return Math.max(...differences);
  }

  /** Do the settings and points now give what the run has recorded? */
  _isAsTheRun() {
    const same = SETTINGS_THAT_COUNT.every((name) => this.settings[name] === this.run.settings[name]);
    return same && this._batches.isOfRun;
  }

  /** Are the loss and all weights still numbers? After a failure the last weights that were are kept. */
  _isWhole(loss) {
    const { params } = this.network;
    return Number.isFinite(loss) && Object.values(params).every(({ data }) => data.every(Number.isFinite));
  }

  _nextBatches() {
    const points = this._points();
    const count = this.count;
    const batchSize = this.settings.batch_size;
    const order = new Plan(this.settings).order(this.epoch + 1, count);
    const isOfRun = this.own.length === 0 && !this.alone;
    return { points, order, batchSize, isOfRun, steps: Math.ceil(count / batchSize), total: 0 };
  }

  /** @returns {PointSet} the run's, then the reader's own */
  _points() {
    const { x, labels } = this.run.train;
    if (this.own.length === 0) return this.run.train;
    const joined = (array, own) => {
      const start = this.alone ? [] : Array.from(array.data);
      return { shape: [this.count, ...array.shape.slice(1)], data: array.data.constructor.from([...start, ...own]) };
    };
    const ownX = this.own.flatMap((point) => point.x);
    return { x: joined(x, ownX), labels: joined(labels, this.own.map((point) => point.label)) };
  }

  _endEpoch() {
    const { total, order } = this._batches;
    this.epoch += 1;
    this.steps = 0;
    this._batches = null;
    this.history.epoch.push(this.epoch);
    this.history.train_loss.push(total / order.length);
    this.history.val_loss.push(this._validate());
    this.history.gap.push(this.gap());
  }

  /** The loss on the run's validation points; without its training points they are another task. */
  _validate() {
    this.accuracy = null;
    if (this.alone) return NaN;
    const { x, labels } = this.run.val;
    const answers = this.network.forward(x);
    const right = this.run.lossFunction.right(answers, labels);
    this.accuracy = right && right.filter(Boolean).length / right.length;
    return this.run.lossFunction.of(answers, labels).value;
  }
}
