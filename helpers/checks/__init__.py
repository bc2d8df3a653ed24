"""Instant feedback for the exercises: says in words what is wrong with an answer.

Every notebook of exercises has a module here, and every exercise a function in it, which tries the
learner's answer on random inputs. Called, it prints what it finds and never fails; its ``grade``
raises ``NotYet``, for the marks. Its typical mistakes stand beside it, as functions: the feedback
knows a mistake by what it returns, and the tests hand each in as an answer.
"""

import contextlib
import dis
import functools
import inspect
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np


class NotYet(AssertionError):
    """What is wrong with an answer, in a sentence for its author."""


class ToDo(NotYet):
    """There is no answer yet."""


class Mistake(NamedTuple):
    """A typical wrong answer, and words of what its author is told."""

    words: str
    answer: Callable


class Exercise:
    """The check of one exercise: call it for feedback, or let it grade."""

    def __init__(self, check: Callable[[Any, np.random.Generator], None], rounds: int) -> None:
        self.mistakes: list[Mistake] = []
        self._check, self._rounds = check, rounds
        functools.update_wrapper(self, check)

    def mistake(self, words: str) -> Callable[[Callable], Callable]:
        """Add a typical wrong answer; ``words`` are told to who returns the same numbers."""

        def add(answer: Callable) -> Callable:
            self.mistakes.append(Mistake(words, answer))
            return answer

        return add

    def __call__(self, answer: object) -> None:
        """Print whether the answer is right, and if not, why."""
        try:
            self.grade(answer)
        except ToDo as problem:
            print(f"To do: {problem}")
        except NotYet as problem:
            print(f"Not yet: {problem}")
        else:
            print(f"Right: {self.__name__} does what it should, on new random inputs too.")

    def grade(self, answer: object, seed: int | None = None) -> None:
        """Try the answer on the random inputs of a seed, or on fresh ones.

        Raises:
            NotYet: the answer is missing or wrong, and why.
        """
        random = np.random.default_rng(seed)
        if answer is None or answer is Ellipsis or (inspect.isfunction(answer) and is_stub(answer)):
            raise ToDo(f"write {self.__name__} in the cell above, run it, then run this cell.")
        expect(callable(answer), f"{self.__name__} should be a function; it is {_kind(answer)}.")
        try:
            for _ in range(self._rounds):
                self._check(Answer(answer, self.__name__, self.mistakes), random)
        except NotYet:
            raise
        except Exception as error:  # the answer is of a kind that the check did not expect
            problem = f"{type(error).__name__}: {readable(error)}"
            raise NotYet(f"the check cannot use what {self.__name__} gives ({problem}).") from error


def exercise(check: Callable | None = None, *, rounds: int = 3) -> Any:
    """Make an exercise of a function (Answer, random) that raises NotYet, and run it in rounds."""
    if check is None:
        return functools.partial(exercise, rounds=rounds)
    return Exercise(check, rounds)


class Answer:
    """A learner's function, whose failures become sentences."""

    def __init__(self, function: Callable, name: str, mistakes: Iterable[Mistake] = ()) -> None:
        self.function, self.name, self._mistakes = function, name, mistakes

    def __call__(self, *inputs: object, **options: object) -> Any:
        """Call the function with copies of the arrays, and return what it returns.

        Raises:
            NotYet: it stops with an error, returns nothing or changes an input.
        """
        given = [one.copy() if isinstance(one, np.ndarray) else one for one in inputs]
        try:
            result = self.function(*given, **options)
        except (Exception, SystemExit) as error:
            frames = traceback.extract_tb(error.__traceback__)
            code = getattr(getattr(self.function, "__code__", None), "co_filename", None)
            lines = [frame.line for frame in frames if frame.filename == code and frame.line]
            where = f" in the line: {lines[-1]}" if lines else ""
            raise NotYet(
                f"{self.name} stops with {type(error).__name__}: {readable(error)}{where}"
            ) from error
        if result is None or result is Ellipsis:
            raise NotYet(f"{self.name} returns nothing. Is the word return missing?")
        for one, copy in zip(inputs, given, strict=True):
            if isinstance(one, np.ndarray) and not np.array_equal(one, copy, equal_nan=True):
                raise NotYet(f"{self.name} changes its input. Work on a copy: x = x.copy()")
        return result

    def mistaken(self, *inputs: object, part: int | None = None) -> Iterator[tuple[str, object]]:
        """Make the typical mistakes on these inputs: their words, and what (or which part) comes.

        They are made when the hints are looked at: only where an answer is wrong.
        """
        for words, mistake in self._mistakes:
            given = [one.copy() if isinstance(one, np.ndarray) else one for one in inputs]
            try:
                result = mistake(*given)
                yield words, result if part is None else result[part]
            except Exception:  # a mistake that stops with an error comes to no number
                continue


