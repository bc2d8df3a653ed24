"""The way back: marks, days late, files for an LMS, questions in numbers, similar answers."""

import csv
import zipfile
from datetime import timedelta
from pathlib import Path

import nbformat
import pytest

from instructor import exercises, items, marks, roster, similar, tables
from instructor.collecting import writing
from instructor.collecting.records import State, Submission, stamp

SOLUTION = exercises.read("ex01_lab_color")
MOODLE = "{}_{}_assignsubmission_file_ex01.ipynb"
CANVAS_LIST = """\
Student,ID,SIS User ID,SIS Login ID,Section,ex01 Why LAB (991),Current Score
    Points Possible,,,,,10,
"Lee, Ann",4711,S1,alee,A,,
"Müller, Zoë",4712,S2,zmueller,A,,
"Poe, Ed",4713,S3,epoe,B,,
"La Caille, Lorenzo",4714,S4,llc,B,,
"Student, Test",4799,,x,A,,
"""


def one(name: str, file: str, number: str = "", time: str = "", late: str = "") -> Submission:
    student = name.lower().replace(" ", "-")
    return Submission(student, name, "ex01", file, State.TAKEN, "", number, time, late)


def row(submission: Submission, points: str = "8") -> dict[str, object]:
    kept = {name: getattr(submission, name) for name in ("student", "name", "number", "exercise")}
    return kept | {"points": points, "of": "10", "by hand": "", "note": ""}


def lines(file: Path) -> list[dict[str, str]]:
    with open(file, encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("-3", "-3"),
        ("-", "-"),
        ("Ann-Lee", "Ann-Lee"),
        (7, 7),
    ],
)
def test_what_a_spreadsheet_would_run_is_escaped_and_comes_back(
    tmp_path: Path, value: object, written: object
) -> None:
    assert tables.escaped(value) == written
    file = tables.write(tmp_path / "a.csv", ["name"], [{"name": value}])
    assert tables.read(file) == [{"name": str(value)}]


def test_a_table_with_semicolons_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name;id\nAnn;7\n", "utf-8")
    assert tables.read(tmp_path / "a.csv") == [{"name": "Ann", "id": "7"}]


def test_collected_csv_comes_back_as_it_was(tmp_path: Path) -> None:
    rows = [
        one("=Ann", "=a,b\n.ipynb"),
        one("Bo", 'b"c.ipynb', "7", "2027-03-05 12:00:00 UTC", "yes"),
    ]
    writing.record(tmp_path, rows)
    assert writing.recorded(tmp_path) == rows
    old = "student,name,exercise,file,state,note,number\nann,Ann,ex01,a.ipynb,set aside,,\n"
    (tmp_path / "collected.csv").write_text(old)  # as an older version of the course wrote it
    assert writing.recorded(tmp_path)[0].state is State.SET_ASIDE


def test_days_late_and_the_rule_of_due_csv(tmp_path: Path) -> None:
    (tmp_path / "due.csv").write_text("exercise,due,off a day\nex01,2027-03-05 12:00,1.5\n")
    due = roster.due(tmp_path)
    moment = due["ex01"].moment

    def handed_in(seconds: float) -> Submission:
        return one("Ann", "a.ipynb", time=stamp(moment + timedelta(seconds=seconds)))

    late = [roster.days_late(handed_in(s), due) for s in (-60, 0, 60, 86400, 86401)]
    assert late == [0, 0, 1, 1, 2]
    writing.record(tmp_path, [handed_in(86401)])
    [got], _ = marks.write(tmp_path, [row(handed_in(86401))])
    assert (got["late"], got["total"]) == (2, "5")
    [got], _ = marks.write(tmp_path, [row(handed_in(86401), "2")])
    assert got["total"] == "0"


