"use strict";
// The layers from the last to the first, each with its gradient as maps; of the chosen one a map and a number, large.

const LADDER_KEY =
  "From the last layer to the pixels. Grey is zero, light is positive, dark is negative. Each layer has a scale of its " +
  "own, on which its largest half percent is drawn alike.";
const CHANNELS = ["red", "green", "blue"];

/**
 * @param {View} view
 * @returns {{element: HTMLElement, update: function(Backwards), follow: function()}}
 *   update: other gradients; follow: the address names another number
 */
function gradientLadder(view) {
  let now = null;
  const rungs = make("div", { class: "ladder", role: "group", "aria-label": "The gradient at every layer" });
  const detail = make("div", { class: "detail" });
  const left = make("div", {}, rungs, make("p", { class: "under" }, LADDER_KEY));
  const element = make("div", { class: "backwards-parts" }, left, detail);
  let rows = new Map();
  let shown = null;

  const go = (place) => {
    view.set({ "backwards.at": `${place.layer}.${place.index}` });
    show(place);
    say(`${shown.part.title()}: ${gradientText(now.gradients[place.layer].data[place.index])}`);
  };
  const followTo = (place) => {
    go(place);
    shown.part.focus(); // the button that was pressed is gone
  };
  const asked = () => {
    const [layer, index] = view.get("backwards.at").split(".");
    const found = now.gradients[layer];
    if (!found || layer === "flatten") return { layer: "x", index: placeOfLargest(now.gradients.x) };
    return { layer, index: Number(index) < found.data.length ? Math.floor(Number(index)) : placeOfLargest(found) };
  };
  const show = (place) => {
    for (const [layer, row] of rows) row.choose(layer === place.layer ? place.index : null);
    if (shown?.layer !== place.layer || shown.of !== now) {
      shown = { ...place, of: now, part: numberDetail(now, place.layer, go, followTo) };
      detail.replaceChildren(shown.part.element);
    }
    shown.part.show(place.index);
  };
  return {
    element,
    update(backwards) {
      now = backwards;
      const layers = Object.keys(now.gradients).filter((layer) => layer !== "flatten");
      rows = new Map(layers.map((layer) => [layer, rungOf(layer, now.gradients[layer], go)]));
      rungs.replaceChildren(...[...rows.values()].map((row) => row.element));
      show(asked());
    },
    follow: () => now && show(asked()),
  };
}

/** A layer's gradient as one strip of maps: a button, on which a pointer also picks the number. */
function rungOf(layer, gradient, go) {
  const layout = stripLayout(gradient.shape);
  const canvas = make("canvas", { class: "strip", "aria-hidden": "true" });
  paintStrip(canvas, gradient, shadeLimit(gradient));
  const frame = make("span", { class: "picked", "aria-hidden": "true" });
  const largest = mostOf(gradient.data);
  const about = [mapsText(gradient.shape), largest === 0 ? "all 0" : `largest ${gradientText(largest, 2)}`];
  const pick = (event) => {
    const box = canvas.getBoundingClientRect();
    const inside = event.detail > 0 && event.clientX >= box.left && event.clientX <= box.right;
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const at = inside ? numberAt(layout, x, y) : null;
    go({ layer, index: at ?? placeOfLargest(gradient) });
  };
  const names = [make("b", {}, layerName(layer)), ...about.map((text) => make("span", {}, text))];
  const element = make(
    "button",
    { type: "button", class: "rung", "aria-pressed": "false", "data-layer": layer, on: { click: pick } },
    make("span", { class: "rung-name" }, ...names),
    make("span", { class: "rung-strip", style: `width: ${100 * layout.share}%` }, canvas, frame),
  );
  return {
    element,
    choose(index) {
      element.setAttribute("aria-pressed", String(index !== null));
      frame.hidden = index === null;
      if (index !== null) frameMap(frame, layout, Math.floor(index / (layout.height * layout.width)));
    },
  };
}

/** One map of a layer, large, and the sum behind the number that is picked in it. */
function numberDetail(now, layer, go, followTo) {
  const gradient = now.gradients[layer];
  const limit = shadeLimit(gradient);
  const { count, height, width } = detailLayout(gradient.shape);
  const canvas = make("canvas", { class: "map" });
  const size = height * width;
  const total = gradient.data.length;
  let at = { map: 0, row: 0, column: 0 };
  const pick = () => go({ layer, index: Math.min(total - 1, (at.map * height + at.row) * width + at.column) });
  const map = pickableMap(canvas, {
    label: `The gradient at ${layerName(layer)}`,
    height,
    width,
    onPick: (row, column) => {
      at = { ...at, row, column };
      pick();
    },
  });
  const slider = sliderOf({
    label: layer === "x" ? "Colour" : "Map",
    min: 1,
    max: Math.max(1, count),
    value: 1,
    text: (value) => (layer === "x" ? CHANNELS[value - 1] : `${value} of ${count}`),
    onInput: (value) => {
      at = { ...at, map: value - 1 };
      pick();
    },
  });
  slider.element.hidden = count < 2;
  const title = make("h4", { tabindex: -1 });
  const sum = make("div");
  const element = make(
    "div",
    { class: "detail-parts" },
    make("div", { class: "detail-map" }, slider.element, map.element, shadesKey(limit)),
    make("div", { class: "detail-sum" }, title, sum),
  );
  return {
    element,
    title: () => title.textContent,
    focus: () => title.focus({ preventScroll: true }),
    show(index) {
      at = { map: Math.floor(index / size), row: Math.floor((index % size) / width), column: index % width };
      slider.set(at.map + 1);
      map.set(at.row, at.column);
      paintMap(canvas, paddedMap(gradient.data, at.map * size, size), { height, width, largest: limit });
      title.textContent = gradientPlaceText(layer, gradient.shape, at, index);
      const place = { layer, index };
      const found = gradientSum(now.network, now.answers, now.gradients, place);
      sum.replaceChildren(shownSum(found, { ...now, onFollow: followTo }));
    },
  };
}

/** "conv1, map 3, row 20, column 31", counted from 1 as people count. */
function gradientPlaceText(layer, shape, { map, row, column }, index) {
  if (shape.length === 2) return shape[1] === 1 ? `${layer}: the logit` : `${layer}, unit ${index + 1}`;
  const which = layer === "x" ? `the pixels, ${CHANNELS[map]}` : `${layer}, map ${map + 1}`;
  return `${which}, row ${row + 1}, column ${column + 1}`;
}

function layerName(layer) {
  return layer === "x" ? "the pixels" : layer;
}

/** Numbers (1, M) are laid in a square, (1, C, H, W) are maps already. */
function detailLayout([, count, height, width]) {
  if (height !== undefined) return { count, height, width };
  const side = Math.ceil(Math.sqrt(count));
  return { count: 1, height: Math.ceil(count / side), width: side };
}

/** One map, with zeros where a square of numbers is not full. */
function paddedMap(data, start, size) {
  const map = new Float64Array(size);
  map.set(data.subarray(start, start + size));
  return map;
}
