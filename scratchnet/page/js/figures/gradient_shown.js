"use strict";
// The sum behind one gradient, as people read it: windows of numbers, weights, products, and where each came from.

const SHOWN_FILTERS = 3; // those that add most; the others are folded away
const SHOWN_UNITS = 6;

/**
 * @param {GradientSum} sum
 * @param {{of: "z"|"L", onFollow: function(Place), start: string}} how
 *   of: what the gradient is of; onFollow: a reader wants to see where a gradient came from;
 *   start: where the first gradient of all comes from, in a sentence
 * @returns {HTMLElement}
 */
function shownSum(sum, how) {
  const draw = { start: shownStart, conv: shownConv, relu: shownReLU, pool: shownPool, linear: shownLinear };
  return make("div", { class: "sum" }, ...{ ...draw, ...DEEP_SHOWN }[sum.rule](sum, how));
}

function shownStart(sum, { of, start }) {
  return [make("p", {}, start), totalLine(of, [gradientText(sum.sum, 5)])];
}

function shownConv({ next, filters, sum }, { of, onFollow }) {
  const unit = unitOf(filters.flatMap(({ dy, sum: part }) => [...dy, part]));
  const byShare = [...filters].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const shown = byShare.slice(0, SHOWN_FILTERS);
  const rest = byShare.slice(SHOWN_FILTERS);
  const largestDy = Math.max(...filters.flatMap(({ dy }) => dy.map(Math.abs))) || 1;
  const largestW = Math.max(...filters.flatMap(({ K }) => K.map(Math.abs))) || 1;
  const rows = shown.map(({ o, dy, K, sum: part, from }) =>
    make(
      "div",
      { class: "sum-row of-conv" },
      followButton(`filter ${o + 1}`, `${next}, filter ${o + 1}`, from, onFollow),
      numberGrid(dy, (d) => unit.text(d), largestDy, `gradients of ${next}, filter ${o + 1}${unit.spoken}`),
      make("span", { class: "sum-sign" }, "×"),
      numberGrid(K, (w) => numberText(w, 2), largestW, `the kernel of filter ${o + 1}, turned`),
      make("b", {}, `= ${unit.text(part)}`),
    ),
  );
  const head = make(
    "p",
    { class: "sum-head" },
    `Gradients that came to ${next}${unit.name}, times the weights of its kernel, turned by half a turn`,
  );
  const others = rest.reduce((total, { sum: part }) => total + part, 0);
  const all = filters.map((one) => [`${one.o + 1}`, gradientText(one.sum)]);
  const lead =
    `Each of the ${filters.length} filters of ${next} has seen this number nine times, with another weight each ` +
    "time. So nine gradients come back from each, times these weights, and all are added up.";
  const terms = [...shown.map(({ sum: part }) => unit.text(part)), ...(rest.length ? [unit.text(others)] : [])];
  return [
    make("p", {}, lead),
    head,
    ...rows,
    rest.length && make("p", { class: "sum-rest" }, `The other ${rest.length} filters together: ${unit.text(others)}`),
    totalLine(of, [unit.sum(terms), gradientText(sum, 5)]),
    foldedAway(`All ${filters.length} filters`, () => tableOf("What each filter adds", ["filter", "adds"], all)),
  ];
}

function shownReLU({ next, x, dy, from, sum }, { of, onFollow }) {
  const why =
    x > 0
      ? `${next} saw ${numberText(x)} here. That is positive: it went on as it was, and the gradient passes as it is.`
      : `${next} saw ${numberText(x)} here. That is not positive: it became 0, and the gradient is stopped. ` +
        "A little more or less would change nothing.";
  return [
    make("p", {}, why),
    make("div", { class: "sum-row" }, followButton("from here", next, from, onFollow)),
    totalLine(of, [`${gradientText(dy)} × ${x > 0 ? 1 : 0}`, gradientText(sum, 5)]),
  ];
}

