"""Run a learner's notebook so that it can hurt nobody: nbgrader's Execute, more careful.

Every notebook runs in a process of its own, in a temporary copy of the course, without the network
and without the instructor's environment. A cell that takes the process along, or never ends, costs
itself alone: the others run again without it. It is no sandbox against an attacker.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer

from instructor import exercises

STOPPED = ("KernelDied", "Timeout")  # the errors of cells that did not end by themselves
LONGEST_OUTPUT = 50_000  # characters a cell
PASSED_ON = ["PATH", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES"]
GUARD = """
import socket, sys

def _guarded(connect):
    def offline(self, address):
        inward = self.family not in (socket.AF_INET, socket.AF_INET6)
        if not inward and address[0] not in ("127.0.0.1", "::1"):
            raise OSError("Notebooks are graded offline.")
        return connect(self, address)
    return offline

socket.socket.connect = _guarded(socket.socket.connect)
socket.socket.connect_ex = _guarded(socket.socket.connect_ex)
socket.getaddrinfo = lambda *a, **k: (_ for _ in ()).throw(OSError("Notebooks are graded offline."))
if sys.platform == "linux":
    import resource
    resource.setrlimit(resource.RLIMIT_DATA, (12 * 2**30, 12 * 2**30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**30, 2**30))
"""
# A test cell finds the course's own checks, whatever the cells above have done to them.
FRESH_CHECKS = """
import sys
for _name in [name for name in sys.modules if name.startswith("helpers.checks")]:
    del sys.modules[_name]
from helpers.checks import {name} as checks
"""


# What takes long on a busy machine is not on the learner's account.
WARM_UP = "from helpers import course, figures\nfrom helpers.checks import {name}"
LONGEST_WARM_UP = 300  # seconds


class NotReady(Exception):
    """Why no notebook can run here, in words."""


class Execute(NbGraderPreprocessor):
    """Run a notebook for nbgrader."""

    timeout = Integer(30, help="seconds that a cell may take").tag(config=True)

    def preprocess(
        self, nb: nbformat.NotebookNode, resources: dict
    ) -> tuple[nbformat.NotebookNode, dict]:
        """Run the notebook and keep what its cells show."""
        run(nb, resources["nbgrader"]["assignment"], self.timeout)
        return nb, resources


def run(notebook: nbformat.NotebookNode, exercise: str, timeout: int = 30) -> None:
    """Run all cells; a cell that fails, ends the process or takes too long gets an error output.

    Raises:
        NotReady: the course itself cannot be imported, or not in time.
    """
    stopped: dict[int, nbformat.NotebookNode] = {}
    before = -1
    while len(stopped) > before:
        before = len(stopped)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            _run_once(notebook, exercise, timeout, Path(folder), stopped)
    for number, error in stopped.items():
        notebook.cells[number].outputs = [error]


def _run_once(
    notebook: nbformat.NotebookNode,
    exercise: str,
    timeout: int,
    folder: Path,
    stopped: dict[int, nbformat.NotebookNode],
) -> None:
    """Run the cells that are not known to stop everything, until one does: it is added to them."""
    place = folder / "course" / "notebooks" / "exercises"
    for part in ("helpers", "data"):
        shutil.copytree(exercises.ROOT / part, folder / "course" / part)
    place.mkdir(parents=True)
    warm_up = nbformat.v4.new_code_cell(WARM_UP.format(name=exercise))
    client = Client(
        nbformat.v4.new_notebook(cells=[warm_up, *notebook.cells]),
        timeout_func=lambda cell: LONGEST_WARM_UP if cell is warm_up else timeout,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(place)}},
    )
    client.extra_arguments = ["--HistoryManager.hist_file=:memory:"]
    with client.setup_kernel(env=_environment(folder), stderr=subprocess.DEVNULL):
        _warm_up(client, warm_up)
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code" or number in stopped:
                continue
            source = cell.source
            if exercises.role(cell) == "test":
                cell.source = FRESH_CHECKS.format(name=exercise) + source
            try:
                client.execute_cell(cell, number + 1)
            except DeadKernelError:
                stopped[number] = _error(STOPPED[0], "This cell ended the whole process.")
                return
            except CellTimeoutError:
                stopped[number] = _error(STOPPED[1], f"This cell took longer than {timeout} s.")
                return
            finally:
                cell.source = source
            if exercises.role(cell) == "test":
                _tidy(cell)


def _warm_up(client: NotebookClient, cell: nbformat.NotebookNode) -> None:
    try:
        client.execute_cell(cell, 0)
    except (CellTimeoutError, DeadKernelError) as error:
        raise NotReady(f"the course cannot be imported: {type(error).__name__}") from error
    for one in cell.outputs:
        if one.output_type == "error":
            raise NotReady(f"the course cannot be imported: {one.ename}: {one.evalue}")


def _tidy(cell: nbformat.NotebookNode) -> None:
    """Drop warnings, which nbgrader takes for failures, and tracebacks, which show hidden tests."""
    cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
    for one in cell.outputs:
        if one.output_type == "error":
            one.traceback = [f"{one.ename}: {one.evalue}"]


class Client(NotebookClient):
    """A client that keeps a reasonable part of endless output."""

    def output(
        self, outs: list, msg: dict[str, Any], display_id: str, cell_index: int
    ) -> nbformat.NotebookNode | None:
        """Drop what a cell prints beyond the limit."""
        if msg["msg_type"] == "stream" and len(outs) and "text" in outs[-1]:
            if len(outs[-1]["text"]) > LONGEST_OUTPUT:
                return None
        return super().output(outs, msg, display_id, cell_index)


def _error(name: str, words: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("error", ename=name, evalue=words, traceback=[words])


def _environment(folder: Path) -> dict[str, str]:
    """Make the variables of the process: no home, no secrets, no proxies, no network."""
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-guard.py").write_text(GUARD)
    scratch = folder / "tmp"
    scratch.mkdir()
    cache = Path(tempfile.gettempdir()) / "color-from-gray-fonts"  # slow to make, harmless to share
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed_on | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), passed_on.get("PATH", "")]),
        "PYTHONPATH": str(folder / "course"),
        "HOME": str(folder),
        "USERPROFILE": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLCONFIGDIR": str(cache),
        "COURSE_FAST": "1",
        **{name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")},
    }
