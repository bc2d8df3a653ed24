"""Kernels for submissions: forked from a warm process into a room, or started without one."""

import asyncio
import atexit
import contextlib
import functools
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_core.utils import run_sync

from instructor import exercises, isolation

OPTIONS = ["--HistoryManager.enabled=False"]  # it would remember the tests

_PASSED_ON = ("PATH", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
_LARGEST_MESSAGE = 128 * 2**20  # bytes; what is larger is not received
_START = 300  # seconds; what takes long on a busy machine is not on the learner's account
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_CHANNELS = ("shell", "iopub", "stdin", "hb", "control")


class Died(Exception):
    """The process has ended."""


class TooLong(Exception):
    """There was no answer in time."""


class Client(AsyncKernelClient):
    """A kernel's client that knows whether the process lives."""

    process: subprocess.Popen | None = None

    async def _async_is_alive(self) -> bool:  # what wait_for_ready asks
        return self.process.poll() is None

    is_alive = _async_is_alive

    def ask(self, expression: str, timeout: float) -> dict:
        """Let the kernel compute an expression, and return its reply.

        Raises:
            Died: the process ended instead.
            TooLong: it takes longer than the timeout, in seconds.
        """
        return run_sync(self._ask)(expression, timeout)

    async def _ask(self, expression: str, timeout: float) -> dict:
        number = self.execute("", silent=True, user_expressions={"told": expression})
        end = asyncio.get_running_loop().time() + timeout
        while (left := end - asyncio.get_running_loop().time()) > 0:
            if await self.shell_channel.msg_ready():
                message = await self.shell_channel.get_msg(timeout=left)
                if message["parent_header"].get("msg_id") == number:
                    return message["content"]
            elif not await self.is_alive():
                raise Died
            else:
                await self.shell_channel.socket.poll(min(1000, 1000 * left))
            while await self.iopub_channel.msg_ready():  # else the queue is full one day
                await self.iopub_channel.get_msg()
        raise TooLong


@contextlib.contextmanager
def kernel(threads: int) -> Iterator[Client]:
    """Start a kernel in a place of its own, and end all that it has started there.

    Raises:
        Died: it ends while it starts.
        TooLong: it does not start in time.
    """
    place = _alone if isolation.why_not() else _isolated
    with place(_environment_of(threads)) as (process, connection):
        client = Client()
        client.process = process
        client.context.setsockopt(zmq.MAXMSGSIZE, _LARGEST_MESSAGE)
        client.load_connection_info(connection)
        client.start_channels(stdin=False)  # nobody answers input()
        try:
            try:
                run_sync(client.wait_for_ready)(timeout=_START)
            except RuntimeError as error:
                raise (TooLong if process.poll() is None else Died) from error
            yield client
        finally:
            client.stop_channels()


Place = Iterator[tuple[subprocess.Popen, dict]]  # what lives while the kernel does; the way to it


@contextlib.contextmanager
def _isolated(environment: dict[str, str]) -> Place:
    """Fork a kernel into a room, which ends with it, and which it cannot leave."""
    with isolation.room() as (keeper, pid):
        connection = {"transport": "ipc", "ip": "/tmp/kernel", "key": secrets.token_hex()}
        connection |= {f"{name}_port": number for number, name in enumerate(_CHANNELS, 1)}
        variables = environment | _homes(Path(isolation.HOME), Path("/tmp"))
        order = {"room": pid, "connection": connection, "environment": variables}
        warm = _warm(tuple(environment.items()))
        warm.stdin.write(json.dumps(order).encode() + b"\n")
        warm.stdin.flush()
        yield keeper, connection | {"ip": f"/proc/{pid}/root/tmp/kernel"}


@contextlib.contextmanager
def _alone(environment: dict[str, str]) -> Place:
    """Start a kernel in a temporary copy of the course: kept from accidents, not from attacks."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home, copy = Path(folder), Path(folder) / "course"
        for part in ("helpers", "data"):
            shutil.copytree(exercises.ROOT / part, copy / part)
        (copy / "instructor").mkdir()
        for file in ("__init__.py", "inside.py"):
            shutil.copy(exercises.ROOT / "instructor" / file, copy / "instructor")
        scratch, place = home / "tmp", copy / "notebooks" / "exercises"
        scratch.mkdir()
        place.mkdir(parents=True)
        shutil.copytree(_fonts(), home / "matplotlib")
        file, connection = write_connection_file(
            str(home / "kernel.json"),
            transport="ipc" if os.name == "posix" else "tcp",
            ip=str(home / "kernel") if os.name == "posix" else "",
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "ipykernel_launcher", "-f", file, *OPTIONS],
            cwd=place,
            env=environment | _homes(home, scratch) | {"PYTHONPATH": str(copy)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process, connection
        finally:
            if os.name == "posix":
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()


@functools.cache
def _warm(environment: tuple[tuple[str, str], ...]) -> subprocess.Popen:
    """Start the process from which kernels are forked; it ends with this one."""
    said = tempfile.TemporaryFile()
    process = subprocess.Popen(
        [sys.executable, "-m", "instructor.warm"],
        cwd=exercises.ROOT,
        env=dict(environment) | _homes(_fonts().parent, _fonts().parent),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
    )
    if process.stdout.readline() != b"ready\n":
        process.wait()
        said.seek(0)
        raise Died(said.read().decode(errors="replace").strip().split("\n")[-1])
    return process


@functools.cache
def _fonts() -> Path:
    """Let Matplotlib list the fonts once, which is slow, in a folder that no submission reaches."""
    home = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    environment = _environment_of(1) | _homes(home, home)
    subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], env=environment)
    return home / "matplotlib"


def _environment_of(threads: int) -> dict[str, str]:
    """Make the variables of a process: nothing of the instructor's but where programs are."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed_on | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), passed_on.get("PATH", "")]),
        "PYTHONPATH": str(exercises.ROOT),
        "COURSE_FAST": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # read when Matplotlib is loaded
        **{name: str(threads) for name in _THREADS},
    }


def _homes(home: Path, scratch: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        **{name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")},
    }
