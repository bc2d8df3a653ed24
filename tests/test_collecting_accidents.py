"""Files that once stopped everything: each costs itself alone, and none is lost."""

import json
import sqlite3
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import nbformat
import pytest

from instructor import collecting, exercises
from instructor.collecting import deciding, readable, rebuilding, writing
from instructor.collecting.records import File, State, Submission

NAME = "ex01_lab_color"
SOLUTION = exercises.read(NAME)
STUBS = exercises.learners_copy(SOLUTION)
PIXEL = (  # a PNG of one point
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    source = tmp_path / "course" / "source" / "ex01"
    source.mkdir(parents=True)
    (source / f"{NAME}.ipynb").write_text(exercises.text(SOLUTION), "utf-8")
    return tmp_path / "course"


def text(**answers: str) -> str:
    """Return a learner's notebook, with some answers exchanged."""
    notebook = exercises.learners_copy(SOLUTION)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return json.dumps(notebook)


def collected(course: Path, files: dict[str, bytes]) -> dict[str, Submission]:
    folder = course.parent / "files"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return {one.file: one for one in collecting.collect(course, folder)}


def of_format_3() -> bytes:
    cells = [
        {"cell_type": cell.cell_type, "metadata": {}, "source": cell.source}
        if cell.cell_type == "markdown"
        else {
            "cell_type": "code",
            "metadata": {},
            "input": cell.source,
            "language": "python",
            "outputs": [],
            "collapsed": False,
        }
        for cell in STUBS.cells
    ]
    book = {"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": cells}]}
    return json.dumps(book).encode()


def accidents() -> dict[str, tuple[bytes, State, str]]:
    """List files that went wrong: content, the state expected, and words of the note."""
    mine = text(split="def split(photo):\n    return 1")
    surrogate = mine.replace("return 1", r"return 1  # \ud83d")  # half of a smile
    link = b'<a href="https://colab.research.google.com/drive/1AbC">mine</a>'
    return {
        "surrogate": (surrogate.encode(), State.TAKEN, "a character that no text can hold"),
        "brackets": (b"[" * 100_000, State.UNREADABLE, "nested too deeply"),
        "deep": (
            mine[:-1].encode() + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            *(State.UNREADABLE, "nested too deeply"),
        ),
        "digits": (b'{"cells": ' + b"1" * 5000 + b"}", State.UNREADABLE, "broken JSON"),
        "utf-16": (mine.encode("utf-16"), State.TAKEN, ""),
        "bom": (b"\xef\xbb\xbf" + mine.encode(), State.TAKEN, ""),
        "latin": (mine.encode()[:-1] + b"\xff\xfe\xe9}", State.UNREADABLE, "no text file"),
        "format-3": (of_format_3(), State.TAKEN, "saved in the old format 3"),
        "format-3-broken": (b'{"worksheets": 7}', State.UNREADABLE, "old format 3, and damaged"),
        "cells-of-numbers": (b'{"cells": [1, [2], null]}', State.UNREADABLE, "no exercise"),
        "a.py": (
            b"def split(photo):\n    pass",
            State.UNREADABLE,
            "a Python file, and no notebook",
        ),
        "a.pdf": (b"%PDF-1.7 \xff", State.UNREADABLE, "a PDF, and no notebook"),
        "a.url": (
            b"[x]\nURL=https://colab.research.google.com/drive/1A",
            State.UNREADABLE,
            "1A, and",
        ),
        "a.html": (
            link,
            State.UNREADABLE,
            "a link to https://colab.research.google.com/drive/1AbC",
        ),
        "a.rar": (b"Rar!", State.UNREADABLE, "an archive that cannot be opened here"),
        "broken.zip": (b"PK no zip", State.UNREADABLE, "a zip file that cannot be opened"),
        "fine": (mine.encode(), State.TAKEN, ""),
    }


