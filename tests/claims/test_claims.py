"""What lessons say and chance might decide: does it hold in the learner's budget, for three seeds?

Each lesson_NN.py beside this file maps sentences of a lesson to expressions over the names that
the lesson leaves behind.
"""

import importlib.util
import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent.parent / "notebooks"


def claims(number: str) -> dict[str, str]:
    spec = importlib.util.spec_from_file_location(f"lesson_{number}", HERE / f"lesson_{number}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CLAIMS


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("number", sorted(file.stem[-2:] for file in HERE.glob("lesson_*.py")))
def test_what_the_lesson_says_holds(number: str, seed: int) -> None:
    (file,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    notebook = nbformat.read(file, 4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = cell.source.replace("course.start(", f"course.start({seed}, ")
    asked = ", ".join(f"{says!r}: bool({holds})" for says, holds in claims(number).items())
    notebook.cells.append(nbformat.v4.new_code_cell(f"import json\nprint(json.dumps({{{asked}}}))"))
    NotebookClient(notebook, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    told = json.loads(notebook.cells[-1].outputs[-1].text)
    assert [says for says, holds in told.items() if not holds] == []
