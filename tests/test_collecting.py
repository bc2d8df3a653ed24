"""Submissions as learning platforms name them, put into the course's own notebook."""

import json
import os
import shutil
import unicodedata
import zipfile
from pathlib import Path

import nbformat
import pytest

from instructor import collecting, exercises

NAME = "ex01_lab_color"
SOLUTION = exercises.read(NAME)
RELEASED = exercises.learners_copy(SOLUTION)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    source = tmp_path / "course" / "source" / "ex01"
    source.mkdir(parents=True)
    (source / f"{NAME}.ipynb").write_text(exercises.text(SOLUTION), "utf-8")
    return tmp_path / "course"


def hand_in(course: Path, files: dict[str, object]) -> list[collecting.Submission]:
    """Collect files of these names and contents."""
    folder = course.parent / "files"
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        file.write_text(text, "utf-8")
    return collecting.collect(course, folder)


def notebook(**answers: str) -> nbformat.NotebookNode:
    result = exercises.learners_copy(SOLUTION)
    for cell in result.cells:
        cell.source = answers.get(cell.id, cell.source)
    return result


def submitted(course: Path, student: str) -> dict[str, str]:
    file = course / "submitted" / student / "ex01" / f"{NAME}.ipynb"
    return {cell.id: cell.source for cell in nbformat.read(file, 4).cells}


@pytest.mark.parametrize(
    ("file", "student"),
    [
        ("Ann Lee_12345_assign_file_ex01.ipynb", "ann-lee"),
        ("Ann Lee_12345_assignsubmission_file_ex01_lab_color.ipynb", "ann-lee"),
        ("Ann Lee_12345_assignsubmission_file/ex01_lab_color.ipynb", "ann-lee"),
        ("leeann_4711_8150_ex01_lab_color-2.ipynb", "leeann"),
        ("leeann_LATE_4711_8150_ex01_lab_color.ipynb", "leeann"),
        ("Ann Lee/Copy of ex01_lab_color.ipynb", "ann-lee"),
        ("Ann Lee/ex01_lab_color (1).ipynb", "ann-lee"),
        ("Ann Lee/my best try.ipynb", "ann-lee"),
        ("submissions/Ann Lee.ipynb", "ann-lee"),
        ("ex01 Ann Lee.ipynb", "ann-lee"),
        ("ann_lee_ex01_lab_color.ipynb", "ann-lee"),
        ("Zoë Müller_1_assignsubmission_file_homework.ipynb", "zoë-müller"),
        ("Ann Lee_12345_assignsubmission_file_ex01.ipynb.txt", "ann-lee"),
        ("late/Ann Lee ex01.ipynb", "ann-lee"),
        ("Ann Lee ex01 v2.ipynb", "ann-lee"),
        ("Max Finalé ex01 final.ipynb", "max-finalé"),
        ("4711234_ex01.ipynb", "4711234"),
    ],
)
def test_finds_the_author_and_the_exercise(course: Path, file: str, student: str) -> None:
    (one,) = hand_in(course, {file: RELEASED})
    assert (one.student, one.exercise, one.state) == (student, "ex01", "taken")
    assert submitted(course, student)["split"] == RELEASED.cells[4].source


def test_an_accent_is_one_letter_whoever_writes_it(course: Path) -> None:
    names = [unicodedata.normalize(form, "Zoë/ex01.ipynb") for form in ("NFC", "NFD")]
    both = hand_in(course, {names[0]: RELEASED, names[1]: RELEASED})
    assert {one.student for one in both} == {"zoë"}


def test_a_name_without_letters_is_asked_about(course: Path) -> None:
    (one,) = hand_in(course, {"???_1_assignsubmission_file_ex01.ipynb": RELEASED})
    assert one.student == "unknown" and "whose is it?" in one.note


