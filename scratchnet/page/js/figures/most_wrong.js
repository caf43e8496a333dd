"use strict";
// The test pictures about which a network is most wrong: a click sends one through it.

const SHOWN_MISTAKES = 24;

/**
 * Pictures of one kind, or all mistakes, of which the network thought the truth least likely first.
 * @param {TestPicture[]} pictures
 * @param {Kind|null} kind null: all mistakes
 * @param {function(TestPicture): number} dog how likely the network takes a picture for a dog
 */
function leastLikely(pictures, kind, dog) {
  const isWanted = (picture) => {
    const answer = answeredClass(dog(picture));
    return kind ? picture.label === kind.truth && answer === kind.answer : answer !== picture.label;
  };
  const ofTruth = (picture) => (picture.label === 1 ? dog(picture) : 1 - dog(picture));
  return pictures.filter(isWanted).sort((a, b) => ofTruth(a) - ofTruth(b));
}

/**
 * @param {{pictures: TestPicture[], kind: Kind|null, counts: number[][], classes: string[],
 *   dog: function(TestPicture): number, onPick: function(TestPicture)}} parts counts: see confusionOf
 */
function mostWrong({ pictures, kind, counts, classes, dog, onPick }) {
  const all = kind ? counts[kind.truth][kind.answer] : counts[0][1] + counts[1][0];
  const found = leastLikely(pictures, kind, dog).slice(0, SHOWN_MISTAKES);
  const tiles = found.map((picture) => mistakeTile(picture, classes, dog(picture), onPick));
  const title = kind ? `${countText(all)} ${kindText(kind, classes)}` : "What it is most wrong about";
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

function mistakeTile(picture, classes, dog, onPick) {
  const answer = answeredClass(dog);
  const said = `${classes[answer]} ${percentText(Math.max(dog, 1 - dog), 1)}`;
  const label = `a ${classes[picture.label]}, taken for a ${said}: send it through the network`;
  const tile = pictureTile(picture, { text: said, label, onPick });
  tile.title = picture.name;
  return tile;
}
