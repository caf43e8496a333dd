"use strict";
// And back again: the gradient at every layer, from the logit or the loss down to the pixels, and the sum behind each.

const LOSSES = { bce: () => new BinaryCrossEntropy(), mse: () => new SigmoidMSE() };

figure("backwards", {
  title: "The gradient, from the answer down to the pixels",
  absent: (run) => {
    if (!run.pictures) return "There are no prepared pictures in this run.";
    return Object.keys(run.networks).length ? "" : "No network was trained in this run.";
  },
  async draw(element, run, view) {
    await chosenPicture();
    const answer = (picture) => answerText(chosenNetworkName(), answersOf(picture, ...chosenNetwork()));
    const bar = chosenBar({ answer });
    const ladder = gradientLadder(view);
    const pixels = pixelsPart();
    const step = stepPart(view);
    const archs = archChoice(Object.keys(run.networks), chosenNetwork()[0], (arch) => view.set({ arch }));
    const options = [
      { value: "z", label: "the logit" },
      ...run.classes.map((name, label) => ({ value: String(label), label: `the loss, if the truth is ${name}` })),
    ];
    const asked = () => options.find(({ value }) => value === view.get("backwards.of"))?.value ?? "z";
    const onChange = (to) => view.set({ "backwards.of": to });
    const of = choiceOf({ label: "The gradient of", options, value: asked(), onChange });
    const controls = make("div", { class: "controls" }, archs.element, of.element);
    let gradients = null;
    const ofGradients = [
      () => of.set(asked()),
      () => (gradients = gradientsOf(CHOSEN.picture, chosenNetwork(), asked())),
      () => ladder.update(gradients),
    ];
    const update = inTurns([
      () => archs.set(chosenNetwork()[0]),
      () => bar.update(CHOSEN.picture),
      ...ofGradients,
      () => step.update(CHOSEN.picture, chosenNetwork()),
      () => pixels.update(CHOSEN.picture, chosenNetwork()),
    ]);
    await update();
    element.append(bar.element, controls, ladder.element, pixels.element, step.element);
    onChosen(update);
    onNetworkChosen(update);
    view.onChange("backwards.of", inTurns(ofGradients));
    view.onChange("backwards.at", () => ladder.follow());
  },
});

function chosenNetworkName() {
  const [arch, backend] = chosenNetwork();
  return `${arch} in ${BACKEND_NAME[backend]}`;
}

/**
 * @typedef {{network: Network, answers: Object, gradients: Object<string, NDArray>, of: "z"|"L",
 *   start: string}} Backwards start: where the first gradient comes from, in a sentence
 *
 * @param {ChosenPicture} picture
 * @param {[string, string]} chosen arch and backend
 * @param {"z"|"0"|"1"} asked the logit, or the loss for a label
 * @returns {Backwards}
 */
function gradientsOf(picture, [arch, backend], asked) {
  const network = networkOf(arch, backend);
  const x = picture.x(arch, backend);
  const answers = answersOf(picture, arch, backend);
  if (asked === "z") {
    const start = "The last layer's output is the logit z itself. Where it grows by a little, z grows by just that.";
    return { network, answers, gradients: gradientsOfLogit(network, x), of: "z", start };
  }
  const label = Number(asked);
  const { value, gradient } = lossOfRun().of(arrayOf([1, 1], Float32Array.of(answers.logit)), { shape: [1], data: Uint8Array.of(label) });
  const start =
    `σ(z) = ${numberText(answers.probability, 4)} is the probability of ${RUN.classes[1]}, and t = ${label} is the ` +
    `label. The loss L is ${gradientText(value)}. ${START_FORMULA[lossName()]}`;
  return { network, answers, gradients: network.gradients(x, gradient), of: "L", start };
}

const START_FORMULA = {
  bce: "Its gradient at the logit is σ(z) − t.",
  mse: "Its gradient at the logit is 2 · (σ(z) − t) · σ(z) · (1 − σ(z)).",
};

/** How one network was trained. @returns {Object<string, *>} as in params.yaml */
function settingsOf(arch) {
  return { ...RUN.params.train_numpy_cnn, ...RUN.params.of_arch?.[arch] };
}

function lossName() {
  return settingsOf(chosenNetwork()[0]).loss;
}

/** The loss that the chosen network was trained with. */
function lossOfRun() {
  return LOSSES[lossName()]();
}
