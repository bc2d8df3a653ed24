"""A template for GitHub Classroom, whose commands are run here as its workflow says.

Run it with: make test-instructor.
"""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from instructor import classroom, exercises, grading


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    course = tmp_path_factory.mktemp("teacher") / "course"
    which = grading.new(course, seed=1)
    return dict(zip(which, classroom.write(course, which), strict=True))


def steps_of(template: Path) -> list[dict]:
    workflow = yaml.safe_load((template / classroom.WORKFLOW).read_text("utf-8"))
    return workflow["jobs"]["run-autograding-tests"]["steps"]


@pytest.mark.parametrize("name", exercises.names())
def test_every_question_has_its_points(templates: dict[str, Path], name: str) -> None:
    *_, report = steps = steps_of(templates[name[:4]])
    graders = [step for step in steps if "command-grader" in step.get("uses", "")]
    assert sum(step["with"]["max-score"] for step in graders) == 7
    assert report["with"]["runners"].split(",") == [step["id"] for step in graders]
    text = (templates[name[:4]] / f"{name}.ipynb").read_text("utf-8")
    assert "HIDDEN" not in text and "SOLUTION" not in text
    for step in graders:
        assert f"checks.{step['id']}(" in text


def test_the_commands_of_the_workflow_give_points(templates: dict[str, Path]) -> None:
    place, name = templates["ex01"], "ex01_lab_color"
    right = {cell.id: cell.source for cell in exercises.read(name).cells}
    notebook = nbformat.read(place / f"{name}.ipynb", 4)
    for cell in notebook.cells:
        if exercises.role(cell) == "answer":
            cell.source = "def join(L, ab):\n    1 / 0" if cell.id == "join" else right[cell.id]
    nbformat.write(notebook, place / f"{name}.ipynb")
    fetched = place / "course" / "notebooks" / "exercises"  # in the place of a clone
    fetched.mkdir(parents=True)
    for part in ("helpers", "data"):
        (place / "course" / part).symlink_to(exercises.ROOT / part)
    steps = steps_of(place)
    [run] = (step for step in steps if step.get("name") == "Run the notebook")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path} | run["env"]
    done = subprocess.run(
        ["bash", "-e", "-c", run["run"]], cwd=place, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Not yet: join stops with ZeroDivisionError" in done.stdout
    earned = {
        step["id"]: step["with"]["max-score"]
        for step in steps
        if "command-grader" in step.get("uses", "")
        and subprocess.run(step["with"]["command"], shell=True, cwd=place).returncode == 0
    }
    assert earned == {"split": 2, "saturate": 2, "prepare": 2}
