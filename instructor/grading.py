"""A course folder for nbgrader: make it, release exercises, grade, write feedback and marks."""

import contextlib
import csv
import os
import re
import secrets
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from instructor import collecting, execution, exercises

# nbgrader 0.9 adds to its gradebook in an order that SQLAlchemy 2 remarks on, and accepts.
warnings.filterwarnings("ignore", message="Object of type <Submitted")

CONFIG = Path(__file__).with_name("nbgrader_config.py")
COLUMNS = ["student", "name", "exercise", "points", "of", "by hand", "note"]


class CannotGrade(Exception):
    """Why nothing was graded, in words."""


def new(course: Path, seed: int | None = None) -> list[str]:
    """Make a course folder with every exercise; its hidden tests get a seed of their own.

    Raises:
        CannotGrade: there is something in the folder already.
    """
    if course.exists() and any(course.iterdir()):
        raise CannotGrade(f"{course} is not empty. Name a new folder.")
    seed = secrets.randbelow(10**9) if seed is None else seed
    for name in exercises.names():
        notebook = exercises.read(name)
        for cell in notebook.cells:
            if exercises.role(cell) == "test":
                cell.source = re.sub(r"seed=\d+", f"seed={seed}", cell.source)
        file = course / "source" / name[:4] / f"{name}.ipynb"
        file.parent.mkdir(parents=True)
        file.write_text(exercises.text(notebook), "utf-8")
    shutil.copy(CONFIG, course)
    return assignments(course)


def assignments(course: Path) -> list[str]:
    """List the exercises of a course folder: "ex01" and so on."""
    return sorted(folder.name for folder in (course / "source").glob("*") if folder.is_dir())


def release(course: Path, which: Sequence[str]) -> list[Path]:
    """Make the learners' copies in course/release, and enter the exercises in the gradebook."""
    for exercise in which:
        _demand(_api(course).generate_assignment(exercise), f"{exercise} was not released")
    return sorted((course / "release").glob("*/*.ipynb"))


def check_environment(course: Path, exercise: str) -> None:
    """Grade the solution itself.

    Raises:
        CannotGrade: it does not earn full points, so nobody could.
    """
    file = next((course / "source" / exercise).glob("*.ipynb"))
    notebook = nbformat.read(file, 4)
    try:
        execution.run(notebook, exercise, _config(course).Execute.timeout)
    except execution.NotReady as why:
        raise CannotGrade(f"This environment would fail everybody: {why}") from why
    for cell in notebook.cells:
        if exercises.role(cell) == "test":
            points, most = utils.determine_grade(cell)
            if points != most:
                raise CannotGrade(
                    f"The solution of {exercise} itself earns {points:g} of {most:g} points for "
                    f"{cell.id}, so this environment would fail everybody. {_first_error(notebook)}"
                )


def grade(course: Path, which: Sequence[str], say: Callable[[str], None] = print) -> list[str]:
    """Grade what was collected and is not graded yet; return the submissions that failed."""
    failed = []
    for exercise in which:
        waiting = [
            folder.parent.name
            for folder in sorted((course / "submitted").glob(f"*/{exercise}"))
            if not (course / "autograded" / folder.parent.name / exercise).exists()
        ]
        if not waiting:
            continue
        check_environment(course, exercise)
        say(f"{exercise}: the solution earns full points here. {len(waiting)} to grade.")
        if not (course / "release" / exercise).exists():
            release(course, [exercise])
        _enter_names(course)
        start = time.perf_counter()
        for student in waiting:
            result = _api(course).autograde(exercise, student, force=True, create=True)
            if not result["success"]:
                failed.append(f"{student} {exercise}: {_reason(result)}")
        seconds = time.perf_counter() - start
        say(f"{exercise}: {seconds / len(waiting):.1f} s a submission.")
    return failed


def feedback(course: Path, which: Sequence[str]) -> list[Path]:
    """Write a page of feedback for every graded submission, into course/feedback."""
    for exercise in which:
        if list((course / "autograded").glob(f"*/{exercise}")):
            _demand(_api(course).generate_feedback(exercise), f"no feedback for {exercise}")
    return sorted((course / "feedback").glob("*/*/*.html"))


def marks(course: Path) -> list[dict[str, object]]:
    """Write course/marks.csv: a row for every student and exercise, and for every file in trouble.

    Points stand empty where nothing was graded; "by hand" says what waits for a person.
    """
    rows, found = [], collecting.recorded(course)
    taken = {(one.student, one.exercise) for one in found if one.state == "taken"}
    for one in found:
        if one.state == "set aside" or (
            one.state != "taken" and (one.student, one.exercise) in taken
        ):
            continue
        row = {"student": one.student, "name": one.name, "exercise": one.exercise}
        row |= {"points": "", "of": "", "by hand": "", "note": one.note}
        if one.state == "unreadable":
            row["note"] = f"{one.file}: {one.note}"
        else:
            row |= _points(course, one)
        rows.append(row)
    rows = sorted(rows, key=lambda row: (row["exercise"], row["student"]))
    with open(course / "marks.csv", "w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return rows


def _points(course: Path, one: collecting.Submission) -> dict[str, object]:
    with _gradebook(course) as gradebook:
        try:
            found = gradebook.find_submission(one.exercise, one.student)
        except MissingEntry:
            return {"note": "; ".join(filter(None, ["not graded yet", one.note]))}
        waits = "challenge" if found.needs_manual_grade else ""
        return {"points": f"{found.score:g}", "of": f"{found.max_score:g}", "by hand": waits}


def _enter_names(course: Path) -> None:
    """Tell the gradebook the students' names."""
    with _gradebook(course) as gradebook:
        for one in collecting.recorded(course):
            if one.state == "taken":
                first, _, last = one.name.rpartition(" ")
                gradebook.update_or_create_student(one.student, first_name=first, last_name=last)


@contextlib.contextmanager
def _gradebook(course: Path) -> Iterator[Gradebook]:
    _find_alembic()
    with Gradebook(
        f"sqlite:///{course.resolve() / 'gradebook.db'}", "color-from-gray"
    ) as gradebook:
        yield gradebook


def _config(course: Path) -> object:
    return PyFileConfigLoader("nbgrader_config.py", path=str(course.resolve())).load_config()


def _api(course: Path) -> NbGraderAPI:
    _find_alembic()
    config = _config(course)
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def _find_alembic() -> None:
    """Put this environment's commands on PATH: nbgrader calls one of them, alembic."""
    commands = str(Path(sys.executable).parent)
    if commands not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([commands, os.environ["PATH"]])


def _demand(result: dict, otherwise: str) -> None:
    if not result["success"]:
        raise CannotGrade(f"{otherwise}: {_reason(result)}")


def _reason(result: dict) -> str:
    lines = [line for line in (result.get("error") or result.get("log") or "").splitlines() if line]
    return lines[-1] if lines else "nbgrader does not say why"


def _first_error(notebook: nbformat.NotebookNode) -> str:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"The first error, in the cell {cell.id}: {output.ename}: {output.evalue}"
    return ""
