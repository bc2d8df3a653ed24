"""What an instructor shows: answer keys and slides, both web pages made of the notebooks."""

import copy
import re
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter, SlidesExporter

from instructor import collecting, pages

_HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS(\n|\Z)", re.M | re.S)
_MARKS = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION(\n|\Z)", re.M)


def keys(course: Path, which: Sequence[str]) -> list[Path]:
    """Write each exercise with its answers, without the hidden inputs, into course/keys."""
    return [_key(course, collecting.source_of(course, exercise)) for exercise in which]


def _key(course: Path, source: Path) -> Path:
    notebook = nbformat.read(source, 4)
    for cell in notebook.cells:
        cell.source = _MARKS.sub("", _HIDDEN.sub("", cell.source)).rstrip("\n")
    page, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": source.stem}})
    target = course / "keys" / f"{source.stem}.html"
    target.parent.mkdir(exist_ok=True)
    target.write_text(pages.readable(page), "utf-8")
    return target


def slides(course: Path, lessons: Sequence[Path]) -> list[Path]:
    """Write the slides of lessons into course/slides; a lesson that was run shows its pictures."""
    return [_slides(course, lesson) for lesson in lessons]


def _slides(course: Path, lesson: Path) -> Path:
    place = {"metadata": {"path": str(lesson.parent), "name": lesson.stem}}
    exporter = SlidesExporter(embed_images=True)
    page, _ = exporter.from_notebook_node(tagged(nbformat.read(lesson, 4)), place)
    target = course / "slides" / f"{lesson.stem}.html"
    target.parent.mkdir(exist_ok=True)
    target.write_text(pages.readable(page), "utf-8")
    return target


def tagged(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Tag cells as slides: a heading begins one, code and its words come below each other."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        heading = cell.cell_type == "markdown" and re.match(r"#{1,2} ", cell.source)
        kind = "slide" if heading else "subslide" if cell.cell_type == "code" else "fragment"
        if cell.id in ("setup", "start"):  # what every lesson has
            kind = "skip"
        cell.metadata["slideshow"] = {"slide_type": kind}
    return notebook
