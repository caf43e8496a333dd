"use strict";
// The view in the address: what a link shows, a reader sees. #network&picture=12&layer=conv1
// is the section "network", and two values that figures have set.

const WRITE_MILLISECONDS = 400; // Safari refuses more than 100 changes of the address in 30 s

/**
 * All that figures want a link to bring back, as text by name. Names that only one figure uses begin with its id
 * ("curve.epoch"); "picture" and "arch" are shared, so that all figures speak of the same.
 */
class View {
  constructor() {
    this.values = new Map();
    this.listeners = [];
    this.section = "";
    this.timer = null;
    this.read();
    window.addEventListener("hashchange", () => this.hear());
  }

  /**
   * @param {string} name
   * @param {string|number} fallback if it is a number, what is no finite number in the address counts as absent
   * @returns {string|number} of the fallback's type
   */
  get(name, fallback = "") {
    const text = this.values.get(name);
    if (text === undefined || text === "") return fallback;
    if (typeof fallback !== "number") return text;
    return Number.isFinite(Number(text)) ? Number(text) : fallback;
  }

  /**
   * Change values and tell who listens; null takes one away. Nothing happens where nothing changes.
   * @param {Object<string, string|number|null>} changes
   */
  set(changes) {
    const changed = new Set();
    for (const [name, value] of Object.entries(changes)) {
      if (String(this.values.get(name) ?? "") === String(value ?? "")) continue;
      if (value === null) this.values.delete(name);
      else this.values.set(name, String(value));
      changed.add(name);
    }
    if (changed.size === 0) return;
    this.timer ??= setTimeout(() => this.write(), WRITE_MILLISECONDS);
    this.tell(changed);
  }

  /**
   * Call `listener` whenever one of the values is changed, by a figure or by a link.
   * @param {string|string[]} names
   * @param {function()} listener
   */
  onChange(names, listener) {
    this.listeners.push({ names: [names].flat(), listener });
  }

  tell(changed) {
    for (const { names, listener } of this.listeners) if (names.some((name) => changed.has(name))) listener();
  }

  /** The address as it is now becomes the view. A link to a section alone leaves the values as they are. */
  read() {
    const parts = window.location.hash.slice(1).split("&").filter(Boolean);
    const pairs = parts.filter((part) => part.includes("="));
    this.section = parts.find((part) => !part.includes("=")) ?? "";
    if (pairs.length === 0) return;
    this.values = new Map(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2).map(decoded)));
  }

  hear() {
    const before = new Map(this.values);
    this.read();
    const names = new Set([...before.keys(), ...this.values.keys()]);
    this.tell(new Set([...names].filter((name) => before.get(name) !== this.values.get(name))));
    this.scroll();
    this.write();
  }

  /** To the section that the address names: a browser finds it alone only where nothing follows its name. */
  scroll() {
    const section = document.getElementById(this.section);
    if (section) stayAt(section);
  }

  /**
   * Move the reader to a section, as a link does; the way back leads to the view as it is now.
   * @param {string} section
   * @param {{from: string}} how from: the section that the reader is in
   */
  goTo(section, { from }) {
    this.section = from;
    this.write();
    window.location.hash = section;
    this.section = section;
    this.scroll();
    const heading = document.querySelector(`#${CSS.escape(section)} :is(h2, h3)`);
    heading.tabIndex = -1; // only a script can move there
    heading.focus({ preventScroll: true });
  }

  write() {
    clearTimeout(this.timer);
    this.timer = null;
    const pairs = [...this.values].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    const hash = [this.section, ...pairs].filter(Boolean).join("&");
    if (`#${hash}` !== window.location.hash && hash) window.history.replaceState(null, "", `#${hash}`);
  }
}

let staying = null;

/** Keep an element at the top while figures above it are drawn and grow, until the reader does anything. */
function stayAt(element) {
  staying?.disconnect();
  element.scrollIntoView();
  staying = new ResizeObserver(() => element.scrollIntoView());
  staying.observe(document.body);
}

for (const event of ["wheel", "touchstart", "pointerdown", "keydown"]) {
  window.addEventListener(event, () => staying?.disconnect(), { passive: true, capture: true });
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody has cut the link
  }
}

const VIEW = new View();
