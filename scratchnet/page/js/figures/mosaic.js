"use strict";
// Above everything: pictures of this run's test split, and what the best network of the run takes each for.

const MOSAIC_PICTURES = 18;

figure("mosaic", {
  title: "Pictures of this run's test split",
  absent: (run) => (run.pictures ? "" : "There are no prepared pictures in this run."),
  async draw(element, run) {
    const [arch, backend] = bestNetwork(run);
    const pictures = await testPictures();
    const shown = arch ? inProportion(pictures, run, arch, backend) : pictures.slice(0, MOSAIC_PICTURES);
    element.append(...shown.map((picture) => mosaicTile(picture, run, arch, backend)));
  },
});

/** As many mistakes among them as the network makes on the whole test split, but one at least if it makes any. */
function inProportion(pictures, run, arch, backend) {
  const mistaken = 1 - run.networks[arch][backend].results.test_accuracy;
  const isWrong = (picture) => answerFor(picture, arch, backend) > 0.5 !== (picture.label === 1);
  const wrong = pictures.filter(isWrong).slice(0, Math.max(1, Math.round(MOSAIC_PICTURES * mistaken)));
  const right = pictures.filter((picture) => !isWrong(picture)).slice(0, MOSAIC_PICTURES - wrong.length);
  return [...wrong, ...right].sort((a, b) => a.testIndex - b.testIndex);
}

/** The network that is right most often on the test split, [arch, backend]; nothing where none was trained. */
function bestNetwork(run) {
  const pairs = ([arch, both]) => Object.keys(both).map((backend) => [arch, backend]);
  const all = Object.entries(run.networks).flatMap(pairs);
  const accuracy = ([arch, backend]) => run.networks[arch][backend].results.test_accuracy;
  return all.reduce((best, one) => (best.length && accuracy(best) >= accuracy(one) ? best : one), []);
}

function mosaicTile(picture, run, arch, backend) {
  const truth = run.classes[picture.label];
  if (!arch) return pictureTile(picture, { label: truth });
  const probability = answerFor(picture, arch, backend);
  const answer = run.classes[probability > 0.5 ? 1 : 0];
  const wrong = answer !== truth;
  return pictureTile(picture, {
    text: `${answer} ${percentText(Math.max(probability, 1 - probability), 0)}`,
    label: `${truth}, taken for ${answer}`,
    wrong,
  });
}
