"""A full cycle through nbgrader: thirty submissions of every quality, collected, graded, marked.

Run it with: make test-instructor. The folder of the course that it makes is left in
build/thirty, so that formgrader can be opened on it.
"""

import copy
import csv
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from instructor import execution, exercises, grading, isolation, kernels

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "build" / "thirty"
COURSE, FILES = FOLDER / "course", FOLDER / "files"
EXERCISE = exercises.read("ex01_lab_color")
FRIENDS = itertools.count()
QUESTION = next(cell for cell in EXERCISE.cells if cell.id == "challenge").source.splitlines()[0]
CHALLENGE = (
    QUESTION + "\n\nI rounded a and b to five values. A friend, {}, saw it in the sky first."
)


def solved(**answers: str) -> nbformat.NotebookNode:
    """Make a submission: the solution, with some answers exchanged; None leaves the stub."""
    notebook = exercises.learners_copy(EXERCISE)
    right = {cell.id: cell.source for cell in EXERCISE.cells}
    right["challenge"] = CHALLENGE.format(f"number {next(FRIENDS)}")
    for cell in notebook.cells:
        if exercises.role(cell) in ("answer", "challenge"):
            answer = answers.get(cell.id, right[cell.id])
            cell.source = cell.source if answer is None else answer
    return notebook


def stub() -> nbformat.NotebookNode:
    return exercises.learners_copy(EXERCISE)


def cell_of(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == name)


def touched_by_colab() -> nbformat.NotebookNode:
    """Do to a notebook what Colab does: own ids and metadata, outputs, a widget state."""
    notebook = solved(challenge=CHALLENGE.format("Kim"))
    notebook.metadata.colab = {"provenance": [], "toc_visible": True}
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"broken": {}}}
    notebook.metadata.kernelspec = {"name": "conda-env-other-py", "display_name": "Other"}
    for number, cell in enumerate(notebook.cells):
        cell.metadata.id = f"Xy{number:010}"
        cell.metadata.outputId = "a1b2"
        del cell["id"]
        if cell.cell_type == "code":
            cell.execution_count = number
            cell.outputs = [nbformat.v4.new_output("stream", text="Right: of course\n")]
    notebook.nbformat_minor = 0
    return notebook


def without_metadata() -> nbformat.NotebookNode:
    notebook = solved(challenge=CHALLENGE.format("Lou"))
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = nbformat.NotebookNode(), f"cell-{number}"
    return notebook


def with_edited_tests() -> nbformat.NotebookNode:
    notebook = stub()
    for cell in notebook.cells:
        if exercises.role(cell) == "test":
            cell.source = 'print("Right: all of it")'
    return notebook


def with_deleted_tests() -> nbformat.NotebookNode:
    notebook = solved(challenge=CHALLENGE.format("Mo"))
    kept = [
        c for c in notebook.cells if exercises.role(c) != "test" and c.id not in ("setup", "start")
    ]
    notebook.cells = kept
    return notebook


def with_an_answer_twice() -> nbformat.NotebookNode:
    notebook = solved(challenge=CHALLENGE.format("Nia"))
    first = copy.deepcopy(cell_of(notebook, "join"))
    first.source = "def join(L, ab):\n    return None  # first try"
    notebook.cells.insert(notebook.cells.index(cell_of(notebook, "join")), first)
    return notebook


def with_own_cells() -> nbformat.NotebookNode:
    """Use a function of one's own, from a cell that was added."""
    notebook = solved(join="def join(L, ab):\n    return together(L, ab)")
    own = "def together(L, ab):\n    return color.join(L, ab * 128)"
    place = notebook.cells.index(cell_of(notebook, "join"))
    notebook.cells.insert(place, nbformat.v4.new_code_cell(own))
    return notebook


def with_tampering() -> nbformat.NotebookNode:
    notebook = stub()
    tamper = (
        "checks = None\nimport helpers.checks\nhelpers.checks.Exercise.grade = lambda *a, **k: 0"
    )
    cell_of(notebook, "start").source += f"\n{tamper}"
    return notebook


def vandal() -> nbformat.NotebookNode:
    """Delete the course, in the folder and above, and ask the network; else right."""
    work = """
import shutil, urllib.request
shutil.rmtree("../../data"); shutil.rmtree("../../helpers")
open("../../../mine.txt", "w").write("x" * 1000)
urllib.request.urlopen("https://github.com")
"""
    return solved(challenge_work=work, challenge=CHALLENGE.format("Ora"))


