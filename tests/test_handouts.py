"""Pages that an instructor shows, and the feedback's: readable by everybody."""

from pathlib import Path

import nbformat

from instructor import exercises, handouts, pages


def test_an_answer_key_shows_the_answers_and_no_hidden_input(tmp_path: Path) -> None:
    source = tmp_path / "source" / "ex01" / "ex01_lab_color.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(exercises.text(exercises.read("ex01_lab_color")), "utf-8")
    [file] = handouts.keys(tmp_path, ["ex01"])
    page = file.read_text("utf-8")
    assert "rgb2lab" in page and '<html lang="en"' in page
    assert "seed=" not in page and "BEGIN" not in page


def test_slides_begin_at_headings() -> None:
    lesson = nbformat.read(exercises.ROOT / "notebooks" / "01_lab_color.ipynb", 4)
    kinds = [cell.metadata["slideshow"]["slide_type"] for cell in handouts.tagged(lesson).cells]
    assert kinds[:5] == ["slide", "skip", "skip", "slide", "subslide"]
    assert not any("slideshow" in cell.metadata for cell in lesson.cells)


def test_a_page_of_feedback_gets_words_for_its_pictures_and_fits_a_phone() -> None:
    page = '<html>\n<head></head><img src="a"><img class="b" src="c"><img alt="mine" src="d">'
    made = pages.readable(page)
    assert '<html lang="en">' in made and "width=device-width" in made
    assert made.count("alt=") == 3 and 'alt="Picture 2, drawn by the code above it"' in made
    assert pages.readable(made).count("lang=") == 1


def test_a_page_of_feedback_names_its_questions_and_says_what_waits() -> None:
    page = '<head></head><ol><li><a href="#split_check">Test cell</a> (Score: 2 / 2)</li></ol>'
    assert '<a href="#split_check">split</a>' in pages.readable(page)
    assert "not graded yet" in pages.readable(page, waits=True)
    assert "not graded yet" not in pages.readable(page)
