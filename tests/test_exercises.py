"""The exercises, both ways: solutions earn all points, stubs none, and wrong answers are caught."""

import importlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from helpers.checks import Exercise, NotYet
from instructor import exercises

ROOT = Path(__file__).parent.parent
NAMES = exercises.names()
every_exercise = pytest.mark.parametrize("name", NAMES)


class Run:
    """A solved notebook in a kernel of its own, in which single answers are exchanged."""

    def __init__(self, name: str) -> None:
        self.cells = {cell.id: cell for cell in exercises.read(name).cells}
        self.released = {
            cell.id: cell for cell in exercises.learners_copy(exercises.read(name)).cells
        }
        config = Config()
        config.HistoryManager.enabled = False
        InteractiveShell.clear_instance()
        self.shell = InteractiveShell.instance(config=config)
        self.shell.showtraceback = lambda *a, **k: None  # errors are looked at, not printed
        self.answers = [key for key in self.cells if f"{key}_check" in self.cells]
        self.said = {key: self.run(cell.source) for key, cell in self.cells.items() if _code(cell)}

    def run(self, source: str) -> tuple[str, BaseException | None]:
        """Run a cell; return what it prints, and its error."""
        with capture_output() as captured:
            result = self.shell.run_cell(source)
        return captured.stdout, result.error_before_exec or result.error_in_exec

    def instead(self, answer: str, source: str) -> tuple[str, BaseException | None, bool]:
        """Exchange an answer; return the feedback, its error, and whether it earns the points."""
        _, error = self.run(source)
        assert error is None, error
        said, failed = self.run(self.released[f"{answer}_check"].source)
        _, refused = self.run(self.cells[f"{answer}_check"].source)
        assert refused is None or type(refused).__name__ in ("NotYet", "ToDo"), refused
        self.run(self.cells[answer].source)
        return said, failed, refused is None


def _code(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "code"


@pytest.fixture(scope="module", params=NAMES)
def solved(request: pytest.FixtureRequest) -> Iterator[Run]:
    new, seeds = np.random.default_rng, itertools.count()
    with pytest.MonkeyPatch.context() as patch:  # fresh inputs, but the same in every run of tests
        patch.setattr(np.random, "default_rng", lambda s=None: new(next(seeds) if s is None else s))
        yield Run(request.param)
    InteractiveShell.clear_instance()


def test_every_solution_earns_full_points(solved: Run) -> None:
    assert {key: error for key, (_, error) in solved.said.items() if error} == {}
    for answer in solved.answers:
        assert solved.said[f"{answer}_check"][0].startswith("Right: ")


def test_every_stub_earns_nothing_and_says_so_without_an_error(solved: Run) -> None:
    for answer in solved.answers:
        said, failed, earns = solved.instead(answer, solved.released[answer].source)
        assert said.startswith("To do: ") and failed is None, answer
        assert not earns, answer


@every_exercise
def test_every_mistake_is_known_and_told(name: str) -> None:
    checks = importlib.import_module(f"helpers.checks.{name[:4]}")
    found = [one for one in vars(checks).values() if isinstance(one, Exercise)]
    tests = [cell for cell in exercises.read(name).cells if exercises.role(cell) == "test"]
    assert {f"{one.__name__}_check" for one in found} == {cell.id for cell in tests}
    for exercise in found:
        assert len({answer for _, answer in exercise.mistakes}) >= 3, exercise.__name__
        for words, answer in exercise.mistakes:
            for seed in range(3):
                with pytest.raises(NotYet) as told:
                    exercise.grade(answer, seed)
                assert words in str(told.value), (exercise.__name__, answer, str(told.value))


@every_exercise
def test_points_and_parts(name: str) -> None:
    cells = exercises.read(name).cells
    kinds = {cell.id: exercises.role(cell) for cell in cells if exercises.role(cell)}
    tests = [key for key, kind in kinds.items() if kind == "test"]
    assert 2 <= len(tests) <= 4
    assert [f"{key}_check" for key, kind in kinds.items() if kind == "answer"][:-1] == tests
    assert list(kinds.values()).count("challenge") == 1 and list(kinds)[-1] == "challenge"
    assert sum(cell.metadata.nbgrader.get("points", 0) for cell in cells if cell.id in kinds) == 10
    for cell in cells:
        marks = cell.metadata.get("nbgrader")
        assert not marks or marks["grade_id"] == cell.id
        if exercises.role(cell) == "answer" and cell.id != "challenge_work":
            lines = re.search(r"### BEGIN SOLUTION\n(.*?)\n\s*### END", cell.source, re.S)[1]
            assert len(lines.splitlines()) <= 8, cell.id
        if exercises.role(cell) == "test":
            key = cell.id.removesuffix("_check")
            assert cell.source.splitlines() == [
                f"checks.{key}({key})",
                "### BEGIN HIDDEN TESTS",
                f"checks.{key}.grade({key}, seed=1976)",  # the instructor's own seed replaces it
                "### END HIDDEN TESTS",
            ]


@every_exercise
def test_the_challenge_has_a_rubric_and_every_exercise_a_hint(name: str) -> None:
    prose = "\n".join(
        cell.source for cell in exercises.read(name).cells if cell.cell_type == "markdown"
    )
    assert re.search(r"\| *\| exemplary \(.*\| adequate \(.*\| needs work \(", prose)
    headings = re.findall(r"^## Exercise \d: .* \(\d points?\)$", prose, re.M)
    assert len(headings) == prose.count("<details><summary>Hint</summary>")
    assert len(headings) == prose.count("- **In:**") == prose.count("- **Out:**")


def test_the_learners_copies_are_current_and_not_edited_by_hand() -> None:
    committed = {file.stem: file.read_text("utf-8") for file in exercises.EXERCISES.glob("*.ipynb")}
    assert sorted(committed) == NAMES, "run: make exercises"
    for name in NAMES:
        made = exercises.text(exercises.learners_copy(exercises.read(name)))
        assert committed[name] == made, "run: make exercises"
        assert "SOLUTION" not in made and "HIDDEN" not in made and "seed=1976" not in made


@every_exercise
def test_the_guide_has_a_section_for_every_lesson(name: str) -> None:
    guide = (exercises.SOLUTIONS / "README.md").read_text("utf-8")
    sections = dict(re.findall(r"^### (\d\d) .*?\n(.*?)(?=^##|\Z)", guide, re.M | re.S))
    text = sections[name[2:4]]
    for part in ("Aims", "Common mistakes, and what helps", "Discuss", "Points"):
        assert f"- **{part}.** " in text or f"- **{part}.**\n" in text, part
