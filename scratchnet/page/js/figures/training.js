"use strict";
// How a network learned: its filters, loss and accuracy by epoch, and what it still gets wrong in the end.

figure("training", {
  title: "How a network learned, epoch by epoch",
  absent: (run) => (Object.keys(run.networks).length ? "" : "No network for pictures was trained in this run."),
  async draw(element, run, view) {
    const pictures = await testPictures();
    const network = networkChoice(run, view);
    const shown = shownChoice(view);
    const place = make("div", { class: "training" });
    element.append(make("div", { class: "controls" }, network.element, shown.element), place, ...untrained(run));
    let parts = null;
    const show = () => {
      shown.set();
      parts.show({
        epoch: epochAsked(parts.last, parts.kept, view),
        picked: Math.round(view.get("training.filter", parts.filter)),
        change: view.get("training.shown") === "change",
      });
    };
    const draw = () => {
      parts?.stop();
      parts = learningOf(run, view, pictures);
      place.replaceChildren(...parts.elements);
      show();
    };
    draw();
    onNetworkChosen(() => (network.set(), draw()));
    view.onChange(["training.epoch", "training.filter", "training.shown"], show);
    view.onChange("training.kind", () => parts.showKind());
  },
});

/** Which of the run's networks all figures speak of: every pair of an architecture and a backend that was trained. */
function networkChoice(run, view) {
  const pairs = Object.entries(run.networks).flatMap(([arch, both]) => Object.keys(both).map((name) => [arch, name]));
  const chosen = () => chosenNetwork().join(" ");
  const choice = choiceOf({
    label: "Network",
    options: pairs.map(([arch, backend]) => ({
      value: `${arch} ${backend}`,
      label: `${arch}, ${BACKEND_NAME[backend]}`,
    })),
    value: chosen(),
    onChange: (value) => {
      const [arch, backend] = value.split(" ");
      view.set({ arch, backend });
    },
  });
  return { element: choice.element, set: () => choice.set(chosen()) };
}

/** A sentence for each network that this run does not have. */
function untrained({ missing }) {
  const isNetwork = (sentence) => Object.values(BACKEND_NAME).some((name) => sentence.includes(` in ${name}`));
  return missing.filter(isNetwork).map((sentence) => absentNote(sentence));
}

/** The weights themselves, or what training has added to them: often far less than what they began with. */
function shownChoice(view) {
  const shown = () => (view.get("training.shown") === "change" ? "change" : "weights");
  const choice = choiceOf({
    label: "Of the filters show",
    options: [
      { value: "weights", label: "the weights" },
      { value: "change", label: "what training has added" },
    ],
    value: shown(),
    onChange: (value) => view.set({ "training.shown": value === "change" ? value : null }),
  });
  return { element: choice.element, set: () => choice.set(shown()) };
}

/** The epoch that the address names, as far as there is one; else the one whose weights were kept. */
function epochAsked(last, kept, view) {
  return Math.min(last, Math.max(0, Math.round(view.get("training.epoch", kept))));
}

/** Everything about one network. */
function learningOf(run, view, pictures) {
  const [arch, backend] = chosenNetwork();
  const side = run.networks[arch][backend];
  const films = filmsOf(side);
  const [last, kept] = [side.loss.epoch.length, side.results.kept_epoch];
  const toEpoch = (epoch) => view.set({ "training.epoch": epoch });
  const filters = filtersOverTime(films, (picked) => view.set({ "training.filter": picked }));
  const text = (epoch) => `${epoch} of ${last}`;
  const scrubber = scrubberOf({ label: "Epoch", last, value: kept, text, onInput: toEpoch });
  const charts = learningCurves(side, films, toEpoch);
  const mistakes = mistakesOf(run, view, pictures, arch, backend);
  return {
    elements: [scrubber.element, filters.element, charts.element, ...mistakes.elements],
    last,
    kept,
    filter: films.length > 1 ? mostMoved(films[1]) : 0,
    stop: scrubber.stop,
    showKind: mistakes.showKind,
    show({ epoch, picked, change }) {
      if (scrubber.value !== epoch) scrubber.set(epoch);
      filters.show({ epoch, picked, change });
      charts.setCursor(epoch);
    },
  };
}

