"""Python that starts in no time: one process has imported the slow libraries, and forks for each program.

A program of the project's takes most of its time to import torch. `warm_python` makes a `python` that behaves as the
real one does for `-m MODULE`, `-c CODE` and `FILE`, with its own arguments, environment, folder and standard
streams; what it starts by `sys.executable` is as quick. Only what a library reads from the environment while it is
imported (a matplotlibrc, a number of threads) is the server's: a test of that takes the real Python.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

WHERE = "WARM_PYTHON"  # the variable that names the folder
LIBRARIES = "torch torch._dynamo torch.distributed pandas matplotlib.pyplot safetensors.numpy pydantic ruamel.yaml tqdm"
QUIETLY = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1") | {"MPLBACKEND": "agg"}
CLIENT = """#!{python} -IS
import array, json, os, signal, socket, sys
if sys.argv[1:2] == ["-u"]:
    del sys.argv[1]  # it only says how output is buffered
if sys.argv[1:2] and sys.argv[1].startswith("-") and sys.argv[1] not in ("-m", "-c"):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
asked = json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode()
server.sendmsg([len(asked).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
server.sendall(asked)
status = int(server.recv(16) or 1)
if status < 0:
    signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
os._exit(status)
"""


@contextmanager
def warm_python(folder: Path) -> Iterator[None]:
    """A quick `python` in the folder. Its server ends with the block, or with the process that has begun it."""
    address, program = folder / "socket", folder / "python"
    command = [sys.executable, __file__, str(address)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | QUIETLY) as server:
        server.stdout.readline()  # it listens
        program.write_text(CLIENT.format(python=sys.executable, address=str(address)), "utf-8")
        program.chmod(0o755)
        yield


def serve(address: str) -> None:
    """For each client a program, until whoever started the server has gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the keepers
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            for library in LIBRARIES.split():
                importlib.import_module(library)
            gc.freeze()  # a program that collects its garbage need not look through the libraries
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _keep(connection)
            connection.close()


def _keep(connection: socket.socket) -> NoReturn:
    """Start what the client asks for, and tell it how that ended. A client that goes away takes its program with it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, streams, *_ = socket.recv_fds(connection, 4, 3)
    asked = json.loads(connection.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))
    program = os.fork()
    if program == 0:
        connection.close()
        _leave(_status(partial(_become, streams, *asked)))
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(program)
    if connection in select.select([connection, ended], [], [])[0]:
        os.kill(program, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    with suppress(BrokenPipeError):
        connection.sendall(str(status).encode())
    os._exit(0)


def _become(streams: list[int], arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """What Python does with its arguments, in this process."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.executable, how, *sys.argv = arguments
    sys.path[0] = folder if how in ("-m", "-c") else str(Path(how).parent)
    sys.path[1:1] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    if how == "-m":
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    elif how == "-c":
        code, sys.argv[0] = sys.argv[0], "-c"
        exec(code, vars(sys.modules["__main__"]) | {"__name__": "__main__"})
    else:
        sys.argv.insert(0, how)
        runpy.run_path(how, run_name="__main__")


def _status(program: Callable[[], None]) -> int:
    """With what Python ends after this program, which has been told on the standard error where it failed."""
    try:
        program()
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        print(ended.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _leave(status: int) -> NoReturn:
    """As Python does, but without taking the libraries down piece by piece, which takes more than a second."""
    for thread in set(threading.enumerate()) - {threading.main_thread()}:
        if not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(ValueError):  # the program has closed it
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    serve(sys.argv[1])
    os._exit(0)
