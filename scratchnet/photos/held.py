"""Which kinds of pictures a folder holds that is not of the two kinds asked for, and what to type to learn those."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import takewhile
from pathlib import PurePosixPath

from scratchnet.kinds import SPLIT_FOLDERS, UNLABELLED_FOLDERS, key, mistake
from scratchnet.photos.parts import as_split, before_number, folders
from scratchnet.prepared import to_cell
from scratchnet.problems import Problem

TOLD = 5  # kinds that are named
PLAIN = re.compile("(?!(true|false|null|nan|inf)$)[a-z_][a-z0-9_ -]*", re.IGNORECASE)  # what -S takes for a text


class OtherKinds(Problem):
    """A folder has not the kinds of pictures that data.classes names.

    option: what makes its own two kinds those of a run, -S "data.classes=[apple,pear]"; "" where they cannot be.
    """

    def __init__(self, wrong: str, counts: Mapping[str, int], shapes: str):
        """counts: how many pictures it has of each kind, as `held` finds them. shapes: which folders are understood."""
        names = list(counts)
        wrong_names = mistake(names)
        self.option = f'-S "{setting(names)}"' if not wrong_names else ""
        listed = ", ".join(f"{to_cell(name)} ({count:,})" for name, count in list(counts.items())[:TOLD])
        more = ", …" if len(counts) > TOLD else ""
        if self.option:
            advice = (
                f"It holds two other kinds: {listed}. To learn these, set data.classes in params.yaml to "
                f"{setting(names).partition('=')[2]}."
            )
        elif len(counts) == 2:
            advice = (
                f"It holds two other kinds: {listed}. These names will not do, for data.classes {wrong_names}."
                f"\n{shapes}"
            )
        elif counts:
            advice = (
                f"It holds: {listed}{more}. Call two of them what data.classes names, or set data.classes, and move "
                f"the others elsewhere.\n{shapes}"
            )
        else:
            advice = shapes
        super().__init__(f"{wrong}\n{advice}")


def held(names: Iterable[PurePosixPath]) -> dict[str, int]:
    """How many pictures there are of each kind: by the first folder in which they differ, else by name.

    fruit/train/Apple/1.jpg and fruit/test/pear/1.jpg are of Apple and pear, and so are Apple.1.jpg and pear (1).jpg.
    A folder that names a split is none of a kind.
    """
    names = list(names)
    chains = [chain for name in names if (chain := _kinds_above(name))]
    levels = zip(*([key(part) for part in chain] for chain in chains), strict=False)
    depth = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))
    kinds = [chain[depth] for chain in chains if len(chain) > depth]
    kinds = kinds or [kind for name in names if (kind := before_number(name.stem) or before_number(name.name))]
    spelled = {key(kind): kind for kind, _ in reversed(Counter(kinds).most_common())}  # as it is most often
    counts = Counter(map(key, kinds))
    return {spelled[each]: counts[each] for each in sorted(counts)}


def _kinds_above(name: PurePosixPath) -> list[str]:
    return [part for part in folders(name) if as_split(part) not in SPLIT_FOLDERS.keys() | UNLABELLED_FOLDERS]


def setting(names: Iterable[str]) -> str:
    """data.classes=[apple,'7'], in the grammar of -S: in quotes what it would take for a number, or not at all."""
    written = [name if PLAIN.fullmatch(name) else f"'{name}'" for name in names]
    return f"data.classes=[{','.join(written)}]"
