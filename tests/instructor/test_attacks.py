"""What submissions may try: accidents cost their own cell, and attacks win nothing.

Run it with: make test-instructor. Notebooks here hold no more than the cells that count.
"""

import copy
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader import utils

from instructor import execution, exercises, isolation, suspicion

ROOT = Path(__file__).parent.parent.parent
LIMITS = execution.Limits(cell=30, notebook=300)
isolated = pytest.mark.skipif(isolation.why_not() != "", reason=isolation.why_not())


def submission(
    *own: str, name: str = "ex01_lab_color", stubs: tuple[str, ...] = ()
) -> nbformat.NotebookNode:
    """Make a right submission, less some answers, with cells of the learner's own before them."""
    solution = exercises.read(name)
    stub = {cell.id: cell.source for cell in exercises.learners_copy(solution).cells}
    cells = []
    for cell in solution.cells:
        if exercises.role(cell) in ("answer", "test") and cell.id != "challenge_work":
            cell.source = stub[cell.id] if cell.id in stubs else cell.source
        elif cell.id not in ("setup", "start", "imports"):
            continue
        cells.append(cell)
        if cell.id == "start":
            cells += [nbformat.v4.new_code_cell(source) for source in own]
    return nbformat.v4.new_notebook(cells=cells)


def run(notebook: nbformat.NotebookNode, limits: execution.Limits = LIMITS) -> float:
    exercise = re.search(r"checks import (ex\d\d)", str(notebook))[1]
    execution.run(notebook, exercise, limits)
    tests = [cell for cell in notebook.cells if exercises.role(cell) == "test"]
    return sum(utils.determine_grade(cell)[0] for cell in tests)


