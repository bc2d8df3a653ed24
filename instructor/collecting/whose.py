"""Whose file is it: the student, the time and the late mark, by the name that the LMS gave it."""

import contextlib
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import NamedTuple

from instructor import exercises

LONGEST_ID = 60  # letters; a folder's name may have 255 bytes
_PATTERNS = [  # who, the LMS's number, the time, and what the student called the file
    # Ann Lee_12345_assignsubmission_file_ex01.ipynb, or a folder of that name
    ("Moodle", r"(?P<who>.+?)_(?P<number>\d+)_assign\w*?_(?:file|onlinetext)_?.*"),
    # leeann_LATE_4711_8150_ex01.ipynb, leeann_4711_link.html; 2027_03_ is a date, and no number
    (
        "Canvas",
        r"(?P<who>[^_]+)_(?P<late>LATE_)?(?!20\d\d_\d\d_)(?P<number>\d+)_"
        r"(?:\d+_.*|(?:text|link)\.html)",
    ),
    # anon_x7fq2_8150_ex01.ipynb
    ("Canvas", r"(?P<late>LATE_)?anon_(?P<number>\w{5,6}?)_(?:\d+_.*|(?:text|link)\.html)"),
    # Why LAB_alee_attempt_2027-03-05-14-22-10_ex01.ipynb, and a receipt in .txt
    ("Blackboard", r".+_(?P<who>[^_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_.*|\.txt)"),
    # 397063-2557369 - Ann Lee - Mar 5, 2027 222 PM - ex01.ipynb, or a folder; its numbers are of
    # the submission, not of the student
    (
        "Brightspace",
        r"\d+-\d+ - (?:[A-Z]\d{6,} - )?(?P<who>.+?) ?- "
        r"(?P<time>(?:\w+\.? \d{1,2}|\d{1,2} \w+\.?),? \d{4},? \d{1,4}(?: [AP]M)?)(?: - .*)?",
    ),
]
_TIMES = ["%Y-%m-%d-%H-%M-%S"] + [  # Blackboard's, then Brightspace's
    f"{day} %Y {clock}"
    for day in ("%b %d", "%B %d", "%d %b", "%d %B")
    for clock in ("%I%M %p", "%H%M")
]
_VERSION = re.compile(r"versi[oó]n (\d+)", re.IGNORECASE)  # Teams: Ann Lee/Assignment 1/Version 2
_TEAMS = {"submitted files": 0, "working files": -1}  # what is not handed in counts last
_NOT_A_NAME = re.compile(
    r"\b(?:copy of|kopie von|copi[ae] de|ex ?\d\d\w*|exercises?|solutions?|final|version|v\d+"
    r"|corrected|resubmission|submissions?|(?:drive[ -])?downloads?|assignments?|homework|untitled"
    r"|notebooks?|submitted files|working files|student work|week \d+|\d{4,}\w*)\b|\(\d+\)"
    r"|\.(?:ipynb|json|txt|py|html?|pdf|csv|docx?|md|url|gdoc|zip|jpe?g|png)\b",
    re.IGNORECASE,
)
EXERCISE = re.compile(r"ex ?_?-?(\d\d)", re.IGNORECASE)


class Owner(NamedTuple):
    """Who handed in a file. ``sure``: the LMS says so, or a folder of the student's own."""

    name: str
    number: str = ""
    moment: datetime | None = None
    late: bool = False
    version: int = 0
    sure: bool = False
    lms: str = ""


def owner(name: str, by_folder: bool) -> Owner:
    """Tell who handed in a file, by its name or its folders'."""
    path = PurePosixPath(name)
    folders = path.parts[-2::-1]
    parts = [path.name, *folders]
    for part in parts:
        for lms, pattern in _PATTERNS:
            if match := re.fullmatch(pattern, part):
                return _of_lms(lms, match.groupdict())
    if teams := _of_teams(path.parts[:-1]):
        return teams
    for part in [*folders, path.name] if by_folder else parts:
        if words := words_of(part):
            return Owner(words, sure=by_folder and part != path.name)
    if number := re.search(r"(?<!\d)\d{5,}(?!\d)", path.name):  # a student's, instead of a name
        return Owner(number[0])
    return Owner(f"unknown {path.stem}")


def _of_lms(lms: str, found: dict[str, str | None]) -> Owner:
    number = found.get("number") or ""
    who = (found.get("who") or "").strip()
    if who in ("", "Participant"):  # anonymous grading in Canvas and Moodle
        who = f"{who or 'anon'} {number}"
    moment, late = _moment(found.get("time")), bool(found.get("late"))
    return Owner(who, number, moment, late, sure=True, lms=lms)


def _of_teams(folders: Sequence[str]) -> Owner | None:
    """Read Teams' folders: Submitted files/Ann Lee/Assignment 1/Version 2."""
    version, rank = None, 0
    if folders and (match := _VERSION.fullmatch(folders[-1])):
        version, folders = int(match[1]), folders[:-1]
    for place, folder in enumerate(folders):
        if folder.lower() in _TEAMS and place + 1 < len(folders):
            rank = _TEAMS[folder.lower()]
            return Owner(folders[place + 1], version=version or rank, sure=True)
    if version is None or len(folders) < 2:
        return None
    return Owner(folders[-2], version=version, sure=True)


def _moment(text: str | None) -> datetime | None:
    for form in _TIMES if text else ():
        with contextlib.suppress(ValueError):
            return datetime.strptime(re.sub(r"[.,]", "", _padded(text)), form).astimezone()
    return None


def _padded(text: str) -> str:
    """Write the hour with two digits: Brightspace's "222 PM" is 2:22."""
    return re.sub(r"(?<=\d{4} )(\d{3})(?= |$)", r"0\1", re.sub(r"(?<=\d{4}),", "", text))


def folders_of_students(names: Sequence[str]) -> set[str]:
    """Tell which folders stand for a student each, not for a group or a download.

    A folder does if it is one of several, and if none of these holds notebooks with the names of
    different people; or if it holds a single notebook, without a name.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        path = PurePosixPath(name)
        if len(path.parts) > 1:
            marked = EXERCISE.search(path.name)  # else the words may be anything
            found.setdefault(path.parent.as_posix(), []).append(
                words_of(path.name) if marked else ""
            )
    groups = any(len(set(filter(None, those))) > 1 for those in found.values())
    several = len(found) > 1 and not groups
    return {folder for folder, those in found.items() if several or those == [""]}


def words_of(part: str) -> str:
    """Return what may be a name in the name of a file or folder."""
    words = part.replace("_", " ")
    for slug in exercises.names():
        words = re.sub(slug[5:].replace("_", " "), " ", words, flags=re.IGNORECASE)
    words = re.sub(r"[\s.-]+", " ", _NOT_A_NAME.sub(" ", words)).strip()
    return words if re.search(r"[^\W\d]", words) else ""


def slug(who: str) -> str:
    """Make an id of a name: the same for every way to write it, and short enough for a folder."""
    who = unicodedata.normalize("NFC", who.lower())  # Macs write an accent as a letter of its own
    made = re.sub(r"\W+", "-", who).strip("-") or "unknown"
    if len(made) > LONGEST_ID or len(made.encode()) > 2 * LONGEST_ID:
        made = f"{made[: LONGEST_ID // 2]}-{hashlib.sha256(made.encode()).hexdigest()[:8]}"
    return made
