"use strict";
// Where a deep network looked: its logit, place by place of the last maps, laid over the picture.

/**
 * The class activation map of arXiv:1512.04150. The logit is fc of the means of the last maps, and both are sums. So it
 * can be added up the other way round: z = b + Σₚ map[p], with map[p] = 1 / P · Σ_c W[c] · a[c, p] at each place p.
 * @param {Network} network
 * @param {Object<string, NDArray>} layers what its layers answer to one picture
 * @returns {{map: NDArray, bias: number} | null} map (H, W) of the last maps; null where the network takes no means
 */
function classActivation(network, layers) {
  const names = [...network.layers.keys()];
  const place = names.findIndex((name) => network.layers.get(name) instanceof GlobalAveragePool2d);
  if (place < 0) return null;
  const { W, b } = network.layers.get(names[place + 1]).params;
  const { shape: [, C, height, width], data } = layers[names[place - 1]];
  const P = height * width;
  const map = zeros([height, width], Float64Array);
  for (let c = 0, k = 0; c < C; c++) for (let p = 0; p < P; p++, k++) map.data[p] += (W.data[c] * data[k]) / P;
  return { map, bias: b.data[0] };
}

/**
 * @returns {{element: HTMLElement, paint: function(ChosenPicture, Network, Object)}} hidden where there is no such map;
 *   paint: the picture, and what the network answered to it, see answersOf
 */
function lookedAt() {
  const canvas = make("canvas", { class: "map", role: "img", "aria-label": LOOKED_LABEL });
  const [sums, sees] = [make("div"), make("p", { class: "under" })];
  const key = make("ul", { class: "legend" });
  const element = make(
    "div",
    { class: "part looked-at" },
    make("h4", {}, "What it looked at"),
    make("p", {}, LOOKED_LEAD),
    key,
    make("div", { class: "looked-at-parts" }, make("figure", {}, canvas), sums),
    sees,
  );
  return {
    element,
    paint(picture, network, answers) {
      const found = classActivation(network, answers.layers);
      element.hidden = found === null;
      if (!found) return;
      const largest = largestValue(found.map);
      paintLooked(canvas, picture, found.map, largest);
      key.replaceChildren(...lookedKey().map(legendEntry));
      sums.replaceChildren(...lookedSums(found, answers.logit, largest));
      sees.textContent = seesText(network, answers);
    },
  };
}

const LOOKED_LABEL = "The picture, and what each of its places adds to the logit";
const LOOKED_LEAD =
  "The logit is a weighted sum of the means of the last maps. It can be added up place by place as well: each place of " +
  "these maps adds its part, and nothing else comes to the logit but b.";

/** Each pixel in the colour of the class that its place speaks for. */
function paintLooked(canvas, picture, { shape: [rows, columns], data }, largest) {
  const size = picture.pixels.shape[0];
  const colours = COLOUR.classes.slice(0, 2).map(rgbOf);
  paintOver(canvas, picture, (pixel) => {
    const row = Math.floor((Math.floor(pixel / size) * rows) / size);
    const column = Math.floor(((pixel % size) * columns) / size);
    const part = data[row * columns + column];
    return [colours[part > 0 ? 1 : 0], (0.8 * Math.abs(part)) / largest];
  });
}

function lookedKey() {
  return RUN.classes.map((name, label) => ({ name: `speaks for ${name}`, colour: COLOUR.classes[label], kind: "area" }));
}

function lookedSums({ map, bias }, logit, largest) {
  const numbers = Array.from(map.data);
  const title = `What each of the ${numbers.length} places adds to the logit`;
  const grid = shadedNumbers(numbers, { columns: map.shape[1], title, largest, decimals: 4 });
  return [grid, sumLine([["all places", sumOfNumbers(numbers)]], bias, logit, 4)];
}

/** How much of the picture a place of the last maps has seen. */
function seesText(network, { layers }) {
  const last = networkSteps(network, layers).find(({ next }) => next?.kind === "mean");
  const middle = stepIndex(last, { map: 0, row: last.height >> 1, column: last.width >> 1 });
  return (
    `A place in the middle depends on ${fieldText(pictureField(last, middle))}, most on those at its own place. So the ` +
    "map is coarse, and where a colour ends the network need not have seen an edge."
  );
}
