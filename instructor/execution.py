"""Run a learner's notebook so that it can hurt nobody: nbgrader's Execute, more careful.

Every notebook runs in a process of its own, in a room of its own where the machine has them. A cell
that takes the process along, or never ends, costs itself alone: the others run again without it.
What its tests say is judged outside, where that can be.
"""

import functools
import time
from typing import Any, NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer

from instructor import exercises, isolation, judging, kernels

STOPPED = ("KernelDied", "Timeout")  # the errors of cells that did not end by themselves
LARGEST_OUTPUT = 5 * 2**20  # characters a cell: pictures, tables
TOO_MUCH = "(More than 5 MB: what follows is not kept.)\n"
LONGEST_SETUP = 300  # seconds
SETUP = "from instructor import inside; inside.prepare{given}; del inside"
GB = 2**30


class Limits(NamedTuple):
    """What a notebook may take: seconds a cell and in all, bytes of memory, threads."""

    cell: int = 30
    notebook: int = 300
    memory: int = 8 * GB
    threads: int = 2


class NotReady(Exception):
    """Why no notebook can run here, in words."""


class _Stop(BaseException):
    """A cell has taken the process along, or did not end; no check takes it for a wrong answer."""

    def __init__(self, name: str, words: str) -> None:
        self.error = nbformat.v4.new_output("error", ename=name, evalue=words, traceback=[words])


class Execute(NbGraderPreprocessor):
    """Run a notebook for nbgrader, or take the outputs of a run that was made ahead."""

    timeout = Integer(30, help="seconds that a cell may take").tag(config=True)
    longest = Integer(300, help="seconds that a notebook may take").tag(config=True)
    ahead: dict[str, nbformat.NotebookNode] = {}  # what a notebook holds -> the same after its run

    def preprocess(
        self, nb: nbformat.NotebookNode, resources: dict
    ) -> tuple[nbformat.NotebookNode, dict]:
        """Run the notebook and keep what its cells show."""
        done = self.ahead.pop(content(nb), None)
        if done is None:
            limits = Limits(self.timeout, self.longest)
            done = run(nb, resources["nbgrader"]["assignment"], limits)
        for cell, same in zip(nb.cells, done.cells, strict=True):
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = same.outputs, same.execution_count
        return nb, resources


def content(notebook: nbformat.NotebookNode) -> str:
    """Return all that a run depends on, as a text."""
    cells = ((cell.cell_type, exercises.role(cell), cell.source) for cell in notebook.cells)
    return repr(list(cells))


def run(notebook: nbformat.NotebookNode, exercise: str, limits: Limits) -> nbformat.NotebookNode:
    """Run all cells of a notebook, and return it with what they show.

    A cell that fails, ends the process or takes too long gets an error output.

    Raises:
        NotReady: the course itself cannot be imported, or not in time.
    """
    try:
        judging.prepare(exercise)  # before the clock starts: this may take long, once
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        raise NotReady(f"the course cannot be imported: {words}") from error
    stopped: dict[int, nbformat.NotebookNode] = {}
    before, end = -1, time.monotonic() + limits.notebook
    while len(stopped) > before and time.monotonic() < end:
        before = len(stopped)
        _run_once(notebook, exercise, limits, end, stopped)
    for number, error in stopped.items():
        notebook.cells[number].outputs = [error]
    return notebook


def _run_once(
    notebook: nbformat.NotebookNode,
    exercise: str,
    limits: Limits,
    end: float,
    stopped: dict[int, nbformat.NotebookNode],
) -> None:
    """Run the cells that are not known to stop everything, until one does: it is added to them."""
    try:
        with kernels.kernel(limits.threads) as client:
            session = _Session(client, notebook, exercise, limits)
            for number, cell in enumerate(notebook.cells):
                if cell.cell_type != "code" or number in stopped:
                    continue
                try:
                    if time.monotonic() > end:
                        words = f"The notebook took longer than {limits.notebook} s."
                        raise _Stop("Timeout", words)
                    session.run(number)
                except _Stop as stop:
                    stopped[number] = stop.error
                    if time.monotonic() <= end:
                        return
    except (kernels.Died, kernels.TooLong) as error:
        why = str(error) or type(error).__name__
        raise NotReady(f"no notebook can be started: {why}") from error


class _Session:
    """A kernel that is ready for an exercise, and runs cell after cell of a notebook."""

    def __init__(
        self,
        client: kernels.Client,
        notebook: nbformat.NotebookNode,
        exercise: str,
        limits: Limits,
    ) -> None:
        self._kernel, self._exercise, self._seconds = client, exercise, LONGEST_SETUP
        given = (exercise, limits.memory, not isolation.why_not())
        setup = nbformat.v4.new_code_cell(SETUP.format(given=given))
        self._runner = _Runner(
            nbformat.v4.new_notebook(cells=[*notebook.cells, setup]),
            timeout_func=lambda cell: self._seconds,
            allow_errors=True,
        )
        self._runner.kc = client
        try:
            self.run(-1)
        except _Stop as stop:
            raise NotReady(f"the course cannot be imported: {stop.error.evalue}") from stop
        for one in setup.outputs:
            if one.output_type == "error":
                raise NotReady(f"the course cannot be imported: {one.ename}: {one.evalue}")
        self._seconds = limits.cell

    def run(self, number: int) -> None:
        """Run a cell, or let it be judged if it is a test.

        Raises:
            _Stop: the kernel has ended, or has not answered in time.
        """
        cell = self._runner.nb.cells[number]
        try:
            if exercises.role(cell) == "test":
                ask = functools.partial(self._ask, time.monotonic() + self._seconds)
                cell.outputs = judging.judged(cell, self._exercise, ask)
            else:
                self._runner.left = LARGEST_OUTPUT
                self._runner.execute_cell(cell, number)
        except Exception as problem:
            raise self._stop(problem) from problem

    def _ask(self, end: float, expression: str) -> dict:
        try:
            reply = self._kernel.ask(expression, end - time.monotonic())
        except Exception as problem:
            raise self._stop(problem) from problem
        return judging.answer_to(reply)

    def _stop(self, problem: Exception) -> _Stop:
        if isinstance(problem, CellTimeoutError | kernels.TooLong):
            return _Stop("Timeout", f"This cell took longer than {self._seconds} s.")
        if isinstance(problem, DeadKernelError | kernels.Died):
            return _Stop("KernelDied", "This cell ended the whole process.")
        name = type(problem).__name__
        return _Stop("KernelDied", f"This cell sent what nobody can read ({name}).")


class _Runner(NotebookClient):
    """nbclient, with a limit for what a cell shows."""

    left = LARGEST_OUTPUT

    def output(
        self, outs: list, msg: dict[str, Any], display_id: str, cell_index: int
    ) -> nbformat.NotebookNode | None:
        """Keep an output, or a word instead of it when there are too many bytes."""
        size, told = len(str(msg["content"])), self.left < 0
        self.left -= size
        if self.left >= 0 or (msg["msg_type"] == "error" and size < LARGEST_OUTPUT):
            return super().output(outs, msg, display_id, cell_index)
        if not told:
            outs.append(nbformat.v4.new_output("stream", text=TOO_MUCH))
        return None
