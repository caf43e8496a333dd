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

/**
 * Pieces of work, one after the other, each in a turn of its own. Asked again before it is done, it begins anew.
 * @param {(function())[]} works
 * @returns {function(): Promise<boolean>} true once all are done, false where it was asked again meanwhile
 */
function inTurns(works) {
  let asked = 0;
  return async () => {
    const mine = ++asked;
    for (const work of works) {
      await new Promise((resolve) => setTimeout(resolve));
      if (mine !== asked) return false;
      work();
    }
    return true;
  };
}
