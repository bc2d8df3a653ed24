"""An autograder for Gradescope, unpacked and run as Gradescope does it.

Run it with: make test-instructor.
"""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from instructor import exercises, gradescope, grading

EXERCISE = exercises.read("ex01_lab_color")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the zip file where Gradescope does."""
    course = tmp_path_factory.mktemp("teacher") / "course"
    grading.new(course, seed=1)
    (file,) = gradescope.write(course, ["ex01"])
    folder = tmp_path_factory.mktemp("autograder")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder / "source")
        for name in ("setup.sh", "run_autograder"):
            assert archive.getinfo(name).external_attr >> 16 & 0o111, "it can be run"
            text = archive.read(name).decode()
            assert subprocess.run(["bash", "-n"], input=text, text=True).returncode == 0
    assert file.stat().st_size < 100 * 2**20, "what Gradescope takes"
    return folder


def results(place: Path, name: str, content: str) -> dict:
    """Hand in one file, and return what Gradescope reads."""
    submission = place / "submission"
    submission.mkdir(exist_ok=True)
    for file in submission.iterdir():
        file.unlink()
    (submission / name).write_text(content, "utf-8")
    course = place / "source" / "course"
    command = [sys.executable, "-m", "instructor.gradescope", str(place)]
    environment = os.environ | {"PYTHONPATH": str(course)}
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((place / "results" / "results.json").read_text("utf-8"))


def test_right_and_wrong_answers_get_points_and_words(place: Path) -> None:
    notebook = exercises.learners_copy(EXERCISE)
    right = {cell.id: cell.source for cell in EXERCISE.cells}
    for cell in notebook.cells:
        if exercises.role(cell) == "answer" and cell.id != "challenge_work":
            cell.source = right[cell.id]
        if cell.id == "split":
            cell.source = "def split(photo):\n    return 1"
    found = results(place, "my notebook (1).ipynb", exercises.text(notebook))
    scores = {one["name"]: (one["score"], one["max_score"]) for one in found["tests"]}
    assert scores.pop("split")[0] == 0
    assert len(scores) >= 2 and all(score == most > 0 for score, most in scores.values())
    words = next(one["output"] for one in found["tests"] if one["name"] == "split")
    assert "return 2 things" in words
    assert "challenge is graded by hand" in found["output"]


def test_a_file_that_is_no_notebook_is_told_why(place: Path) -> None:
    found = results(place, "answers.ipynb", "{ no JSON")
    assert found["score"] == 0 and "answers.ipynb" in found["output"]
    found = results(place, "answers.txt", "my answers")
    assert found["score"] == 0 and found["output"]
