"use strict";
// Pointing at a plot: to ask the network there, or to draw points of one's own. The arrow keys and Enter do the same.

const DRAWN_APART = 9; // pixels between two points of one stroke

/**
 * @param {HTMLElement} plot
 * @param {{label: string, toData: function(number, number): number[], at: function(): number[], steps: number[],
 *   isDrawing: function(): boolean, onAt: function(number[]), onDraw: function(number[]),
 *   onPress?: function(number, number): boolean}} how
 *   toData: from pixels of the plot; at: where the mark is; steps: of the arrow keys, along both axes;
 *   onPress: takes a press for something else, or says no
 */
function hearPointing(plot, { label, toData, at, steps, isDrawing, onAt, onDraw, onPress = () => false }) {
  let before = null;
  const placeOf = (event) => {
    const box = plot.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const press = (event) => {
    const place = placeOf(event);
    if (onPress(...place)) return;
    before = place;
    plot.setPointerCapture(event.pointerId);
    (isDrawing() ? onDraw : onAt)(toData(...place));
  };
  const move = (event) => {
    if (!before) return;
    const place = placeOf(event);
    if (!isDrawing()) return onAt(toData(...place));
    if (Math.hypot(place[0] - before[0], place[1] - before[1]) < DRAWN_APART) return;
    before = place;
    onDraw(toData(...place));
  };
  const release = () => (before = null);
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const keydown = (event) => {
    const direction = directions[event.key];
    if (direction) onAt(at().map((number, d) => number + direction[d] * steps[d]));
    else if (event.key === "Enter" && isDrawing()) onDraw(at());
    else return;
    event.preventDefault();
  };
  const on = { pointerdown: press, pointermove: move, pointerup: release, pointercancel: release, keydown };
  filled(plot, { tabindex: 0, role: "group", "aria-label": label, on }, []);
}

/**
 * What the stages of the curve and of the plane have in common: where they stand, and that they show a moment.
 * @param {Object} frame as chartFrame has made it
 * @param {function(Moment)} take what the stage does with the moment that is to be shown
 * @returns {{element: HTMLElement, show: function(Moment), showTable: function()}}
 */
function stageOn(frame, take) {
  return {
    element: frame.element,
    show(moment) {
      frame.plot.classList.toggle("drawing", moment.drawing);
      take(moment);
    },
    showTable: () => frame.element.querySelector("details").open && frame.redraw(),
  };
}