def test_in_a_zip_file_the_newest_counts_by_its_date_there(course: Path) -> None:
    archive = course.parent / "all.zip"
    with zipfile.ZipFile(archive, "w") as content:
        for version, month in (("v1", 9), ("v2", 8)):
            name = f"Ann_1_assignsubmission_file_ex01_{version}.ipynb"
            mine = notebook(split=f"def split(photo):\n    return '{version}'")
            entry = zipfile.ZipInfo(name, (2026, month, 1, 12, 0, 0))
            content.writestr(entry, exercises.text(mine))
    collecting.collect(course, archive)
    assert "'v1'" in submitted(course, "ann")["split"]
    stamp = course / "submitted" / "ann" / "ex01" / "timestamp.txt"
    assert stamp.read_text().startswith("2026-09-0")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.zip", None, "there is no folder and no zip file"),
        ("broken.zip", b"PK but no zip", "no zip file that can be read"),
        ("other.rar", b"Rar!", "Unpack it, and give its folder"),
    ],
)
def test_what_is_no_folder_and_no_zip_file_gets_a_sentence(
    course: Path, name: str, content: bytes | None, words: str
) -> None:
    file = course.parent / name
    if content:
        file.write_bytes(content)
    with pytest.raises(collecting.Unreadable, match=words):
        collecting.collect(course, file)


def test_a_hidden_folder_above_hides_nothing_and_one_inside_is_passed_over(course: Path) -> None:
    folder = course.parent / ".inbox" / "week 1"
    for place in ("Ann", ".ipynb_checkpoints/Bob/a/b/c"):
        (folder / place).mkdir(parents=True)
        (folder / place / "ex01.ipynb").write_text(exercises.text(RELEASED), "utf-8")
    assert [one.student for one in collecting.collect(course, folder)] == ["ann"]


def test_collecting_the_same_again_keeps_what_was_graded(course: Path) -> None:
    mine = notebook(split="def split(photo):\n    return 1")
    mine.cells.insert(4, nbformat.v4.new_code_cell("helper = 1"))
    hand_in(course, {"Ann/ex01.ipynb": mine})
    graded = course / "autograded" / "ann" / "ex01"
    graded.mkdir(parents=True)
    hand_in(course, {})
    assert graded.exists() and not (course / "set_aside").exists()


def test_a_submission_of_nobody_is_kept_and_asked_about(course: Path) -> None:
    (one,) = hand_in(course, {"ex01_lab_color.ipynb": RELEASED})
    assert one.state == "taken" and "whose is it?" in one.note
    assert submitted(course, one.student)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ('{"cells": [', "broken JSON in line 1"),
        ("[]", "no notebook"),
        ('{"cells": []}', "no cells"),
        ('{"cells": [{"cell_type": "code", "source": "1 + 1"}]}', "no exercise of this course"),
        ('{"cells": [1, null, {"cell_type": "code"}]}', "no exercise of this course"),
    ],
)
def test_what_cannot_be_read_is_named_and_kept(course: Path, content: str, words: str) -> None:
    name = "Ann Lee_1_assignsubmission_file_ex01.ipynb"
    (one,) = hand_in(course, {name: content})
    assert one.state == "unreadable" and words in one.note
    assert (one.student, one.exercise) == ("ann-lee", "ex01")
    assert (course / "unreadable" / name).read_text() == content
    assert collecting.recorded(course) == [one]


def test_answers_go_into_the_courses_own_notebook(course: Path) -> None:
    mine = notebook(split="def split(photo):\n    return 1", split_check="print('Right')")
    mine.cells = [cell for cell in mine.cells if cell.id != "join_check"]
    mine.cells.insert(4, nbformat.v4.new_code_cell("helper = 1"))
    (one,) = hand_in(course, {"Ann/ex01.ipynb": mine})
    cells = submitted(course, "ann")
    assert cells["split"] == "def split(photo):\n    return 1"
    assert cells["split_check"] == "checks.split(split)"
    assert cells["join_check"] == "checks.join(join)"
    order = list(cells.values())
    assert order.index("helper = 1") < order.index(cells["split"])
    assert "split_check was edited" in one.note and "join_check was deleted" in one.note


