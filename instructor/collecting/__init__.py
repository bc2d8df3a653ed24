"""Collect submissions: any heap of files, as Moodle, Canvas, Colab or a folder gives them.

Every file is accounted for by name: taken, set aside, unreadable, or ignored as no notebook. What
is taken is put into the course's own notebook, answer by answer, so that a submission cannot change
or lose a test; the file itself is kept as it came.

Five jobs, a module each: ``whose`` is it, is it ``readable``, what is decided (``deciding``), what
is written (``writing``), what is reported (``reporting``). ``rebuilding`` puts answers into the
course's notebook, and ``records`` holds what the others tell each other.
"""

import tempfile
from pathlib import Path, PurePosixPath

import nbformat

from instructor.collecting import deciding, readable, whose, writing
from instructor.collecting.records import File, State, Submission, Unreadable, joined, stamp
from instructor.collecting.writing import recorded

__all__ = [
    "State",
    "Submission",
    "Unreadable",
    "collect",
    "joined",
    "recorded",
    "source_of",
]


def collect(course: Path, files: Path) -> list[Submission]:
    """Take what a folder, zip file or notebook holds into course/submitted.

    Returns what became of each file, and adds it to course/collected.csv. Files that are taken are
    kept as they came in course/originals. Notebooks that cannot be read are copied to
    course/unreadable, and older ones of a student's to course/set_aside.

    Raises:
        Unreadable: there is no such folder or file, it is empty, or it is the course folder.
    """
    own = [course / name for name in writing.OWN]
    if any(folder.resolve().is_relative_to(files.resolve()) for folder in own):
        raise Unreadable(f"{files} is of the course folder: give what the students handed in.")
    before = recorded(course)
    sources = {
        folder.name: nbformat.read(source_of(course, folder.name), 4)
        for folder in sorted((course / "source").iterdir())
        if any(folder.glob("*.ipynb"))
    }
    with tempfile.TemporaryDirectory() as unpacked:
        found = readable.opened(files, Path(unpacked))
        folders = whose.folders_of_students(
            [file.name for file in found if ".ipynb" in file.name.lower()]
        )
        read = deciding.told_apart([_read(file, folders) for file in found], before)
        kept = {
            (item.one.student, item.one.exercise): writing.kept(course, item.one)
            for item in read
            if item.one.exercise in sources
        }
        decisions = deciding.decide(read, sources, kept)
        names = {exercise: source_of(course, exercise).name for exercise in sources}
        result = writing.write(course, decisions, {file.name: file for file in found}, names)
    writing.record(course, deciding.recorded_after(before, result))
    return result


def _read(file: File, folders: set[str]) -> deciding.Read:
    """Find out all that a file says by itself."""
    path = PurePosixPath(file.name)
    owner = whose.owner(file.name, path.parent.as_posix() in folders)
    moment = owner.moment or file.moment
    guess = whose.EXERCISE.search(path.name) or whose.EXERCISE.search(file.name)
    one = Submission(
        student=whose.slug(owner.name),
        name=owner.name,
        exercise=f"ex{guess[1]}" if guess else "",
        file=file.name,
        state=State.TAKEN,
        number=owner.number,
        time=stamp(moment),
        late="yes" if owner.late else "",
    )
    notebook = None
    try:
        notebook = readable.notebook(file)
        one = one._replace(exercise=readable.exercise(notebook))
    except Unreadable as why:
        one, notebook = one._replace(state=State.UNREADABLE, note=str(why)), None
    except Exception as error:  # whatever one file holds, the others go on
        note = f"cannot be read here ({type(error).__name__}: {error})"
        one, notebook = one._replace(state=State.UNREADABLE, note=note), None
    hand_in = owner.sure or readable.is_hand_in(file.name)
    return deciding.Read(one, notebook, moment, owner.version, hand_in)


def source_of(course: Path, exercise: str) -> Path:
    """Return the file of an exercise in a course folder, with its solutions and hidden tests."""
    return next((course / "source" / exercise).glob("*.ipynb"))
