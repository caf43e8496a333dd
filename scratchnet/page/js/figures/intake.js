"use strict";
// How a picture comes in: dropped anywhere on the page, pasted, chosen as a file, or taken by the camera. One sentence
// says what is wrong where it is no picture, and the page goes on with the one before.

const ORIGINAL_PIXELS = 480; // of the longer side of what is kept to be shown
const NOT_READ = "It could not be read. Is it a folder, or has it moved?";

let takenIn = 0; // the last one counts, whichever is decoded first

/**
 * Read a picture and choose it for all figures.
 * @param {Blob | HTMLVideoElement} source
 * @param {string} name
 * @param {function(string)} tell a sentence: what is wrong, or "" where nothing is
 */
async function takeIn(source, name, tell) {
  takenIn += 1;
  const mine = takenIn;
  try {
    const { pixels, width, height, reduced } = await photograph(source, pictureSize());
    await new Turns().next();
    if (mine !== takenIn) return;
    const shrink = Math.min(1, ORIGINAL_PIXELS / Math.max(width, height));
    const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * shrink)));
    const original = make("canvas", { width: wide, height: high, role: "img", "aria-label": `Your picture: ${name}` });
    choosePicture({ pixels, name, original, width, height, reduced });
    tell("");
    drawOriginal(original, source).catch(() => original.remove()); // its pixels are there all the same
  } catch (error) {
    if (mine !== takenIn) return;
    if (!(error instanceof NoPicture)) console.warn(error);
    tell(`${name}: ${error instanceof NoPicture ? error.message : NOT_READ}`);
  }
}

/** What the reader gave, smaller, upright and on white. It is decoded once more, beside the page's work. */
async function drawOriginal(canvas, source) {
  const picture = source instanceof Blob ? await createImageBitmap(source) : source;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "medium";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close?.();
}

/**
 * Listen for what is dropped or pasted, wherever on the page.
 * @param {HTMLElement} element shows that it waits while something is dragged over the page
 * @param {function(string)} tell
 */
function listenForPictures(element, tell) {
  const takeFrom = (transfer, absent) => {
    const [file] = transfer.files;
    if (file) takeIn(file, file.name || "The picture", tell);
    else if (absent) tell(absent);
  };
  const waiting = (yes) => element.classList.toggle("waiting", yes);
  document.addEventListener("dragover", (event) => {
    event.preventDefault(); // or the browser would leave the page for the file
    waiting(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && waiting(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    waiting(false);
    takeFrom(event.dataTransfer, "That was no file: save the picture first, then drop it here.");
  });
  document.addEventListener("paste", (event) => {
    if (event.target.closest?.("input, textarea")) return;
    takeFrom(event.clipboardData, "There is no picture in the clipboard.");
  });
}

/** A button that asks for a file. */
function fileButton(tell) {
  const unseen = { class: "unseen", tabindex: -1, "aria-label": "A picture" }; // the button stands for it
  const input = make("input", { type: "file", accept: "image/*", ...unseen });
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (file) takeIn(file, file.name, tell);
    input.value = ""; // so that the same file can be chosen again
  });
  return make("span", {}, input, buttonOf("Choose a file", () => input.click(), { kind: "main" }));
}

/**
 * A button that opens the camera, and the camera's picture once it is open.
 * @returns {{button: HTMLElement, view: HTMLElement}}
 */
function cameraParts(tell) {
  const view = make("div", { class: "camera", hidden: true });
  if (!navigator.mediaDevices?.getUserMedia) {
    return { button: make("span", { class: "under" }, "This browser lends its camera to no file."), view };
  }
  const open = async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      showCamera(view, stream, button, tell);
      tell("");
    } catch (error) {
      tell(cameraSentence(error));
    }
  };
  const button = buttonOf("Use the camera", open);
  return { button, view };
}

function showCamera(view, stream, button, tell) {
  const video = make("video", { playsinline: true, "aria-label": "What the camera sees" });
  Object.assign(video, { srcObject: stream, muted: true });
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    view.replaceChildren();
    view.hidden = true;
    button.disabled = false;
    button.focus();
  };
  const take = async () => {
    await takeIn(video, "Your photograph", tell);
    close(); // the original is drawn by now: a video needs no decoding
  };
  const buttons = [buttonOf("Take the picture", take, { kind: "main" }), buttonOf("Close the camera", close)];
  view.replaceChildren(video, make("div", { class: "controls" }, ...buttons));
  view.hidden = false;
  button.disabled = true;
  buttons[0].focus();
  video.play();
}

function cameraSentence({ name }) {
  if (name === "NotAllowedError") return "The camera may not be used: your browser or you have said no.";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "There is no camera here.";
  return "The camera does not answer: another program may use it.";
}
