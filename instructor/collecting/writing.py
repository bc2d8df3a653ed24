"""What is written: the only part of ``collecting`` that changes the course folder."""

import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath

from instructor import tables
from instructor.collecting.deciding import Decision
from instructor.collecting.records import File, State, Submission, joined

BACKUPS = 20  # gradebooks that are kept
LONGEST_NAME = 120  # bytes of a file's name; some systems allow 143
# What the course folder holds of its own; nobody hands in from there.
OWN = (
    "source",
    "release",
    "submitted",
    "originals",
    "autograded",
    "feedback",
    "set_aside",
    "unreadable",
    "backups",
)


def write(
    course: Path, decisions: Sequence[Decision], files: Mapping[str, File], names: Mapping[str, str]
) -> list[Submission]:
    """Do what was decided, file by file; what cannot be written is said, and the others go on.

    Args:
        course: the course folder.
        decisions: what becomes of each file.
        files: the files, by their names.
        names: the notebook's file name of each exercise.
    """
    result = []
    for decision in decisions:
        one = decision.one
        try:
            if one.state == State.TAKEN:
                _take(course, decision, files[one.file], names[one.exercise])
            elif one.state != State.IGNORED:
                folder = course / one.state.replace(" ", "_")
                _keep(files[one.file], folder / _safe(one.file))
        except OSError as error:
            note = f"could not be stored ({error.strerror or error})"
            one = one._replace(state=State.UNREADABLE, note=joined(one.note, note))
        result.append(one)
    return result


def _take(course: Path, decision: Decision, file: File, name: str) -> None:
    """Store what is graded, and beside it the file as it came."""
    one = decision.one
    target = course / "submitted" / one.student / one.exercise / name
    original = course / "originals" / one.student / one.exercise
    stamp = target.with_name("timestamp.txt")
    if decision.replaces:
        _set_aside(course, one, target, original)
    if decision.replaces or not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(decision.text, "utf-8")
        if one.time:
            stamp.write_text(one.time)
        else:
            stamp.unlink(missing_ok=True)
        for folder in ("autograded", "feedback"):
            shutil.rmtree(course / folder / one.student / one.exercise, ignore_errors=True)
    _keep(file, original / _safe(PurePosixPath(one.file).name))


def _set_aside(course: Path, one: Submission, submitted: Path, original: Path) -> None:
    """Keep what was taken before, under the time at which it was handed in."""
    stamp = submitted.with_name("timestamp.txt")
    moment = re.sub(r"[^0-9]+", "-", stamp.read_text() if stamp.exists() else "before")
    came = sorted(original.glob("*")) or [submitted]  # the second: collected by an older version
    for file in came:
        target = course / "set_aside" / f"{one.student} {one.exercise} {moment}{file.suffix}"
        _keep(File(file.name, file, None), target)
    shutil.rmtree(original, ignore_errors=True)


def _keep(file: File, target: Path) -> None:
    """Copy a file as it came; one of the same name and other content stays beside it."""
    content, number, place = file.place.read_bytes(), 1, target
    while place.exists() and place.read_bytes() != content:
        number += 1
        place = target.with_name(f"{target.stem} ({number}){target.suffix}")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    moment = file.moment.timestamp() if file.moment else file.place.stat().st_mtime
    with contextlib.suppress(OSError, OverflowError):
        os.utime(place, (moment, moment))


def _safe(name: str) -> Path:
    """Write a path so that every system can hold it: no odd letters, no endless names."""
    parts = []
    for part in PurePosixPath(name).parts:
        part = re.sub(r'[<>:"|?*]', "-", part)
        if len(part.encode()) > LONGEST_NAME:
            mark = hashlib.sha256(part.encode()).hexdigest()[:8]
            start = part.encode()[: LONGEST_NAME - 30].decode("utf-8", "ignore")
            part = f"{start}-{mark}{PurePosixPath(part).suffix[:12]}"
        parts.append(part)
    return Path(*parts)


def record(course: Path, rows: Sequence[Submission]) -> None:
    """Write course/collected.csv."""
    tables.write(course / "collected.csv", Submission._fields, [row._asdict() for row in rows])


def recorded(course: Path) -> list[Submission]:
    """Read what was collected so far."""
    rows = [Submission(**row) for row in tables.read(course / "collected.csv")]
    return [row._replace(state=State(row.state)) for row in rows]


def kept(course: Path, one: Submission) -> tuple[str, str]:
    """Return what is collected of a student's exercise, and its time; or nothing."""
    folder = course / "submitted" / one.student / one.exercise
    stamp = folder / "timestamp.txt"
    for file in folder.glob("*.ipynb"):
        return file.read_text("utf-8"), stamp.read_text() if stamp.exists() else ""
    return "", ""


def back_up(course: Path) -> Path | None:
    """Copy the gradebook to course/backups, and return the copy; the oldest ones go."""
    gradebook = course / "gradebook.db"
    if not gradebook.exists():
        return None
    folder = course / "backups"
    folder.mkdir(exist_ok=True)
    copy = folder / f"gradebook {datetime.now():%Y-%m-%d %H-%M-%S-%f}.db"
    # SQLite's own copy is whole even while formgrader writes
    with (
        contextlib.closing(sqlite3.connect(gradebook)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    for old in sorted(folder.glob("gradebook *.db"))[:-BACKUPS]:
        old.unlink()
    return copy
