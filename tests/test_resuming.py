"""A training that was killed in any of its steps, or asked to stop, goes on to the same end, to the bit."""

import os
import signal

import numpy as np
import pytest
import torch
from source_imports import ROOT

from scratchnet import stopping
from scratchnet.journal import Alone, Journal
from scratchnet.numpy_fast.chosen import make_learner
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.networks import cnn
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import Stopped
from scratchnet.records import read_arrays
from scratchnet.torch_nn.graphs import DeviceEpoch
from scratchnet.torch_nn.inputs import serve
from scratchnet.torch_nn.learner import make_learner as make_torch_learner
from scratchnet.torch_nn.model import CatDogCNN
from scratchnet.training import Plan, train

SETTINGS = load(ROOT / "params.yaml")
PARAMS = SETTINGS.train_numpy_cnn.model_copy(update={"hidden": 4, "batch_size": 8})
COUNT, STEPS = 21, 3  # samples of an epoch, and its steps
PLAN = Plan(2, 0.003, seed=2, schedule="cosine", augment="flip_shift", max_shift=2, keep="last")


@pytest.fixture(scope="module")
def splits():
    rng = np.random.default_rng(8)
    made = {}
    for name, count in (("train", COUNT), ("val", 8)):
        images = rng.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
        labels = (np.arange(count) % 2).astype(np.uint8)
        made[name] = PreparedSplit(images, labels, [""] * count, np.full(3, 0.5), np.full(3, 0.3))
    return made


def initial(dtype="float32"):
    return cnn("two_conv", 8, 4, np.random.default_rng(0), dtype)


def numpy_learner(splits, _, **changes):
    return make_learner(initial(), splits, PARAMS.model_copy(update=changes), Team(2))


def torch_learner(splits, root, optimizer="adam", **changes):
    model, where = CatDogCNN("two_conv", 8, 4), SETTINGS.train_cuda_cnn.model_copy(update=changes)
    model.from_numpy(initial().arrays)
    served = serve(splits, where, torch.device("cpu"), root)
    return make_torch_learner(
        model, served, PARAMS.model_copy(update={"optimizer": optimizer}), where, torch.device("cpu")
    )


def on_device_learner(splits, root):
    """Its epochs are of the kind that CUDA graphs are made of, which run on the CPU, too."""
    learner = torch_learner(splits, root)
    learner._epoch = DeviceEpoch(learner.step, learner.splits["train"], learner.batch_size)
    return learner


LEARNERS = {
    "fast": lambda *how: numpy_learner(*how, implementation="fast"),
    "clear": lambda *how: numpy_learner(*how, implementation="clear", optimizer="sgd"),
    "torch": lambda *how: torch_learner(*how, input="resident"),
    "mapped": lambda *how: torch_learner(*how, input="mapped", optimizer="sgd", memory_format="channels_last"),
    "image_folder": lambda *how: torch_learner(*how, input="image_folder"),
    "on_device": on_device_learner,
}


@pytest.fixture(params=LEARNERS)
def make(request, splits, tmp_path):
    """Makes the same learner again and again."""
    roots = (tmp_path / f"pictures{n}" for n in range(100))
    return lambda: LEARNERS[request.param](splits, next(roots))


def cut_short(learner, after, by):
    """The learner calls `by` after so many steps (the warm-up comes before them)."""
    take, taken = learner.train_steps, -STEPS

    def train_steps(order, rates):
        nonlocal taken
        losses = take(order, rates)
        taken += len(rates)
        if taken - len(rates) < after <= taken:
            by()
        return losses

    learner.train_steps = train_steps
    return learner


def assert_same(one, other, first, second):
    """The learners' states, and what is known of their trainings."""
    states = one.state(), other.state()
    assert states[0].keys() == states[1].keys()
    for name, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][name], err_msg=name, strict=True)
    tables = [history.table().drop(columns="seconds") for history in (first, second)]
    assert tables[0].equals(tables[1])
    np.testing.assert_array_equal(first.filmed()["conv1.W"], second.filmed()["conv1.W"])


def kill():
    raise RuntimeError("killed")


