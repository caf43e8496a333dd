"use strict";
// The filters of the convolutions at an epoch: the first as colours, the second as grey maps, channel by channel.

/**
 * The filters of every convolution of one network. Of the second the reader picks one, and sees each of its channels
 * under the filter of the first that makes the map which it reads.
 * @param {Film[]} films
 * @param {function(number)} onPick the reader has picked this filter of the second convolution
 * @returns {{element: HTMLElement, show: function({epoch: number, picked: number, change: boolean})}}
 *   show: picked: a filter of the second; change: what training has added since the start, instead of the weights
 */
function filtersOverTime(films, onPick) {
  const state = { epoch: 0, picked: 0, films };
  const changes = films.map(changesOf);
  const colours = layerOf(films[0], colourGrid(state));
  const greys = films.length > 1 && layerOf(films[1], greyGrid(state, onPick));
  const channels = greys && channelPairs(state);
  const numbers = films.map((_, place) => weightsOf(state, place));
  const summary = make("p", { class: "under" });
  const parts = [colours, greys, channels, ...numbers].filter(Boolean);
  const only = greys ? "" : " only";
  return {
    element: make(
      "div",
      { class: "filters" },
      make("div", { class: `filter-layers${only}` }, colours.element, greys && greys.element),
      channels && channels.element,
      summary,
      ...numbers.map(({ element }) => element),
    ),
    show({ epoch, picked, change }) {
      const last = greys ? films[1].W.shape[1] - 1 : 0;
      Object.assign(state, { epoch, picked: Math.min(last, Math.max(0, picked)), films: change ? changes : films });
      for (const part of parts) part.repaint(change);
      summary.textContent = films.map((film) => filmText(film, epoch)).join(" ");
    },
  };
}

/** A title, the filters, and what they mean. */
function layerOf({ name, W: { shape: [, count, channels, height, width] } }, grid) {
  const ofColour = `${count} filters of ${height}×${width} pixels, in the colours that they look for. Grey is zero.`;
  const ofGrey = `${count} filters of ${channels} channels each. Light is positive, dark is negative. Pick one.`;
  const text = channels === 3 ? ofColour : ofGrey;
  const note = make("p", { class: "under" });
  return {
    element: make("div", {}, make("h4", {}, `The filters of ${name}`), grid.element, note),
    repaint(change) {
      grid.repaint();
      note.textContent = change ? `${text} What training has added, on a scale of its own.` : text;
    },
  };
}

function colourGrid(state) {
  const [{ name, W }] = state.films;
  return mapGrid({
    label: `The filters of ${name}, as colours`,
    count: W.shape[1],
    name: (o) => `${name}, filter ${o}`,
    paint: (canvas, o) => paintFilter(canvas, atEpoch(state.films[0].W, state.epoch), o, state.films[0].largest),
  });
}

function greyGrid(state, onPick) {
  const [, { name, W }] = state.films;
  const grid = mapGrid({
    label: `The filters of ${name}: pick one`,
    count: W.shape[1],
    name: (o) => `${name}, filter ${o}`,
    paint: (canvas, o) => paintChannels(canvas, atEpoch(state.films[1].W, state.epoch), o, state.films[1].largest),
    onPick,
  });
  return { element: grid.element, repaint: () => (grid.repaint(), grid.choose(state.picked)) };
}

/**
 * All channels of one filter as small maps in a square, with a line of nothing between them.
 * @param {NDArray} W (O, C, kh, kw)
 * @param {number} o which filter
 */
function paintChannels(canvas, { shape: [, channels, height, width], data }, o, largest) {
  const across = Math.ceil(Math.sqrt(channels));
  const down = Math.ceil(channels / across);
  [canvas.width, canvas.height] = [across * (width + 1) - 1, down * (height + 1) - 1];
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height); // what is not written stays transparent
  const words = new Uint32Array(image.data.buffer);
  for (let c = 0; c < channels; c++) {
    const corner = Math.floor(c / across) * (height + 1) * canvas.width + (c % across) * (width + 1);
    const offset = (o * channels + c) * height * width;
    shadeInto(words, data, { height, width, largest, offset, at: corner, stride: canvas.width });
  }
  context.putImageData(image, 0, 0);
}

/** The channels of a filter of the second convolution, each under the filter of the first whose map it reads. */
function channelPairs(state) {
  const [first, { name, W: { shape: [, , channels, height, width] } }] = state.films;
  const title = make("h4", {});
  const key = make("div", {});
  const text = `Above, a filter of ${first.name}. Below, what the filter of ${name} makes of its map: light adds
    where it was found, dark takes away.`;
  const pairs = Array.from({ length: channels }, (_, c) => {
    const [above, below] = [make("canvas", { class: "map" }), make("canvas", { class: "map" })];
    const says = `Channel ${c} reads the map that filter ${c} of ${first.name} makes`;
    return { above, below, element: make("div", { role: "img", "aria-label": says, title: says }, above, below) };
  });
  return {
    element: make(
      "div",
      {},
      title,
      make("div", { class: "pairs" }, ...pairs.map(({ element }) => element)),
      make("div", { class: "pairs-key" }, make("p", { class: "under" }, text), key),
    ),
    repaint() {
      title.textContent = `Filter ${state.picked} of ${name}, channel by channel`;
      const [colour, grey] = state.films.map(({ W }) => atEpoch(W, state.epoch));
      const [largestColour, largest] = state.films.map((film) => film.largest);
      pairs.forEach(({ above, below }, c) => {
        const offset = (state.picked * channels + c) * height * width;
        paintFilter(above, colour, c, largestColour);
        paintMap(below, grey.data, { height, width, largest, offset });
      });
      key.replaceChildren(shadesKey(largest));
    },
  };
}

/** The weights that are shown, in a table that is made when it is asked for: of the second, of the filter picked. */
function weightsOf(state, place) {
  const inside = make("div", {});
  const element = foldedAway("", () => inside);
  const title = (o) => `The weights of ${o === null ? "" : `filter ${o} of `}${state.films[place].name}`;
  const repaint = () => {
    const picked = place === 0 ? null : state.picked;
    element.querySelector("summary").textContent = title(picked);
    if (element.open) inside.replaceChildren(weightsTable(title(picked), state.films[place], state.epoch, picked));
  };
  element.addEventListener("toggle", repaint);
  return { element, repaint };
}

/** A row for each channel. @param {Film} film @param {number|null} picked one filter; null: all */
function weightsTable(title, { W, b }, epoch, picked) {
  const { shape: [count, channels, height, width], data } = atEpoch(W, epoch);
  const biases = b && atEpoch(b, epoch).data;
  const size = height * width;
  const head = Array.from({ length: size }, (_, k) => `${Math.floor(k / width)}, ${k % width}`);
  const filters = picked === null ? Array.from({ length: count }, (_, o) => o) : [picked];
  const rowOf = (o, c) => {
    const start = (o * channels + c) * size;
    const weights = Array.from(data.subarray(start, start + size), (w) => numberText(w));
    const bias = () => (c === 0 ? numberText(biases[o]) : "");
    return [`filter ${o}, channel ${c}`, ...weights, ...(b ? [bias()] : [])];
  };
  const rows = filters.flatMap((o) => Array.from({ length: channels }, (_, c) => rowOf(o, c)));
  return tableOf(`${title} at epoch ${epoch}, by row and column`, ["channel", ...head, ...(b ? ["bias"] : [])], rows);
}