def test_each_accident_costs_itself_alone_and_has_a_row(course: Path) -> None:
    given, wanted = {}, {}
    for number, (key, (content, state, _)) in enumerate(accidents().items()):
        file = key if "." in key else f"{key}.ipynb"
        name = f"{key.split('.')[0]} {number}x_{number}_assignsubmission_file_{file}"
        given[name], wanted[name] = content, state
    got = collected(course, given)
    assert {name: one.state for name, one in got.items()} == wanted
    for name, (_, _, words) in zip(given, accidents().values(), strict=True):
        assert words in got[name].note, name
        one = got[name]
        places = {
            State.TAKEN: course / "originals" / one.student / "ex01",
            State.UNREADABLE: course / "unreadable",
        }
        kept = [file.read_bytes() for file in places[one.state].iterdir()]
        assert given[name] in kept, name  # byte for byte, as it came
    assert {one.file for one in collecting.recorded(course)} == set(given)
    for file in (course / "submitted").glob("*/ex01/*.ipynb"):
        assert nbformat.read(file, 4).cells


def spoiled(book: object, random: Random) -> object:
    """Put something odd at a random place of a notebook."""
    place, inner = book, book
    while isinstance(inner, dict | list) and inner:
        place = inner
        key = random.choice(list(place) if isinstance(place, dict) else range(len(place)))
        inner = place[key] if random.random() < 0.8 else None
    odd = [None, 7, -1e999, True, "", "x", "\ud83d", [], [[]], [None], {}, {"a": 1}, "attachment:a"]
    place[key] = random.choice(odd)
    return book


def test_a_notebook_with_anything_anywhere_is_read_or_refused_in_words(tmp_path: Path) -> None:
    random, file = Random(0), tmp_path / "ex01.ipynb"
    mine = exercises.learners_copy(SOLUTION)
    for cell in mine.cells:
        if cell.id == "challenge":
            cell["attachments"] = {"a.png": {"image/png": PIXEL}}
        if cell.id == "challenge_work":
            cell.outputs = [nbformat.v4.new_output("display_data", {"image/png": PIXEL})]
    good = json.dumps(mine)
    for _ in range(200):
        book = spoiled(spoiled(json.loads(good), random), random)
        file.write_text(json.dumps(book), "utf-8")
        try:
            read = readable.notebook(File("ex01.ipynb", file, None))
        except collecting.Unreadable:
            continue
        made, _ = rebuilding.rebuilt(read, SOLUTION)
        exercises.text(made).encode("utf-8")