ENDLESS = "def join(L, ab):\n    while True:\n        pass"
STUBBORN = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
WRONG = "def {}(*inputs):\n    return inputs[0]"
HARD_CODED = "def split(photo):\n    return np.full((4, 4, 1), 50.0), np.zeros((4, 4, 2))"
LOUD = "def saturate(photo, factor):\n    while True:\n        print('x' * 1000)"
KILL = "import os\ndef split(photo):\n    os._exit(1)"
HUNGRY = "def prepare(image):\n    return np.ones((10**6, 10**6))"
WARNS = """
def join(L, ab):
    import warnings, sys
    warnings.warn("careful")
    print("to stderr", file=sys.stderr)
    return lab2rgb(np.concatenate([L, ab * 128], axis=-1))
"""

# file name, what is in it, expected points (None: not graded), does a challenge wait, and a note
MOODLE = "{}_{}_assignsubmission_file_ex01_lab_color.ipynb"
Case = tuple[str, str, Callable[[], object], float | None, bool, str]
CASES: list[Case] = [
    *[
        (re.sub(r"\W", "-", name.lower()), MOODLE.format(name, 1000 + i), make, 7, True, "")
        for i, (name, make) in enumerate(
            (name, lambda name=name: solved(challenge=CHALLENGE.format(name)))
            for name in ("Ada Byron", "Bo Chen", "Zoë Müller", "Dan O'Hara", "李 明")
        )
    ],
    ("eve", "eve_77001_88001_ex01_lab_color.ipynb", solved, 7, True, ""),
    ("finn", "finn_LATE_77002_88002_ex01_lab_color.ipynb", solved, 7, True, ""),
    ("gus-hill", "ex01 Gus Hill.ipynb", lambda: solved(challenge=None), 7, True, "own cell is"),
    ("hana", MOODLE.format("Hana", 1100), lambda: solved(split=WRONG.format("split")), 5, True, ""),
    (
        "ivo",
        MOODLE.format("Ivo", 1101),
        lambda: solved(
            join=WRONG.format("join"),
            prepare=WRONG.format("prepare"),
            challenge=None,
            challenge_work=None,
        ),
        4,
        False,
        "",
    ),
    (
        "jo",
        MOODLE.format("Jo", 1102),
        lambda: solved(split=HARD_CODED, challenge=CHALLENGE.format("Ada Byron")),
        5,
        True,
        "the same words in the challenge: ada-byron",
    ),
    ("kai", MOODLE.format("Kai", 1103), stub, 0, False, ""),
    ("liv", MOODLE.format("Liv", 1104), stub, 0, False, ""),
    ("max", MOODLE.format("Max", 1105), lambda: solved(saturate="1 / 0"), 5, True, ""),
    ("nell", MOODLE.format("Nell", 1106), lambda: solved(saturate="def saturate(:"), 5, True, ""),
    (
        "ola",
        MOODLE.format("Ola", 1107),
        lambda: solved(split=KILL),
        5,
        True,
        "ended the whole process",
    ),
    ("pia", MOODLE.format("Pia", 1108), lambda: solved(join=ENDLESS), 6, True, "longer than 12 s"),
    ("quin", MOODLE.format("Quin", 1109), lambda: solved(prepare=STUBBORN), 5, True, ""),
    ("rui", MOODLE.format("Rui", 1110), lambda: solved(saturate=LOUD), 5, True, ""),
    ("sam", MOODLE.format("Sam", 1111), lambda: solved(prepare=HUNGRY), 5, True, ""),
    ("tia", MOODLE.format("Tia", 1112), lambda: solved(join=WARNS), 7, True, ""),
    ("uma", MOODLE.format("Uma", 1113), lambda: '{"cells": [\n{"cell_type"', None, False, "JSON"),
    ("vic", MOODLE.format("Vic", 1114), lambda: "", None, False, "empty"),
    ("wes-adler", "Wes Adler/Copy of homework.ipynb", touched_by_colab, 7, True, ""),
    ("xia", "Xia/ex01_lab_color (1).ipynb", without_metadata, 7, True, ""),
    ("yan", MOODLE.format("Yan", 1115), with_edited_tests, 0, False, "split_check was edited"),
    ("zed", MOODLE.format("Zed", 1116), with_deleted_tests, 7, True, "was deleted: restored"),
    ("amy", MOODLE.format("Amy", 1117), with_an_answer_twice, 7, True, "twice"),
    ("ben", MOODLE.format("Ben", 1118), with_own_cells, 7, True, ""),
    ("cat", MOODLE.format("Cat", 1119), with_tampering, 0, False, ""),
    ("dov", MOODLE.format("Dov", 1120), vandal, 7, True, ""),
    ("ann-lee-12345", "Ann Lee_12345_assign_file_ex01.ipynb", solved, 7, True, "told apart"),
    ("ann-lee-12346", "Ann Lee_12346_assign_file_ex01.ipynb", stub, 0, False, "told apart"),
]
GRADED = sum(points is not None for *_, points, _, _ in CASES)
FURTHER = [  # a first try that a later file replaces, and what is no submission
    (MOODLE.format("Bo Chen", 1001).replace(".ipynb", " (0).ipynb"), stub),
    ("notes.ipynb", lambda: nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])),
    ("photo.jpg", lambda: b"\xff\xd8\xff\xe0 not text"),
]


