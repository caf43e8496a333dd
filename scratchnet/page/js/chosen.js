"use strict";
// The picture and the networks that all figures about pictures speak of: chosen in one figure, seen in all.

/**
 * @typedef {{pixels: IntArray, label: number | null, name: string, place: number | null,
 *   original: HTMLCanvasElement | null, width: number, height: number, reduced: number,
 *   x: function(string, string): NDArray, answers: Map<string, Object>}} ChosenPicture
 *   pixels (size, size, 3) uint8, as the networks see them; label: 0, 1, or null where nobody has said it;
 *   place: among the test pictures of the page, null for a reader's own; original: what a reader gave, small enough
 *   to be shown, and width × height, its own size in pixels; x(arch, backend) (1, 3, size, size), normalised;
 *   answers: what networks answered to it, by their names
 */

/** The picture that is chosen now; null where there is none, for a run without pictures has none to begin with. */
const CHOSEN = { /** @type {ChosenPicture | null} */ picture: null, listeners: [], weights: new Map(), networks: new Map(), begun: null };

/** Call `listener` with every picture that is chosen from now on. @param {function(ChosenPicture)} listener */
function onChosen(listener) {
  CHOSEN.listeners.push(listener);
}

/**
 * The picture that the address names, or else the first that the best network knows: figures await it before they draw.
 * @returns {Promise<ChosenPicture | null>}
 */
async function chosenPicture() {
  CHOSEN.begun ??= followAddress();
  await CHOSEN.begun;
  return CHOSEN.picture;
}

/**
 * Every figure goes on with this picture.
 * @param {TestPicture | {pixels: IntArray, name: string, original: HTMLCanvasElement, width: number, height: number,
 *   reduced: number}} picture one of testPictures(), or what a reader gave, as photograph() has read it
 */
function choosePicture(picture) {
  takePicture(picture);
  VIEW.set({ picture: CHOSEN.picture.place ?? "own" });
}

function takePicture(picture) {
  const { name, label = null, place = null, original = null, size = pictureSize(), reduced = 1 } = picture;
  const pixels = picture.pixels.shape ? picture.pixels : { shape: [size, size, 3], data: picture.pixels };
  const { width = size, height = size } = picture;
  const seen = new Map();
  const x = (arch, backend) => {
    const key = `${arch} ${backend}`;
    if (!seen.has(key)) seen.set(key, normalised(pixels, RUN.networks[arch][backend].about));
    return seen.get(key);
  };
  CHOSEN.picture = { pixels, label, name, place, original, width, height, reduced, x, answers: new Map() };
  tellChosen(CHOSEN.picture);
}

/** What the chosen network answers, and then all who listen, in turns; none of a picture that was replaced meanwhile. */
async function tellChosen(picture) {
  const turns = new Turns();
  if (CHOSEN.listeners.length > 0 && Object.keys(RUN.networks).length > 0) {
    answersOf(picture, ...chosenNetwork());
    await turns.next();
  }
  for (const listener of CHOSEN.listeners) {
    if (turns.over()) await turns.next();
    if (CHOSEN.picture !== picture) return;
    listener(picture);
  }
}

/** Links name a test picture by its place. A reader's own is in no link, so such a link shows the first one. */
async function followAddress() {
  await inflateNetworks();
  const pictures = await testPictures();
  if (pictures.length === 0) return;
  const [arch, backend] = bestNetwork(RUN);
  const isRight = (picture) => !arch || answerFor(picture, arch, backend) > 0.5 === (picture.label === 1);
  const first = pictures.find(isRight) ?? pictures[0];
  const follow = () => {
    const asked = VIEW.get("picture");
    if (asked === "own" && CHOSEN.picture?.place === null) return;
    const picture = (asked !== "" && pictures[asked]) || first;
    if (CHOSEN.picture?.place !== picture.place) takePicture(picture);
  };
  follow();
  VIEW.onChange("picture", follow);
}

/** How many pixels a side has of what the networks see. */
function pictureSize() {
  const [both] = Object.values(RUN.networks);
  return both ? Object.values(both)[0].about.size : RUN.pictures.size;
}

/** The architecture and the backend that a reader has chosen, or else the run's best. @returns {[string, string]} */
function chosenNetwork() {
  const [bestArch, bestBackend] = bestNetwork(RUN);
  const asked = VIEW.get("arch", bestArch);
  const arch = RUN.networks[asked] ? asked : bestArch;
  const backend = VIEW.get("backend", bestBackend);
  return [arch, RUN.networks[arch][backend] ? backend : Object.keys(RUN.networks[arch])[0]];
}

/** Call `listener` whenever another network is chosen. @param {function()} listener */
function onNetworkChosen(listener) {
  VIEW.onChange(["arch", "backend"], listener);
}

/** The weights of every network of the run, once: before that no picture is chosen. */
async function inflateNetworks() {
  for (const [arch, both] of Object.entries(RUN.networks)) {
    for (const [backend, { weights }] of Object.entries(both)) {
      const inflated = Object.entries(weights).map(async ([name, packed]) => [name, await inflateFloat32(packed)]);
      CHOSEN.weights.set(`${arch} ${backend}`, Object.fromEntries(await Promise.all(inflated)));
    }
  }
}

/**
 * A network of the run with its weights, made once. It remembers its last forward: work that is done in turns may find
 * another figure's numbers in it, and makes its own with networkWeights().
 * @returns {Network}
 */
function networkOf(arch, backend) {
  const key = `${arch} ${backend}`;
  if (!CHOSEN.networks.has(key)) {
    const { size, hidden } = RUN.networks[arch][backend].about;
    CHOSEN.networks.set(key, cnn(arch, size, hidden, networkWeights(arch, backend)));
  }
  return CHOSEN.networks.get(key);
}

/** @returns {Object<string, NDArray>} as cnn() takes them; copies */
function networkWeights(arch, backend) {
  const weights = Object.entries(CHOSEN.weights.get(`${arch} ${backend}`));
  return Object.fromEntries(weights.map(([name, array]) => [name, copyOf(array)]));
}

/**
 * What every layer answers to a picture, reckoned once.
 * @param {ChosenPicture} picture
 * @returns {{layers: Object<string, NDArray>, winners: Object<string, Int32Array>, ways: Object<string, NDArray[]>,
 *   logit: number, probability: number}}
 *   layers: x and then each layer's output, by name, in order; winners: of each pool, see MaxPool2d; ways: of each
 *   block, see Residual
 */
function answersOf(picture, arch, backend) {
  const key = `${arch} ${backend}`;
  if (!picture.answers.has(key)) {
    const network = networkOf(arch, backend);
    const x = picture.x(arch, backend);
    const layers = { x, ...network.activations(x) };
    const kept = (Layer, part) => [...network.layers].filter(([, layer]) => layer instanceof Layer)
      .map(([name, layer]) => [name, layer[part]]);
    const winners = Object.fromEntries(kept(MaxPool2d, "winners"));
    const ways = Object.fromEntries(kept(Residual, "ways"));
    const logit = Object.values(layers).pop().data[0];
    picture.answers.set(key, { layers, winners, ways, logit, probability: sigmoid(logit) });
  }
  return picture.answers.get(key);
}
