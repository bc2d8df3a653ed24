"""Judge answers from outside: the course's checks run here, and the answers in another process.

A test cell of the course runs in this process, which no submission ever enters. Where it names an
answer, it gets a stand-in, which sends what it is called with to the submission's process, and
gets plain data back: so nothing that a submission changes can change a verdict. It never sees the
hidden inputs' seed or the right results.
"""

import ast
import base64
import builtins
import contextlib
import importlib
import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from instructor import exercises

LONGEST = 50_000  # characters that a test says

Ask = Callable[[str], dict]  # an expression in the submission's process -> what it tells

# Tests of answers that are no data: networks, or what changes a network or calls back. They run in
# the submission's process, with the course's own checks. A determined attacker can win these.
INSIDE = (
    *("hourglass", "last_layer", "colorful_loss", "fuse", "freeze", "features_of"),
    *("critic", "generator_step", "unet_level"),
)


class Odd(Exception):
    """What came out of a submission's process is not what the course's own code sends."""


def prepare(exercise: str) -> None:
    """Import the checks of an exercise, and with them all that they need."""
    importlib.import_module(f"helpers.checks.{exercise}")


def judged(test: nbformat.NotebookNode, exercise: str, ask: Ask) -> list[nbformat.NotebookNode]:
    """Run a test cell, and return its outputs: what it says, and an error unless all is right."""
    name = test.metadata.nbgrader.grade_id.removesuffix("_check")
    judge = _inside if name in INSIDE else _outside
    said, error = io.StringIO(), None
    try:
        judge(test.source, exercise, ask, said)
    except Exception as problem:
        error = problem
    text = said.getvalue()[:LONGEST]
    outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
    if error:
        name, words = type(error).__name__, str(error)[:LONGEST]
        lines = [f"{name}: {words}"]  # no traceback, for it would show the hidden tests
        outputs.append(nbformat.v4.new_output("error", ename=name, evalue=words, traceback=lines))
    return outputs


def _outside(source: str, exercise: str, ask: Ask, said: io.StringIO) -> None:
    """Run a test cell here, and the answers that it calls in the submission's process."""
    scope: dict[str, Any] = {}
    exec(f"from helpers.checks import {exercise} as checks", scope)
    with contextlib.redirect_stdout(said):
        exec(compile(source, "test", "exec"), scope, _Names(scope, ask))


def _inside(source: str, exercise: str, ask: Ask, said: io.StringIO) -> None:
    """Run a test cell in the submission's process, with the checks as they are here."""
    told = ask(_expression("test", source, _sources(exercise)))
    said.write(str(told["said"]))
    if told["error"] is not None:
        raise _called(*told["error"])


def _called(name: str, words: str) -> Exception:
    """Make an exception of a kind that is known by its name only."""
    return type(str(name)[:50], (Exception,), {})(str(words))


class _Names(dict):
    """The names of a test cell: the checks, and whatever the submission's process has."""

    def __init__(self, known: dict[str, Any], ask: Ask) -> None:
        super().__init__(known)
        self._ask = ask

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):  # a submission's own abs() judges nothing
            raise KeyError(name)
        told = self._ask(_expression("look", name))
        if "stub" in told:
            return ...
        if "function" in told:
            return StandIn(name, self._ask)
        if "value" in told:
            return unpacked(told["value"])
        raise KeyError(name)


class StandIn:
    """A function that runs in the submission's process."""

    def __init__(self, name: str, ask: Ask) -> None:
        self._name, self._ask = name, ask

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Send the inputs; return what comes back, and let arrays change as they did there."""
        given = base64.b64encode(pickle.dumps((inputs, options))).decode()
        told = self._ask(_expression("call", self._name, given))
        if "error" in told:
            raise _called(*told["error"])
        for place, now in told.get("changed", {}).items():
            inputs[int(place)][...] = unpacked(now)
        for place, state in told.get("drawn", {}).items():
            inputs[int(place)].bit_generator.state = state
        return unpacked(told["result"])


def unpacked(told: Any) -> Any:
    """Make values of what came as JSON, and nothing but data.

    Raises:
        Odd: it is not as ``inside.pack`` packs it.
    """
    try:
        return _unpacked(told)
    except (KeyError, TypeError, ValueError, RecursionError, MemoryError) as error:
        raise Odd(f"a result that nobody can read ({type(error).__name__})") from error


def _unpacked(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    if "number" in told:
        return _unpacked(told["number"])[()]
    if "array" in told:
        kind, data = np.dtype(told["dtype"]), base64.b64decode(told["array"])
        if kind.hasobject:
            raise ValueError("no plain numbers")
        return np.ndarray(told["shape"], kind, data).copy()
    if "tuple" in told:
        return tuple(map(_unpacked, told["tuple"]))
    if "dict" in told:
        return {_unpacked(key): _unpacked(one) for key, one in told["dict"]}
    if "list" in told:
        return list(map(_unpacked, told["list"]))
    if told["thing"] == "ellipsis":
        return ...
    return type(str(told["thing"])[:50], (), {})()  # all that feedback names is its type


def _sources(exercise: str) -> dict[str, str]:
    folder = exercises.ROOT / "helpers" / "checks"
    files = {"helpers.checks": "__init__.py", f"helpers.checks.{exercise}": f"{exercise}.py"}
    return {name: Path(folder / file).read_text("utf-8") for name, file in files.items()}


def _expression(what: str, *given: object) -> str:
    words = ", ".join(map(repr, given))
    return f"__import__('instructor.inside').inside.{what}({words})"


def answer_to(reply: dict) -> dict:
    """Read what the submission's process replied to an expression, as a dictionary.

    Raises:
        Odd: there is none.
    """
    try:
        told = json.loads(ast.literal_eval(reply["user_expressions"]["told"]["data"]["text/plain"]))
    except (KeyError, TypeError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise Odd("no answer that anybody can read") from error
    if not isinstance(told, dict):
        raise Odd("no answer that anybody can read")
    return told
