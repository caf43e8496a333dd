"use strict";
// A picture through the network: choose it, see every layer's answer, pick any number, and follow how it was made.

figure("network", {
  title: "One picture through the network",
  absent: (run) => (Object.keys(run.networks).length ? "" : "No network for pictures was trained in this run."),
  async draw(element, run, view) {
    await chosenPicture();
    const intake = intakeView(element, run);
    const journey = new Journey(run, view);
    element.append(intake.element, journey.element);
    const show = () => {
      journey.show();
      intake.show();
    };
    onChosen(show);
    onNetworkChosen(show);
    onTheme(() => journey.build());
    show();
  },
});

/** All layers on one picture: the strip, the layers' maps, and the number that was picked. */
class Journey {
  constructor(run, view) {
    this.run = run;
    this.view = view;
    this.channel = null; // which channel of a convolution is shown in full; null: the one that says most
    this.element = make("div", { class: "journey" });
    this.unit = make("div", {});
    this.looked = lookedAt();
    view.onChange(["network.layer", "network.unit", "network.all"], () => this.look());
  }

  /** The chosen network on the chosen picture. */
  show() {
    if (!CHOSEN.picture) return;
    const network = chosenNetwork().join(" ");
    if (this.network !== network) this.build();
    else this.paint();
  }

  /** Every part anew: another network, or other colours. */
  build() {
    if (!CHOSEN.picture) return;
    const [arch, backend] = chosenNetwork();
    this.network = `${arch} ${backend}`;
    this.steps = networkSteps(networkOf(arch, backend), answersOf(CHOSEN.picture, arch, backend).layers);
    this.about = this.run.networks[arch][backend].about;
    const viewOf = (step) => layerView(step, { onPick: (k) => this.pick(step, k) });
    this.layers = new Map(this.steps.map((step) => [step.name, viewOf(step)]));
    const onChange = (yes) => this.view.set({ "network.all": yes ? 1 : null });
    this.all = checkboxOf({ label: "All layers, one below the other", value: this.isAll, onChange });
    const how = { chosen: this.step.name, onChoose: (name) => this.follow(name) };
    this.strip = layerStrip(this.steps, how, this.all.element);
    this.element.replaceChildren(this.strip.element, ...[...this.layers.values()].map((one) => one.element));
    this.element.append(this.looked.element);
    this.paint();
  }

  /** Another picture. Only the layers that are seen are painted; the strip has all their maps. */
  paint() {
    const [arch, backend] = chosenNetwork();
    this.answers = answersOf(CHOSEN.picture, arch, backend);
    this.painted = new Set();
    this.strip.paint(this.answers);
    this.looked.paint(CHOSEN.picture, networkOf(arch, backend), this.answers);
    this.look();
  }

  /** What the address asks for: which layer, or all of them, and which number. */
  look() {
    if (!this.layers) return;
    const { step, k } = this;
    this.strip.set(step.name);
    this.all.set(this.isAll);
    for (const { name } of this.steps) {
      const layer = this.layers.get(name);
      layer.element.hidden = !this.isAll && name !== step.name;
      if (!layer.element.hidden && !this.painted.has(name)) {
        layer.paint(this.answers);
        this.painted.add(name);
      }
    }
    const path = this.isAll ? pathThrough(step, k, this.answers) : new Map([[step, k]]);
    for (const [on, number] of path) this.layers.get(on.name).pick(number);
    this.layers.get(step.name).element.append(this.unit);
    this.showUnit();
  }

  showUnit() {
    const onChannel = (channel) => {
      this.channel = channel;
      this.showUnit();
      this.unit.querySelector(`[data-channel="${channel}"]`)?.focus();
    };
    const onPick = (step, k) => this.pick(step, k);
    const { answers, about, channel } = this;
    const how = { answers, about, channel, onChannel, picture: CHOSEN.picture, onPick };
    this.unit.replaceChildren(unitView(this.step, this.k, how));
  }

  pick(step, k) {
    this.channel = null;
    this.view.set({ "network.layer": step.name, "network.unit": unitText(step, k) });
    say(`${unitName(step, k)} is ${numberText(stepNumbers(step, this.answers)[k], 4)}`);
  }

  /** To another layer, and there to the number that belongs to the one that was picked. */
  follow(name) {
    const to = this.steps.find((step) => step.name === name);
    this.pick(to, pathThrough(this.step, this.k, this.answers).get(to) ?? 0);
  }

  get isAll() {
    return this.view.get("network.all", 0) === 1;
  }

  get step() {
    const asked = this.view.get("network.layer", "conv1");
    return this.steps.find((step) => step.name === asked) ?? this.steps[1];
  }

  get k() {
    return unitFromText(this.step, this.view.get("network.unit")) ?? this.firstOf(this.step);
  }

  /** Where nothing was picked: the number that is furthest from 0. */
  firstOf(step) {
    return furthestFromZero(stepNumbers(step, this.answers), 1)[0] ?? 0;
  }
}
