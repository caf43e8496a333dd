"use strict";
// The chosen picture, as it came and as the network sees it, what the network takes it for, and how to choose another.

/** @returns {{element: HTMLElement, show: function()}} */
function intakeView(figureElement, run) {
  const wrong = make("p", { class: "failed", role: "alert" });
  const tell = (sentence) => (wrong.textContent = sentence);
  const [pictures, verdict, choices] = [make("div", { class: "intake-pictures" }), make("div"), networkChoices(run)];
  const answer = make("div", { class: "intake-answer" }, verdict, choices.element);
  const shown = make("div", { class: "intake-shown" }, pictures, answer);
  const camera = cameraParts(tell);
  const buttons = make("div", { class: "controls" }, fileButton(tell), camera.button, dropHint());
  const strip = pictureStrip(run);
  listenForPictures(figureElement, tell);
  return {
    element: make("div", { class: "intake" }, shown, buttons, wrong, camera.view, noiseNote(), strip.element),
    show() {
      const { picture } = CHOSEN;
      strip.show();
      choices.show();
      if (!picture) return pictures.replaceChildren(absentNote("This run has no pictures. Give it one of yours."));
      pictures.replaceChildren(...pictureParts(picture));
      verdict.replaceChildren(verdictView(picture, run));
    },
  };
}

function dropHint() {
  return make("span", { class: "under" }, "or drop or paste one, anywhere. It never leaves this page.");
}

/** A browser that guards against fingerprinting changes what it gives back: then the numbers are not quite right. */
function noiseNote() {
  if (canvasIsExact()) return "";
  return make(
    "p",
    { class: "under" },
    `This browser adds noise to pictures that a page reads, so that nobody can recognise it by them. What the network
    sees of your own pictures is a little off. The test pictures are as they were.`,
  );
}

/** A reader's picture as it came, and beside it the pixels that the network sees. */
function pictureParts({ original, pixels, name, width, height, label, reduced }) {
  const [size] = pixels.shape;
  const seen = make("canvas", { class: "map", role: "img", "aria-label": `What the network sees of ${name}` });
  paintPicture(seen, pixels.data, size);
  const part = (canvas, ...text) =>
    make("figure", { class: "intake-picture" }, canvas, make("figcaption", {}, ...text));
  const pixelsText = `${size} × ${size} pixels: all that the network sees`;
  if (!original) {
    const truth = label === null ? "" : `A picture of the test split: ${RUN.classes[label]}. `;
    return [part(seen, `${truth}${pixelsText}.`)];
  }
  const shrunk = reduced > 1 ? `, first averaged over blocks of ${reduced} × ${reduced}` : "";
  const sizes = `${countText(width)} × ${countText(height)} pixels`;
  return [
    part(original, make("b", {}, name), ` ${sizes}. It stays in this page.`),
    part(seen, `${pixelsText}. The picture was squashed to a square${shrunk}.`),
  ];
}

/** What the network takes it for. */
function verdictView(picture, run) {
  const [arch, backend] = chosenNetwork();
  const { probability, logit } = answersOf(picture, arch, backend);
  const taken = probability > 0.5 ? 1 : 0;
  const sure = Math.max(probability, 1 - probability);
  const shares = make("div", { class: "shares", "aria-hidden": "true" }, make("i"), make("i"));
  shares.style.setProperty("--of-second", probability);
  const ends = [1 - probability, probability].map((p, k) => make("span", {}, `${run.classes[k]} ${percentText(p)}`));
  const mistaken = picture.label !== null && picture.label !== taken;
  const truth = mistaken ? ` That is wrong: the truth is ${run.classes[picture.label]}.` : " That is right.";
  const answer = `${arch} in ${BACKEND_NAME[backend]} answers with the logit ${fixedText(logit, 4)}.`;
  return make(
    "div",
    { class: `verdict${mistaken ? " mistaken" : ""}` },
    make("p", { class: "verdict-word" }, run.classes[taken], make("small", {}, percentText(sure))),
    shares,
    make("div", { class: "shares-ends" }, ...ends),
    make("p", { class: "under" }, `${answer}${picture.label === null ? "" : truth}`),
  );
}

/** Test pictures to choose from, one beside the other. The tab key stops at one of them; the arrow keys go on. */
function pictureStrip(run) {
  const label = "Pictures of the test split. Arrow keys move along them";
  const row = make("div", { class: "picture-strip", role: "group", "aria-label": label });
  let tiles = [];
  row.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const to = by && tiles[tiles.findIndex(([tile]) => tile === document.activeElement) + by];
    if (!to) return;
    event.preventDefault();
    to[0].focus();
  });
  const show = () => {
    const [arch, backend] = chosenNetwork();
    for (const [tile, picture] of tiles) {
      nameTile(tile, picture, run.classes, answerFor(picture, arch, backend));
      tile.setAttribute("aria-pressed", String(picture.place === CHOSEN.picture?.place));
      tile.tabIndex = picture.place === (CHOSEN.picture?.place ?? 0) ? 0 : -1;
    }
  };
  testPictures().then((pictures) => {
    tiles = pictures.map((picture) => [pictureTile(picture, { text: " ", onPick: choosePicture }), picture]);
    row.append(...tiles.map(([tile]) => tile));
    show();
  });
  return { element: row, show };
}

/** What the network took it for in training's last test. */
function nameTile(tile, { label }, classes, probability) {
  const taken = probability > 0.5 ? 1 : 0;
  tile.querySelector("span").textContent = `${classes[taken]} ${percentText(Math.max(probability, 1 - probability), 0)}`;
  const mistake = taken === label ? "" : `, taken for ${classes[taken]}`;
  tile.querySelector("canvas").setAttribute("aria-label", `${classes[label]}${mistake}`);
  tile.classList.toggle("wrong", taken !== label);
}

/** The choice of architecture and of weights. @returns {{element: HTMLElement, show: function()}} */
function networkChoices(run) {
  const element = make("div", { class: "controls" });
  const show = () => {
    const [arch, backend] = chosenNetwork();
    const archs = Object.keys(run.networks).map((value) => ({ value, label: value }));
    const backends = Object.keys(run.networks[arch]).map((value) => ({ value, label: BACKEND_NAME[value] }));
    const choice = (label, name, value, options) =>
      choiceOf({ label, options, value, onChange: (to) => VIEW.set({ [name]: to }) }).element;
    const focused = element.contains(document.activeElement) ? document.activeElement.value : null;
    element.replaceChildren(
      choice("Network", "arch", arch, archs),
      choice("Weights trained by", "backend", backend, backends),
    );
    if (focused) element.querySelector(`[value="${focused}"]`)?.focus();
  };
  return { element, show };
}
