"""What went wrong, told to the person who can put it right."""


class Problem(Exception):
    """A mistake in the input, not in the code.

    The message is one or more whole sentences: what was wrong, where, and what to do about it. The stages
    print it without a traceback and exit with status 1.
    """
