"""The learners' copies in notebooks/exercises, made of notebooks/solutions.

They are what nbgrader's generate_assignment makes, less the checksums; a test compares the two.
"""

import copy
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
SOLUTIONS = ROOT / "notebooks" / "solutions"
EXERCISES = ROOT / "notebooks" / "exercises"
CODE_STUB, TEXT_STUB = "...", "YOUR ANSWER HERE"
_SOLUTION = re.compile(
    r"^([ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION(\n|\Z)", re.M | re.S
)
_HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS(\n|\Z)", re.M | re.S)


def names() -> list[str]:
    """List the exercises that have a solution: "ex01_lab_color" and so on."""
    return sorted(file.stem for file in SOLUTIONS.glob("ex*.ipynb"))


def role(cell: nbformat.NotebookNode) -> str:
    """Tell what a cell is to nbgrader: "answer", "test", "challenge", or "" for all others."""
    marks = cell.metadata.get("nbgrader", {})
    if marks.get("solution"):
        return "challenge" if marks.get("grade") else "answer"
    return "test" if marks.get("grade") else ""


def learners_copy(solution: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without solutions, hidden tests and outputs."""
    notebook = copy.deepcopy(solution)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        kind = role(cell)
        if kind in ("answer", "challenge"):
            cell.source = stub(cell)
            cell.metadata["deletable"] = False
        elif kind == "test":
            cell.source = _HIDDEN.sub("", cell.source).removesuffix("\n")
            cell.metadata["deletable"] = cell.metadata["editable"] = False
    return notebook


def stub(cell: nbformat.NotebookNode) -> str:
    """Return what an answer's cell holds before it is answered."""
    words = CODE_STUB if cell.cell_type == "code" else TEXT_STUB
    source, count = _SOLUTION.subn(rf"\1{words}\2", cell.source)
    return source if count else words


def text(notebook: nbformat.NotebookNode) -> str:
    """Return a notebook as its file holds it."""
    return nbformat.writes(notebook, version=4) + "\n"


def write() -> list[Path]:
    """Make every learner's copy anew, and return the files that changed."""
    EXERCISES.mkdir(exist_ok=True)
    wanted = {EXERCISES / f"{name}.ipynb": text(learners_copy(read(name))) for name in names()}
    changed = []
    for file in {*EXERCISES.glob("*.ipynb"), *wanted}:
        if file not in wanted:
            file.unlink()
        elif not file.exists() or file.read_text("utf-8") != wanted[file]:
            file.write_text(wanted[file], "utf-8", newline="\n")
        else:
            continue
        changed.append(file)
    return sorted(changed)


def read(name: str) -> nbformat.NotebookNode:
    """Read the solution of an exercise."""
    return nbformat.read(SOLUTIONS / f"{name}.ipynb", 4)
