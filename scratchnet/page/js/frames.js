"use strict";
// Drawing at the pace of the screen.

/** @returns {function()} asks for a drawing; however often it is called, `draw` runs once in the next frame */
function oncePerFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** @returns {Promise} resolved when the browser is about to draw */
function nextFrame() {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