def send(number):
    return lambda: os.kill(os.getpid(), number)


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_run_killed_in_any_step_ends_the_same(tmp_path, make, after):
    whole, resumed, path = make(), make(), tmp_path / "run.safetensors"
    undisturbed = train(whole, COUNT, PLAN, Journal(watched="conv"))
    how = {"checkpoint": path, "every_seconds": 1e-9, "watched": "conv"}
    with pytest.raises(RuntimeError, match="killed"):
        train(cut_short(make(), after, by=kill), COUNT, PLAN, Journal(**how))
    if after > 1:  # the state of the step before: that of the step itself was not saved
        assert len(read_arrays(path)[1]["begun"]["losses"]) == (after - 1) % STEPS
    history = train(resumed, COUNT, PLAN, Journal(**how))
    assert_same(whole, resumed, undisturbed, history)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize(
    ("after", "where"), [(2, "in epoch 1, after 2 of its steps"), (2 * STEPS, "in epoch 2, after 3 of its steps")]
)
def test_a_signal_waits_for_the_step_and_its_state_is_saved(splits, tmp_path, number, status, after, where, capsys):
    make, path = lambda: numpy_learner(splits, tmp_path), tmp_path / "run.safetensors"
    handlers = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    whole, resumed = make(), make()
    undisturbed = train(whole, COUNT, PLAN, Journal(watched="conv"))
    how = {"checkpoint": path, "watched": "conv", "every_seconds": 1e-9}
    with pytest.raises(Stopped) as stopped:
        train(cut_short(make(), after, by=send(number)), COUNT, PLAN, Journal(**how))
    told = f"Stopped {where}. The state is saved in {path}. The same command goes on from there."
    assert (str(stopped.value), stopped.value.status) == (told, status)
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == handlers
    history = train(resumed, COUNT, PLAN, Journal(**how))
    assert f"Going on from the checkpoint {where}." in capsys.readouterr().err
    assert_same(whole, resumed, undisturbed, history)


def test_a_signal_during_the_evaluation_stops_after_the_epoch(splits, tmp_path):
    learner = numpy_learner(splits, tmp_path)
    evaluate = learner.evaluate
    learner.evaluate = lambda split: send(signal.SIGTERM)() or evaluate(split)
    with pytest.raises(Stopped, match=r"^Stopped after epoch 1\. The state is saved in"):
        train(learner, COUNT, PLAN, Journal(checkpoint=tmp_path / "run.safetensors"))


def test_a_second_signal_long_after_the_first_is_answered_at_once(splits, tmp_path, monkeypatch):
    def twice():
        send(signal.SIGINT)()
        send(signal.SIGINT)()  # at once, as torchrun passes on what a terminal has sent: the same wish
        monkeypatch.setattr(stopping, "PATIENCE", -1.0)
        send(signal.SIGINT)()
        pytest.fail("the third had to be answered")

    with pytest.raises(KeyboardInterrupt):
        train(
            cut_short(numpy_learner(splits, tmp_path), 2, by=twice),
            COUNT,
            PLAN,
            Journal(checkpoint=tmp_path / "run.safetensors"),
        )


def test_without_a_checkpoint_a_signal_is_answered_at_once(splits, tmp_path):
    learner = cut_short(numpy_learner(splits, tmp_path), STEPS, by=send(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        train(learner, COUNT, PLAN)


class Second(Alone):
    """The second of two processes: it does not lead, and the first has heard a signal."""

    leads = False

    def the_leaders(self, _):
        return None

    def everyones(self, value):
        return [signal.SIGTERM if isinstance(value, int) else (signal.SIGTERM, False, 1), value]


def test_all_processes_stop_where_one_has_heard_a_signal(splits, tmp_path):
    journal = Journal(checkpoint=tmp_path / "run.safetensors", ranks=Second())
    with pytest.raises(Stopped, match=r"^$"):
        train(numpy_learner(splits, tmp_path), COUNT, PLAN, journal)
    assert not journal.checkpoint.exists()


def test_a_checkpoint_of_another_network_is_set_aside_and_the_training_begins_anew(splits, tmp_path, capsys):
    path = tmp_path / "run.safetensors"
    small = make_learner(cnn("one_conv", 8, 4, np.random.default_rng(0)), splits, PARAMS, Team(1))
    train(small, COUNT, PLAN, Journal(checkpoint=path, watched="conv"))
    whole, learner = (numpy_learner(splits, tmp_path) for _ in range(2))
    undisturbed = train(whole, COUNT, PLAN, Journal(watched="conv"))
    history = train(learner, COUNT, PLAN, Journal(checkpoint=path, watched="conv"))
    assert capsys.readouterr().err.count("cannot be used: the network wants the parameters") == 2
    assert_same(whole, learner, undisturbed, history)
