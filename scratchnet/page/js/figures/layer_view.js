"use strict";
// One layer: all its maps side by side, and one of them large, of which any number can be picked.

const STEP_SENTENCES = {
  picture: "The picture itself, as the network gets it: each colour less its mean, divided by its standard deviation.",
  convolution: "Each map is what one filter found: a weighted sum of 3 × 3 numbers around a place, in all maps before.",
  relu: "What is negative becomes 0. All else stays as it is.",
  pool: "Of every two by two numbers the largest one stays. The map becomes half as wide and half as high.",
  flatten: "Nothing is reckoned here: all maps are laid end to end, to one long row. A line below is a map.",
  linear: "Each number is a weighted sum of all numbers before.",
  logit: "The logit: a weighted sum of all numbers before. It leans to the left for FIRST, to the right for SECOND.",
  probability: "The logit becomes a probability: 0 is surely FIRST, 1 is surely SECOND.",
};

function stepSentence(kind) {
  const names = { FIRST: RUN.classes[0], SECOND: RUN.classes[1] };
  return STEP_SENTENCES[kind].replace(/FIRST|SECOND/g, (place) => names[place]);
}

/**
 * @param {Step} step
 * @param {{onPick: function(number)}} how told of number k, when a reader picks it
 * @returns {{element: HTMLElement, paint: function(Object), pick: function(number)}} paint: the answers to a picture,
 *   see answersOf; pick: shows number k, and tells nobody
 */
function layerView(step, { onPick }) {
  let [numbers, largest, picked] = [[], 1, stepPlace(step, 0)];
  const large = make("canvas", { class: "map", role: "img" });
  const paintLarge = () => {
    paintStep(large, step, numbers, { map: picked.map, largest: mapScale(step, numbers, picked.map) });
  };
  const choose = (place) => onPick(stepIndex(step, place));
  const paintSmall = (canvas, map) => paintStep(canvas, step, numbers, { map, largest });
  const grid = step.maps > 1 ? gridOfMaps(step, { paint: paintSmall }) : null;
  grid?.onPick((place) => choose({ ...picked, ...place }));
  const pickable = pickableMap(large, {
    label: `${stepTitle(step)}: pick a number`,
    ...sidesOf(step),
    onPick: (row, column) => choose({ map: picked.map, row, column }),
  });
  const key = make("div");
  const caption = make("figcaption", {});
  const one = make("figure", { class: "one-map" }, pickable.element, caption);
  const both = make("div", { class: `layer-maps ${step.kind}${grid ? "" : " alone"}` }, grid?.element, one);
  return {
    element: make("div", { class: "layer" }, layerHead(step, key), both),
    paint(answers) {
      numbers = stepNumbers(step, answers);
      largest = stepScale(step, numbers);
      grid?.repaint();
      paintLarge();
      if (stepCount(step) > 1) key.replaceChildren(shadesKey(largest));
    },
    pick(k) {
      const before = picked;
      picked = stepPlace(step, k);
      if (before.map !== picked.map) paintLarge();
      grid?.choose(picked.map);
      pickable.set(picked.row, picked.column);
      large.setAttribute("aria-label", `${unitName(step, k)} is ${numberText(numbers[k], 4)}`);
      if (step.maps === 1) return;
      const scale = numberText(mapScale(step, numbers, picked.map));
      caption.textContent = `${mapName(step, picked.map)} on a scale of its own, from −${scale} to ${scale}.`;
    },
  };
}

function layerHead(step, key) {
  const kind = step.kind === "linear" && stepCount(step) === 1 ? "logit" : step.kind;
  const shape = make("span", { class: "under" }, shapeSentence(step));
  const title = make("h4", {}, stepTitle(step), " ", shape);
  return make("div", { class: "layer-head" }, make("div", {}, title, make("p", {}, sentenceOf(kind, step))), key);
}

function sentenceOf(kind, step) {
  const sentence = DEEP_SENTENCES[kind] ?? stepSentence(kind);
  const { size = 3 } = reachOf(step) ?? {};
  return kind === "convolution" ? sentence.replace("3 × 3", `${size} × ${size}`) : sentence;
}

/** All maps as buttons. A click picks the map and the number under the pointer; a key only the map. */
function gridOfMaps(step, { paint }) {
  let listener = () => {};
  let place = {};
  const grid = mapGrid({
    label: `The maps of ${stepTitle(step)}`,
    count: step.maps,
    name: (map) => mapName(step, map),
    paint,
    onPick: (map) => listener({ map, ...place }),
  });
  const see = (event) => {
    const canvas = event.target.closest("canvas");
    if (!canvas || event.detail === 0) return void (place = {}); // a click by key has no place
    const box = canvas.getBoundingClientRect();
    const at = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    place = {
      row: at((event.clientY - box.top) / box.height, step.height),
      column: at((event.clientX - box.left) / box.width, step.width),
    };
  };
  grid.element.addEventListener("click", see, { capture: true });
  grid.element.style.setProperty("--columns", Math.ceil(Math.sqrt(step.maps)));
  return { ...grid, onPick: (to) => (listener = to) };
}

const COLOUR_NAMES = ["red", "green", "blue"];

/** "map 7", or "red" for the picture. */
function mapName(step, map) {
  return step.kind === "picture" ? COLOUR_NAMES[map] : `map ${map}`;
}

function stepTitle({ name }) {
  return { x: "The picture", p: "The probability" }[name] ?? name;
}

/** "16 maps of 64 × 64 numbers" */
function shapeSentence({ kind, maps, height, width }) {
  if (kind === "picture") return `${maps} colours of ${height} × ${width} numbers`;
  if (maps > 1) return `${maps} maps of ${height} × ${width} numbers`;
  const count = height * width;
  return count === 1 ? "one number" : `${countText(count)} numbers in a row`;
}
