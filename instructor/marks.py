"""The way back: marks.csv, and files that Canvas and Moodle take as they are."""

import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from instructor import collecting, roster, tables
from instructor.collecting import whose

COLUMNS = [
    "student",
    "name",
    "number",
    "exercise",
    "points",
    "of",
    "late",
    "total",
    "by hand",
    "note",
]
_CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
_MOODLE = [
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
]
NOTHING = "nothing handed in"
Row = dict[str, object]


def write(course: Path, graded: Sequence[Row]) -> tuple[list[Row], list[Path]]:
    """Write marks.csv, canvas.csv, moodle-ex01.csv, feedback-ex01.zip and so on into the course.

    Returns the rows of marks.csv, which are those ``graded`` and more, and the files.
    """
    class_list, dates = roster.read(course), roster.due(course)
    found = collecting.recorded(course)
    taken = {
        (one.student, one.exercise): one for one in found if one.state == collecting.State.TAKEN
    }
    rows = [_with_days(row, taken, dates) for row in graded]
    rows += _missing(class_list, found, dates)
    rows.sort(key=lambda row: (row["exercise"], row["student"]))
    files = [tables.write(course / "marks.csv", COLUMNS, rows)]
    totals = [
        (taken[row["student"], row["exercise"]], row)
        for row in rows
        if (row["student"], row["exercise"]) in taken and row["total"] != ""
    ]
    files += _canvas(course, totals, class_list)
    files += _moodle(course, totals)
    files += _feedback(course, list(taken.values()))
    return rows, files


def _with_days(row: Row, taken: dict, dates: dict[str, roster.Due]) -> Row:
    """Add the days late, and the total that the rule of due.csv leaves."""
    one = taken.get((row["student"], row["exercise"]))
    days = roster.days_late(one, dates) if one else 0
    row["late"] = days or (one.late if one else "")
    row["total"] = row["points"]
    if days and row["points"] != "":
        off = days * dates[one.exercise].a_day
        row["total"] = f"{max(0.0, float(row['points']) - off):g}"
    return row


def _missing(
    class_list: roster.Roster, found: Sequence[collecting.Submission], dates: dict
) -> list[Row]:
    """Make a row for everybody on the roster who has handed in nothing of an exercise."""
    over = {exercise for exercise, due in dates.items() if due.moment < datetime.now(UTC)}
    names = sorted({one.exercise for one in found if one.exercise} | over)
    rows = []
    for exercise in names:
        handed_in = [one for one in found if one.exercise == exercise]
        for person in class_list.missing(handed_in):
            row = dict.fromkeys(COLUMNS, "")
            row |= {"student": whose.slug(person.name), "name": person.name, "exercise": exercise}
            rows.append(row | {"note": NOTHING})
    return rows


def _canvas(
    course: Path,
    totals: Sequence[tuple[collecting.Submission, Row]],
    class_list: roster.Roster,
) -> list[Path]:
    """Write canvas.csv, for Grades > Import: with the roster's columns if it is Canvas's own."""
    columns = [name for name in _CANVAS if any(name in one.row for one in class_list.people)]
    known = {"Student", "ID"} <= set(columns)
    lines: dict[str, Row] = {}
    of: Row = {}
    headers: list[str] = []
    for one, row in totals:
        person = class_list.of(one) if known else None
        if not person and whose.owner(one.file, by_folder=False).lms != "Canvas":
            continue
        number = person.row["ID"] if person else one.number
        if not number.isdigit():  # of anonymous grading
            continue
        line = {name: person.row.get(name, "") for name in columns} if person else {}
        line = lines.setdefault(number, {"Student": one.name, "ID": number} | line)
        header = _column(row["exercise"], person)
        line[header] = row["total"]
        of[header] = row["of"]
        headers += [header] if header not in headers else []
    if not lines:
        return []
    first = {"Student": "    Points Possible"} | of
    table = [*(columns if known else _CANVAS), *headers]
    return [tables.write(course / "canvas.csv", table, [first, *lines.values()])]


def _column(exercise: str, person: roster.Person | None) -> str:
    """Return the column of an assignment that is in Canvas already: "ex01 Why LAB (4711)"."""
    for name in person.row if person else ():
        if re.match(rf"{exercise}\b.*\(\d+\)$", name, re.IGNORECASE):
            return name
    return exercise


def _moodle(course: Path, totals: Sequence[tuple[collecting.Submission, Row]]) -> list[Path]:
    """Write moodle-ex01.csv and so on, each a grading worksheet to upload."""
    lines: dict[str, list[Row]] = {}
    for one, row in totals:
        if whose.owner(one.file, by_folder=False).lms == "Moodle":
            line = {
                "Identifier": f"Participant {one.number}",
                "Full name": one.name,
                "Status": "Submitted for grading",
                "Grade": row["total"],
                "Maximum Grade": row["of"],
                "Grade can be changed": "Yes",
                "Last modified (submission)": "-",
                "Last modified (grade)": "-",
            }
            lines.setdefault(one.exercise, []).append(line)
    return [
        tables.write(course / f"moodle-{exercise}.csv", _MOODLE, those)
        for exercise, those in sorted(lines.items())
    ]


def _feedback(course: Path, taken: Sequence[collecting.Submission]) -> list[Path]:
    """Pack the pages of feedback under the names of the download, by which the LMS knows whose."""
    packed = []
    for exercise in sorted({one.exercise for one in taken}):
        pages = [
            (page, PurePosixPath(one.file).with_suffix(".html").as_posix().replace(".zip/", "/"))
            for one in taken
            if one.exercise == exercise
            for page in (course / "feedback" / one.student / exercise).glob("*.html")
        ]
        if pages:
            packed.append(course / f"feedback-{exercise}.zip")
            with zipfile.ZipFile(packed[-1], "w", zipfile.ZIP_DEFLATED) as content:
                for page, name in pages:
                    content.write(page, name)
    return packed
