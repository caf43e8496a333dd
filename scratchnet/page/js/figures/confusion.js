"use strict";
// Which class is taken for which: every picture of the test split, counted.

/** @typedef {{truth: number, answer: number}} Kind of picture: what it shows, and what the network takes it for */

/** @param {number} probability of class 1 @returns {number} the class that a network answers with */
function answeredClass(probability) {
  return probability > 0.5 ? 1 : 0;
}

/**
 * @param {{probability: number[], label: number[]}} predictions of the whole test split
 * @returns {number[][]} [truth][answer], how many pictures
 */
function confusionOf({ probability, label }) {
  const counts = [[0, 0], [0, 0]];
  label.forEach((truth, index) => (counts[truth][answeredClass(probability[index])] += 1));
  return counts;
}

/**
 * The table: a row for each class, a column for each answer; a cell says its share in words, and is a button.
 * @param {{counts: number[][], classes: string[], onPick: function(Kind)}} parts
 * @returns {{element: HTMLElement, choose: function(Kind|null)}}
 */
function confusionTable({ counts, classes, onPick }) {
  const buttons = new Map();
  const cell = (truth, answer) => {
    const button = confusionCell(counts, classes, { truth, answer }, onPick);
    buttons.set(`${truth} ${answer}`, button);
    return make("td", {}, button);
  };
  const rows = classes.map((name, truth) => {
    const head = make("th", { scope: "row" }, `${name}: ${countText(sumOf(counts[truth]))}`);
    return make("tr", {}, head, ...classes.map((_, answer) => cell(truth, answer)));
  });
  const head = classes.map((name) => make("th", { scope: "col" }, `taken for ${name}`));
  return {
    element: make(
      "table",
      { class: "confusion" },
      make("caption", {}, "What it takes the test pictures for"),
      make("thead", {}, make("tr", {}, make("td", {}), ...head)),
      make("tbody", {}, ...rows),
    ),
    choose(kind) {
      const chosen = kind && `${kind.truth} ${kind.answer}`;
      for (const [key, button] of buttons) button.setAttribute("aria-pressed", String(key === chosen));
    },
  };
}

function confusionCell(counts, classes, kind, onPick) {
  const { truth, answer } = kind;
  const [count, all] = [counts[truth][answer], sumOf(counts[truth])];
  const share = all === 0 ? "there is none" : `${percentText(count / all)} of ${countText(all)}`;
  return make(
    "button",
    {
      type: "button",
      class: `confused ${truth === answer ? "right" : "mistaken"}`,
      style: `--share: ${all === 0 ? 0 : count / all}`,
      "aria-pressed": "false",
      "aria-label": `${kindText(kind, classes)}: ${countText(count)}, ${share}: show them`,
      on: { click: () => onPick(kind) },
    },
    make("strong", {}, countText(count)),
    make("span", {}, share),
  );
}

/** cat taken for dog */
function kindText({ truth, answer }, classes) {
  return `${classes[truth]} taken for ${classes[answer]}`;
}

/** How often it is right, and how often somebody would be who always gives the same answer. */
function confusionText(counts) {
  const all = sumOf(counts.flat());
  const right = counts[0][0] + counts[1][1];
  const always = Math.max(...counts.map(sumOf));
  return `${countText(right)} of ${countText(all)} are right, ${percentText(right / all)}.
    Always to say the same would be right on ${percentText(always / all)}.`;
}

function sumOf(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}
