"use strict";
// Elements, made in one call each, and what is said to those who do not see the page.

/**
 * An element with its attributes and children.
 * @param {string} tag
 * @param {Object<string, *>} attributes `on` holds listeners by event; null, undefined and false leave one out
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for a part of an SVG. */
function makeSvg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(name, value === true ? "" : value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

let idsGiven = 0;

/** An id that nothing on the page has yet: for labels and what they label. */
function freshId(beginning) {
  idsGiven += 1;
  return `${beginning}-${idsGiven}`;
}

/**
 * Say a sentence to a screen reader, once it has finished what it is saying.
 * @param {string} sentence
 */
function say(sentence) {
  document.getElementById("said").textContent = sentence;
}

/**
 * A table that scrolls on its own where it is wider than the page.
 * @param {string} caption what it holds; it is read, not seen
 * @param {string[]} head
 * @param {(string|Node)[][]} rows the first cell of each is its head
 * @param {{numbers?: boolean}} how numbers: the cells after the first are numbers, and stand right
 */
function tableOf(caption, head, rows, { numbers = true } = {}) {
  const body = rows.map(([first, ...rest]) =>
    make("tr", {}, make("th", { scope: "row" }, first), ...rest.map((cell) => make("td", {}, cell))),
  );
  const table = make(
    "table",
    { class: numbers ? "numbers" : null },
    make("caption", { class: "unseen" }, caption),
    make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...body),
  );
  return make("div", { class: "scrolled", tabindex: 0, role: "region", "aria-label": caption }, table);
}

/** Something folded away: a button with a title that shows and hides what `content` makes, when it is first asked. */
function foldedAway(title, content) {
  const details = make("details", { class: "folded" }, make("summary", {}, title));
  details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(content()));
  return details;
}

/** A sentence in the place of something that this run does not have. */
function absentNote(sentence) {
  return make("p", { class: "absent" }, sentence);
}

/** Names and what they stand for, in two columns. @param {[string, string|Node][]} pairs */
function factsOf(pairs) {
  return make(
    "dl",
    { class: "facts" },
    ...pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
  );
}
