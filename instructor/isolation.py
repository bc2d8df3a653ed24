"""Rooms for submissions: Linux namespaces, furnished by bubblewrap, that a forked process enters.

In a room there is a read-only Python and course, an empty home, no network and no other process.
It holds nothing of the instructor's: no course folder, no gradebook, no environment, no secrets.
"""

import contextlib
import ctypes
import functools
import json
import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from instructor import exercises

HOME = "/home/learner"
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/sys/devices/system/cpu"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime"),
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
_NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts")  # user first: it gives the right to enter
_SCRATCH = 2**30  # bytes that a submission may write, in memory
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_CAPABILITIES = bytes([0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0]), bytes(24)  # version 3; none


@functools.cache
def why_not() -> str:
    """Say in a few words why no room can be made on this machine, or nothing if it can."""
    if sys.platform != "linux":
        return "this is not Linux"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (Debian, Ubuntu: sudo apt install bubblewrap)"
    try:
        with room() as (_, pid):
            child = os.fork()
            if child == 0:
                with contextlib.suppress(OSError):
                    enter(pid)
                    os._exit(0)
                os._exit(1)
            if os.waitpid(child, 0)[1] == 0:
                return ""
    except OSError:
        pass
    return "bubblewrap is older than 0.8 here, or nobody may make namespaces (in a container, say)"


@contextlib.contextmanager
def room() -> Iterator[tuple[subprocess.Popen, int]]:
    """Make a room; yield the process that keeps it and, by its id, the first one in it.

    When either ends, all in the room ends.

    Raises:
        OSError: the system does not allow it.
    """
    reading, writing = os.pipe()
    keeper = subprocess.Popen(
        [*_bubblewrap(), "--info-fd", str(writing), "--", "cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[writing],
        env={},  # a submission can read it
    )
    os.close(writing)
    try:
        keeper.stdin.write(b"?")
        keeper.stdin.flush()
        if keeper.stdout.read(1) != b"?":  # what comes back says that all is furnished
            raise OSError("bubblewrap cannot make namespaces")
        yield keeper, json.loads(os.read(reading, 4096))["child-pid"]
    finally:
        os.close(reading)
        keeper.kill()
        with contextlib.suppress(BrokenPipeError):
            keeper.communicate()


def _bubblewrap() -> list[str]:
    course = exercises.ROOT
    python = {sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix)}
    python |= {*site.getsitepackages(), site.getusersitepackages()}
    visible = [*_SYSTEM, *sorted(python), course / "helpers", course / "data"]
    command = [shutil.which("bwrap"), "--die-with-parent", "--as-pid-1", "--unshare-user"]
    command += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    command += ["--hostname", "classroom", "--proc", "/proc"]
    for place in ("/tmp", "/dev/shm", HOME):
        command += ["--size", str(_SCRATCH), "--tmpfs", place]
    for path in filter(os.path.exists, map(str, visible)):
        command += ["--ro-bind", path, path]
    command += ["--size", str(_SCRATCH), "--tmpfs", str(course / "notebooks" / "exercises")]
    for name in _DEVICES:
        command += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    return command


def enter(pid: int) -> None:
    """Let this process's next child be in a room; the process may have no other thread.

    Raises:
        OSError: it cannot.
    """
    library = ctypes.CDLL(None, use_errno=True)
    doors = [os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in _NAMESPACES]
    for door in doors:
        _demand(library.setns(door, 0))
        os.close(door)
    os.chdir(exercises.ROOT / "notebooks" / "exercises")


def renounce() -> None:
    """Give up, for good, all rights that a process has over the room it is in."""
    library = ctypes.CDLL(None, use_errno=True)
    _demand(library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    for number in range(int(Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1):
        _demand(library.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0))
    _demand(library.capset(*_CAPABILITIES))


def _demand(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
