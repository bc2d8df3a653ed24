"""What happens inside the process of a submission: it is made ready, and asked for its answers.

All of it may have been changed by the submission. So nothing here decides about points where the
answer can cross to a process outside, as data: see judging.
"""

import base64
import contextlib
import importlib
import io
import itertools
import json
import pickle
import socket
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from IPython import get_ipython

from helpers.checks import is_stub

LONGEST_TEXT = 50_000  # characters a cell
_LARGEST_FILE = 2**30  # bytes
_LONGEST_ITERATOR = 100_000
_REFUSED = {  # by kind of magic
    "line": "cd conda mamba micromamba pip reset reset_selective run sc sx system uv",
    "cell": "! bash cmd perl pypy python python2 python3 ruby script sh sx system",
}


def prepare(exercise: str, memory: int, isolated: bool) -> None:
    """Make a fresh kernel ready: what would end or change more than its own cell is refused."""
    importlib.import_module("helpers.figures")
    importlib.import_module(f"helpers.checks.{exercise}")
    shell = get_ipython()
    # In a forked kernel pyplot was there before the shell, so that neither knows of the other.
    shell.enable_matplotlib("inline")
    shell.ask_exit = _refusal("exit()")
    shell.system = shell.getoutput = _refusal("!, for commands of the system,")
    for kind, names in _REFUSED.items():
        for name in names.split():
            shell.register_magic_function(_refusal(f"%{name}"), kind, name)
    for stream in (sys.stdout, sys.stderr):
        _Limited(stream, shell)
    with contextlib.suppress(ImportError):  # there is none on Windows
        import resource  # noqa: PLC0415

        for kind, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_FSIZE, _LARGEST_FILE)):
            with contextlib.suppress(ValueError, OSError):  # macOS knows fewer limits
                resource.setrlimit(kind, (most, most))
    if not isolated:
        _go_offline()


def _refusal(what: str) -> Callable[..., None]:
    def refuse(*words: object, **options: object) -> None:
        raise RuntimeError(f"{what} does not work while a notebook is graded.")

    return refuse


class _Limited:
    """Let a stream take so much for each cell, and drop the rest."""

    def __init__(self, stream: Any, shell: Any) -> None:
        self.write, self.left = stream.write, LONGEST_TEXT
        stream.write = self
        shell.events.register("pre_run_cell", self.refill)

    def refill(self, info: object) -> None:
        self.left = LONGEST_TEXT

    def __call__(self, text: str) -> int:
        if self.left > 0:
            self.write(text[: self.left])
            if len(text) >= self.left:
                self.write("\n(The rest is not kept.)\n")
            self.left -= len(text)
        return len(text)


def _go_offline() -> None:
    """Stop what asks the network by accident, where no room keeps it out."""

    def guarded(connect: Callable) -> Callable:
        def offline(self: socket.socket, address: Any) -> Any:
            inward = self.family not in (socket.AF_INET, socket.AF_INET6)
            if not inward and address[0] not in ("127.0.0.1", "::1"):
                raise OSError("Notebooks are graded offline.")
            return connect(self, address)

        return offline

    def nowhere(*words: object, **options: object) -> None:
        raise OSError("Notebooks are graded offline.")

    socket.socket.connect = guarded(socket.socket.connect)
    socket.socket.connect_ex = guarded(socket.socket.connect_ex)
    socket.getaddrinfo = nowhere


def look(name: str) -> str:
    """Tell what stands under a name: nothing, a stub, a function, or a value."""
    names = get_ipython().user_ns
    if name not in names:
        return json.dumps({"missing": True})
    value = names[name]
    if value is Ellipsis or isinstance(value, types.FunctionType) and is_stub(value):
        return json.dumps({"stub": True})
    if callable(value):
        return json.dumps({"function": True})
    return json.dumps({"value": pack(value)})


def call(name: str, given: str) -> str:
    """Call what stands under a name; tell what it returns and changes, or the error it stops with.

    Inputs come from outside, pickled; what goes out is plain data.
    """
    function = get_ipython().user_ns[name]
    inputs, options = pickle.loads(base64.b64decode(given))
    before = [one.copy() if isinstance(one, np.ndarray) else None for one in inputs]
    try:
        result = pack(function(*inputs, **options))
    except BaseException as error:
        code = getattr(getattr(function, "__code__", None), "co_filename", None)
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.line for frame in frames if frame.filename == code and frame.line]
        where = f" in the line: {lines[-1]}" if lines else ""
        return json.dumps({"error": [type(error).__name__, f"{error}{where}"]})
    changed = {
        place: pack(now)
        for place, (now, then) in enumerate(zip(inputs, before, strict=True))
        if then is not None and not np.array_equal(now, then, equal_nan=True)
    }
    drawn = {
        place: one.bit_generator.state
        for place, one in enumerate(inputs)
        if isinstance(one, np.random.Generator)
    }
    return json.dumps({"result": result, "changed": changed, "drawn": drawn})


def test(source: str, checks: dict[str, str]) -> str:
    """Run a test cell here, with modules of checks that come as text; tell what it says.

    No import, no transformer and no display of errors has a part in it.
    """
    said, error = io.StringIO(), None
    before = {name: sys.modules[name] for name in checks if name in sys.modules}
    with contextlib.redirect_stdout(said):
        try:
            for name, text in checks.items():
                module = sys.modules[name] = types.ModuleType(name)
                exec(compile(text, name, "exec"), module.__dict__)
            names = get_ipython().user_ns | {"checks": module}
            exec(compile(source, "test", "exec"), names)
        except BaseException as problem:
            error = [type(problem).__name__, str(problem)]
        finally:
            sys.modules.update(before)
    return json.dumps({"said": said.getvalue()[:LONGEST_TEXT], "error": error})


def pack(value: Any) -> Any:
    """Return a value as JSON holds it: numbers, text, arrays, and containers of these."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.generic):  # first, for some are Python's numbers, too
        return {"number": pack(np.asarray(value))}
    if isinstance(value, int) and abs(value) < 2**63:
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufcU":
            return pack(value.tolist())
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"array": data, "dtype": value.dtype.str, "shape": value.shape}
    if isinstance(value, tuple):
        return {"tuple": [pack(one) for one in value]}
    if isinstance(value, dict):
        return {"dict": [[pack(key), pack(one)] for key, one in value.items()]}
    if isinstance(value, list | set | frozenset | range | Iterator):
        return {"list": [pack(one) for one in itertools.islice(value, _LONGEST_ITERATOR)]}
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
        with contextlib.suppress(Exception):
            return pack(np.array(value))
    return {"thing": type(value).__name__}