/** Loss and accuracy by epoch, and how far the filters have moved in each; all with the same cursor. */
function learningCurves({ loss, results }, films, onCursor) {
  const last = loss.epoch.length;
  const x = Array.from({ length: last + 1 }, (_, epoch) => epoch); // at epoch 0 nothing was measured
  const measured = (column) => [NaN, ...column];
  const percent = (number) => `${numberText(number)}%`;
  const common = {
    x: { label: "epoch", domain: [0, last] },
    marks: [{ x: results.kept_epoch, label: "kept" }],
    height: 250,
    onCursor,
  };
  const charts = [
    lineChart({
      ...common,
      title: "Loss",
      description: "The loss on the training and on the validation pictures, by epoch.",
      y: { label: "loss" },
      series: [
        { name: "training", colour: COLOUR.train, x, y: measured(loss.train_loss) },
        { name: "validation", colour: COLOUR.val, x, y: measured(loss.val_loss), dash: "7 4" },
      ],
    }),
    lineChart({
      ...common,
      title: "Accuracy",
      description: "The share of the validation pictures that are taken for what they are, by epoch.",
      y: { label: "% right", text: percent },
      series: [
        {
          name: "validation",
          colour: COLOUR.val,
          x,
          y: measured(loss.val_accuracy.map((share) => 100 * share)),
          dash: "7 4",
        },
      ],
    }),
    lineChart({
      ...common,
      title: "How far the filters move in an epoch",
      description: "The length of the change of all filters of a layer, by their length before the epoch.",
      height: 210,
      y: { label: "% of their length", text: percent },
      series: films.map((film, place) => ({
        name: film.name,
        colour: [COLOUR.accent, COLOUR.ink][place],
        x,
        y: x.map((epoch) => (epoch === 0 ? NaN : 100 * moveOf(film, epoch - 1, epoch))),
        dash: place ? "7 4" : undefined,
      })),
    }),
  ];
  return {
    element: make("div", { class: "curves" }, ...charts.map((chart) => chart.element)),
    setCursor: (epoch) => charts.forEach((chart) => chart.setCursor(epoch)),
  };
}

/** What the network takes the test pictures for, how sure it is, and those that it is most wrong about. */
function mistakesOf(run, view, pictures, arch, backend) {
  const { predictions } = run.networks[arch][backend];
  const counts = confusionOf(predictions);
  const { classes } = run;
  const nameOf = ({ truth, answer }) => `${classes[truth]}-${classes[answer]}`;
  const kinds = [0, 1].flatMap((truth) => [0, 1].map((answer) => ({ truth, answer })));
  const asked = () => kinds.find((kind) => nameOf(kind) === view.get("training.kind")) ?? null;
  const table = confusionTable({
    counts,
    classes,
    onPick: (kind) => view.set({ "training.kind": view.get("training.kind") === nameOf(kind) ? null : nameOf(kind) }),
  });
  const place = make("div", { class: "most-wrong" });
  const showKind = () => {
    table.choose(asked());
    const probability = (picture) => predictions.probability[picture.testIndex];
    const onPick = (picture) => sendThrough(picture, view);
    place.replaceChildren(...mostWrong({ pictures, kind: asked(), counts, classes, probability, onPick }));
  };
  showKind();
  const text = make("p", { class: "under" }, confusionText(counts));
  const bins = calibrationOf(predictions);
  const sure = make("div", {}, calibrationChart(bins), make("p", { class: "under" }, calibrationText(bins)));
  const answers = make("div", { class: "answers" }, make("div", {}, table.element, text), sure);
  return { elements: [answers, place], showKind };
}

/** The figures about one picture go on with this one, and the reader goes to the first of them. */
function sendThrough(picture, view) {
  view.goTo("network", { from: "training" });
  choosePicture(picture);
  say(`${picture.name} goes through the network.`);
}