def test_finds_answers_that_have_lost_their_marks(course: Path) -> None:
    mine = notebook(split="def split(photo):\n    return 1")
    for number, cell in enumerate(mine.cells):
        cell.metadata, cell.id = nbformat.NotebookNode(), f"cell-{number}"
    hand_in(course, {"Ann/ex01.ipynb": mine})
    assert submitted(course, "ann")["split"] == "def split(photo):\n    return 1"


def test_of_two_files_the_newer_one_counts_and_both_are_kept(course: Path) -> None:
    old, new = "Ann_1_assign_file_ex01 (0).ipynb", "Ann_1_assign_file_ex01.ipynb"
    result = hand_in(
        course, {old: RELEASED, new: notebook(split="def split(photo):\n    return 1")}
    )
    assert {one.file: one.state for one in result} == {old: "set aside", new: "taken"}
    assert (course / "set_aside" / old).exists()
    assert submitted(course, "ann")["split"].endswith("return 1")


def test_folders_of_students_and_of_groups(course: Path) -> None:
    mine = ["Tom Ray/my try.ipynb", "Zed Poe/my try.ipynb", "Zed Poe/second.ipynb"]
    result = hand_in(course, dict.fromkeys(mine, RELEASED))
    assert [one.student for one in result] == ["tom-ray", "zed-poe", "zed-poe"]
    shutil.rmtree(course.parent / "files")
    groups = ["late/Ann ex01.ipynb", "in time/Bo ex01.ipynb", "in time/Cy ex01.ipynb"]
    result = hand_in(course, dict.fromkeys(groups, RELEASED))
    assert [one.student for one in result] == ["bo", "cy", "ann"]


def test_namesakes_keep_their_ids_whenever_they_hand_in(course: Path) -> None:
    name = "Ann Lee_{}_assignsubmission_file_ex01.ipynb"
    files = course.parent / "files"

    def collected(number: int, content: object) -> collecting.Submission:
        shutil.rmtree(files, ignore_errors=True)
        return hand_in(course, {name.format(number): content})[0]

    assert collected(111, notebook(split="def split(photo):\n    return 1")).student == "ann-lee"
    second = collected(222, RELEASED)
    assert second.student == "ann-lee-222" and "told apart" in second.note
    assert submitted(course, "ann-lee")["split"].endswith("return 1")
    again = collected(222, notebook(join="def join(L, ab):\n    return 2"))
    assert again.student == "ann-lee-222" and "replaces the one of" in again.note
    broken = collected(111, '{"cells": [')
    assert (broken.student, broken.state) == ("ann-lee", "unreadable")
    states = {(one.student, one.state) for one in collecting.recorded(course)}
    assert states == {("ann-lee", "taken"), ("ann-lee-222", "taken")}  # what stands is graded


def test_an_older_download_replaces_nothing(course: Path) -> None:
    hand_in(course, {"Ann/ex01.ipynb": notebook(split="def split(photo):\n    return 1")})
    file = course.parent / "files" / "Ann" / "ex01.ipynb"
    file.write_text(exercises.text(RELEASED), "utf-8")
    os.utime(file, (10**9, 10**9))
    (one,) = hand_in(course, {})
    assert one.state == "set aside" and "older than what was collected before" in one.note
    assert submitted(course, "ann")["split"].endswith("return 1")
    assert [row.state for row in collecting.recorded(course)] == ["taken"]


def test_a_second_broken_file_of_the_same_name_is_kept_too(course: Path) -> None:
    for content in ("first", "second", "second"):
        hand_in(course, {"Ann/ex01.ipynb": content})
    kept = {file.name: file.read_text() for file in (course / "unreadable" / "Ann").iterdir()}
    assert kept == {"ex01.ipynb": "first", "ex01 (2).ipynb": "second"}