function shownPool({ next, window, dy, from, sum }, { of, onFollow }) {
  if (!from) return [make("p", {}, `${next} does not read this row or column at the edge.`), totalLine(of, ["0"])];
  const here = window.find((one) => one.here);
  const why = here.won
    ? `${next} kept the largest of these four, and this is it: the whole gradient comes here.`
    : `${next} kept the largest of these four. This is another one, which nobody saw afterwards: its gradient is 0.`;
  const largest = Math.max(...window.map((one) => Math.abs(one.x))) || 1;
  const grid = numberGrid(window.map((one) => one.x), (x) => numberText(x), largest, `what ${next} saw`, 2);
  window.forEach(({ here: mine, won }, k) => {
    if (won) grid.children[k].classList.add("won");
    if (mine) grid.children[k].classList.add("mine");
  });
  const key = make("p", { class: "sum-rest" }, "Framed: the number that you picked. Underlined: the winner.");
  const row = make("div", { class: "sum-row" }, grid, followButton("from here", next, from, onFollow));
  const product = `${gradientText(dy)} × ${here.won ? 1 : 0}`;
  return [make("p", {}, why), row, key, totalLine(of, [product, gradientText(sum, 5)])];
}

function shownLinear({ next, units, sum }, { of, onFollow }) {
  const byShare = [...units].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)).filter((one) => one.sum !== 0);
  const shown = byShare.slice(0, SHOWN_UNITS);
  const rows = shown.map(({ unit, dy, w, sum: part, from }) => [
    followButton(`unit ${unit + 1}`, `${next}, unit ${unit + 1}`, from, onFollow),
    gradientText(dy),
    numberText(w),
    gradientText(part),
  ]);
  const rest = byShare.slice(SHOWN_UNITS).reduce((total, { sum: part }) => total + part, 0);
  const silent = units.length - byShare.length;
  const one = `${next} has one unit, which has multiplied this number by one weight: its gradient comes back times it.`;
  const lead =
    units.length === 1
      ? one
      : `Each of the ${units.length} units of ${next} has multiplied this number by a weight of its own. ` +
        `The gradient of each comes back times this weight${silent ? `; ${silent} of them are 0` : ""}.`;
  const others = byShare.length - shown.length;
  const terms = [...shown.map(({ sum: part }) => gradientText(part)), ...(others ? [gradientText(rest)] : [])];
  return [
    make("p", {}, lead),
    tableOf(`What comes back from ${next}`, ["from", "gradient", "weight", "product"], rows),
    others > 0 && make("p", { class: "sum-rest" }, `The other ${others} units together: ${gradientText(rest)}`),
    totalLine(of, units.length === 1 ? [gradientText(sum, 5)] : [sumText(terms), gradientText(sum, 5)]),
  ];
}

/** ∂z / ∂(this number) = … = … */
function totalLine(of, parts) {
  return make("p", { class: "sum-total" }, `∂${of} / ∂(this number) = ${parts.filter(Boolean).join(" = ")}`);
}

function followButton(text, where, place, onFollow) {
  const label = `${text}: follow the gradient to ${where}`;
  const click = () => onFollow(place);
  return make("button", { type: "button", class: "follow", "aria-label": label, on: { click } }, text);
}

/** Numbers on the shades of their size, in rows. */
function numberGrid(numbers, text, largest, label, columns = 3) {
  const cells = numbers.map((number) => {
    const shade = shadeOf(number / largest);
    const style = `background: rgb(${shade}); color: ${isLight(shade) ? "#000" : "#fff"}`;
    return make("span", { style }, text(number));
  });
  const attributes = { class: "gradient-grid", role: "group", "aria-label": label, style: `--columns: ${columns}` };
  return make("div", attributes, ...cells);
}

/** Is black better to read than white on this colour? By its luminance, as WCAG reckons it. */
function isLight(rgb) {
  const linear = (share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
  const [red, green, blue] = rgb.map((value) => linear(value / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
}
