import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small are slower on two threads, and much slower where another process wants the core."""
    with threadpool_limits(1):
        yield
