"use strict";
// Numbers on the shades of their maps, and sums in one line.

/**
 * A small table of numbers, each on its shade.
 * @param {number[]} numbers row by row
 * @param {{columns: number, title: string, largest: number, decimals: number, off?: boolean[], winner?: number}} how
 *   largest: of the shades; off: those that lie beyond the edge; winner: the one that has a frame
 */
function shadedNumbers(numbers, { columns, title, largest, decimals, off = [], winner = -1 }) {
  const cell = (number, place) => {
    const classes = [off[place] && "off", place === winner && "winner"].filter(Boolean).join(" ");
    const style = off[place] ? null : shadeStyle(number, largest);
    return make("td", { class: classes || null, style }, fixedText(number, decimals));
  };
  const rows = Array.from({ length: numbers.length / columns }, (_, row) => row * columns);
  const trs = rows.map((start) =>
    make("tr", {}, ...numbers.slice(start, start + columns).map((number, column) => cell(number, start + column))),
  );
  return make("table", { class: "number-grid" }, make("caption", {}, title), make("tbody", {}, ...trs));
}

/** The shade of a number as a background, and black or white on it, whichever is read better. */
function shadeStyle(number, largest) {
  const shade = shadeOf(number / largest);
  const [red, green, blue] = shade.map((part) => ((part / 255 + 0.055) / 1.055) ** 2.4); // sRGB, but at its foot
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return `background: rgb(${shade}); color: ${luminance > 0.179 ? "#000" : "#fff"}`;
}

/** A formula with its numbers, and what comes out. */
function formulaLine(text, result) {
  return make("p", { class: "sum-line" }, make("span", {}, ...[text].flat()), make("output", {}, fixedText(result, 4)));
}

/**
 * part + part + bias = total, each with its name below it.
 * @param {[string, number][]} parts
 * @param {number | null} bias null where there is none
 */
function sumLine(parts, bias, total, decimals) {
  const added = (number) => `${number < 0 ? "−" : "+"} ${fixedText(Math.abs(number), decimals)}`;
  const addend = ([name, number], place) => {
    const text = place === 0 ? fixedText(number, decimals) : added(number);
    return make("span", { class: "addend" }, make("b", {}, text), make("small", {}, name));
  };
  const result = make("output", {}, `= ${fixedText(total, decimals)}`);
  const addends = bias === null ? parts : [...parts, ["bias", bias]];
  return make("p", { class: "sum-line" }, ...addends.map(addend), result);
}
