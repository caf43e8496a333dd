"use strict";
// Over a figure about one picture: which picture, which network, and what it answers.

/**
 * The chosen picture with the network's answer, and buttons for the next test picture.
 * @param {{answer: function(ChosenPicture): string}} parts answer: a sentence on what is answered to a picture
 * @returns {{element: HTMLElement, update: function(ChosenPicture)}}
 */
function chosenBar({ answer }) {
  const canvas = make("canvas", { class: "picture", role: "img" });
  const name = make("p", { class: "chosen-name" });
  const told = make("p", { class: "chosen-answer" });
  const buttons = make(
    "div",
    { class: "chosen-buttons" },
    buttonOf("‹", () => stepPicture(-1), { kind: "round", label: "The test picture before" }),
    buttonOf("›", () => stepPicture(1), { kind: "round", label: "The next test picture" }),
  );
  const nameText = ({ place, name: file }, truth) =>
    place === null ? `Your picture: ${file}` : `Test picture ${file}: ${truth}`;
  return {
    element: make("div", { class: "chosen-bar" }, canvas, make("div", {}, name, told), buttons),
    update(picture) {
      paintPicture(canvas, picture.pixels.data, picture.pixels.shape[0]);
      const truth = picture.label === null ? "" : RUN.classes[picture.label];
      canvas.setAttribute("aria-label", truth || picture.name);
      name.textContent = nameText(picture, truth);
      told.textContent = answer(picture);
    },
  };
}

async function stepPicture(by) {
  const pictures = await testPictures();
  const now = CHOSEN.picture?.place ?? (by > 0 ? -1 : 0);
  if (pictures.length) choosePicture(pictures[(now + by + pictures.length) % pictures.length]);
}

/** "two_conv in NumPy answers dog: 92.1% (logit 2.45)." */
function answerText(who, { logit, probability }) {
  const [answer, share] = probability > 0.5 ? [RUN.classes[1], probability] : [RUN.classes[0], 1 - probability];
  return `${who} answers ${answer}: ${percentText(share)} (logit ${numberText(logit)}).`;
}

/** The architectures, where there are several. @param {string[]} archs @param {function(string)} onChange */
function archChoice(archs, value, onChange) {
  const options = archs.map((arch) => ({ value: arch, label: arch }));
  const choice = choiceOf({ label: "Network", options, value, onChange });
  choice.element.hidden = archs.length < 2;
  return choice;
}

/**
 * @typedef {{probability: number, name: string, colour: string, quiet?: boolean}} AnswerMark
 *   probability: of the second class; quiet: a dot without its name
 *
 * Probabilities on a line from the one class to the other.
 * @param {string} label what a screen reader says before their numbers
 * @returns {{element: SVGElement, set: function(AnswerMark[])}}
 */
function answerTrack(label) {
  const svg = makeSvg("svg", { role: "img", class: "track" });
  const [first, second] = RUN.classes;
  const draw = (marks) => {
    const width = Math.round(svg.clientWidth) || 320;
    const loud = marks.filter(({ quiet }) => !quiet);
    const at = (probability) => 8 + probability * (width - 16);
    const top = 22 * loud.length + 8;
    svg.setAttribute("viewBox", `0 0 ${width} ${top + 34}`);
    svg.setAttribute("height", top + 34);
    const told = loud.map(({ name, probability }) => `${name} ${percentText(probability)} ${second}`);
    svg.setAttribute("aria-label", `${label}: ${told.join(", ")}`);
    svg.replaceChildren(
      makeSvg("path", { class: "track-line", d: `M8 ${top}H${width / 2}`, stroke: COLOUR.classes[0] }),
      makeSvg("path", { class: "track-line", d: `M${width / 2} ${top}H${width - 8}`, stroke: COLOUR.classes[1] }),
      makeSvg("path", { d: `M${width / 2} ${top - 7}v14`, stroke: COLOUR.muted, "stroke-width": 1.5 }),
      makeSvg("text", { x: 4, y: top + 26 }, `${first} for sure`),
      makeSvg("text", { x: width - 4, y: top + 26, "text-anchor": "end" }, `${second} for sure`),
      makeSvg("text", { x: width / 2, y: top + 26, "text-anchor": "middle" }, "undecided"),
      ...marks.map(({ probability, colour, quiet }) =>
        makeSvg("circle", { cx: at(probability), cy: top, r: quiet ? 3.5 : 7, fill: colour, class: "track-dot" }),
      ),
      ...loud.flatMap((mark, place) => trackName(mark, at(mark.probability), 22 * place + 14, top, width)),
    );
  };
  let shown = [];
  new ResizeObserver(() => draw(shown)).observe(svg);
  return { element: svg, set: (marks) => draw((shown = marks)) };
}

function trackName({ name, probability, colour }, x, y, top, width) {
  const left = x > width / 2;
  const text = `${name}: ${percentText(probability)} ${RUN.classes[1]}`;
  return [
    makeSvg("path", { d: `M${x} ${y - 9}V${top - 8}`, stroke: colour, "stroke-width": 1.5 }),
    makeSvg("text", { class: "track-name", x: left ? x - 6 : x + 6, y, "text-anchor": left ? "end" : "start" }, text),
  ];
}
