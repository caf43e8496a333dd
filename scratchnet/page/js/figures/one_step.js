"use strict";
// One step of learning on one picture: every weight moves against its gradient. What do the filters and the answer do?

const RATE_POWERS = { min: -5, max: -2, step: 0.25, value: -3.5 };

/**
 * @param {View} view
 * @returns {{element: HTMLElement, update: function(ChosenPicture, [string, string])}}
 */
function stepPart(view) {
  let now = null; // {x, original: weights, network, answers: before, and after each step; rows: of filters}
  const labels = RUN.classes.map((name, label) => ({ value: String(label), label: name }));
  const teach = choiceOf({
    label: "Teach it that this is",
    options: labels,
    value: "0",
    onChange: (value) => view.set({ "backwards.teach": value }) ?? restart(),
  });
  const rateText = (power) => numberText(10 ** power, 2);
  const rate = sliderOf({ label: "Learning rate", ...RATE_POWERS, text: rateText, onInput: () => {} });
  const step = buttonOf("One step", () => takeStep(), { kind: "main" });
  const back = buttonOf("Put back", () => restart());
  const track = answerTrack("What the network says");
  const lead = make("p", {});
  const told = make("p", { class: "step-told", role: "status" });
  const filters = make("div", { class: "step-filters" });
  const moved = make("div");

  async function takeStep() {
    const { network, x, answers } = now;
    const label = Number(teach.value);
    const labels = { shape: [1], data: Uint8Array.of(label) };
    step.disabled = back.disabled = true;
    const { gradient } = lossOfRun().of(network.forward(x), labels);
    await new Turns().next();
    if (answers !== now.answers) return; // another picture or label has come meanwhile
    network.backward(gradient);
    new SGD(10 ** rate.value).step(network.params, network.grads);
    await new Turns().next();
    if (answers !== now.answers) return;
    answers.push(taughtAnswer(network, x, label));
    await show();
  }
  function restart() {
    now.network.load(now.original);
    now.answers = [taughtAnswer(now.network, now.x, Number(teach.value))];
    show();
  }
  async function show() {
    const { answers, network, original } = now;
    const steps = answers.length - 1;
    const [first, last] = [answers[0], answers[steps]];
    const marks = answers.slice(1, -1).map(({ probability }) => ({ probability, colour: COLOUR.muted, quiet: true }));
    marks.push({ probability: first.probability, name: "as trained", colour: COLOUR.muted });
    if (steps) marks.push({ probability: last.probability, name: stepsText(steps), colour: COLOUR.accent });
    track.set(marks);
    told.textContent = steps ? stepTold(first, last, steps) : `${answerSentence(first)} No step is taken yet.`;
    step.disabled = false;
    back.disabled = steps === 0;
    element.dataset.steps = steps;
    moved.replaceChildren(foldedAway("How far each parameter has moved", () => movedTable(original, network.params)));
    await new Turns().next();
    if (answers === now.answers) for (const row of now.rows) row.repaint();
  }
  const element = make(
    "div",
    { class: "part step-part" },
    make("h4", {}, "One step of learning"),
    lead,
    make("div", { class: "controls" }, teach.element, rate.element),
    make("div", { class: "controls" }, step, back),
    track.element,
    told,
    filters,
    moved,
  );
  return {
    element,
    update(picture, [arch, backend]) {
      const { size, hidden } = RUN.networks[arch][backend].about;
      const original = networkOf(arch, backend).arrays;
      lead.textContent = stepLead(settingsOf(arch));
      const asked = view.get("backwards.teach", String(picture.label ?? 1));
      teach.set(asked === "0" ? "0" : "1");
      const network = cnn(arch, size, hidden, original);
      now = { original, network, x: picture.x(arch, backend), answers: [], rows: filterRows(original, network.params) };
      filters.replaceChildren(...now.rows.map((row) => row.element));
      restart();
    },
  };
}