def test_one_notebook_alone_can_be_collected(course: Path) -> None:
    file = course.parent / "Ann Lee ex01.ipynb"
    file.write_text(exercises.text(RELEASED), "utf-8")
    assert [one.student for one in collecting.collect(course, file)] == ["ann-lee"]


def test_the_course_folder_itself_is_refused(course: Path) -> None:
    for folder in (course, course / "source", course.parent):
        with pytest.raises(collecting.Unreadable, match="give what the students handed in"):
            collecting.collect(course, folder)


def test_what_is_no_notebook_is_ignored_by_name(course: Path) -> None:
    result = hand_in(course, {"Ann/ex01.ipynb": RELEASED, "Ann/notes.txt": "so", "a.jpg": "so"})
    states = {one.file: one.state for one in result}
    assert states == {"Ann/ex01.ipynb": "taken", "Ann/notes.txt": "ignored", "a.jpg": "ignored"}
    assert not (course / "unreadable").exists()


@pytest.mark.parametrize("kind", ["markdown", "code"])
def test_a_challenge_in_a_cell_of_ones_own_waits_for_a_person(course: Path, kind: str) -> None:
    mine = notebook()
    mine.cells.append(getattr(nbformat.v4, f"new_{kind}_cell")("My answer"))
    (one,) = hand_in(course, {"Ann/ex01.ipynb": mine})
    assert "the challenge's own cell is empty" in one.note
    both = hand_in(course, {"Bo/ex01.ipynb": mine})  # the mark is nobody's words
    assert not any("the same words" in one.note for one in both)
    assert "see the cells around this one" in submitted(course, "ann")["challenge"]
    hand_in(course, {"Ann/ex01.ipynb": RELEASED})
    assert "YOUR ANSWER HERE" in submitted(course, "ann")["challenge"]
    assert "around this one" not in submitted(course, "ann")["challenge"]


def test_two_students_of_one_name_are_told_apart(course: Path) -> None:
    files = {f"Ann Lee_{n}_assignsubmission_file_ex01.ipynb": RELEASED for n in (1, 2)}
    result = hand_in(course, files)
    assert sorted(one.student for one in result) == ["ann-lee-1", "ann-lee-2"]
    assert all(one.state == "taken" and "told apart" in one.note for one in result)


def test_collected_again_a_change_is_graded_again(course: Path) -> None:
    hand_in(course, {"Ann/ex01.ipynb": RELEASED})
    graded = course / "autograded" / "ann" / "ex01"
    graded.mkdir(parents=True)
    hand_in(course, {"Ann/ex01.ipynb": RELEASED})
    assert graded.exists()
    hand_in(course, {"Ann/ex01.ipynb": notebook(split="def split(photo):\n    return 1")})
    assert not graded.exists()
    assert len(collecting.recorded(course)) == 1
    assert len(list((course / "set_aside").glob("ann ex01 *.ipynb"))) == 1  # the first is kept


def test_handed_in_again_under_another_name_it_replaces_the_first(course: Path) -> None:
    hand_in(course, {"Ann/ex01.ipynb": RELEASED})
    (course.parent / "files" / "Ann" / "ex01.ipynb").unlink()
    again = notebook(split="def split(photo):\n    return 1")
    hand_in(course, {"Ann/ex01 (1).ipynb": again})
    states = {one.file: one.state for one in collecting.recorded(course)}
    assert states == {"Ann/ex01.ipynb": "set aside", "Ann/ex01 (1).ipynb": "taken"}


def test_the_same_words_in_a_challenge_are_noted(course: Path) -> None:
    text = "**My question**\n\nI blurred a."
    files = {f"{who}/ex01.ipynb": notebook(challenge=text) for who in ("Ann", "Bo")}
    result = hand_in(course, files | {"Cy/ex01.ipynb": RELEASED, "Di/ex01.ipynb": RELEASED})
    notes = {one.student: one.note for one in result}
    assert "the same words in the challenge: bo" in notes["ann"]
    assert not notes["cy"] and not notes["di"]
