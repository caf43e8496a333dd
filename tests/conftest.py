import signal

import pytest
from threadpoolctl import threadpool_limits

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would ignore it, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small are slower on two threads, and much slower where another process wants the core."""
    with threadpool_limits(1):
        yield


def pytest_collection_modifyitems(items):
    """The longest file first, which has whole pipelines to run: with several workers the others go on beside it."""
    items.sort(key=lambda item: item.path.name != "test_pipeline.py")
