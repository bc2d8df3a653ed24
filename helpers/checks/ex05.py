"""Exercises of lesson 05: a data set."""

import builtins
import contextlib
import zlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np

from helpers import color
from helpers.checks import Answer, close, exercise, expect, several, shape


@exercise(rounds=2)
def keep(answer: Answer, random: np.random.Generator) -> None:
    """Check photo -> whether it is large, filled and colorful enough."""
    for wanted, photo, words in _photos(random):
        got = answer(photo)
        expect(isinstance(got, bool | np.bool_), f"return True or False. You return {got!r}.")
        expect(got == wanted, f"it {'keeps' if got else 'removes'} {words}")


def _photos(random: np.random.Generator) -> list[tuple[bool, np.ndarray, str]]:
    """Make photos with one property each: what keep should say, the photo, and its description."""

    def gray(height: int, width: int) -> np.ndarray:
        light = random.uniform(0.2, 0.8, (height, width, 1))
        return np.clip(light + random.normal(0, 0.004, (height, width, 3)), 0, 1)

    def painted(photo: np.ndarray, share: float, rgb: tuple) -> np.ndarray:
        points = photo.reshape(-1, 3).copy()
        points[random.permutation(len(points))[: round(share * len(points))]] = rgb
        return points.reshape(photo.shape).astype(np.float32)

    height, width = random.integers(97, 150, 2).tolist()
    small = random.integers(40, 96)
    rgb = tuple(random.permutation([0.9, 0.1, 0.3]))
    large = gray(height, width)
    colorful = painted(large, 0.4, rgb)
    return [
        (True, colorful, "a colorful photo of good size."),
        (False, painted(gray(small, width), 0.4, rgb), f"a photo only {small} points high."),
        (False, painted(gray(height, small), 0.4, rgb), f"a photo only {small} points wide."),
        (True, painted(gray(96, 96), 0.4, rgb), "a photo of 96 x 96: that is large enough."),
        (False, gray(height, width).astype(np.float32), "a gray photo with a little noise."),
        (False, painted(large, 0.03, rgb), "a photo with color in only 3 % of its points."),
        (True, painted(large, 0.08, rgb), "a gray photo with a small colorful thing, 8 %."),
        (False, painted(colorful, 0.6, (1, 1, 1)), "a photo that is white to 60 %."),
        (True, painted(colorful, 0.4, (1, 1, 1)), "a photo that is white to 40 %."),
        (True, painted(large, 0.9, (1, 1, 0)), "a yellow photo: yellow is not white."),
        (False, painted(large, 0.9, (0.55, 0.5, 0.5)), "a photo whose chroma nowhere exceeds 10."),
    ]


def _filled(photo):
    return (photo > 0.95).all(axis=-1).mean() <= 0.5


def _colorful(photo):
    ab = color.split(photo)[1]
    return (np.hypot(ab[..., 0], ab[..., 1]) > 10).mean() >= 0.05


@keep.mistake("it keeps a photo only")
def _(photo):
    return True


@keep.mistake("points wide")
def _(photo):
    return bool(len(photo) >= 96 and _filled(photo) and _colorful(photo))


@keep.mistake("that is large enough")
def _(photo):
    return bool(min(photo.shape[:2]) > 96 and _filled(photo) and _colorful(photo))


@keep.mistake("yellow is not white")
def _(photo):
    filled = (photo > 0.95).any(axis=-1).mean() <= 0.5
    return bool(min(photo.shape[:2]) >= 96 and filled and _colorful(photo))


@keep.mistake("small colorful thing")
def _(photo):
    ab = color.split(photo)[1]
    strong = np.hypot(ab[..., 0], ab[..., 1]).mean() > 10  # the mean, where a share is asked for
    return bool(min(photo.shape[:2]) >= 96 and _filled(photo) and strong)


@keep.mistake("a little noise")
def _(photo):
    colorful = np.ptp(photo, axis=-1).max() > 0
    return bool(min(photo.shape[:2]) >= 96 and _filled(photo) and colorful)


@exercise
def differ(answer: Answer, random: np.random.Generator) -> None:
    """Check (first, second), lightness of 8 x 9 points -> how many of 64 answers differ."""
    for _ in range(5):  # two counts can be equal by chance
        first = random.uniform(20, 80, (8, 9))
        changed = random.random((8, 9)) < 0.3
        second = np.where(changed, random.uniform(20, 80, (8, 9)), first)
        right = np.sum((np.diff(first) > 0) != (np.diff(second) > 0))
        close("the count", answer(first, second), right, answer.mistaken(first, second))
    darker = 0.5 * first + 5
    close(
        "the count",
        answer(first, darker),
        0,
        answer.mistaken(first, darker),
        given="a photo and the same photo, darker",
    )


@differ.mistake("this asks whether it gets lighter downwards. Ask to the right.")
def _(first, second):
    return np.sum((np.diff(first, axis=0) > 0) != (np.diff(second, axis=0) > 0))


