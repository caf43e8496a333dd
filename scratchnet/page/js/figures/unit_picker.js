"use strict";
// All hidden units of a perceptron, a small picture each, of which one is picked.

const UNIT_COLUMNS = 16;
const TILE_PIXELS = 24;

/**
 * @typedef {{network: Network, units: HiddenUnit[], unit: number, at: number[], own: OwnPoint[], alone: boolean,
 *   drawing: boolean}} Moment
 *   what is shown of a perceptron: its weights now, the number of the unit that is picked, the place that is asked
 *   about, and the points that a reader has drawn
 */

/**
 * @param {{paint: function(CanvasRenderingContext2D, HiddenUnit[], function(number): number[]),
 *   hint: string, words: function(HiddenUnit): string, onPick: function(number)}} how
 *   paint: fills the tiles, given the left and top of each; hint: what the tiles show; words: of a unit,
 *   for screen readers
 * @returns {{element: HTMLElement, show: function(Moment)}}
 */
function unitPicker({ paint, hint, words, onPick }) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  const frame = make("div", { class: "picked-unit", "aria-hidden": "true" });
  let now = null;
  const columns = () => Math.min(UNIT_COLUMNS, now.units.length);
  const pick = (unit) => onPick(Math.min(now.units.length - 1, Math.max(0, unit)));
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns());
    const rows = Math.ceil(now.units.length / columns());
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const unit = row * columns() + Math.min(columns() - 1, Math.max(0, column));
    if (unit >= 0 && unit < now.units.length) onPick(unit);
  };
  const steps = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: () => columns() };
  const ends = { Home: () => 0, End: () => now.units.length - 1 };
  const keydown = (event) => {
    if (!(event.key in steps) && !(event.key in ends)) return;
    event.preventDefault();
    pick(event.key in ends ? ends[event.key]() : now.unit + steps[event.key]());
  };
  const listeners = { pointerdown: point, pointermove: (event) => event.buttons === 1 && point(event), keydown };
  const about = { role: "slider", tabindex: 0, "aria-label": "Hidden unit", "aria-valuemin": 1 };
  const tiles = make("div", { class: "unit-tiles", ...about, on: listeners }, canvas, frame);
  const title = make("h4", {});
  return {
    element: make("div", {}, title, make("p", { class: "under" }, hint), tiles),
    show(moment) {
      now = moment;
      const { units, unit } = now;
      const rows = Math.ceil(units.length / columns());
      [canvas.width, canvas.height] = [2 * TILE_PIXELS * columns(), 2 * TILE_PIXELS * rows]; // clears it, too
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      const placeOf = (h) => [TILE_PIXELS * (h % columns()), TILE_PIXELS * Math.floor(h / columns())];
      paint(context, units, placeOf);
      const share = { left: (unit % columns()) / columns(), top: Math.floor(unit / columns()) / rows };
      const place = { ...share, width: 1 / columns(), height: 1 / rows };
      for (const [side, part] of Object.entries(place)) frame.style[side] = `${100 * part}%`;
      tiles.style.maxWidth = `${columns() * 34}px`;
      title.textContent = `Hidden unit ${unit + 1} of ${units.length}`;
      const text = `${unit + 1} of ${units.length}: ${words(units[unit])}`;
      filled(tiles, { "aria-valuemax": units.length, "aria-valuenow": unit + 1, "aria-valuetext": text }, []);
    },
  };
}
