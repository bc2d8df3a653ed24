"""A course folder for nbgrader: make it, release exercises, grade, write feedback and marks."""

import contextlib
import multiprocessing
import os
import re
import secrets
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import nbformat
import psutil
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm
from traitlets.config import ConfigFileNotFound, PyFileConfigLoader

from instructor import collecting, execution, exercises, isolation, pages, suspicion

# nbgrader 0.9 adds to its gradebook in an order that SQLAlchemy 2 remarks on, and accepts.
warnings.filterwarnings("ignore", message="Object of type <Submitted")

CONFIG = Path(__file__).with_name("nbgrader_config.py")
COLUMNS = ["student", "name", "number", "exercise", "points", "of", "by hand", "note"]


_NEEDED = 3 * execution.GB  # of memory for a job: TensorFlow three times, a notebook's data
_SHARED = ("student", "name", "number", "exercise", "note")


class CannotGrade(Exception):
    """Why nothing was graded, in words."""


def new(course: Path, seed: int | None = None) -> list[str]:
    """Make a course folder with every exercise; its hidden tests get a seed of their own.

    Raises:
        CannotGrade: the folder cannot be made or is not empty, or there are no exercises.
    """
    if not exercises.names():
        raise CannotGrade("there are no exercises here: notebooks/solutions is missing.")
    try:
        course.mkdir(parents=True, exist_ok=True)
        if any(course.iterdir()):
            raise CannotGrade(f"{course} is not empty. Name a new folder.")
    except OSError as error:
        raise CannotGrade(f"{course} cannot be a folder: {error.strerror}.") from error
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
    return sorted({file.parent.name for file in (course / "source").glob("*/*.ipynb")})


def release(course: Path, which: Sequence[str]) -> list[Path]:
    """Make the learners' copies in course/release, and enter the exercises in the gradebook."""
    for exercise in which:
        _demand(_api(course).generate_assignment(exercise), f"{exercise} was not released")
    return [next((course / "release" / exercise).glob("*.ipynb")) for exercise in which]


def check_environment(
    course: Path,
    exercise: str,
    jobs: int = 1,
    run: Callable[..., nbformat.NotebookNode] = execution.run,
) -> None:
    """Grade the solution itself, run by ``execution.run`` or the like.

    Raises:
        CannotGrade: it does not earn full points, so nobody could.
    """
    notebook = nbformat.read(collecting.source_of(course, exercise), 4)
    try:
        notebook = run(notebook, exercise, _limits(course, jobs))
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


def grade(course: Path, which: Sequence[str], again: bool = False, jobs: int = 1) -> list[str]:
    """Grade what was collected and is not graded yet, or all; return the submissions that failed.

    So many ``jobs`` run at once, each in processes of its own; this one alone writes.

    Raises:
        CannotGrade: there is nothing to grade, or the solution itself would fail, or the memory is
            too small.
    """
    failed = []
    if not any((course / "submitted").glob("*/*")):
        raise CannotGrade("nothing was collected yet.")
    limits = _limits(course, jobs)
    if why := isolation.why_not():
        print(f"Without isolation, as {why}: this protects from accidents, not from attacks.")
    with _workers(jobs) as workers:

        def run(*given: object) -> nbformat.NotebookNode:
            return workers.submit(execution.run, *given).result()

        for exercise in which:
            waiting = _waiting(course, exercise, again)
            if not waiting:
                continue
            check_environment(course, exercise, jobs, run)
            print(f"{exercise}: the solution earns full points here. {len(waiting)} to grade.")
            released = list((course / "release" / exercise).glob("*.ipynb"))
            source = collecting.source_of(course, exercise)
            if not released or released[0].stat().st_mtime < source.stat().st_mtime:
                release(course, [exercise])  # nbgrader knows the tests from there
            _enter_names(course)
            runs = {
                workers.submit(execution.run, _to_run(course, one, exercise), exercise, limits): one
                for one in waiting
            }
            done = tqdm(as_completed(runs), exercise, len(runs), unit="submission")
            for future in done:
                student = runs.pop(future)
                try:
                    notebook = future.result()
                except BrokenProcessPool:
                    raise
                except Exception as why:  # of this one; the others go on
                    failed.append(f"{student} {exercise}: {type(why).__name__}: {why}")
                    continue
                execution.Execute.ahead[execution.content(notebook)] = notebook
                result = _api(course).autograde(exercise, student, force=True, create=True)
                if "KeyboardInterrupt" in _reason(result):
                    raise KeyboardInterrupt
                if not result["success"]:
                    failed.append(f"{student} {exercise}: {_reason(result)}")
    return failed


@contextlib.contextmanager
def _workers(jobs: int) -> Iterator[Executor]:
    """Start processes that run notebooks; what waits is dropped when something stops the work."""
    fresh = multiprocessing.get_context("spawn")
    workers = ProcessPoolExecutor(jobs, fresh)
    try:
        yield workers
    except BrokenProcessPool:
        raise CannotGrade(
            "the system has ended a process, for lack of memory most likely. Say fewer --jobs; "
            "what is graded stays."
        ) from None
    finally:
        workers.shutdown(cancel_futures=True)


