"use strict";
// Which pixels matter? A saliency map and an occlusion map over the picture, and both for a network that knows nothing.

const SALIENT = [255, 214, 64];
const COVER = "Cover one place after the other";
const BRIGHTEST_SHARE = 0.01; // of the pixels, drawn equally bright: a few would leave the others dark

/**
 * @returns {{element: HTMLElement, update: function(ChosenPicture, [string, string])}}
 *   update: another picture, or another network
 */
function pixelsPart() {
  let now = null; // {picture, arch, backend, seed, sides: [trained, control], stop}
  const picture = make("canvas", { class: "map", role: "img", "aria-label": "the picture" });
  const trained = evidenceMaps("your network");
  const control = evidenceMaps("the shuffled network");
  const likeness = make("p", { class: "likeness", role: "status" });
  const shuffle = buttonOf("Shuffle again", () => begin(now.picture, [now.arch, now.backend], now.seed + 1));
  const square = { label: "Side of the square", min: 1, max: 6, value: 3 };
  const side = sliderOf({ ...square, text: (value) => squareText(value), onInput: clear });
  const run = buttonOf(COVER, () => (now.stop ? now.stop.abort() : cover()), { kind: "main" });
  const progress = make("p", { class: "readout" });

  function squareText(value) {
    const pixels = value * stepPixels();
    return `${pixels}×${pixels} pixels`;
  }
  function stepPixels() {
    return Math.max(1, Math.round((now?.picture.pixels.shape[0] ?? 16) / 16));
  }
  function clear() {
    now.stop?.abort();
    for (const maps of [trained, control]) maps.uncover(now.picture);
    progress.textContent = "Nothing is covered yet.";
  }
  async function begin(chosen, [arch, backend], seed) {
    now?.stop?.abort();
    const weights = networkOf(arch, backend).arrays;
    const began = { picture: chosen, arch, backend, seed, sides: null, stop: null };
    now = began;
    side.set(side.value); // its text is in pixels of this picture
    paintPicture(picture, chosen.pixels.data, chosen.pixels.shape[0]);
    clear();
    likeness.textContent = "The weights are being shuffled.";
    const { size, hidden } = RUN.networks[arch][backend].about;
    const shuffled = await shuffledWeights(weights, defaultRng([seed]));
    if (now !== began) return;
    // Networks of their own, for covering takes turns, in which others would find its numbers in theirs.
    now.sides = [weights, shuffled].map((of) => cnn(arch, size, hidden, of));
    const x = chosen.x(arch, backend);
    const saliencies = [];
    for (const [k, maps] of [trained, control].entries()) {
      saliencies.push(saliencyMap(gradientsOfLogit(now.sides[k], x).x));
      maps.salient(chosen, saliencies[k]);
      await new Turns().next();
      if (now !== began) return;
    }
    likeness.textContent = likenessText(rankCorrelation(saliencies[0].data, saliencies[1].data));
    element.dataset.shuffled = seed;
  }
  async function cover() {
    if (!now.sides) return;
    const began = now;
    const stop = (began.stop = new AbortController());
    run.textContent = "Stop";
    const step = stepPixels();
    const how = { side: side.value * step, step, signal: stop.signal };
    const x = began.picture.x(began.arch, began.backend);
    const places = (Math.floor((x.shape[2] - how.side) / step) + 1) ** 2;
    for (const [k, maps] of [trained, control].entries()) {
      const whole = began.sides[k].forward(x).data[0];
      const drops = [];
      const seen = (row, column, drop) => {
        drops.push({ row, column, drop });
        progress.textContent = `${drops.length} of ${places} places are covered for ${maps.name}.`;
        if (drops.length % 4 === 0) maps.cover(began.picture, drops, how, whole);
      };
      const map = await occlusionMap(began.sides[k], x, { ...how, whole, seen });
      if (!stop.signal.aborted) maps.cover(began.picture, drops, how, whole);
      if (!map) break;
    }
    const all = !stop.signal.aborted;
    if (began === now) progress.textContent = all ? "All places are covered." : `Stopped. ${progress.textContent}`;
    began.stop = null;
    if (began === now || !now.stop) run.textContent = COVER;
  }
  const element = make(
    "div",
    { class: "part pixels-part" },
    make("h4", {}, "Which pixels matter?"),
    make("p", {}, PIXELS_LEAD),
    make("div", { class: "controls" }, run, side.element),
    progress,
    evidenceKey(),
    make(
      "div",
      { class: "evidence" },
      make("figure", { class: "evidence-picture" }, picture, make("figcaption", {}, "what the network sees")),
      ...trained.elements,
      make("div", { class: "evidence-why" }, ...controlText(), likeness, shuffle),
      ...control.elements,
    ),
  );
  onTheme(() => now && [trained, control].forEach((maps) => maps.repaint()));
  return { element, update: (chosen, network) => begin(chosen, network, 1) };
}

const PIXELS_LEAD =
  "Two ways to ask. The saliency map takes the pixels' gradient: where would a little change move the logit most? " +
  "The occlusion map covers a square with the mean colour of all training pictures, and looks how the logit changes.";

function controlText() {
  const what = "The same weights stand in random order here, so nothing is left of what was learned.";
  const why =
    "A saliency map persuades also where there is nothing, for edges of the picture come through any network of this " +
    "kind (arXiv:1810.03292). Believe the maps above only as far as they differ from these.";
  return [make("p", {}, make("b", {}, "The control. "), what), make("p", {}, why)];
}

/** @param {number} rho of the two saliency maps */
function likenessText(rho) {
  if (Number.isNaN(rho)) return "One of the two saliency maps is flat: that network's answer hangs on no pixel.";
  const meaning =
    rho > 0.5
      ? "So most of what the first map shows comes from the picture and from how the layers are wired."
      : rho > 0.2
        ? "So a part of what the first map shows comes from the picture and from how the layers are wired."
        : "So what the first map shows has little to do with what the second shows.";
  const told = `The two saliency maps agree by a rank correlation of ${numberText(rho, 2)}`;
  return `${told}: 1 is the same order of the pixels, 0 is chance. ${meaning}`;
}

function evidenceKey() {
  const entries = [
    { name: "a large gradient", colour: `rgb(${SALIENT})`, kind: "area" },
    ...RUN.classes.map((name, label) => {
      return { name: `without it, less ${name}`, colour: COLOUR.classes[label], kind: "area" };
    }),
  ];
  return make("ul", { class: "legend" }, ...entries.map(legendEntry));
}