def test_without_a_date_the_mark_of_the_lms_stays_and_costs_nothing(tmp_path: Path) -> None:
    ann = one("leeann", "leeann_LATE_4711_8150_ex01.ipynb", "4711", late="yes")
    writing.record(tmp_path, [ann])
    [got], _ = marks.write(tmp_path, [row(ann)])
    assert (got["late"], got["total"]) == ("yes", "8")


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("due.csv", "exercise,due\nex01,tomorrow\n", "Write it as 2027-03-05 23:59"),
        ("due.csv", "exercise,due,off a day\nex01,2027-03-05,much\n", "Write a number"),
        ("roster.csv", "who,mail\nAnn,a@b.c\n", "no column of names"),
    ],
)
def test_a_table_that_cannot_be_read_gets_a_sentence(
    tmp_path: Path, file: str, text: str, words: str
) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(roster.CannotRead, match=words):
        (roster.due if file == "due.csv" else roster.read)(tmp_path)


@pytest.mark.parametrize(
    ("submission", "name"),
    [
        (one("leeann", "leeann_4711_8150_ex01.ipynb", "4711"), "Ann Lee"),
        (one("müllerzoë", "x.ipynb"), "Zoë Müller"),
        (one("Zoë Müller", "x.ipynb", "99"), "Zoë Müller"),
        (one("Group A-Ann Lee", "x.ipynb"), "Ann Lee"),
        (one("epoe", "Why_epoe_attempt_2027-03-05-14-22-10_a.ipynb"), "Ed Poe"),
        (one("4713", "4713_ex01.ipynb"), "Ed Poe"),
        (one("lacaillelorenzo", "x.ipynb"), "Lorenzo La Caille"),
        (one("Nobody", "x.ipynb"), None),
    ],
)
def test_the_roster_knows_people_however_an_lms_writes_them(
    tmp_path: Path, submission: Submission, name: str | None
) -> None:
    (tmp_path / "roster.csv").write_text(CANVAS_LIST, "utf-8")
    found = roster.read(tmp_path)
    assert [person.name for person in found.people] == [
        "Ann Lee",
        "Zoë Müller",
        "Ed Poe",
        "Lorenzo La Caille",
    ]
    person = found.of(submission)
    assert (person.name if person else None) == name


def test_who_is_missing_has_a_row(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(CANVAS_LIST, "utf-8")
    ann = one("leeann", "leeann_4711_8150_ex01.ipynb", "4711")
    writing.record(tmp_path, [ann])
    rows, _ = marks.write(tmp_path, [row(ann)])
    missing = {got["name"] for got in rows if got["note"] == "nothing handed in"}
    assert missing == {"Zoë Müller", "Ed Poe", "Lorenzo La Caille"}


def test_canvas_gets_its_own_columns_back(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(CANVAS_LIST, "utf-8")
    ann = one("leeann", "leeann_4711_8150_ex01.ipynb", "4711")
    writing.record(tmp_path, [ann])
    marks.write(tmp_path, [row(ann)])
    first, second = lines(tmp_path / "canvas.csv")
    assert first["Student"] == "    Points Possible" and first["ex01 Why LAB (991)"] == "10"
    assert (second["Student"], second["ID"], second["Section"]) == ("Lee, Ann", "4711", "A")
    assert second["ex01 Why LAB (991)"] == "8"


def test_canvas_and_moodle_need_no_roster(tmp_path: Path) -> None:
    ann = one("leeann", "leeann_4711_8150_ex01.ipynb", "4711")
    bo = one("Bo Chen", MOODLE.format("Bo Chen", 12345), "12345")
    writing.record(tmp_path, [ann, bo])
    page = tmp_path / "feedback" / "bo-chen" / "ex01" / "ex01_lab_color.html"
    page.parent.mkdir(parents=True)
    page.write_text("well done")
    _, files = marks.write(tmp_path, [row(ann), row(bo, "")])
    assert {file.name for file in files} == {"marks.csv", "canvas.csv", "feedback-ex01.zip"}
    _, files = marks.write(tmp_path, [row(ann), row(bo, "7.5")])
    assert lines(tmp_path / "canvas.csv")[1]["ID"] == "4711"
    [line] = lines(tmp_path / "moodle-ex01.csv")
    assert (line["Identifier"], line["Grade"]) == ("Participant 12345", "7.5")
    with zipfile.ZipFile(tmp_path / "feedback-ex01.zip") as content:
        assert content.namelist() == ["Bo Chen_12345_assignsubmission_file_ex01.html"]


def test_questions_in_numbers(tmp_path: Path) -> None:
    earned = {"split": [2, 2, 2, 0, 0, 0], "join": [1, 1, 1, 0, 0, 0], "odd": [0, 1, 0, 1, 0, 1]}
    found = [
        items.Point(f"s{n}", "ex01", question, points, max(those), "=L is #" * (not points))
        for question, those in earned.items()
        for n, points in enumerate(those)
    ]
    split, _, odd = items.analysis(found)
    assert split.right == 0.5 and split.discrimination > 0.5 > 0 > odd.discrimination
    assert split.mistakes == [("=L is #", 3)]
    assert items.analysis(found[:3])[0].discrimination is None
    made = items.write(tmp_path, found)
    assert [file.name for file in made] == ["points.csv", "items.csv", "items.html"]
    page = (tmp_path / "items.html").read_text("utf-8")
    assert '<html lang="en">' in page and 'alt="Bars: ' in page and "split 50%" in page
    assert items.write(tmp_path, []) == []


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (("stream", {"text": "Not yet: L has shape (4, 4, 3)\n"}), "L has shape (4, 4, 3)"),
        (
            ("stream", {"text": "Not yet: split stops with X: 7 in the line: a"}),
            "split stops with X: 7",
        ),
        (("error", {"ename": "NotYet", "evalue": "sums to 1.5", "traceback": []}), "sums to 1.5"),
        (("stream", {"text": "Right: it does"}), ""),
    ],
)
def test_a_mistake_is_what_a_test_said(output: tuple, words: str) -> None:
    kind, content = output
    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output(kind, **content)])
    assert items.told(cell) == words


