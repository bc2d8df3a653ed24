"""Answers that cross as data are judged as they are where they were written."""

import importlib
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import pytest

from instructor import exercises, inside, judging

NAMES = exercises.names()


def namespace(name: str) -> dict[str, Any]:
    """Run a solved notebook, less its tests and its challenge."""
    names: dict[str, Any] = {}
    for cell in exercises.read(name).cells:
        if cell.cell_type == "code" and exercises.role(cell) != "test" and "work" not in cell.id:
            exec(cell.source, names)
    return names


def asked(names: dict[str, Any], patch: pytest.MonkeyPatch) -> judging.Ask:
    """Return what asks these names as if they were in another process."""
    patch.setattr(inside, "get_ipython", lambda: SimpleNamespace(user_ns=names))

    def ask(expression: str) -> dict:
        text = repr(eval(expression))
        return judging.answer_to({"user_expressions": {"told": {"data": {"text/plain": text}}}})

    return ask


@pytest.mark.parametrize("name", NAMES)
def test_answers_that_cross_are_judged_as_at_home(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = namespace(name)
    ask = asked(names, monkeypatch)
    checks = importlib.import_module(f"helpers.checks.{name[:4]}")
    tests = [cell for cell in exercises.read(name).cells if exercises.role(cell) == "test"]
    for test in tests:
        answer = test.id.removesuffix("_check")
        said = [one.get("text", one.get("evalue")) for one in judging.judged(test, name[:4], ask)]
        assert len(said) == 1 and said[0].startswith("Right"), (answer, said)
        if answer in judging.INSIDE:
            continue
        for words, mistake in getattr(checks, answer).mistakes:
            told = judging.judged(test, name[:4], asked({**names, answer: mistake}, monkeypatch))
            assert told[0].text.startswith("Not yet: ") and words in told[0].text, words
            assert told[-1].get("ename") == "NotYet", words
            asked(names, monkeypatch)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 2.5, np.nan, "text", ..., (1, (2.0,)), [1, [2]], {"a": 1, (1, 2): [3]}],
)
def test_plain_values_cross_as_they_are(value: object) -> None:
    again = judging.unpacked(json.loads(json.dumps(inside.pack(value))))
    assert repr(again) == repr(value)


@pytest.mark.parametrize("kind", ["float32", "float64", "uint8", "int64", "bool", "U5"])
def test_arrays_cross_with_their_kind(kind: str) -> None:
    for shape in ((), (0, 3), (2, 3)):
        array = np.ones(shape).astype(kind)
        again = judging.unpacked(json.loads(json.dumps(inside.pack(array))))
        assert again.dtype == array.dtype and again.shape == shape
        assert np.array_equal(again, array) and again.flags.writeable
    number = np.ones(1).astype(kind)[0]
    assert type(judging.unpacked(inside.pack(number))) is type(number)


def test_other_things_cross_by_name_and_as_data_where_they_have_some() -> None:
    assert type(judging.unpacked(inside.pack(object()))).__name__ == "object"
    assert judging.unpacked(inside.pack({3})) == [3]
    assert judging.unpacked(inside.pack(iter([1, 2]))) == [1, 2]
    assert judging.unpacked(inside.pack(np.array([[1], None], object))) == [[1], None]
    with_data = SimpleNamespace(__array_interface__=np.ones(2).__array_interface__)
    assert np.array_equal(judging.unpacked(inside.pack(with_data)), [1, 1])


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"array": "", "dtype": "O", "shape": [1]},
        {"array": "AAAA", "dtype": "float64", "shape": [9]},
        {"array": "AAAA", "dtype": "no type", "shape": 1},
        {"number": 3},
        {"dict": [[[], 1]]},
        {"thing": "\0"},
    ],
)
def test_what_is_not_packed_as_here_is_odd(told: object) -> None:
    with pytest.raises(judging.Odd):
        judging.unpacked(told)


@pytest.mark.parametrize("text", ["", "no literal", "3", "'[]'", "'{'", "'" + 9**5 * "["])
def test_a_reply_that_is_no_dictionary_is_odd(text: str) -> None:
    with pytest.raises(judging.Odd):
        judging.answer_to({"user_expressions": {"told": {"data": {"text/plain": text}}}})
    with pytest.raises(judging.Odd):
        judging.answer_to({"status": "error"})


def test_errors_inputs_and_draws_cross_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def works(array: np.ndarray, random: np.random.Generator) -> float:
        array += 1
        return random.random()

    def fails(array: np.ndarray) -> None:
        raise LookupError("no such color")

    ask: Callable[[str], dict] = asked({"works": works, "fails": fails}, monkeypatch)
    array, random = np.zeros(3), np.random.default_rng(0)
    same = np.random.default_rng(0)
    assert judging.StandIn("works", ask)(array, random) == same.random()
    assert random.random() == same.random() and array.tolist() == [1, 1, 1]
    with pytest.raises(Exception, match=r"no such color in the line: raise Lookup") as caught:
        judging.StandIn("fails", ask)(array)
    assert type(caught.value).__name__ == "LookupError"


def test_a_test_takes_builtins_from_here_and_answers_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask = asked({"abs": lambda x: 0, "value": -3, "answer": ...}, monkeypatch)
    metadata = {"nbgrader": {"grade_id": "value_check"}}

    def said(source: str) -> str:
        cell = nbformat.v4.new_code_cell(source, metadata=metadata)
        return " ".join(
            one.get("text", one.get("evalue")) for one in judging.judged(cell, "ex01", ask)
        )

    assert said("print(abs(value))") == "3\n"
    assert said("print(answer is ...)") == "True\n"
    assert said("assert abs(value) == 0, 'no'") == "no"
    assert said("unknown") == "name 'unknown' is not defined"
