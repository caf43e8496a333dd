"use strict";
// The same network twice: NumPy's and PyTorch's answers to one picture, layer by layer, and their losses.

const TWINS = ["numpy", "pytorch"];
const NO_PICTURES = "There are no prepared pictures in this run.";

figure("same", {
  title: "NumPy's network and PyTorch's",
  absent: (run) => {
    if (twinsOf(run).length > 0) return "";
    const why = run.missing.filter((sentence) => /not trained|other pictures/.test(sentence));
    return `This needs a network that was trained in NumPy and in PyTorch. ${why.join(" ")}`.trim();
  },
  async draw(element, run, view) {
    const archs = twinsOf(run);
    const arch = () => (archs.includes(chosenNetwork()[0]) ? chosenNetwork()[0] : archs[0]);
    const choice = archChoice(archs, arch(), (to) => view.set({ arch: to }));
    const picture = await chosenPicture();
    const answers = picture ? twinAnswers(view) : null;
    const losses = make("div");
    const sums = make("div");
    const only = Object.keys(run.networks).filter((name) => !archs.includes(name));
    element.append(
      ...(answers ? [answers.bar, choice.element, answers.element] : [choice.element, absentNote(NO_PICTURES)]),
      losses,
      sums,
      ...only.map((name) => absentNote(onlyOnce(run, name))),
    );
    let shown = null;
    const update = inTurns([
      () => choice.set(arch()),
      ...(answers ? TWINS.map((backend) => () => answersOf(CHOSEN.picture, arch(), backend)) : []), // kept from then on
      () => answers?.update(CHOSEN.picture, arch()),
      () => answers && sums.replaceChildren(threeSums(arch(), answersOf(CHOSEN.picture, arch(), "numpy"))),
      () => {
        if (shown !== arch()) losses.replaceChildren(...lossCharts(run, (shown = arch())));
      },
    ]);
    await update();
    onChosen(update);
    onNetworkChosen(update);
    view.onChange("same.layer", () => answers?.update(CHOSEN.picture, arch()));
  },
});

/** The architectures that both have trained. @returns {string[]} */
function twinsOf({ networks }) {
  return Object.keys(networks).filter((arch) => TWINS.every((backend) => networks[arch][backend]));
}

function onlyOnce(run, arch) {
  const [backend] = Object.keys(run.networks[arch]);
  const why = run.missing.find((sentence) => sentence.startsWith(arch)) ?? "";
  return `${arch} is there in ${BACKEND_NAME[backend]} alone. ${why}`.trim();
}

/** Both answers to the picture, the difference in every layer, and the maps of one of them. */
function twinAnswers(view) {
  const track = answerTrack("Both answers");
  const logits = make("div", { class: "twin-answers" });
  const layers = make("div");
  const layerChosen = make("div");
  const maps = make("div", { class: "twin-maps" });
  let now = null;
  let choice = null;
  const ofBoth = (picture) => TWINS.map((backend) => answersOf(picture, now, backend));
  const bar = chosenBar({ answer: (picture) => agreementText(ofBoth(picture)) });
  return {
    bar: bar.element,
    element: make("div", {}, track.element, logits, layers, layerChosen, maps),
    update(picture, arch) {
      if (now !== arch) choice = null; // another architecture has other layers
      now = arch;
      const both = ofBoth(picture);
      bar.update(picture);
      track.set(both.map(({ probability }, k) => twinMark(TWINS[k], probability)));
      logits.replaceChildren(...both.map((answers, k) => twinAnswer(TWINS[k], answers)));
      const differences = layerDifferences(both);
      layers.replaceChildren(differencesChart(arch, differences).element);
      const names = differences.map(({ layer }) => layer);
      if (!choice) layerChosen.replaceChildren((choice = layerChoice(view, names)).element);
      choice.set(names.includes(view.get("same.layer")) ? view.get("same.layer") : names[0]);
      maps.replaceChildren(...twinMaps(both, differences, choice.value));
    },
  };
}

