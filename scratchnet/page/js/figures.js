"use strict";
// The figures: each registers itself under an id, and is drawn into every element that asks for that id, but only when
// a reader comes near. What goes wrong in one is told in its place; the others go on.

/** All that Python has gathered of this run: see scratchnet/page/gather.py. */
const RUN = JSON.parse(document.getElementById("run-data").textContent);

const FIGURES = new Map();
const NEAR = "500px"; // how far below the window a figure is drawn already

/**
 * @param {string} id of the elements <div class="figure" data-figure="ID"> that it fills
 * @param {{title: string, absent?: function(Object): string, draw: function(HTMLElement, Object, View)}} how
 *   absent: why this run cannot show it, in a sentence, or ""; draw: may be async
 */
function figure(id, { title, absent = () => "", draw }) {
  if (FIGURES.has(id)) throw new Error(`there are two figures ${id}`);
  FIGURES.set(id, { title, absent, draw });
}

/** Draw a figure into its element, or say there why not; once. */
async function drawFigure(element) {
  if (element.dataset.drawn) return;
  const id = element.dataset.figure;
  element.dataset.drawn = "begun";
  const { title, absent, draw } = FIGURES.get(id) ?? { title: id, absent: () => "This page does not have the figure." };
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", title);
  try {
    const why = absent(RUN);
    if (why) element.replaceChildren(absentNote(why));
    else await draw(element, RUN, VIEW);
    element.dataset.drawn = why ? "absent" : "whole";
  } catch (error) {
    console.error(error);
    element.dataset.drawn = "failed";
    const told = `This figure has failed: ${error.message}. The others go on.`;
    element.append(make("p", { class: "failed", role: "alert" }, told));
  }
}

function startFigures() {
  const waiting = [...document.querySelectorAll("[data-figure]")];
  const drawNear = async (entries) => {
    for (const { target } of entries.filter(({ isIntersecting }) => isIntersecting)) {
      drawFigure(target);
      await new Turns().next(); // each in a turn of its own
    }
  };
  const observer = new IntersectionObserver(drawNear, { rootMargin: NEAR });
  for (const element of waiting) observer.observe(element);
  window.addEventListener("beforeprint", () => {
    for (const element of waiting) drawFigure(element);
  });
}

document.addEventListener("DOMContentLoaded", startFigures);
