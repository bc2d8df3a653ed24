"""The feedback of exercises: a sentence for every way to be wrong, and never a traceback."""

import keras
import numpy as np
import pytest
import tensorflow as tf

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


@pytest.mark.parametrize(
    "value",
    [(1, 2, 3), [1, 2, 3], np.array([1, 2, 3]), tf.constant([1, 2, 3]), np.eye(3), [*np.eye(3)]],
)
def test_several_results_come_as_a_tuple_a_list_or_an_array(value: object) -> None:
    results = checks.several("low, middle and high", value, 3)
    assert isinstance(results, tuple)
    np.testing.assert_array_equal(np.array(results), np.array(value))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ((1, 2), "You return a tuple of 2."),
        ([1, 2, 3, 4], "You return a list of 4."),
        (np.zeros((2, 3)), "You return an array of shape (2, 3)."),
        (np.float32(7), "You return an array of shape ()."),
        (tf.zeros((4, 3)), "You return an array of shape (4, 3)."),
        ("low", "You return str."),
        ({1, 2, 3}, "You return set."),
        (7, "You return int."),
    ],
)
def test_another_number_of_results_is_told(value: object, words: str) -> None:
    with pytest.raises(checks.NotYet) as told:
        checks.several("low, middle and high", value, 3)
    assert str(told.value) == f"return 3 things: low, middle and high. {words}"


def graph_of_two_sizes(x: np.ndarray) -> object:
    return tf.function(lambda y: y * tf.zeros(5, x.dtype))(tf.constant(x))


def layer_with_a_wrong_input(x: np.ndarray) -> object:
    return keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)])(x[None])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x: tf.constant(x) * tf.zeros(3, tf.float64), "Incompatible shapes: [4] vs. [3]"),
        (lambda x: tf.reshape(x, (3,)), "a tensor with 4 values, but the requested shape has 3"),
        (lambda x: tf.constant(x) * tf.constant([1]), "expected to be a double tensor but is a"),
        (graph_of_two_sizes, "Dimensions must be equal, but are 4 and 5 with input shapes: [4]"),
        (layer_with_a_wrong_input, "expected axis -1 of input shape to have value 8"),
    ],
)
def test_what_tensorflow_says_is_told_in_plain_words(
    answer: object, words: str, capsys: pytest.CaptureFixture
) -> None:
    text = said(answer, capsys)
    assert words in text and text.count("\n") == 1
    for noise in ("{{", "[Op:", "name:", "\x1b", "Arguments", "device", "user code"):
        assert noise not in text, text