def _limits(course: Path, jobs: int) -> execution.Limits:
    """Return what each of several notebooks at a time may take.

    Raises:
        CannotGrade: there is not enough memory for so many.
    """
    config = _config(course).Execute
    share = psutil.virtual_memory().available // jobs
    if share < _NEEDED and jobs > 1:
        fit = max(1, psutil.virtual_memory().available // _NEEDED)
        raise CannotGrade(
            f"{jobs} jobs need {jobs * _NEEDED / execution.GB:.0f} GB of memory. Say --jobs {fit}."
        )
    return execution.Limits(
        cell=config.get("timeout", execution.Limits().cell),
        notebook=config.get("longest", execution.Limits().notebook),
        memory=max(_NEEDED, min(share, execution.Limits().memory)),
        threads=max(1, (os.cpu_count() or 1) // jobs),
    )


def _waiting(course: Path, exercise: str, again: bool) -> list[str]:
    students = sorted(one.parent.name for one in (course / "submitted").glob(f"*/{exercise}"))
    done = [one for one in students if _graded(course, one, exercise) and not again]
    if done:
        print(f"{exercise}: {len(done)} graded already.")
    return [student for student in students if student not in done]


def _to_run(course: Path, student: str, exercise: str) -> nbformat.NotebookNode:
    """Return what a student has submitted, with the course's tests, as nbgrader will make it."""
    [file] = (course / "submitted" / student / exercise).glob("*.ipynb")
    source = nbformat.read(collecting.source_of(course, exercise), 4)
    tests = {cell.id: cell.source for cell in source.cells if exercises.role(cell) == "test"}
    notebook = nbformat.read(file, 4)
    for cell in notebook.cells:
        cell.source = tests.get(cell.id, cell.source)
    return notebook


def feedback(course: Path, which: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Write a page of feedback for every graded submission, into course/feedback.

    Returns the pages, and the submissions for which there is none, with the reason.
    """
    failed = []
    for exercise in which:
        graded = sorted(one.parent.name for one in (course / "autograded").glob(f"*/{exercise}"))
        for student in tqdm(graded, exercise, unit="page", disable=not graded):
            result = _api(course).generate_feedback(exercise, student)
            if not result["success"]:
                failed.append(f"{student} {exercise}: {_reason(result)}")
                continue
            with gradebook_of(course) as gradebook:
                waits = gradebook.find_submission(exercise, student).needs_manual_grade
            for page in (course / "feedback" / student / exercise).glob("*.html"):
                page.write_text(pages.readable(page.read_text("utf-8"), waits), "utf-8")
    written = (course / "feedback").glob("*/*/*.html")
    return sorted(page for page in written if page.parent.name in which), failed


def marks(course: Path) -> list[dict[str, object]]:
    """List the marks: a row for every student and exercise, and for every bad notebook.

    Points stand empty where nothing was graded; "by hand" says what waits for a person.
    """
    rows, found = [], collecting.recorded(course)
    taken = {(one.student, one.exercise) for one in found if one.state == "taken"}
    with gradebook_of(course) as gradebook:
        for one in found:
            if one.state in ("set aside", "ignored") or (
                one.state != "taken" and (one.student, one.exercise) in taken
            ):
                continue
            row = dict.fromkeys(COLUMNS, "") | {key: getattr(one, key) for key in _SHARED}
            if one.state == "unreadable":
                row["note"] = f"{one.file}: {one.note}"
            else:
                row |= _points(course, gradebook, one)
            rows.append(row)
    return sorted(rows, key=lambda row: (row["exercise"], row["student"]))


def _points(course: Path, gradebook: Gradebook, one: collecting.Submission) -> dict[str, object]:
    graded = _graded(course, one.student, one.exercise)
    try:
        found = gradebook.find_submission(one.exercise, one.student)
    except MissingEntry:
        graded = []
    if not graded:  # what the gradebook knows is of an earlier submission
        return {"note": collecting.joined("not graded yet", one.note)}
    waits = "challenge" if found.needs_manual_grade else ""
    points = {"points": f"{found.score:g}", "of": f"{found.max_score:g}", "by hand": waits}
    stopped = [
        f"{cell.id}: {output.evalue}"
        for cell in nbformat.read(graded[0], 4).cells
        for output in cell.get("outputs", [])
        if output.output_type == "error" and output.ename in execution.STOPPED
    ]
    odd = suspicion.words(_to_run(course, one.student, one.exercise), one.exercise)
    return points | {"note": collecting.joined(one.note, *stopped, odd)}


def _graded(course: Path, student: str, exercise: str) -> list[Path]:
    return list((course / "autograded" / student / exercise).glob("*.ipynb"))


def _enter_names(course: Path) -> None:
    """Tell the gradebook the students' names."""
    with gradebook_of(course) as gradebook:
        for one in collecting.recorded(course):
            if one.state == "taken":
                first, _, last = one.name.rpartition(" ")
                gradebook.update_or_create_student(one.student, first_name=first, last_name=last)


@contextlib.contextmanager
def gradebook_of(course: Path) -> Iterator[Gradebook]:
    """Open the course's gradebook, and close it again."""
    _find_alembic()
    with Gradebook(
        f"sqlite:///{course.resolve() / 'gradebook.db'}", "color-from-gray"
    ) as gradebook:
        yield gradebook


def _config(course: Path) -> object:
    try:
        return PyFileConfigLoader(CONFIG.name, path=str(course.resolve())).load_config()
    except ConfigFileNotFound:
        raise CannotGrade(f"{course} has no {CONFIG.name}: copy it from {CONFIG.parent}.") from None


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
