"""Collect submissions: any heap of files, as Moodle, Canvas, Colab or a folder gives them.

Every file is accounted for by name: taken, set aside, unreadable, or ignored as no notebook. What
is taken is put into the course's own notebook, answer by answer, so that a submission cannot change
or lose a test.
"""

import contextlib
import copy
import csv
import json
import os
import re
import shutil
import tempfile
import unicodedata
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import nbformat

from instructor import exercises

_LMS = [  # who, the number of the file, what the student called it
    re.compile(
        r"(?P<who>.+?)_(?P<number>\d+)_assign\w*?_(?:file|onlinetext)_?(?P<file>.*)"
    ),  # Moodle
    re.compile(r"(?P<who>[^_]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>.*)"),  # Canvas
]
_NOT_A_NAME = re.compile(
    r"\b(?:copy of|kopie von|copi[ae] de|ex ?\d\d\w*|exercises?|solutions?|final|version|v\d+"
    r"|corrected|resubmission|submissions?|downloads?|assignments?|homework|untitled|notebooks?"
    r"|\d{4,})\b|\(\d+\)|\.(?:ipynb|json|txt|py|html?|pdf|csv|docx?|zip|jpe?g|png)\b",
    re.IGNORECASE,
)
_EXERCISE = re.compile(r"ex ?_?-?(\d\d)", re.IGNORECASE)
ELSEWHERE = "(No answer here: see the cells around this one.)"
_STAMP = "%Y-%m-%d %H:%M:%S UTC"  # as nbgrader reads it
_OWN = (
    "source",
    "release",
    "submitted",
    "autograded",
    "feedback",
    "set_aside",
    "unreadable",
)


class Submission(NamedTuple):
    """One file; ``state`` is "taken", "set aside", "unreadable" or "ignored" (no notebook).

    ``number`` is what the LMS calls the student or the submission, if it does.
    """

    student: str
    name: str
    exercise: str
    file: str
    state: str
    note: str = ""
    number: str = ""


Read = tuple[Submission, nbformat.NotebookNode | None]  # a file, and the notebook in it


class Unreadable(Exception):
    """Why something cannot be read, in words."""


def collect(course: Path, files: Path) -> list[Submission]:
    """Take what a folder, zip file or notebook holds into course/submitted.

    Returns what became of each file, and adds it to course/collected.csv. Notebooks that cannot be
    read are copied to course/unreadable, and older ones of a student's to course/set_aside.

    Raises:
        Unreadable: there is no such folder or file, it is empty, or it is the course folder.
    """
    own = [course / name for name in _OWN]
    if any(folder.resolve().is_relative_to(files.resolve()) for folder in own):
        raise Unreadable(f"{files} is of the course folder: give what the students handed in.")
    with tempfile.TemporaryDirectory() as unpacked:
        given = files
        if not files.is_dir():
            files = Path(unpacked)
            if given.suffix == ".ipynb" and given.exists():
                shutil.copy2(given, files)
            else:
                _unpack(given, files)
        found = sorted(file for file in files.rglob("*") if file.is_file())
        found = [file for file in found if not _is_noise(file.relative_to(files))]
        if not found:
            raise Unreadable(f"{given} holds no files.")
        folders = _folders_of_students(found, files)
        read = [_read(file, files, file.parent in folders) for file in found]
        before = recorded(course)
        read = _told_apart(read, before)
        taken = _newest(read, files)
        result = [_store(course, files, one, notebook, taken) for one, notebook in read]
    result = _with_twins(course, result)
    _record(course, before, result)
    return result


def recorded(course: Path) -> list[Submission]:
    """Read what was collected so far."""
    file = course / "collected.csv"
    if not file.exists():
        return []
    with open(file, encoding="utf-8", newline="") as table:
        return [Submission(**row) for row in csv.DictReader(table)]


