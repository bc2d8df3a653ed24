"""How hard the lessons' cells are to read, and whether each term is explained where it comes."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
GLOSSARY = ROOT / "book" / "glossary.md"
every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda file: file.stem)


def sources(lesson: Path, kind: str) -> list[str]:
    return [cell.source for cell in nbformat.read(lesson, 4).cells if cell.cell_type == kind]


def trees(lesson: Path) -> Iterator[tuple[str, ast.Module]]:
    """Parse the code cells that a learner reads: all but the setup and the imports."""
    for source in sources(lesson, "code")[1:]:
        plain = re.sub(r"^\s*[%!].*$", "pass", source, flags=re.MULTILINE)
        tree = ast.parse(plain)
        if any(not isinstance(one, ast.Import | ast.ImportFrom) for one in tree.body):
            yield source, tree


def p90(values: list[int]) -> int:
    return sorted(values)[min(len(values) - 1, int(0.9 * len(values)))]


@every_lesson
def test_cells_are_short(lesson: Path) -> None:
    lines = [
        sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in cell.splitlines())
        for cell, _ in trees(lesson)
    ]
    assert max(lines) <= 15
    assert p90(lines) <= 12
    assert statistics.median(lines) <= 6


@every_lesson
def test_cells_ask_little_of_a_readers_memory(lesson: Path) -> None:
    loads = []
    for _, tree in trees(lesson):
        names = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)}
        loads.append(len(names) + sum(isinstance(one, ast.Call) for one in ast.walk(tree)))
    assert p90(loads) <= 26
    assert statistics.median(loads) <= 14


@every_lesson
def test_going_back_to_a_cell_meets_no_stranger(lesson: Path) -> None:
    read_elsewhere: dict[str, bool] = {}  # for each name, since a cell bound it
    for source, tree in trees(lesson):
        bound, read = top_level_names(tree)
        strangers = {name for name in bound if read_elsewhere.get(name)}
        assert not strangers, source
        read_elsewhere |= dict.fromkeys(bound, False)
        read_elsewhere |= dict.fromkeys(read & set(read_elsewhere) - bound, True)


def top_level_names(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return what a cell binds for others, and all that it reads."""
    bound, read, inner = set(), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
            inner |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} & {
                one.id
                for one in ast.walk(node)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            }
        if isinstance(node, ast.comprehension):
            inner |= {one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)}
        if isinstance(node, ast.Name):
            (bound if isinstance(node.ctx, ast.Store) else read).add(node.id)
    return bound - inner, read


@every_lesson
def test_a_line_says_one_thing(lesson: Path) -> None:
    for source, tree in trees(lesson):
        assert not any(isinstance(one, ast.NamedExpr) for one in ast.walk(tree)), source
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                assert not any(isinstance(one, ast.Lambda) for one in node.values), source


def test_each_term_of_the_glossary_is_explained_where_it_first_comes() -> None:
    entries = re.findall(
        r"^\*\*(.+?)\*\* \(\[(\d\d)\]\(.*?\)\): \S", GLOSSARY.read_text(), re.MULTILINE
    )
    assert len(entries) >= 30
    assert [term for term, _ in entries] == sorted((term for term, _ in entries), key=str.lower)
    texts = {lesson.stem[:2]: plain("\n\n".join(sources(lesson, "markdown"))) for lesson in LESSONS}
    for term, number in entries:
        bold = [where for where, text in texts.items() if f"**{term}**".lower() in text.lower()]
        assert bold == [number], (term, bold)
        word = re.compile(rf"(?<![\w-]){re.escape(term)}\b", re.IGNORECASE)
        first = next(where for where, text in texts.items() if word.search(text))
        assert first == number, (term, first)


def plain(text: str) -> str:
    """Leave out what explains nothing: code, links, tables, tags, and the names of menus."""
    names = r"`[^`]*`|\[[^\]]*\]\([^)]*\)|<[^>]*>|^\|.*$|\*[^*\n]+ > [^*\n]+\*"
    return re.sub(names, "", text, flags=re.MULTILINE)
