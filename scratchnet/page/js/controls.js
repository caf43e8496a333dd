"use strict";
// What a reader turns: buttons, sliders, choices, and a slider that plays by itself.

/** @param {{kind?: "main"|"quiet", label?: string}} how label: what a screen reader says instead of the text */
function buttonOf(text, onClick, { kind = "quiet", label = null } = {}) {
  return make("button", { type: "button", class: `button ${kind}`, "aria-label": label, on: { click: onClick } }, text);
}

/**
 * @param {{label: string, min: number, max: number, step?: number, value: number,
 *   text?: function(number): string, onInput: function(number)}} how text: the value as people read it
 * @returns {{element: HTMLElement, value: number, set: function(number)}} set tells nobody
 */
function sliderOf({ label, min, max, step = 1, value, text = numberText, onInput }) {
  const id = freshId("slider");
  const input = make("input", { type: "range", id, min, max, step, value });
  const shown = make("output", { for: id });
  const show = () => {
    shown.textContent = text(input.valueAsNumber);
    input.setAttribute("aria-valuetext", shown.textContent);
    input.style.setProperty("--done", max > min ? (input.valueAsNumber - min) / (max - min) : 0);
  };
  input.addEventListener("input", () => {
    show();
    onInput(input.valueAsNumber);
  });
  show();
  return {
    element: make("div", { class: "slider" }, make("label", { for: id }, label), input, shown),
    get value() {
      return input.valueAsNumber;
    },
    set(to) {
      input.value = to;
      show();
    },
  };
}

/**
 * One of a few.
 * @param {{label: string, options: {value: string, label: string}[], value: string, onChange: function(string)}} how
 * @returns {{element: HTMLElement, value: string, set: function(string)}} set tells nobody
 */
function choiceOf({ label, options, value, onChange }) {
  const name = freshId("choice");
  const inputs = options.map((option) => {
    const input = make("input", { type: "radio", name, value: option.value, id: freshId(name) });
    input.checked = option.value === value;
    input.addEventListener("change", () => onChange(option.value));
    return input;
  });
  const labels = options.map((option, place) => make("label", { for: inputs[place].id }, option.label));
  const parts = inputs.flatMap((input, place) => [input, labels[place]]);
  return {
    element: make(
      "fieldset",
      { class: "choice" },
      make("legend", {}, label),
      make("div", { class: "segments" }, ...parts),
    ),
    get value() {
      return inputs.find((input) => input.checked).value;
    },
    set(to) {
      for (const input of inputs) input.checked = input.value === to;
    },
  };
}

/** Yes or no. @returns {{element: HTMLElement, value: boolean, set: function(boolean)}} set tells nobody */
function checkboxOf({ label, value, onChange }) {
  const input = make("input", { type: "checkbox", id: freshId("check") });
  input.checked = value;
  input.addEventListener("change", () => onChange(input.checked));
  return {
    element: make("div", { class: "check" }, input, make("label", { for: input.id }, label)),
    get value() {
      return input.checked;
    },
    set(to) {
      input.checked = to;
    },
  };
}

const FRAME_MILLISECONDS = 60;

/**
 * A slider over 0 … last with a button that plays it: through the epochs of a training, say.
 * @param {{label: string, last: number, value: number, text?: function(number): string, onInput: function(number)}} how
 * @returns {{element: HTMLElement, value: number, set: function(number), stop: function()}}
 */
function scrubberOf({ label, last, value, text = countText, onInput }) {
  let timer = null;
  const slider = sliderOf({ label, min: 0, max: last, value, text, onInput: (to) => (stop(), onInput(to)) });
  const button = buttonOf("▶", () => (timer ? stop() : play()), { kind: "round", label: `Play: ${label}` });
  const tell = () => {
    button.textContent = timer ? "❚❚" : "▶";
    button.setAttribute("aria-label", `${timer ? "Pause" : "Play"}: ${label}`);
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    tell();
  };
  const play = () => {
    if (slider.value === last) {
      slider.set(0);
      onInput(0);
    }
    const step = Math.max(1, Math.round(last / 150)); // the longest takes 9 s
    timer = setInterval(() => {
      const to = Math.min(last, slider.value + step);
      slider.set(to);
      onInput(to);
      if (to === last) stop();
    }, Math.max(FRAME_MILLISECONDS, 2400 / Math.max(last, 1)));
    tell();
  };
  return {
    element: make("div", { class: "scrubber" }, button, slider.element),
    get value() {
      return slider.value;
    },
    set: slider.set,
    stop,
  };
}
