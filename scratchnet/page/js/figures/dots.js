"use strict";
// Many points, painted once, on a canvas below the lines: a chart whose lines move need not draw them again.

/**
 * @param {HTMLCanvasElement} canvas put where the plot is, in pixels of the page
 * @param {{left: number, top: number, width: number, height: number}} box
 * @param {{x: number, y: number, colour: string}[]} dots in pixels, from the same corner as the box
 * @param {{r: number, opacity?: number, rim?: number}} how rim: of the card's colour, around each
 */
function paintDots(canvas, box, dots, { r, opacity = 1, rim = 0 }) {
  placeCanvas(canvas, box);
  const sharp = Math.max(1, window.devicePixelRatio || 1);
  [canvas.width, canvas.height] = [Math.round(sharp * box.width), Math.round(sharp * box.height)];
  const context = canvas.getContext("2d");
  context.scale(sharp, sharp);
  context.translate(-box.left, -box.top);
  context.globalAlpha = opacity;
  const colours = new Map([...new Set(dots.map((dot) => dot.colour))].map((name) => [name, `rgb(${rgbOf(name)})`]));
  Object.assign(context, { strokeStyle: `rgb(${rgbOf("var(--card)")})`, lineWidth: rim });
  for (const { x, y, colour } of dots) {
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    context.fillStyle = colours.get(colour);
    context.fill();
    if (rim) context.stroke();
  }
}

/** Where a canvas lies in its plot, in pixels. */
function placeCanvas(canvas, box) {
  for (const side of ["left", "top", "width", "height"]) canvas.style[side] = `${box[side]}px`;
}
