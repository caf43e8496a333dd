"""Checkpoints: the last two are kept, and one that is damaged is told, set aside, and does without."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from scratchnet.checkpoints import Checkpoints

ARRAYS = {"now/w": np.arange(3, dtype=np.float32), "now/t": np.array(7), "kept/none": np.zeros((0, 2))}


def written(folder, *epochs) -> Checkpoints:
    kept = Checkpoints(folder / "two_conv-0123.safetensors")
    for epoch in epochs:
        kept.write(ARRAYS | {"now/e": np.array([epoch])}, {"rows": [{"epoch": epoch, "loss": 1 / 3}]})
    return kept


def epoch_of(found) -> int | None:
    return None if found is None else int(found[0]["now/e"][0])


def newest(kept, take=lambda *_: None):
    return epoch_of(kept.newest(take))


def names(folder):
    return sorted(path.name.removeprefix("two_conv-0123.") for path in folder.iterdir())


def test_the_last_two_are_kept_until_the_training_is_over(tmp_path):
    kept = written(tmp_path, 1, 2, 3)
    arrays, about = kept.newest(lambda *_: None)
    assert about["rows"] == [{"epoch": 3, "loss": 1 / 3}]
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)
    assert names(tmp_path) == ["safetensors", "safetensors.previous"]
    kept.path.unlink()  # killed between the two renames
    assert newest(kept) == 2
    written(tmp_path, 3).clear()
    assert names(tmp_path) == []
    assert newest(kept) is None


DAMAGE = {
    "empty": lambda _: b"",
    "cut off": lambda content: content[: len(content) // 2],
    "all but a byte": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "text": lambda _: b"This is a text.",
    "zeros": lambda content: bytes(len(content)),
    "random": lambda content: np.random.default_rng(0).bytes(len(content)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_one_is_told_and_set_aside_and_the_one_before_it_taken(tmp_path, capsys, damage):
    kept = written(tmp_path, 1, 2)
    kept.path.write_bytes(DAMAGE[damage](kept.path.read_bytes()))
    assert newest(kept) == 1
    assert f"The checkpoint {kept.path} cannot be used: " in capsys.readouterr().err
    assert names(tmp_path) == ["safetensors.damaged", "safetensors.previous"]
    kept.previous.write_bytes(b"")
    assert newest(kept) is None
    assert names(tmp_path) == ["safetensors.damaged", "safetensors.previous.damaged"]


def test_every_byte_that_is_flipped_is_noticed(tmp_path, capsys):
    kept = written(tmp_path, 1)
    content = kept.path.read_bytes()
    for place in range(len(content)):
        kept.path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert newest(kept) is None, place
    assert capsys.readouterr().err.count("cannot be used") == len(content)
    kept.path.write_bytes(content)
    assert newest(kept) == 1


def test_one_of_another_training_is_set_aside(tmp_path, capsys):
    kept = written(tmp_path, 1)
    (tmp_path / "one_conv-4567.safetensors").write_bytes(kept.path.read_bytes())
    assert newest(Checkpoints(tmp_path / "one_conv-4567.safetensors")) is None
    assert f"it belongs to another training, {tmp_path.name}/two_conv-0123." in capsys.readouterr().err


def test_one_that_does_not_fit_the_network_is_set_aside(tmp_path, capsys):
    def take(arrays, _):
        if arrays["now/e"] == 2:
            raise ValueError("the network wants other parameters")

    assert newest(written(tmp_path, 1, 2), take) == 1
    assert "cannot be used: the network wants other parameters. It is set aside" in capsys.readouterr().err


def test_what_a_killed_process_left_behind_is_swept(tmp_path):
    kept = written(tmp_path, 1)
    (tmp_path / ".two_conv-0123.safetensors.abc.safetensors").write_bytes(b"half")
    (tmp_path / ".one_conv-4567.safetensors.abc.safetensors").write_bytes(b"another training's")
    assert newest(kept) == 1
    assert names(tmp_path) == [".one_conv-4567.safetensors.abc.safetensors", "safetensors"]


def test_a_checkpoint_is_on_the_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    kept, seen = written(tmp_path, 1), []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append("fsync") or fsync(handle))
    monkeypatch.setattr(Path, "replace", lambda *paths: seen.append("rename") or replace(*paths))
    kept.write(ARRAYS, {"rows": []})
    assert seen == ["fsync", "rename", "rename", "fsync"]  # the file, the one before, the file, the folder


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "{path} cannot be written: No space left on device; "),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "[Errno 13] Permission denied"),
        (MemoryError("Unable to allocate 8 GiB"), "Unable to allocate 8 GiB"),
    ],
)
def test_where_there_is_no_room_the_last_whole_one_stays_and_it_is_told_once(
    tmp_path, monkeypatch, capsys, error, words
):
    kept = written(tmp_path, 1, 2)

    def full(_):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        kept.write(ARRAYS, {"rows": []})
        kept.write(ARRAYS, {"rows": []})
    told = capsys.readouterr().err
    assert told.count(f"No checkpoint: {words.format(path=kept.path)}") == 1
    assert not kept.whole
    assert newest(kept) == 2
    assert names(tmp_path) == ["safetensors", "safetensors.previous"]
    written(tmp_path, 3)
    assert newest(kept) == 3
