"""A process that has imported what every notebook imports, and forks a kernel for each of them.

Run as a module, it reads a line for each kernel: the room's process, the connection, the variables.
It never runs what a submission holds; only its children do, each in a room of its own.
"""

import gc
import importlib
import json
import os
import signal
import sys
from pathlib import Path

import ipykernel.ipkernel  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import scipy.ndimage  # noqa: F401
import skimage.color  # noqa: F401
from ipykernel.kernelapp import IPKernelApp

from helpers import course, figures, networks, training  # noqa: F401
from instructor import exercises, inside, isolation, kernels  # noqa: F401


def main() -> None:
    """Fork a kernel for every line of the standard input."""
    for name in exercises.names():
        importlib.import_module(f"helpers.checks.{name[:4]}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a child has ended
    gc.freeze()  # what is here stays shared
    print("ready", flush=True)
    while line := sys.stdin.buffer.readline():
        if os.fork() == 0:
            _kernel(**json.loads(line))


def _kernel(room: int, connection: dict, environment: dict[str, str]) -> None:
    """Be a kernel in a room until it ends, and end the room with it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    try:
        isolation.enter(room)
        child = os.fork()  # the first of this family that is inside
        if child:
            os.waitpid(child, 0)
            os.kill(room, signal.SIGKILL)
        else:
            os.setsid()
            isolation.renounce()
            os.environ.clear()
            os.environ.update(environment)
            file = Path("/tmp/connection.json")
            file.write_text(json.dumps(connection))
            IPKernelApp.launch_instance(argv=["-f", str(file), *kernels.OPTIONS])
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
