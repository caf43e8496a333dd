"use strict";
// The pictures of the test split that came along with the page.

/**
 * @typedef {{place: number, pixels: Uint8Array, size: number, label: number, name: string,
 *   testIndex: number}} TestPicture
 *   place: among those on the page; pixels (size, size, 3); testIndex: in the test split, where predictions are found
 */

let unpacked = null;

/** All of them, unpacked once. @returns {Promise<TestPicture[]>} */
function testPictures() {
  unpacked ??= unpackPictures();
  return unpacked;
}

async function unpackPictures() {
  if (!RUN.pictures) return [];
  const { size, names, labels, test_index, deflated } = RUN.pictures;
  const bytes = await inflate(deflated);
  const length = size * size * 3;
  return names.map((name, place) => ({
    place,
    pixels: bytes.subarray(place * length, (place + 1) * length),
    size,
    label: labels[place],
    name,
    testIndex: test_index[place],
  }));
}

/** What the last number of a network is: "p(dog)", the probability of the second class. */
function probabilityName() {
  return `p(${RUN.classes[1]})`;
}

/** What a network answered in training's last test: how likely this picture is of the second class. @param {TestPicture} picture */
function answerFor(picture, arch, backend) {
  return RUN.networks[arch][backend].predictions.probability[picture.testIndex];
}

/**
 * A picture with a line of text under it; a button where `onPick` says what it does.
 * @param {TestPicture} picture
 * @param {{text?: string, label?: string, wrong?: boolean, onPick?: function(TestPicture)}} how
 *   label: what a screen reader says
 */
function pictureTile(picture, { text = "", label = picture.name, wrong = false, onPick = null } = {}) {
  const canvas = make("canvas", { class: "picture", role: "img", "aria-label": label });
  paintPicture(canvas, picture.pixels, picture.size);
  const inside = [canvas, text && make("span", {}, text)];
  const classes = `tile${wrong ? " wrong" : ""}`;
  if (!onPick) return make("div", { class: classes }, ...inside);
  return make("button", { type: "button", class: classes, on: { click: () => onPick(picture) } }, ...inside);
}
