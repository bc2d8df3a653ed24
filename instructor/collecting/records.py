"""What the parts of ``collecting`` tell each other: a file, its state, and why."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

STAMP = "%Y-%m-%d %H:%M:%S UTC"  # as nbgrader reads it


class State(StrEnum):
    """What became of a file."""

    TAKEN = "taken"  # it will be graded
    SET_ASIDE = "set aside"  # another of the same student's counts
    UNREADABLE = "unreadable"  # handed in, but nothing that can be graded
    IGNORED = "ignored"  # beside a notebook, or of nobody


class Submission(NamedTuple):
    """One file.

    ``number`` is what the LMS calls the student or the submission, if it does; ``time`` is empty
    where nobody wrote one down; ``late`` is "yes" where the LMS says so.
    """

    student: str
    name: str
    exercise: str
    file: str
    state: State
    note: str = ""
    number: str = ""
    time: str = ""
    late: str = ""


class File(NamedTuple):
    """A file of what was handed in: its name there, and where its bytes lie now.

    ``problem`` says why they cannot be had, if so; ``moment`` is None where the zip file has none.
    """

    name: str
    place: Path
    moment: datetime | None
    problem: str = ""


class Unreadable(Exception):
    """Why something cannot be read, in words."""


def stamp(moment: datetime | None) -> str:
    """Write a moment down, so that texts sort as moments do."""
    return moment.astimezone(UTC).strftime(STAMP) if moment else ""


def joined(*notes: str) -> str:
    """Write several notes as one; empty ones are left out."""
    return "; ".join(filter(None, notes))
