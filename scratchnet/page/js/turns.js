"use strict";
// Long work in short turns: between two of them the page draws, scrolls and listens.

/**
 *     const turns = new Turns(25);
 *     for (...) { work(); if (turns.over()) await turns.next(); }
 */
class Turns {
  /** @param {number} milliseconds of a turn: with what one piece of work takes on top, well below 50 */
  constructor(milliseconds = 25) {
    this._milliseconds = milliseconds;
    this._began = performance.now();
  }

  over() {
    return performance.now() - this._began >= this._milliseconds;
  }

  /** Lets the page have its turn. */
  async next() {
    await new Promise((resolve) => setTimeout(resolve));
    this._began = performance.now();
  }
}
