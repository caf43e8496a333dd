import os
import signal
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from threadpoolctl import threadpool_limits
from warm_python import WHERE, warm_python

LONG = ("test_pipeline.py", "page", "lab", "torch_nn")

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would ignore it, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small are slower on two threads, and much slower where another process wants the core."""
    with threadpool_limits(1):
        yield


def pytest_collection_modifyitems(items):
    """The longest file first, then the longer folders: with several workers the short ones fill what is left."""
    items.sort(key=lambda item: next((n for n, part in enumerate(LONG) if part in item.path.parts), len(LONG)))


def pytest_configure(config):
    """One quick Python for all tests and all their workers: see warm_python.py and stages_project.run."""
    if WHERE in os.environ or not hasattr(os, "pidfd_open"):
        return
    made = ExitStack()
    config.add_cleanup(made.close)
    os.environ[WHERE] = made.enter_context(TemporaryDirectory(prefix="python-"))
    made.callback(os.environ.pop, WHERE)
    made.enter_context(warm_python(Path(os.environ[WHERE])))
