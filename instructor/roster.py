"""Who should hand in, and by when: COURSE/roster.csv and COURSE/due.csv, both the instructor's.

The roster is a list as an LMS exports it: Canvas's gradebook, Moodle's grading worksheet or
participants, or a table with a column "name". It is only read.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from instructor import tables
from instructor.collecting.records import STAMP, Submission
from instructor.collecting.whose import slug

_NAMES = ("name", "full name", "student", "student name")
_FIRST, _LAST = ("first name", "given name"), ("last name", "surname", "family name")
_LOGINS = ("sis login id", "username", "login", "user", "email address", "email", "github username")
_NUMBERS = ("id", "identifier", "sis user id", "id number", "student id", "number")
_DATES = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d")


class CannotRead(Exception):
    """What is wrong with a table of the instructor's, in words."""


class Person(NamedTuple):
    """A row of the roster: the name to be read, and the row as it is there."""

    name: str
    row: dict[str, str]


class Due(NamedTuple):
    """When an exercise is due, and how many points a day late costs."""

    moment: datetime
    a_day: float


class Roster:
    """Finds the person behind a submission, however the LMS wrote the name."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people
        self._by_name: dict[str, list[Person]] = {}
        self._by_login: dict[str, list[Person]] = {}
        self._by_number: dict[str, list[Person]] = {}
        for person in people:
            logins, numbers = _ids(person.row)
            for known, words in (
                (self._by_name, _spellings(person)),
                (self._by_login, logins),
                (self._by_number, numbers),
            ):
                for word in words:
                    known.setdefault(word, []).append(person)

    def of(self, one: Submission) -> Person | None:
        """Return whose submission it is, or None if nobody's or not sure."""
        tries = [
            (self._by_name, {slug(one.name), _letters(one.name)}),
            # Moodle puts a group before the name: "Group A-Ann Lee"
            (self._by_name, {slug(one.name.partition("-")[2])}),
            (self._by_login, {slug(one.name)}),
            (self._by_number, {one.number, one.student}),
        ]
        for known, words in tries:
            found = {id(person): person for word in words for person in known.get(word, [])}
            if len(found) == 1:
                return next(iter(found.values()))
        return None

    def missing(self, handed_in: Iterable[Submission]) -> list[Person]:
        """List who is in no submission."""
        found = {id(self.of(one)) for one in handed_in}
        return [person for person in self.people if id(person) not in found]


def read(course: Path) -> Roster:
    """Read course/roster.csv; without one, the roster is empty.

    Raises:
        CannotRead: it has no names.
    """
    people = [Person(_name(row), row) for row in tables.read(course / "roster.csv")]
    named = [person for person in people if person.name]
    if people and not named:
        columns = ", ".join(people[0].row)
        raise CannotRead(f"roster.csv has no column of names. Call one of these name: {columns}.")
    return Roster(named)


def due(course: Path) -> dict[str, Due]:
    """Read course/due.csv: exercise, due, and "off a day", the points that a late day costs.

    Raises:
        CannotRead: a date or a number in it is none.
    """
    found = {}
    for row in tables.read(course / "due.csv"):
        text = row.get("due", "")
        moment = next(filter(None, (_date(text, form) for form in _DATES)), None)
        if moment is None:
            raise CannotRead(f"due.csv says {text!r} for a date. Write it as 2027-03-05 23:59.")
        try:
            a_day = float(row.get("off a day") or 0)
        except ValueError:
            raise CannotRead(
                f"due.csv says {row['off a day']!r} points off a day. Write a number, as 1 or 0.5."
            ) from None
        if len(text) <= 10:  # a day alone is due at its end
            moment = moment.replace(hour=23, minute=59, second=59)
        found[row.get("exercise", "")] = Due(moment, a_day)
    return found


def days_late(one: Submission, dates: Mapping[str, Due]) -> int:
    """Count the days, begun ones too, that a submission came after its date."""
    if one.exercise not in dates or not one.time:
        return 0
    moment = datetime.strptime(f"{one.time}+0000", f"{STAMP}%z")
    late = (moment - dates[one.exercise].moment).total_seconds()
    return max(0, math.ceil(late / 86400))


def _date(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).astimezone()  # in the time of this machine
    except ValueError:
        return None


def _name(row: Mapping[str, str]) -> str:
    """Return a person's name, first name first; Canvas's row of points has none."""
    low = {column.lower(): value for column, value in row.items()}
    first, last = (
        next((low[one] for one in those if low.get(one)), "") for those in (_FIRST, _LAST)
    )
    name = next((low[one] for one in _NAMES if low.get(one)), "") or f"{first} {last}".strip()
    if name.lower() in ("points possible", "student, test"):
        return ""
    if name.count(",") == 1:  # Lee, Ann
        last, first = name.split(",")
        name = f"{first.strip()} {last.strip()}"
    return name


def _ids(row: Mapping[str, str]) -> tuple[set[str], set[str]]:
    low = {column.lower(): value for column, value in row.items() if value}
    logins = {slug(low[one].partition("@")[0]) for one in _LOGINS if one in low}
    numbers = {low[one].removeprefix("Participant ") for one in _NUMBERS if one in low}
    return logins, numbers


def _spellings(person: Person) -> set[str]:
    """Return how a name may be written: Canvas writes "leeann" for Lee, Ann."""
    first, _, last = person.name.rpartition(" ")
    low = {column.lower(): value for column, value in person.row.items()}
    as_listed = next((low[one] for one in _NAMES if low.get(one)), "")
    return {slug(person.name), _letters(last + first), _letters(as_listed)} - {""}


def _letters(name: str) -> str:
    return re.sub(r"\W|_", "", unicodedata.normalize("NFC", name.lower()))
