"use strict";
// The test pictures about which a network is most wrong: a click sends one through it.

const SHOWN_MISTAKES = 24;

/**
 * Pictures of one kind, or all mistakes, of which the network thought the truth least likely first.
 * @param {TestPicture[]} pictures
 * @param {Kind|null} kind null: all mistakes
 * @param {function(TestPicture): number} probability of the second class, as the network sees a picture
 */
function leastLikely(pictures, kind, probability) {
  const isWanted = (picture) => {
    const answer = answeredClass(probability(picture));
    return kind ? picture.label === kind.truth && answer === kind.answer : answer !== picture.label;
  };
  const ofTruth = (picture) => (picture.label === 1 ? probability(picture) : 1 - probability(picture));
  return pictures.filter(isWanted).sort((a, b) => ofTruth(a) - ofTruth(b));
}

/**
 * @param {{pictures: TestPicture[], kind: Kind|null, counts: number[][], classes: string[],
 *   probability: function(TestPicture): number, onPick: function(TestPicture)}} parts counts: see confusionOf
 */
function mostWrong({ pictures, kind, counts, classes, probability, onPick }) {
  const all = kind ? counts[kind.truth][kind.answer] : counts[0][1] + counts[1][0];
  const found = leastLikely(pictures, kind, probability).slice(0, SHOWN_MISTAKES);
  const tiles = found.map((picture) => mistakeTile(picture, classes, probability(picture), onPick));
  const title = kind ? `${kindText(kind, classes)}: ${countText(all)}` : "What it is most wrong about";
  return [
    make("h4", {}, title),
    make("p", { class: "under" }, shownText(found.length, all, kind)),
    make("div", { class: "mistakes" }, ...tiles),
  ];
}

function shownText(shown, all, kind) {
  const areRight = kind && kind.truth === kind.answer;
  const what = `${kind ? "these" : "its"} ${countText(all)} ${areRight ? "pictures" : "mistakes"}`;
  if (all === 0) return kind ? "There is none in the test split." : "It makes no mistake on the test split.";
  if (shown === 0) return `None of ${what} came along with this page.`;
  return `${countText(shown)} of ${what}, the ${areRight ? "least sure" : "worst"} first: what it takes each for,
    and how sure it is. Choose one to send it through the network.`;
}

function mistakeTile(picture, classes, probability, onPick) {
  const answer = answeredClass(probability);
  const said = `${classes[answer]} ${percentText(Math.max(probability, 1 - probability), 1)}`;
  const label = `${classes[picture.label]}, taken for ${said}: send it through the network`;
  const tile = pictureTile(picture, { text: said, label, onPick });
  tile.title = picture.name;
  return tile;
}
