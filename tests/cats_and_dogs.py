"""A folder of cats and dogs, as most tests have one: tests/photos/test_held.py has other kinds."""

from functools import partial

from scratchnet.names import CLASSES
from scratchnet.photos import sources

folder = partial(sources.folder, classes=CLASSES)