function agreementText(both) {
  const [one, other] = both.map(({ probability }) => RUN.classes[probability > 0.5 ? 1 : 0]);
  const apart = Math.abs(both[0].logit - both[1].logit);
  const apartIn = `NumPy's answers ${one}, PyTorch's ${other}.`;
  const opinion = one === other ? `Both answer ${one}.` : apartIn;
  return `${opinion} Their logits are ${gradientText(apart, 2)} apart.`;
}

function twinMark(backend, probability) {
  return { probability, name: BACKEND_NAME[backend], colour: COLOUR[backend] };
}

function twinAnswer(backend, { logit, probability }) {
  return make(
    "div",
    { class: "twin", style: `--twin: ${COLOUR[backend]}` },
    make("h4", {}, BACKEND_NAME[backend]),
    factsOf([
      ["logit", numberText(logit, 6)],
      [probabilityName(), percentText(probability, 3)],
    ]),
  );
}

/**
 * @param {{layers: Object<string, NDArray>}[]} both answers of NumPy's network, and of PyTorch's
 * @returns {{layer: string, difference: number, largest: number, change: NDArray}[]}
 *   difference: the largest |NumPy − PyTorch|; largest: absolute value of NumPy's layer; change: PyTorch − NumPy
 */
function layerDifferences([one, other]) {
  const names = Object.keys(one.layers).filter((layer) => layer !== "x" && layer !== "flatten");
  return names.map((layer) => {
    const [a, b] = [one.layers[layer], other.layers[layer]];
    const change = arrayOf(a.shape, Float64Array.from(b.data, (value, k) => value - a.data[k]));
    return { layer, change, difference: mostOf(change.data), largest: mostOf(a.data) };
  });
}

function differencesChart(arch, differences) {
  return barChart({
    title: `${arch}: how far apart both are in each layer, on this picture`,
    description: "The largest difference of any number of each layer, from the first to the last, on a log scale.",
    label: "largest difference (logarithmic)",
    log: true,
    bars: differences.map(({ layer, difference, largest }) => ({
      name: layer,
      note: `largest value ${numberText(largest)}`,
      value: difference,
      colour: COLOUR.accent,
      text: difference === 0 ? "none" : apartText(difference, largest),
    })),
  });
}

/** "0.037, or 0.87% of the largest value" */
function apartText(difference, largest) {
  const share = largest ? `, or ${percentText(difference / largest, 2)} of it` : "";
  return `${gradientText(difference, 2)}${share}`;
}

/** The layers of an architecture to choose from; the last pool is where they are most, and most alike. */
function layerChoice(view, names) {
  const options = names.map((name) => ({ value: name, label: name }));
  const onChange = (to) => view.set({ "same.layer": to });
  return choiceOf({ label: "Maps of", options, value: names[0], onChange });
}

/** The maps of one layer from both, and what lies between them, enlarged. @returns {HTMLElement[]} */
function twinMaps(both, differences, layer) {
  const { change, difference } = differences.find((one) => one.layer === layer);
  const largest = largestValue(...both.map(({ layers }) => layers[layer]));
  const enlarged = difference ? `the difference, ${enlargedText(largest / difference)}` : "no difference at all";
  return [
    twinStrip(BACKEND_NAME.numpy, both[0].layers[layer], largest),
    twinStrip(BACKEND_NAME.pytorch, both[1].layers[layer], largest),
    twinStrip(enlarged, change, difference || 1),
  ];
}

function twinStrip(title, array, largest) {
  const canvas = make("canvas", { class: "strip", role: "img", "aria-label": `${title}, ${mapsText(array.shape)}` });
  paintStrip(canvas, array, largest);
  canvas.style.width = `${100 * stripLayout(array.shape).share}%`;
  return make("figure", { class: "twin-strip" }, make("figcaption", {}, title), canvas);
}
