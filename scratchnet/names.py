"""The convolutional networks by name: what both backends build."""

WIDTH = 16  # filters of the first convolution
FILTERS = {"one_conv": (1,), "two_conv": (1, 2)}  # of each convolution, in units of the first one's


def filters_of(arch: str, width: int) -> tuple[int, ...]:
    """How many filters each convolution has, when the first has `width`. ValueError where there is no such network."""
    if arch not in FILTERS:
        raise ValueError(f"arch is one of {', '.join(FILTERS)}, got {arch!r}")
    return tuple(width * times for times in FILTERS[arch])