def write(file: Path, content: object, age: float) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif isinstance(content, str):
        file.write_text(content)
    else:
        file.write_text(json.dumps(content))
    os.utime(file, (time.time() - age,) * 2)


def teach(*words: object) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "instructor", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def marks() -> dict[str, dict[str, str]]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    for _, name, make, *_ in CASES:
        write(FILES / name, make(), age=60)
    for name, make in FURTHER:
        write(FILES / name, make(), age=3600)
    print(teach("new", COURSE))
    config = COURSE / "nbgrader_config.py"
    config.write_text(config.read_text().replace("timeout = 30", "timeout = 12"))
    print(teach("release", COURSE, "ex01"))
    print(teach("collect", COURSE, FILES))
    start = time.perf_counter()
    print(teach("grade", COURSE, "ex01"))
    print(f"{time.perf_counter() - start:.0f} s for {len(CASES)} submissions")
    print(teach("feedback", COURSE, "ex01"))
    print(teach("marks", COURSE))
    with open(COURSE / "marks.csv", encoding="utf-8-sig", newline="") as table:
        return {row["student"]: row for row in csv.DictReader(table)}


def test_the_marks_are_the_expected_ones(marks: dict[str, dict[str, str]]) -> None:
    got, wanted = {}, {}
    for student, _, _, points, waits, _ in CASES:
        row = marks.get(student, {})
        got[student] = (row.get("points"), row.get("by hand"))
        wanted[student] = ("" if points is None else f"{points:g}", "challenge" if waits else "")
    assert got == wanted


def test_what_is_odd_is_reported_by_name(marks: dict[str, dict[str, str]]) -> None:
    for student, *_, note in CASES:
        assert note in marks[student]["note"], (student, marks[student]["note"])


def test_no_file_is_lost(marks: dict[str, dict[str, str]]) -> None:
    with open(COURSE / "collected.csv", encoding="utf-8", newline="") as table:
        rows = {row["file"]: row for row in csv.DictReader(table)}
    names = [name for _, name, *_ in CASES] + [name for name, _ in FURTHER]
    assert sorted(rows) == sorted(names)
    assert rows[FURTHER[0][0]]["state"] == "set aside"
    assert rows["notes.ipynb"]["state"] == "unreadable"
    assert rows["photo.jpg"]["state"] == "ignored"
    for name, row in rows.items():
        if row["state"] not in ("taken", "ignored"):
            assert (COURSE / row["state"].replace(" ", "_") / name).exists(), name


def test_every_file_that_is_graded_is_kept_as_it_came(marks: dict[str, dict[str, str]]) -> None:
    for student, name, _, points, *_ in CASES:
        if points is not None:
            [kept] = (COURSE / "originals" / student / "ex01").iterdir()
            assert kept.read_bytes() == (FILES / name).read_bytes(), student


def test_the_way_back_has_a_file_for_each_lms(marks: dict[str, dict[str, str]]) -> None:
    for name, student in (("moodle-ex01.csv", "Hana"), ("canvas.csv", "eve")):
        assert student in (COURSE / name).read_text("utf-8-sig"), name
    with zipfile.ZipFile(COURSE / "feedback-ex01.zip") as content:
        assert MOODLE.format("Hana", 1100).replace(".ipynb", ".html") in content.namelist()
    assert len(list((COURSE / "backups").iterdir())) >= 1  # release made a gradebook
    print(teach("items", COURSE))
    with open(COURSE / "items.csv", encoding="utf-8-sig", newline="") as table:
        items = {row["question"]: row for row in csv.DictReader(table)}
    assert 0.5 < float(items["split"]["right"]) < 1 and items["join"]["mistakes"]
    print(teach("similar", COURSE, "ex01"))
    assert "A hint, never a verdict" in (COURSE / "similar.html").read_text("utf-8")


