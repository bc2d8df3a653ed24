"""An autograder for Gradescope: the zip file that it asks for, and what it runs on a submission.

Gradescope unpacks the zip file into ``/autograder/source`` and runs ``setup.sh`` once. For each
submission, in a fresh container, it runs ``run_autograder`` and reads ``results/results.json``.

Source: Gradescope, "Autograder Specifications".
"""

import json
import shutil
import stat
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from instructor import collecting, exercises, grading, points

_COURSE = ("pyproject.toml", "requirements.lock", "README.md", "helpers", "instructor", "data")
_SOLUTIONS = "notebooks/solutions"
SETUP = r"""#!/usr/bin/env bash
# Sets up the course, once: Gradescope's image has an older Python, uv brings a newer one.
set -euo pipefail
apt-get update -q && apt-get install -qy bubblewrap
python3 -m pip install --quiet uv || python3 -m pip install --quiet --break-system-packages uv
python3 -m uv venv --quiet --python 3.12 /autograder/python
cd /autograder/source/course
python3 -m uv pip install --quiet --python /autograder/python \
  -c requirements.lock -e '.[instructor]'
"""
RUN = """#!/usr/bin/env bash
cd /autograder/source/course
/autograder/python/bin/python -m instructor.gradescope /autograder
"""


def write(course: Path, which: Sequence[str]) -> list[Path]:
    """Write an autograder for each exercise, into course/gradescope."""
    return [_autograder(course, exercise) for exercise in which]


def _autograder(course: Path, exercise: str) -> Path:
    target = course / "gradescope" / f"{exercise}.zip"
    target.parent.mkdir(exist_ok=True)
    source = collecting.source_of(course, exercise)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, program in (("setup.sh", SETUP), ("run_autograder", RUN)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFREG | 0o755) << 16
            archive.writestr(entry, program)
        for file in _files():
            archive.write(file, Path("course") / file.relative_to(exercises.ROOT))
        archive.write(source, f"term/source/{exercise}/{source.name}")
        archive.write(course / grading.CONFIG.name, f"term/{grading.CONFIG.name}")
    return target


def _files() -> Iterator[Path]:
    for name in (*_COURSE, _SOLUTIONS):
        place = exercises.ROOT / name
        for file in [place] if place.is_file() else sorted(place.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file


def grade(folder: Path) -> None:
    """Grade what lies in folder/submission, and write folder/results/results.json.

    Raises:
        CannotGrade: the solution itself would fail; Gradescope then tells the instructor.
    """
    term = folder / "term"
    shutil.rmtree(term, ignore_errors=True)
    shutil.copytree(folder / "source" / "term", term)
    found = collecting.collect(term, folder / "submission")
    taken = [one for one in found if one.state == collecting.State.TAKEN]
    result: dict[str, object] = {"score": 0, "output": _refused(found)}
    if taken:
        failed = grading.grade(term, [taken[-1].exercise])
        tests = [
            {"name": one.question, "score": one.points, "max_score": one.of, "output": one.mistake}
            for one in points.read(term)
            if one.student == taken[-1].student and one.question != "challenge"
        ]
        words = [taken[-1].note, *failed, "The challenge is graded by hand."]
        result = {"tests": tests, "output": collecting.joined(*words)}
    target = folder / "results" / "results.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=1), "utf-8")


def _refused(found: Sequence[collecting.Submission]) -> str:
    """Say why no file can be graded."""
    said = [f"{one.file}: {one.note}" for one in found if one.note]
    return (
        collecting.joined(*said) or "Hand in the exercise's notebook, a file that ends in .ipynb."
    )


if __name__ == "__main__":
    grade(Path(sys.argv[1]))