@differ.mistake("these are the answers that are equal.")
def _(first, second):
    return np.sum((np.diff(first) > 0) == (np.diff(second) > 0))


@differ.mistake("this counts points that are not equally light. Compare the answers, yes or no.")
def _(first, second):
    return np.sum(first != second)


@differ.mistake("this compares by how much it gets lighter. Compare whether it does.")
def _(first, second):
    return np.sum(np.diff(first) != np.diff(second))


@differ.mistake("this is a share. Return how many.")
def _(first, second):
    return np.mean((np.diff(first) > 0) != (np.diff(second) > 0))


@exercise
def deal(answer: Answer, random: np.random.Generator) -> None:
    """Check files -> (train, test) by the photo's name."""
    letters = list("abcdefghijklmnopqrstuvwxyz")
    names = sorted({"".join(random.choice(letters, 6)) for _ in range(400)})
    files = [f"{name}_{v}.jpg" for name in names for v in range(random.integers(1, 4))]
    files = list(map(str, random.permutation(files)))
    train, test = map(list, several("the training and the test files", answer(files), 2))
    expect(sorted(train + test) == sorted(files), "every file has to be in one list, exactly once.")
    sides = [{file.split("_")[0] for file in part} for part in (train, test)]
    leaked = len(sides[0] & sides[1])
    expect(not leaked, f"{leaked} photos are on both sides, in different versions.")
    share = len(sides[1]) / len(names)
    expect(0.1 < share < 0.3, f"{share:.0%} of the photos are test photos. About 20 % should be.")
    again = answer(files)
    expect(list(again[1]) == test, "the same files, dealt again, go to other sides.")
    fewer = answer(files[: len(files) // 2])
    moved = set(fewer[1]) - set(test)
    expect(not moved, "when the list grows, some photos change sides. The name has to decide.")
    with _another_session():
        later = answer([Name(file) for file in files])
    expect(
        sorted(map(str, later[1])) == sorted(test),
        "in another session of Python, the same files go to other sides: hash() of a text is new "
        "in each. Take zlib.crc32, which is always the same.",
    )


class Name(str):
    """A file's name with the hash() that it, or a part of it, might have in another session."""

    def __hash__(self) -> int:
        """Return a number of another session."""
        return zlib.crc32(b"another session" + self.encode())


def _keeping_names(method: str) -> Any:
    def called(self: Name, *given: object, **options: object) -> object:
        result = getattr(str, method)(self, *given, **options)
        return type(result)(map(Name, result)) if isinstance(result, list | tuple) else Name(result)

    return called


_PARTS = ("split", "rsplit", "partition", "rpartition", "removesuffix", "replace", "strip", "lower")
for _method in ("__getitem__", *_PARTS):
    setattr(Name, _method, _keeping_names(_method))


@contextlib.contextmanager
def _another_session() -> Iterator[None]:
    """Let hash() give texts other numbers, as it does when Python starts again."""
    here = builtins.hash

    def there(thing: object) -> int:
        return here(Name(thing) if isinstance(thing, str) else thing)

    with mock.patch.object(builtins, "hash", there):
        yield


@deal.mistake("on both sides")
def _(files):
    parts = [], []
    for file in files:
        parts[zlib.crc32(file.encode()) % 5 == 0].append(file)
    return parts


@deal.mistake("About 20 % should be")
def _(files):
    parts = [], []
    for file in files:
        parts[zlib.crc32(file.split("_")[0].encode()) % 2 == 0].append(file)
    return parts


@deal.mistake("0% of the photos")
def _(files):
    return files, []


@deal.mistake("dealt again, go to other sides")
def _(files):
    names = sorted({file.split("_")[0] for file in files})
    chosen = set(np.random.default_rng().permutation(names)[: len(names) // 5])
    test = [file for file in files if file.split("_")[0] in chosen]
    return [file for file in files if file.split("_")[0] not in chosen], test


@deal.mistake("when the list grows")
def _(files):
    names = sorted({file.split("_")[0] for file in files})
    chosen = set(names[::5])
    test = [file for file in files if file.split("_")[0] in chosen]
    return [file for file in files if file.split("_")[0] not in chosen], test


@deal.mistake("exactly once")
def _(files):
    test = [file for file in files if zlib.crc32(file.split("_")[0].encode()) % 5 == 0]
    return files, test


@deal.mistake("in another session of Python")
def _(files):
    parts = [], []
    for file in files:
        parts[hash(file.split("_")[0]) % 5 == 0].append(file)
    return parts


@deal.mistake("in another session of Python")
def _(files):
    parts = [], []
    for file in files:
        parts[file[: file.index("_")].__hash__() % 5 == 0].append(file)
    return parts


@exercise(rounds=1)
def augment(answer: Answer, random: np.random.Generator) -> None:
    """Check (L, ab, size, random) -> a window of both, flipped in half of the cases."""
    height, width = random.integers(9, 14, 2).tolist()
    size = int(random.integers(4, 7))
    L = random.permutation(height * width).reshape(height, width, 1).astype(float)
    where = np.stack(np.mgrid[:height, :width], axis=-1).astype(float)  # ab names its point
    flips, places = [], set()
    for _ in range(260):
        new_L, new_ab = several("L and ab", answer(L, where, size, random), 2)
        new_L = shape("L", new_L, (size, size, 1))
        new_ab = shape("ab", new_ab, (size, size, 2)).astype(int)
        there = L[new_ab[..., 0], new_ab[..., 1]]
        expect(
            np.array_equal(there, new_L),
            "L and ab are torn apart: they come from different points.",
        )
        down, right = np.diff(new_ab[..., 0], axis=0), np.diff(new_ab[..., 1], axis=1)
        expect((down == 1).all(), "rows are out of order: flip left to right, not top to bottom.")
        expect((np.abs(right) == 1).all(), "the window should be size x size neighboring points.")
        flips.append(right[0, 0] < 0)
        places.add((int(new_ab[..., 0].min()), int(new_ab[..., 1].min())))
    expect(any(flips), "it never flips.")
    expect(not all(flips), "it always flips.")
    often = np.mean(flips)
    expect(0.35 < often < 0.65, f"it flips in {often:.0%} of the cases, not in half.")
    _expect_places(places, height - size, width - size)


def _expect_places(places: set[tuple[int, int]], last_top: int, last_left: int) -> None:
    """Look at the top left corners of many windows: any may come, and all should."""
    tops, lefts = ({place[axis] for place in places} for axis in (0, 1))
    expect(len(places) > 1, "the window always lies in the same place.")
    expect(len(tops) > 1, "all windows begin in the same row.")
    expect(len(lefts) > 1, "all windows begin in the same column.")
    expect(
        len(places) > max(len(tops), len(lefts)),
        "the row tells the column in which a window begins: draw twice, once for each.",
    )
    beyond = "random.integers(0, n) draws from 0 to n - 1."
    expect(max(tops) == last_top, f"no window reaches the last row of the photo: {beyond}")
    expect(max(lefts) == last_left, f"no window reaches the last column of the photo: {beyond}")
    expect(min(tops) == min(lefts) == 0, "no window begins in row 0, or none in column 0.")


@augment.mistake("torn apart")
def _(L, ab, size, random):
    def cut(plane):
        top = random.integers(0, plane.shape[0] - size + 1)
        left = random.integers(0, plane.shape[1] - size + 1)
        return plane[top : top + size, left : left + size]

    return cut(L), cut(ab)


@augment.mistake("torn apart")
def _(L, ab, size, random):
    return L[:size, :size][:, ::-1], ab[:size, :size]


def _window(L, ab, size, random, flip):
    top = random.integers(0, L.shape[0] - size + 1)
    left = random.integers(0, L.shape[1] - size + 1)
    L = L[top : top + size, left : left + size]
    ab = ab[top : top + size, left : left + size]
    return flip(L), flip(ab)


@augment.mistake("it never flips")
def _(L, ab, size, random):
    return _window(L, ab, size, random, lambda plane: plane)


@augment.mistake("it always flips")
def _(L, ab, size, random):
    return _window(L, ab, size, random, lambda plane: plane[:, ::-1])


@augment.mistake("not in half")
def _(L, ab, size, random):
    turn = random.random() < 0.15
    return _window(L, ab, size, random, lambda plane: plane[:, ::-1] if turn else plane)


@augment.mistake("not top to bottom")
def _(L, ab, size, random):
    turn = random.random() < 0.5
    return _window(L, ab, size, random, lambda plane: plane[::-1] if turn else plane)


def _flipped_window(L, ab, size, random, top, left):
    step = -1 if random.random() < 0.5 else 1
    rows, columns = slice(top, top + size), slice(left, left + size)
    return L[rows, columns][:, ::step], ab[rows, columns][:, ::step]


@augment.mistake("in the same place")
def _(L, ab, size, random):
    return _flipped_window(L, ab, size, random, 0, 0)


@augment.mistake("draw twice, once for each")
def _(L, ab, size, random):
    corner = random.integers(0, min(L.shape[:2]) - size + 1)
    return _flipped_window(L, ab, size, random, corner, corner)


@augment.mistake("no window reaches the last row")
def _(L, ab, size, random):
    top = random.integers(0, L.shape[0] - size)
    left = random.integers(0, L.shape[1] - size)
    return _flipped_window(L, ab, size, random, top, left)


@augment.mistake("no window reaches the last column")
def _(L, ab, size, random):
    top = random.integers(0, L.shape[0] - size + 1)
    left = random.integers(0, L.shape[1] - size)
    return _flipped_window(L, ab, size, random, top, left)