def test_feedback_says_what_is_wrong_and_keeps_the_hidden_inputs(
    marks: dict[str, dict[str, str]],
) -> None:
    page = (COURSE / "feedback" / "jo" / "ex01" / "ex01_lab_color.html").read_text("utf-8")
    assert "Not yet:" in page and 'lang="en"' in page
    assert not re.search(r"<img\b(?![^>]*\balt=)", page)
    pages = list((COURSE / "feedback").glob("*/*/*.html"))
    assert len(pages) == GRADED
    source = (COURSE / "source" / "ex01" / "ex01_lab_color.ipynb").read_text("utf-8")
    seed = source.split("seed=")[1].split(")")[0]
    assert seed != "1976"
    for file in pages:
        assert seed not in file.read_text("utf-8"), file


def test_the_course_itself_is_unharmed(marks: dict[str, dict[str, str]]) -> None:
    assert (ROOT / "helpers" / "checks" / "ex01.py").exists()
    assert (ROOT / "data" / "photos").exists()


def test_our_release_is_nbgraders(marks: dict[str, dict[str, str]]) -> None:
    theirs = nbformat.read(COURSE / "release" / "ex01" / "ex01_lab_color.ipynb", 4)
    ours = exercises.learners_copy(EXERCISE)
    for cell in theirs.cells:
        for mark in ("checksum", "cell_type"):
            cell.metadata.get("nbgrader", {}).pop(mark, None)
    assert [dict(cell) for cell in theirs.cells] == [dict(cell) for cell in ours.cells]


def test_what_is_graded_is_not_graded_again_unless_asked(marks: dict[str, dict[str, str]]) -> None:
    assert teach("grade", COURSE) == f"ex01: {GRADED} graded already.\n"
    shutil.rmtree(COURSE / "autograded" / "liv")
    teach("marks", COURSE)
    with open(COURSE / "marks.csv", encoding="utf-8-sig", newline="") as table:
        row = next(row for row in csv.DictReader(table) if row["student"] == "liv")
    assert (row["points"], row["note"]) == ("", "not graded yet")  # none of an earlier grading
    assert "1 to grade" in teach("grade", COURSE, "01")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("grade", COURSE, "ex99"), "there is no exercise 'ex99' here. There are: ex01, ex02"),
        (("grade", COURSE / "none"), "no course folder. Make one: python -m instructor new"),
        (("collect", COURSE, COURSE / "none.zip"), "there is no folder and no zip file"),
        (("collect", COURSE, COURSE), "give what the students handed in"),
        (("new", COURSE), "is not empty"),
        (("new", FOLDER / "new", "--seed", "-5"), "-5 is not 0, 1, 2 or a larger number"),
    ],
)
def test_what_cannot_be_done_gets_a_sentence(
    marks: dict[str, dict[str, str]], words: tuple, answer: str
) -> None:
    with pytest.raises(AssertionError, match=re.escape(answer)) as caught:
        teach(*words)
    assert "Traceback" not in str(caught.value)


def test_an_environment_that_lacks_a_package_stops_the_grading(
    marks: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    its = "[name for name in sys.modules if name.split('.')[0] == 'skimage']"
    missing = f"import sys; sys.modules.update(dict.fromkeys({its}))"  # as if it were not there
    monkeypatch.setattr(execution, "SETUP", f"{execution.SETUP}\n{missing}")
    with pytest.raises(grading.CannotGrade, match="would fail everybody.*skimage"):
        grading.check_environment(COURSE, "ex01")


@pytest.mark.skipif(bool(isolation.why_not()), reason="the course is copied, with its own path")
def test_an_environment_in_which_the_course_cannot_be_loaded_stops_the_grading(
    tmp_path: Path, marks: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "skimage.py").write_text("raise ModuleNotFoundError('No module named skimage')")
    environment = kernels._environment_of

    def without(threads: int) -> dict[str, str]:
        given = environment(threads)
        return given | {"PYTHONPATH": os.pathsep.join([str(tmp_path), given["PYTHONPATH"]])}

    monkeypatch.setattr(kernels, "_environment_of", without)
    with pytest.raises(grading.CannotGrade, match="skimage"):
        grading.check_environment(COURSE, "ex01")


def test_a_time_limit_that_is_too_short_stops_the_grading(
    marks: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "import helpers.color, time; helpers.color.split = lambda photo: time.sleep(9)"
    monkeypatch.setattr(execution, "SETUP", f"{execution.SETUP}\n{slow}")
    monkeypatch.setattr(grading, "_config", lambda course: Config({"Execute": {"timeout": 2}}))
    with pytest.raises(grading.CannotGrade, match="would fail everybody"):
        grading.check_environment(COURSE, "ex01")
