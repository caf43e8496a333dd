"""Code that may never end, given some seconds."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypeVar

from scratchnet.problems import Problem
from scratchnet.yours import FOLDER

Result = TypeVar("Result")


def limited(seconds: float, call: Callable[[], Result]) -> Result:
    """What `call` gives or raises. Problem, with the line that runs, where it has not come back after so long.

    It runs in a thread, which no system can end: the process has to end soon after.
    """
    ended: list[tuple[Result | None, BaseException | None]] = []

    def run() -> None:
        try:
            ended.append((call(), None))
        except BaseException as error:
            ended.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not ended:
        where = _line_in_my_folder(sys._current_frames().get(thread.ident)) or "The check"
        raise Problem(f"{where} still runs after {seconds:g} seconds. Is there a loop that never ends?")
    result, error = ended[0]
    if error is not None:
        raise error
    return result


def _line_in_my_folder(frame: FrameType | None) -> str | None:
    while frame is not None:
        if Path(frame.f_code.co_filename).parent == FOLDER:
            return f"{frame.f_code.co_filename}, line {frame.f_lineno}, in {frame.f_code.co_name}"
        frame = frame.f_back
    return None