function stepLead({ optimizer, batch_size }) {
  const how = {
    adam: "with Adam, which gives each weight a rate of its own",
    sgd: "with momentum",
    muon: "with Muon, which moves a layer by as much in every direction",
  }[optimizer];
  return (
    "Gradient descent on this picture alone: each weight moves against its gradient, by the learning rate times it. " +
    `Your training did so with ${batch_size} pictures at once, and ${how}. What moves here is a copy of your network.`
  );
}

/** @returns {{logit: number, probability: number, loss: number, label: number}} */
function taughtAnswer(network, x, label) {
  const logits = network.forward(x);
  const { value } = lossOfRun().of(logits, { shape: [1], data: Uint8Array.of(label) });
  return { logit: logits.data[0], probability: sigmoid(logits.data[0]), loss: value, label };
}

function stepsText(steps) {
  return `after ${steps} step${steps === 1 ? "" : "s"}`;
}

function answerSentence({ logit, probability, loss }) {
  const numbers = `logit ${numberText(logit)}, loss ${gradientText(loss)}`;
  return `The network says ${percentText(probability)} ${RUN.classes[1]} (${numbers}).`;
}

function stepTold(first, last, steps) {
  const [before, after] = [first, last].map(({ probability }) => percentText(probability));
  const loss = `the loss from ${gradientText(first.loss)} to ${gradientText(last.loss)}`;
  const logit = `the logit from ${numberText(first.logit)} to ${numberText(last.logit)}`;
  const far =
    last.loss > first.loss
      ? " The loss has grown: the step was longer than its slope goes down. Put it back, and try a smaller rate."
      : "";
  const when = stepsText(steps).replace("after", "After");
  return `${when}: from ${before} to ${after} ${RUN.classes[1]}, ${logit}, ${loss}.${far}`;
}

/** The filters of each convolution: as they were, as they are, and what has changed, enlarged. */
function filterRows(original, params) {
  const names = Object.keys(params).filter((name) => name.startsWith("conv") && name.endsWith(".W"));
  return names.map((name) => filterRow(name.split(".")[0], original[name], params[name]));
}

/** @returns {{element: HTMLElement, repaint: function()}} */
function filterRow(layer, before, now) {
  const largest = largestValue(before);
  const change = zerosLike(before);
  let changed = 0;
  const one = filterGrid(`${layer}: before`, before, () => largest);
  const other = filterGrid("now", now, () => largest);
  const difference = filterGrid("difference", change, () => changed || 1);
  return {
    element: make("div", { class: "step-filter-row" }, one.element, other.element, difference.element),
    repaint() {
      now.data.forEach((w, k) => (change.data[k] = w - before.data[k]));
      changed = mostOf(change.data);
      difference.caption.textContent = changed ? `difference, ${enlargedText(largest / changed)}` : "no difference";
      for (const grid of [other, difference]) grid.repaint();
    },
  };
}

/** Filters of three channels in colour; of more, their channels side by side in grey. */
function filterGrid(title, W, largest) {
  const [count, channels] = W.shape;
  const size = channels * 9;
  const perRow = Math.ceil(Math.sqrt(channels));
  const filter = (o) => ({ shape: [1, channels, 3, 3], data: W.data.subarray(o * size, (o + 1) * size) });
  const paint = (canvas, o) =>
    channels === 3 ? paintFilter(canvas, W, o, largest()) : paintStrip(canvas, filter(o), largest(), perRow);
  const grid = mapGrid({ label: title, count, name: (o) => `${title}, filter ${o + 1}`, paint });
  const caption = make("figcaption", {}, title);
  return { element: make("figure", {}, caption, grid.element), repaint: grid.repaint, caption };
}

/** The length of what has changed, as a share of the parameter's own length. */
function movedTable(original, params) {
  const length = (numbers) => Math.sqrt(numbers.reduce((sum, number) => sum + number * number, 0));
  const rows = Object.entries(params).map(([name, w]) => {
    const before = original[name].data;
    const change = Float64Array.from(w.data, (value, k) => value - before[k]);
    const [far, all] = [length(change), length(before)];
    return [name, countText(before.length), gradientText(far, 2), all ? percentText(far / all, 3) : "–"];
  });
  return tableOf("How far each parameter has moved", ["parameter", "numbers", "moved", "of its length"], rows);
}
