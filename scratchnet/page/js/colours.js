"use strict";
// Colours that mean the same everywhere, as in scratchnet/plots/style.py: those of Okabe & Ito, which the colour-blind
// tell apart. style.css holds their values, for light and dark.

/** For SVG and style sheets: these change by themselves when the page turns dark. */
const COLOUR = {
  numpy: "var(--numpy)",
  pytorch: "var(--pytorch)",
  train: "var(--train)",
  val: "var(--val)",
  accent: "var(--accent)",
  ink: "var(--ink)",
  muted: "var(--muted)",
  line: "var(--line)",
  classes: ["var(--class-0)", "var(--class-1)", "var(--class-2)"],
};
const BACKEND_NAME = { numpy: "NumPy", pytorch: "PyTorch" };

/**
 * A colour as it is now, for a canvas, which knows no variables.
 * @param {string} colour one of COLOUR, or any that CSS knows
 * @returns {[number, number, number]} red, green, blue, 0 to 255
 */
function rgbOf(colour) {
  const probe = document.getElementById("probe");
  probe.style.color = colour;
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
  return [red, green, blue];
}

const themeListeners = [];

/** Call `listener` whenever the page turns light or dark: canvases are then drawn anew. */
function onTheme(listener) {
  themeListeners.push(listener);
}

/** @returns {"light"|"dark"} */
function themeNow() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return document.documentElement.dataset.theme ?? dark;
}

/** Turn the page light or dark, whatever the system prefers; and remember it where the browser lets us. */
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    window.localStorage.setItem("theme", theme);
  } catch {
    // not every browser keeps anything for a file: then the next visit asks the system again
  }
  tellTheme();
}

function tellTheme() {
  for (const listener of themeListeners) listener(themeNow());
}

try {
  const kept = window.localStorage.getItem("theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch {
  // the same
}
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tellTheme);