def errors(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """List the errors of a notebook's cells, by their sources."""
    return {
        cell.source: f"{one.ename}: {one.evalue}"
        for cell in notebook.cells
        for one in cell.get("outputs", [])
        if one.output_type == "error"
    }


ACCIDENTS = {  # a cell -> what its error says
    "exit()": "exit() does not work",
    "quit()": "exit() does not work",
    "import sys\nsys.exit()": "SystemExit",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "%reset -f": "%reset does not work",
    "%pip uninstall -y colorama": "%pip does not work",
    "!pip uninstall -y colorama": "does not work",
    "files = !ls": "does not work",
    "%%bash\nkill -9 $PPID": "%bash does not work",
    "name = input('Your name? ')": "StdinNotImplementedError",
    "memory = bytearray(10**13)": "MemoryError",
    "1 / 0": "ZeroDivisionError",
    "def broken(:": "SyntaxError",
    "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'x'], check=True)": "Error",
}
LOUD = (
    "print('x' * 2 * 10**8)",
    "from IPython.display import HTML\nHTML('x' * 6 * 10**7)",
    "import sys\nfor n in range(10**5): print('warning ' * 50, file=sys.stderr)",
)


def test_accidents_cost_their_own_cell() -> None:
    notebook = submission(*ACCIDENTS, *LOUD)
    assert run(notebook) == 7
    found = errors(notebook)
    assert list(found) == list(ACCIDENTS)
    for source, words in ACCIDENTS.items():
        assert words in found[source], source
    assert len(json.dumps(notebook)) < 10**6


def test_what_ends_the_process_or_never_ends_costs_its_own_cell() -> None:
    own = "import os\nos._exit(1)", "while True:\n    pass", "import os\nos.kill(os.getpid(), 9)"
    notebook = submission(*own)
    assert run(notebook, LIMITS._replace(cell=10)) == 7
    found = errors(notebook)
    assert list(found) == list(own)
    names = [words.split(":")[0] for words in found.values()]
    assert names == ["KernelDied", "Timeout", "KernelDied"]


def test_an_answer_that_ends_the_process_or_never_ends_costs_its_own_points() -> None:
    notebook = submission()
    for cell in notebook.cells:
        if cell.id == "split":
            cell.source = "import os\ndef split(photo):\n    os._exit(1)"
        elif cell.id == "join":
            cell.source = "def join(L, ab):\n    while True: pass"
        elif cell.id == "saturate":
            cell.source = "def saturate(photo, factor):\n    exit()"
        elif cell.id == "prepare":
            cell.source = "def prepare(image):\n    return input()"
    assert run(notebook, LIMITS._replace(cell=10)) == 0
    words = [words.split(":")[0] for words in errors(notebook).values()]
    assert words == ["KernelDied", "Timeout", "NotYet", "NotYet"]


def test_a_notebook_has_a_limit_as_a_whole() -> None:
    notebook = submission(*["import time\ntime.sleep(60)"] * 9)
    start = time.monotonic()
    assert run(notebook, LIMITS._replace(cell=10, notebook=25)) < 7
    assert time.monotonic() - start < 200
    assert "longer than 25 s" in str(errors(notebook))


def test_figures_are_shown() -> None:
    notebook = submission("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert run(notebook) == 7
    assert "image/png" in str(notebook.cells[2].outputs)


@pytest.fixture
def host() -> Iterator[int]:
    """Listen at a port of this machine, and fail if anybody comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        yield server.getsockname()[1]
        with pytest.raises(TimeoutError):
            server.accept()


@isolated
def test_a_room_shows_nothing_of_the_instructors(
    host: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "of mine")
    seen = f"""
    import glob, os, socket, subprocess, sys
    files = glob.glob("/proc/*/environ")
    def tells(file):
        try:
            return b"A_SECRET" in open(file, "rb").read()
        except PermissionError:
            return False
    assert files and not [file for file in files if tells(file)]
    assert not os.path.exists({str(tmp_path)!r}), "the course folder"
    assert not os.path.exists({str(ROOT / "notebooks" / "solutions")!r}), "the solutions"
    assert not os.path.exists({str(ROOT / "instructor")!r}), "the instructor's tools"
    assert len([one for one in os.listdir("/proc") if one.isdigit()]) == 2, "other processes"
    assert [name for _, name in socket.if_nameindex()] == ["lo"], "the network"
    assert "CapEff:\\t0000000000000000" in open("/proc/self/status").read(), "rights"
    try:
        socket.create_connection(("127.0.0.1", {host}), 1)
    except OSError:
        pass
    raw = "import socket; socket.create_connection(('127.0.0.1', {host}), 1)"
    assert subprocess.run([sys.executable, "-c", raw], stderr=subprocess.PIPE).returncode
    """
    notebook = submission(re.sub("^    ", "", seen, flags=re.M))
    assert run(notebook) == 7
    assert not errors(notebook)


@isolated
def test_nothing_can_be_written_but_in_the_room_and_nothing_lasts() -> None:
    marks = ["/tmp/mark", "/dev/shm/mark", "/home/learner/mark", "mark"]
    first = f"""
import matplotlib, os, pathlib, subprocess, sys, helpers
for place in ({str(ROOT / "helpers")!r}, {str(ROOT / "data")!r}, sys.prefix, "/usr/bin"):
    try:
        (pathlib.Path(place) / "mark").write_text("mine")
    except OSError:
        continue
    raise AssertionError(place)
for file in {marks}:
    pathlib.Path(file).write_text("mine")
pathlib.Path(matplotlib.get_configdir()).mkdir(parents=True, exist_ok=True)
(pathlib.Path(matplotlib.get_configdir()) / "matplotlibrc").write_text("figure.facecolor: red")
subprocess.Popen(["sleep", "86399"], start_new_session=True)
"""
    later = f"""
import matplotlib, os
assert not [file for file in {marks} if os.path.exists(file)]
assert not os.path.exists(os.path.join(matplotlib.get_configdir(), "matplotlibrc"))
assert matplotlib.rcParams["figure.facecolor"] != "red"
"""
    for own in (first, later):
        notebook = submission(own)
        assert run(notebook) == 7
        assert not errors(notebook)
    assert not [
        one for one in psutil.process_iter(["cmdline"]) if "86399" in (one.info["cmdline"] or [])
    ]


@isolated
def test_a_full_disk_is_the_rooms_own() -> None:
    full = "for n in range(9):\n    open(f'/tmp/{n}', 'wb').write(bytes(2**28))"
    notebook = submission(full)
    assert run(notebook) == 7
    assert "No space left" in errors(notebook)[full]


FAKE = "class Fake:\\n    def __getattr__(self, name): return self\\n    "
FAKE += "def __call__(self, *a, **k): return self\\n"
ATTACKS = {
    "the display of errors": "get_ipython()._showtraceback = lambda *a, **k: None",
    "every display of errors": """
shell = get_ipython()
shell.showtraceback = shell._showtraceback = shell.showsyntaxerror = lambda *a, **k: None
""",
    "the file of the checks": f"""
import helpers.checks, pathlib
for file in pathlib.Path(helpers.checks.__file__).parent.glob("*.py"):
    try:
        file.write_text("{FAKE}import sys\\nsys.modules[__name__] = Fake()")
    except OSError as error:
        print(error)""",
    "the class of the checks": """
import helpers.checks
helpers.checks.Exercise.grade = helpers.checks.Exercise.__call__ = lambda *a, **k: None""",
    "the modules of the checks": """
import sys
class Fake:
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
for name in [name for name in sys.modules if name.startswith("helpers.checks")]:
    sys.modules[name] = Fake()""",
    "the import of the checks": """
import importlib.abc, importlib.machinery, sys
class Loader(importlib.abc.Loader):
    def exec_module(self, module):
        module.__getattr__ = lambda name: Fake()
class Fake:
    def __call__(self, *a, **k): return self
    grade = __call__
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *more):
        if name.startswith("helpers.checks"):
            return importlib.machinery.ModuleSpec(name, Loader(), is_package=True)
sys.meta_path.insert(0, Finder())
for name in [name for name in sys.modules if name.startswith("helpers.checks")]:
    del sys.modules[name]""",
    "a transformer of the input": """
def without(lines):
    return [line for line in lines if ".grade(" not in line and "checks." not in line]
get_ipython().input_transformers_post.append(without)""",
    "a transformer of the syntax": """
import ast
class Without(ast.NodeTransformer):
    def visit_Call(self, node):
        return ast.Constant(0) if "checks" in ast.dump(node.func) else node
get_ipython().ast_transformers.append(Without())""",
    "a hook before each cell": """
get_ipython().events.register("pre_run_cell", lambda info: setattr(info, "raw_cell", ""))""",
    "the ones who ask": """
import json
from instructor import inside
inside.call = inside.test = inside.look = lambda *a: json.dumps({"said": "", "error": None})""",
    "what nobody can read": """
from instructor import inside
inside.call = lambda *a: '{"result": {"array": "", "dtype": "O", "shape": [1]}}'
inside.look = lambda *a: '{"function": true}'""",
}
FRAMES = """
def {name}(*inputs):
    import sys
    frame = sys._getframe()
    while frame := frame.f_back:
        for names in (frame.f_globals, frame.f_locals):
            for one in ("close", "shape", "expect", "several"):
                if one in names:
                    names[one] = lambda *a, **k: inputs[0]
    return inputs[0]
"""


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_the_verdict_earns_what_honest_answers_earn(attack: str) -> None:
    if attack == "the file of the checks" and isolation.why_not():
        pytest.skip("a copy of the course can be written to")
    notebook = submission(ATTACKS[attack], stubs=("saturate", "prepare"))
    as_written = copy.deepcopy(notebook)
    honest = 0 if attack.startswith(("the ones who", "what nobody")) else 3  # it spoils its own
    assert run(notebook) == honest
    assert "look at its code" in suspicion.words(as_written, "ex01")


def test_an_attack_on_the_frames_of_the_check_finds_none() -> None:
    notebook = submission(stubs=("saturate", "prepare"))
    for cell in notebook.cells:
        if cell.id in ("saturate", "prepare"):
            cell.source = FRAMES.format(name=cell.id)
    assert run(notebook) == 3
    assert "_getframe" in suspicion.words(notebook, "ex01")


@pytest.mark.parametrize(
    "attack", [name for name in ATTACKS if not name.startswith(("the ones", "what"))]
)
def test_the_same_attacks_where_networks_are_judged_inside(attack: str) -> None:
    if attack == "the file of the checks" and isolation.why_not():
        pytest.skip("a copy of the course can be written to")
    stubs = ("hourglass", "last_layer")
    notebook = submission(ATTACKS[attack], name="ex02_one_photo_100_lines", stubs=stubs)
    assert run(notebook) == 3


def test_no_answer_knows_the_seed() -> None:
    spy = """
import gc
def saturate(photo, factor):
    lists = [one for one in gc.get_objects() if isinstance(one, list)]
    texts = [text for one in lists for text in one if isinstance(text, str)]
    found = [text for text in texts if "seed=19" + "76" in text]
    raise ValueError(f"{len(found)} found")
"""
    notebook = submission(stubs=("saturate",))
    for cell in notebook.cells:
        if cell.id == "saturate":
            cell.source = spy
    assert run(notebook) == 5
    assert "ValueError: 0 found" in str(errors(notebook))