def source_of(course: Path, exercise: str) -> Path:
    """Return the file of an exercise in a course folder, with its solutions and hidden tests."""
    return next((course / "source" / exercise).glob("*.ipynb"))


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip file; its files keep their dates, by which the newest submission counts."""
    try:
        with zipfile.ZipFile(archive) as content:
            for entry in content.infolist():
                file = content.extract(entry, folder)
                with contextlib.suppress(ValueError):  # there are zip files without dates
                    moment = datetime(*entry.date_time).timestamp()
                    os.utime(file, (moment, moment))
    except FileNotFoundError:
        raise Unreadable(f"there is no folder and no zip file {archive}.") from None
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(
            f"{archive} is no zip file that can be read ({error}). Unpack it, and give its folder."
        ) from error


def _is_noise(file: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in file.parts)


def _folders_of_students(found: list[Path], root: Path) -> set[Path]:
    """Tell which folders stand for a student each, not for a group or a download.

    A folder does if it is one of several, and if none of these holds notebooks with the names of
    different people; or if it holds a single notebook, without a name.
    """
    names: dict[Path, list[str]] = {}
    for file in found:
        if ".ipynb" in file.name and file.parent != root:
            marked = _EXERCISE.search(file.name)  # else the words may be anything
            names.setdefault(file.parent, []).append(_words(file.name) if marked else "")
    groups = any(len(set(filter(None, those))) > 1 for those in names.values())
    several = len(names) > 1 and not groups
    return {folder for folder, those in names.items() if several or those == [""]}


def _read(file: Path, root: Path, by_folder: bool) -> Read:
    who, number = _author(file.relative_to(root), by_folder)
    name = file.relative_to(root).as_posix()
    guess = _EXERCISE.search(file.name)
    one = Submission(_slug(who), who, f"ex{guess[1]}" if guess else "", name, "taken", "", number)
    try:
        notebook = _notebook(file)
        return one._replace(exercise=_exercise(notebook)), notebook
    except Unreadable as why:
        if ".ipynb" in file.name.lower():
            return one._replace(state="unreadable", note=str(why)), None
        return one._replace(state="ignored", note="it is no notebook"), None


def _author(path: Path, by_folder: bool) -> tuple[str, str]:
    """Return who handed in a file, by its name or its folder's, and the LMS's number for it."""
    parts = [path.name, *reversed(path.parent.parts)]
    for part in parts:
        for pattern in _LMS:
            if match := pattern.fullmatch(part):
                return match["who"].strip(), match["number"]
    for part in [*parts[1:], *parts[:1]] if by_folder else parts:
        if words := _words(part):
            return words, ""
    if number := re.search(r"(?<!\d)\d{5,}(?!\d)", path.name):  # a student's, instead of a name
        return number[0], ""
    return f"unknown {path.stem}", ""


def _words(part: str) -> str:
    """Return what may be a name in the name of a file or folder."""
    words = part.replace("_", " ")
    for slug in exercises.names():
        words = re.sub(slug[5:].replace("_", " "), " ", words, flags=re.IGNORECASE)
    return re.sub(r"[\s.-]+", " ", _NOT_A_NAME.sub(" ", words)).strip()


def _slug(who: str) -> str:
    who = unicodedata.normalize("NFC", who.lower())  # Macs write an accent as a letter of its own
    return re.sub(r"\W+", "-", who).strip("-") or "unknown"


def _notebook(file: Path) -> nbformat.NotebookNode:
    """Read a notebook, in whatever state it is.

    Raises:
        Unreadable: it is no notebook.
    """
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("no notebook: it is no text file") from None
    if not text.strip():
        raise Unreadable("the file is empty")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"broken JSON in line {error.lineno}: {error.msg}") from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise Unreadable("no notebook: it has no cells")
    if not content["cells"]:
        raise Unreadable("the notebook has no cells")
    cells = []
    for cell in content["cells"]:
        if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            continue
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        make = getattr(nbformat.v4, f"new_{cell['cell_type']}_cell")
        marks = cell["metadata"].get("nbgrader") if isinstance(cell.get("metadata"), dict) else None
        made = make(source, id=f"submitted-{len(cells)}")  # the same whenever it is read
        made.metadata["was"] = marks.get("grade_id") if isinstance(marks, dict) else None
        made.metadata["id"] = str(cell.get("id", ""))
        cells.append(made)
    return nbformat.v4.new_notebook(cells=cells)


def _exercise(notebook: nbformat.NotebookNode) -> str:
    """Tell by its content which exercise a notebook is."""
    code = "\n".join(cell.source for cell in notebook.cells)
    if match := re.search(r"from helpers\.checks import (ex\d\d)", code):
        return match[1]
    best = {
        name[:4]: len(set(_places(notebook, exercises.read(name)))) for name in exercises.names()
    }
    exercise = max(best, key=best.get)
    if best[exercise] < 2:
        raise Unreadable("no exercise of this course: none of its cells is known")
    return exercise


def _places(notebook: nbformat.NotebookNode, source: nbformat.NotebookNode) -> dict[str, int]:
    """Find the cells of the course in a submission: id of the source -> number of the cell.

    By nbgrader's mark, the cell's id, or what the cell defines or calls; the last copy counts.
    """
    known = {cell.id: cell for cell in source.cells}
    places: dict[str, int] = {}
    for key in ("was", "id"):
        found = {}
        for number, cell in enumerate(notebook.cells):
            if cell.metadata.get(key) in known:
                found[cell.metadata[key]] = number
        places = {**found, **places}
    for id, cell in known.items():
        sign = _sign(cell)
        if id not in places and sign:
            for number, one in enumerate(notebook.cells):
                if number not in places.values() and sign.search(one.source):
                    places[id] = number
    return places


def _sign(cell: nbformat.NotebookNode) -> re.Pattern | None:
    """Return by what a cell of the course is known when it has lost its marks."""
    kind, lines = exercises.role(cell), cell.source.splitlines()
    name = re.escape(cell.id.removesuffix("_check"))
    if kind == "answer":
        return re.compile(rf"^(?:def {name}\(|{name} *=|class {name}\b)", re.M)
    if kind == "test":
        return re.compile(rf"^checks\.{name}\(", re.M)
    if kind == "challenge":  # its question stands above the answer
        return re.compile(rf"\A\s*{re.escape(lines[0])}")
    return re.compile(rf"\A{re.escape(cell.source)}\s*\Z") if cell.source else None


def rebuilt(
    submission: nbformat.NotebookNode, source: nbformat.NotebookNode
) -> tuple[nbformat.NotebookNode, list[str]]:
    """Put the answers, and the cells a learner has added, into the course's own notebook.

    Returns it, and notes on what was restored.
    """
    released = exercises.learners_copy(source)
    stubs = _sources(released)
    places = _places(submission, source)
    notes, cells, used = [], [], set(places.values())
    copies = [
        cell for n, cell in enumerate(submission.cells) if n not in used and _copies(cell, source)
    ]
    if copies:
        notes.append(f"{len(copies)} of its cells were there twice: the last one counts")
    added = {id(cell) for cell in submission.cells} - {id(submission.cells[n]) for n in used}
    after = -1
    for cell in released.cells:
        kind = exercises.role(cell)
        if cell.id in places:
            number = places[cell.id]
            if number > after:  # what the learner has put between
                cells += [
                    _plain(one)
                    for one in submission.cells[after + 1 : number]
                    if id(one) in added and one.source.strip()
                ]
                after = number
            handed_in = submission.cells[number]
            edited = handed_in.source.strip() != cell.source.strip()
            if kind in ("answer", "challenge"):
                cell.source = handed_in.source
            elif kind == "test" and edited:
                notes.append(f"{cell.id} was edited: restored")
            elif edited and cell.id != "setup":  # another import, say: both run
                cells.append(cell)
                cell = _plain(handed_in)
        elif kind in ("answer", "challenge") and cell.id != "challenge_work":
            notes.append(f"{cell.id} is missing: no answer")
        elif kind == "test":
            notes.append(f"{cell.id} was deleted: restored")
        cells.append(cell)
    cells += [
        _plain(one)
        for one in submission.cells[after + 1 :]
        if id(one) in added and one.source.strip()
    ]
    if _mark_challenge_elsewhere(cells, stubs):
        notes.append("the challenge's own cell is empty: see those around it")
    released.cells = cells
    return released, notes


def _mark_challenge_elsewhere(cells: list[nbformat.NotebookNode], stubs: dict[str, str]) -> bool:
    """Mark the challenge for a person if its cell is empty, but not what stands around it.

    nbgrader gives an untouched cell no points, and shows it to nobody. Returns whether it did.
    """
    ids = [cell.id for cell in cells]
    [place] = [n for n, cell in enumerate(cells) if exercises.role(cell) == "challenge"]
    around = cells[ids.index("about-challenge") + 1 :]
    if cells[place].source.strip() != stubs[ids[place]].strip() or all(
        cell.source.strip() == stubs.get(cell.id, "").strip() for cell in around
    ):
        return False
    cells[place].source += f"\n\n{ELSEWHERE}"
    return True


def _sources(notebook: nbformat.NotebookNode) -> dict[str, str]:
    return {cell.id: cell.source for cell in notebook.cells}


def _copies(cell: nbformat.NotebookNode, source: nbformat.NotebookNode) -> bool:
    known = {one.id for one in source.cells if exercises.role(one)}
    return bool({cell.metadata.get("was"), cell.metadata.get("id")} & known)


def _plain(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    plain = copy.deepcopy(cell)
    plain.metadata = nbformat.NotebookNode()
    return plain


def _told_apart(read: list[Read], before: list[Submission]) -> list[Read]:
    """Give students of the same name ids of their own, by the LMS's numbers, and keep them.

    Moodle has a number for each student and exercise, Canvas one for each student.
    """
    ids: dict[str, dict[tuple[str, str], str]] = {}  # by name: (exercise, number) -> student
    for one in before:
        if one.number:
            ids.setdefault(_slug(one.name), {})[one.exercise, one.number] = one.student
    arriving: dict[tuple[str, str], set[str]] = {}
    for one, _ in read:
        if one.number:
            arriving.setdefault((one.student, one.exercise), set()).add(one.number)
    result = []
    for one, notebook in read:
        if one.number:
            known = ids.setdefault(one.student, {})
            same = [student for (_, number), student in known.items() if number == one.number]
            rivals = {number for exercise, number in known if exercise == one.exercise}
            rivals |= arriving[one.student, one.exercise]
            student, note = one.student, one.note
            if same:
                student = same[0]
            elif rivals != {one.number}:
                student = f"{one.student}-{one.number}"
            if rivals != {one.number}:
                note = joined(note, f"{one.name} is here twice, told apart by number")
            elif not same and len(set(known.values())) > 1:
                note = joined(note, f"several are called {one.name}: whose is it?")
            known[one.exercise, one.number] = student
            one = one._replace(student=student, note=note)
        result.append((one, notebook))
    return result


def _newest(read: list[Read], root: Path) -> dict[tuple[str, str], str]:
    """Choose one file for a student and an exercise: the newest, and of these the last by name."""
    chosen: dict[tuple[str, str], tuple[float, str]] = {}
    for one, _ in read:
        if one.state == "taken":
            key, value = (one.student, one.exercise), ((root / one.file).stat().st_mtime, one.file)
            chosen[key] = max(value, chosen.get(key, value))
    return {key: file for key, (_, file) in chosen.items()}


def _store(
    course: Path,
    files: Path,
    one: Submission,
    notebook: nbformat.NotebookNode | None,
    taken: dict[tuple[str, str], str],
) -> Submission:
    newest = taken.get((one.student, one.exercise))
    if one.state == "ignored":
        return one
    if one.state == "unreadable":
        also = f"; graded instead: {newest}" if newest else ""
        one = one._replace(note=one.note + also)
    elif not (course / "source" / one.exercise).exists():
        one = one._replace(state="unreadable", note=f"{one.exercise} is not in this course folder")
    elif one.file != newest:
        one = one._replace(state="set aside", note=f"a second file; graded instead: {newest}")
    if one.state != "taken":
        _put_away(course, files, one)
        return one
    source = source_of(course, one.exercise)
    result, notes = rebuilt(notebook, nbformat.read(source, 4))
    target = course / "submitted" / one.student / one.exercise / source.name
    stamp = target.with_name("timestamp.txt")
    text = exercises.text(result)
    moment = datetime.fromtimestamp((files / one.file).stat().st_mtime, UTC).strftime(_STAMP)
    if not target.exists() or target.read_text("utf-8") != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            earlier = stamp.read_text()
            if moment < earlier:  # as text, too
                note = f"older than what was collected before, which is of {earlier}"
                one = one._replace(state="set aside", note=note)
                _put_away(course, files, one)
                return one
            notes.append(f"replaces the one of {earlier}")
            _keep(course, target)
        target.write_text(text, "utf-8")
        stamp.write_text(moment)
        for folder in ("autograded", "feedback"):
            shutil.rmtree(course / folder / one.student / one.exercise, ignore_errors=True)
    if one.student.startswith("unknown"):
        notes.append("whose is it? Put the student's name into the file's name")
    return one._replace(note=joined(one.note, *notes))


def _put_away(course: Path, files: Path, one: Submission) -> None:
    """Keep a file that is not graded in the course's folder of its state, beside earlier ones."""
    file, target = files / one.file, course / one.state.replace(" ", "_") / one.file
    number = 1
    while target.exists() and target.read_bytes() != file.read_bytes():
        number += 1
        target = target.with_name(f"{file.stem} ({number}){file.suffix}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, target)


def _keep(course: Path, submitted: Path) -> None:
    """Keep what was submitted before, under the time at which it was."""
    stamp = (submitted.parent / "timestamp.txt").read_text()
    *_, student, exercise, _ = submitted.parts
    kept = course / "set_aside" / f"{student} {exercise} {re.sub(r'[^0-9]+', '-', stamp)}.ipynb"
    kept.parent.mkdir(exist_ok=True)
    shutil.copy2(submitted, kept)


def _with_twins(course: Path, result: list[Submission]) -> list[Submission]:
    """Note which challenges were answered in the same words."""
    texts: dict[Submission, str] = {}
    for one in result:
        if one.state == "taken":
            texts[one] = _challenge(course, one)
    noted = []
    for one in result:
        twins = [
            other.student
            for other, text in texts.items()
            if text and text == texts.get(one) and other.student != one.student
        ]
        if twins:
            note = f"the same words in the challenge: {', '.join(twins)}"
            one = one._replace(note=joined(one.note, note))
        noted.append(one)
    return noted


def _challenge(course: Path, one: Submission) -> str:
    """Return the exercise and the learner's words in its challenge, or nothing."""
    file = next((course / "submitted" / one.student / one.exercise).glob("*.ipynb"))
    source = nbformat.read(source_of(course, one.exercise), 4)
    stubs = _sources(exercises.learners_copy(source))
    for cell in nbformat.read(file, 4).cells:
        own = cell.source != stubs.get(cell.id) and ELSEWHERE not in cell.source
        if exercises.role(cell) == "challenge" and own:
            return one.exercise + re.sub(r"\s+", " ", cell.source)
    return ""


def joined(*notes: str) -> str:
    """Write several notes as one; empty ones are left out."""
    return "; ".join(filter(None, notes))


def _record(course: Path, before: list[Submission], result: list[Submission]) -> None:
    """Add to collected.csv; a file that was collected before is replaced, unless it is graded."""
    now = {(one.student, one.exercise, one.file): one for one in result}
    taken = {(one.student, one.exercise): one.file for one in result if one.state == "taken"}
    kept = []
    for one in before:
        again = now.get((one.student, one.exercise, one.file))
        if again and (again.state == "taken" or one.state != "taken"):
            continue
        if again:
            del now[one.student, one.exercise, one.file]
        later = taken.get((one.student, one.exercise))
        if later and one.state == "taken":
            one = one._replace(state="set aside", note=f"replaced by {later}")
        kept.append(one)
    with open(course / "collected.csv", "w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(Submission._fields)
        writer.writerows([*kept, *now.values()])