def test_in_a_zip_file_a_bad_entry_a_long_name_and_a_second_of_its_name_stop_no_other(
    course: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "all.zip"
    long = f"{'x' * 300}_9_assignsubmission_file_ex01.ipynb"
    names = [f"S{n}_{n}_assignsubmission_file_ex01.ipynb" for n in range(3)]
    inner = {"Copy of ex01.ipynb": text().encode(), "../../evil.ipynb": b"{}"}
    with zipfile.ZipFile(archive, "w") as content:
        for name in [*names, long]:
            content.writestr(name, text())
        with pytest.warns(UserWarning, match="Duplicate"):
            content.writestr(names[2], text(split="def split(photo):\n    return 2"))
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as content:
        for name, data in inner.items():
            content.writestr(name, data)
    with zipfile.ZipFile(archive, "a") as content:
        content.write(tmp_path / "inner.zip", "Zip_7_assignsubmission_file_my work.zip")
    data = bytearray(archive.read_bytes())
    at = data.index(b"nbformat")  # in the first file: its checksum is wrong now
    data[at : at + 2] = b"NB"
    archive.write_bytes(data)
    got = {one.file: one for one in collecting.collect(course, archive)}
    assert len(got) == 7
    assert got[names[0]].state == State.UNREADABLE and "damaged in the zip" in got[names[0]].note
    assert got[names[1]].state == State.TAKEN
    twice = [one.state for file, one in got.items() if file.startswith("S2")]
    assert sorted(twice) == ["set aside", "taken"]
    assert got[long].state == State.TAKEN
    [mine] = [one for file, one in got.items() if file.endswith("my work.zip/Copy of ex01.ipynb")]
    assert (mine.student, mine.state) == ("zip", State.TAKEN)
    assert not (tmp_path / "evil.ipynb").exists() and not (tmp_path.parent / "evil.ipynb").exists()


def test_a_locked_file_and_a_bomb_are_said_by_name(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readable, "LARGEST", 2**20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as content:
        content.writestr("big.ipynb", b"0" * (2**20 + 1))
    with zipfile.ZipFile(tmp_path / "locked.zip", "w") as content:
        content.writestr("ex01.ipynb", text())
    data = bytearray((tmp_path / "locked.zip").read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | 1)
    files = {"Bo.zip": (tmp_path / "bomb.zip").read_bytes(), "Lo.zip": bytes(data)}
    notes = {one.student: one.note for one in collected(course, files).values()}
    assert "larger than 1 MB" in notes["bo"] and "password" in notes["lo"]


def test_a_pasted_picture_is_kept_and_one_that_is_missing_is_said() -> None:
    mine = exercises.learners_copy(SOLUTION)
    challenge = next(cell for cell in mine.cells if cell.id == "challenge")
    challenge.source = "See ![a](attachment:my%20pic.png) and ![b](attachment:lost.png)"
    challenge["attachments"] = {"my pic.png": {"image/png": PIXEL}}
    made, notes = rebuilding.rebuilt(_as_read(mine), SOLUTION)
    cell = next(cell for cell in made.cells if cell.id == "challenge")
    assert cell.attachments["my%20pic.png"] == {"image/png": PIXEL}
    assert "image/svg+xml" in cell.attachments["lost.png"]
    assert notes == ["pictures that were not in the file: 1"]


def test_what_the_challenge_showed_its_author_stands_below_the_graded_run() -> None:
    mine = exercises.learners_copy(SOLUTION)
    work = next(cell for cell in mine.cells if cell.id == "challenge_work")
    work.source = "slow()"
    work.outputs = [
        nbformat.v4.new_output("stream", text="three numbers\n"),
        nbformat.v4.new_output("display_data", {"image/png": PIXEL}),
        nbformat.v4.new_output("display_data", {"text/html": "<script>x()</script>"}),
    ]
    made, _ = rebuilding.rebuilt(_as_read(mine), SOLUTION)
    ids = [cell.id for cell in made.cells]
    shown = made.cells[ids.index("challenge_work") + 1]
    assert shown.cell_type == "markdown" and "three numbers" in shown.source
    assert shown.attachments["picture-1.png"] == {"image/png": PIXEL}
    assert "script" not in shown.source
    assert made.cells[ids.index("challenge_work")].outputs == []


def _as_read(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(
            {"was": cell.id, "id": cell.id, "showed": cell.get("outputs", [])}
        )
    return notebook


def test_the_deciding_part_needs_no_files() -> None:
    early, late = (datetime(2027, 3, day, tzinfo=UTC) for day in (1, 2))

    def read(file: str, moment: datetime, version: int = 0) -> deciding.Read:
        one = Submission("ann", "Ann", "ex01", file, State.TAKEN)
        return deciding.Read(one, _as_read(exercises.learners_copy(SOLUTION)), moment, version)

    sources = {"ex01": SOLUTION}
    by_time = deciding.decide([read("a", late), read("b", early)], sources, {})
    assert [one.one.state for one in by_time] == ["taken", "set aside"]
    by_version = deciding.decide([read("a", late, 1), read("b", early, 2)], sources, {})
    assert [one.one.state for one in by_version] == ["set aside", "taken"]
    report = deciding.Read(
        Submission("ann", "Ann", "", "r.pdf", State.UNREADABLE, "a PDF, and no notebook"), None
    )
    beside = deciding.decide([read("a.ipynb", late), report], sources, {})
    assert [one.one.state for one in beside] == ["taken", "ignored"]
    [alone] = deciding.decide([report], sources, {})
    assert alone.one.state == "unreadable"


def test_the_gradebook_is_copied_and_the_oldest_copies_go(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert writing.back_up(course) is None
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        gradebook.execute("create table points (n)")
    monkeypatch.setattr(writing, "BACKUPS", 2)
    copies = [writing.back_up(course) for _ in range(3)]
    assert sorted((course / "backups").iterdir()) == copies[1:]
    with sqlite3.connect(copies[-1]) as kept:
        assert kept.execute("select count(*) from points").fetchone() == (0,)