def expect(holds: object, otherwise: str) -> None:
    """Raise NotYet with a sentence unless something holds."""
    if not holds:
        raise NotYet(otherwise)


def array(name: str, value: object) -> np.ndarray:
    """Return what the learner calls ``name`` as a float array, or say what it is instead."""
    try:
        result = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise NotYet(f"{name} should be an array of numbers; it is {_kind(value)}.") from None
    expect(np.isfinite(result).all(), f"{name} holds numbers that are not finite (nan or inf).")
    return result


def several(name: str, value: object, count: int) -> tuple:
    """Return ``count`` results, given as a tuple, a list or the rows of an array, or say what came.

    Raises:
        NotYet: it is none of these, or their number is another.
    """
    rows = isinstance(value, tuple | list) or len(getattr(value, "shape", ())) > 0
    right = rows and len(value) == count
    expect(right, f"return {count} things: {name}. You return {_kind(value)}.")
    return tuple(value)


def readable(error: BaseException) -> str:
    """Return what an error says to a person: one line, without TensorFlow's names of operations."""
    text = re.sub(r"\x1b\[\d*m", "", str(error))  # Keras sets the reason in bold
    text = re.sub(r"^Exception encountered when calling .*?\n\n", "", text)
    text = text.split("\n\nArguments received by")[0].strip()
    if text.startswith("in user code:"):  # a whole traceback; what it is about stands last
        text = re.sub(r"^\s*\w+: ", "", text.split("\n\n")[-1])
    text = re.sub(r"\{\{function_node [^}]*\}\} ?|\s*\[Op:\w+\](?: name: ?\w*)?", "", text)
    text = re.sub(r" for '\{\{node .*?'(?= with input|\.?$)", "", text)
    return " ".join(text.split())


def shape(
    name: str, value: object, right: tuple[int, ...], hints: Mapping[tuple[int, ...], str] = {}
) -> np.ndarray:
    """Return the array if it has the right shape; ``hints`` say why it may have certain others."""
    result = array(name, value)
    hint = hints.get(result.shape, f"It should be {right}.")
    expect(result.shape == right, f"{name} has shape {result.shape}: {hint}")
    return result


def close(
    name: str,
    value: object,
    right: object,
    hints: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    tolerance: float = 1e-3,
    given: str = "",
) -> None:
    """Compare numbers; ``hints`` pair a sentence with the numbers of the mistake that it explains.

    The tolerance is a share of the largest right number; ``given`` says which input gave them.
    """
    right = np.asarray(right, dtype=float)
    result = shape(name, value, right.shape)
    allowed = tolerance * max(1e-6, np.abs(right).max(initial=0))
    if np.abs(result - right).max(initial=0) <= allowed:
        return
    fitting = []  # more than one where two mistakes come to the same number
    for hint, numbers in hints.items() if isinstance(hints, Mapping) else hints:
        with contextlib.suppress(TypeError, ValueError):  # a mistake may be no number at all
            mistaken = np.asarray(numbers, dtype=float)
            if mistaken.shape == result.shape and np.abs(result - mistaken).max() <= allowed:
                fitting.append(hint)
    expect(not fitting, f"{name}: {' Or: '.join(dict.fromkeys(fitting))}")
    worst = np.unravel_index(np.argmax(np.abs(result - right)), right.shape)
    where = f" at {tuple(map(int, worst))}" if right.shape else ""
    given = f" for {given}" if given else ""
    raise NotYet(
        f"{name}{given} is {result[worst]:.4g}{where}, where it should be {right[worst]:.4g}."
    )


def photo(random: np.random.Generator, height: int = 0, width: int = 0) -> np.ndarray:
    """Make a small random RGB photo in float32, with sides of 4 to 9 unless they are given."""
    height, width = height or random.integers(4, 10), width or random.integers(4, 10)
    return random.random((height, width, 3), dtype=np.float32)


def _kind(value: object) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    where = getattr(value, "shape", None)
    return f"an array of shape {tuple(where)}" if where is not None else f"{type(value).__name__}"


def is_stub(function: Callable) -> bool:
    """Tell whether the body of a function is nothing but ``...``, ``pass`` or a docstring."""
    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
    steps = list(dis.get_instructions(function))
    constants = {step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")}
    return {step.opname for step in steps} <= idle and constants == {None}
