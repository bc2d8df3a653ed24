"""Words that no answer needs: attacks have them, the course's own solutions do not."""

import nbformat
import pytest

from instructor import exercises, suspicion


def words(code: str) -> str:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    return suspicion.words(notebook, "ex01")


@pytest.mark.parametrize("name", exercises.names())
def test_solutions_and_stubs_have_none(name: str) -> None:
    for notebook in (exercises.read(name), exercises.learners_copy(exercises.read(name))):
        assert not suspicion.words(notebook, name[:4])
        for cell in notebook.cells:  # nor when the learner has changed something in each cell
            cell.source += "\n# mine" if cell.id != "setup" else ""
        assert not suspicion.words(notebook, name[:4])


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("get_ipython().history_manager", "get_ipython"),
        ("import sys\ndel sys.modules['helpers']", "sys.modules"),
        ("sys._getframe().f_back.f_globals", "_getframe, f_back, f_globals"),
        ("open('../../helpers/checks/ex01.py', 'w')", "helpers/"),
        ("  !pip uninstall numpy", "!"),
        ("%%bash\nls", "%%bash"),
        ("exit()", "exit("),
        ("__import__('os').system('ls')", "__import__"),
    ],
)
def test_names_what_it_finds(code: str, found: str) -> None:
    assert words(code) == f"look at its code: {found}"


@pytest.mark.parametrize(
    "code", ["%matplotlib inline\nx = 3 != 4", "%%time\nhelpers = 1", "model.eval()", "a % b"]
)
def test_honest_code_is_none(code: str) -> None:
    assert not words(code)
