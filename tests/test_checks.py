"""The feedback of exercises: a sentence for every way to be wrong, and never a traceback."""

import numpy as np
import pytest

from helpers import checks


@checks.exercise
def double(answer: checks.Answer, random: np.random.Generator) -> None:
    """Check x -> 2 x."""
    x = random.random(4)
    checks.close("the result", answer(x), 2 * x, {"this is half of it.": x / 2})


def said(answer: object, capsys: pytest.CaptureFixture) -> str:
    double(answer)
    return capsys.readouterr().out


def stub(x: np.ndarray) -> np.ndarray:
    """Return twice x."""
    ...


def forgets_to_return(x: np.ndarray) -> None:
    x + x


def changes_its_input(x: np.ndarray) -> np.ndarray:
    x *= 2
    return x


@pytest.mark.parametrize("answer", [stub, ..., None, lambda x: None])
def test_what_is_not_written_yet_is_to_do(answer: object, capsys: pytest.CaptureFixture) -> None:
    assert said(answer, capsys).startswith("To do: write double")
    with pytest.raises(checks.ToDo):
        double.grade(answer)


def test_a_right_answer_is_told_so(capsys: pytest.CaptureFixture) -> None:
    assert said(lambda x: x + x, capsys).startswith("Right: double")


def test_a_number_that_two_mistakes_come_to_names_both() -> None:
    with pytest.raises(checks.NotYet, match="it: too large. Or: doubled.$"):
        checks.close("it", 4, 2, {"too large.": 4, "squared.": 16, "doubled.": 4})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (forgets_to_return, "Is the word return missing?"),
        (changes_its_input, "changes its input"),
        (lambda x: x / 2, "the result: this is half of it."),
        (lambda x: 1 / 0, "stops with ZeroDivisionError"),
        (lambda x: unknown_name, "stops with NameError"),  # noqa: F821
        (lambda x: exit(), "stops with SystemExit"),
        (lambda x, y: x, "missing 1 required positional argument"),
        (lambda x: 2 * x[:2], "has shape (2,): It should be (4,)"),
        (lambda x: x * np.nan, "not finite"),
        (lambda x: "words", "should be an array of numbers; it is str"),
        (lambda x: [[1, 2], [3]], "should be an array of numbers; it is a list of 2"),
        (lambda x: 2 * x + 1, "where it should be"),
        (42, "double should be a function; it is int"),
    ],
)
def test_a_wrong_answer_is_told_why(
    answer: object, words: str, capsys: pytest.CaptureFixture
) -> None:
    text = said(answer, capsys)
    assert text.startswith("Not yet: ") and words in text
    assert text.count("\n") == 1
    with pytest.raises(checks.NotYet):
        double.grade(answer, seed=0)


def test_inputs_are_new_each_time_and_the_same_for_a_seed() -> None:
    def inputs(seed: int | None) -> list[np.ndarray]:
        seen = []
        double.grade(lambda x: seen.append(x.copy()) or 2 * x, seed)
        return seen

    assert not np.array_equal(inputs(None), inputs(None))
    assert np.array_equal(inputs(7), inputs(7))
    assert not np.array_equal(inputs(7), inputs(8))


def test_an_answer_that_is_right_on_some_inputs_alone_is_caught() -> None:
    calls = iter([2, 2, 3])
    with pytest.raises(checks.NotYet):
        double.grade(lambda x: next(calls) * x)