def test_mistakes_that_differ_in_numbers_are_one_and_told_in_the_first_ones_words() -> None:
    said = ("the sum is 1.5e-3", "the sum is -7", "another")
    found = [items.Point(f"s{n}", "ex01", "split", 0, 2, words) for n, words in enumerate(said)]
    assert items.analysis(found)[0].mistakes == [("the sum is 1.5e-3", 2), ("another", 1)]


LONG = """def split(photo):
    lab = rgb2lab(photo)
    light = lab[..., :1]
    both = lab[..., 1:] / 128
    for number in range(3):
        both = both + number - number
    return light, both
"""
RENAMED = (
    LONG.replace("lab =", "x =").replace("lab[", "x[").replace("light", "y").replace("both", "z")
)
OTHER = """def split(photo):
    import numpy
    result = []
    while len(result) < 2:
        result.append(numpy.zeros_like(photo) if result else numpy.ones_like(photo))
    first, second = result
    return first.mean(axis=-1), second.sum(axis=-1, keepdims=True)
"""


def submit(course: Path, student: str, code: str, words: str) -> None:
    notebook = exercises.learners_copy(SOLUTION)
    for cell in notebook.cells:
        cell.source = {"split": code, "challenge": words}.get(cell.id, cell.source)
    file = course / "submitted" / student / "ex01" / "ex01_lab_color.ipynb"
    file.parent.mkdir(parents=True)
    file.write_text(exercises.text(notebook), "utf-8")


def test_answers_that_are_alike_are_listed_and_renaming_hides_nothing(tmp_path: Path) -> None:
    course, earlier = tmp_path / "now", tmp_path / "last term"
    source = course / "source" / "ex01" / "ex01_lab_color.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(exercises.text(SOLUTION), "utf-8")
    model = next(cell for cell in SOLUTION.cells if cell.id == "challenge").source
    mine = "I turned the color of a tower around and asked nine friends which of them is true."
    submit(course, "ann", LONG, "The sky was first, then the trees, and the red roof came last.")
    submit(course, "bo", RENAMED, model.replace("### BEGIN SOLUTION", ""))
    submit(course, "cy", OTHER, mine * 2)
    submit(course, "di", "def split(:", "")
    submit(earlier, "eve", "...", mine + mine)
    found = similar.write(course, ["ex01"], [earlier])
    got = {(pair.one.kind, pair.one.owner, pair.other.owner) for pair in found}
    assert got == {
        ("code", "ann", "bo"),
        ("challenge", "bo", similar.MODEL),
        ("challenge", "cy", "last term: eve"),
    }
    page = (course / "similar.html").read_text("utf-8")
    assert "A hint, never a verdict" in page and page.count("<details>") == 3
