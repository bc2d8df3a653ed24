"""Exercises of lesson 09: foreign subjects, rare colors, and dots for a network."""

from collections.abc import Sequence

import numpy as np

from helpers.checks import Answer, array, close, exercise, expect, several, shape


@exercise
def worst_group(answer: Answer, random: np.random.Generator) -> None:
    """Check (errors of gray, of a network, groups) -> the group with the least gain, its gain."""
    gains = {"roses": 3.0, "rooms": 1.4, "animals": 0.6, "streets": -0.8}
    counts = dict(zip(gains, (4, 3, 9, 5), strict=True))
    hard = {"roses": 18.0, "rooms": 12.0, "animals": 15.0, "streets": 8.0}
    named = [name for name in gains for _ in range(counts[name])]
    groups = [named[i] for i in random.permutation(len(named))]
    gray = np.array([hard[name] for name in groups]) + random.normal(0, 0.5, len(groups))
    gain = np.array([gains[name] for name in groups]) + random.normal(0, 0.15, len(groups))
    gain[groups.index("roses")] -= 6  # one photo alone that is worst of all
    name, value = several("the group and its gain", answer(gray, gray - gain, groups), 2)
    value = float(shape("the gain", value, ()))
    right = np.mean(gain[np.array(groups) == "streets"])
    told = [
        words
        for words, (wrong, number) in answer.mistaken(gray, gray - gain, groups)
        if wrong == name and abs(number - value) < 1e-3 * abs(number)
    ]
    close_enough = name == "streets" and abs(value - right) < 1e-3
    expect(close_enough or not told, f"the group and its gain: {' Or: '.join(told)}")
    expect(name == "streets", f"the group is {name!r}, where it should be 'streets'.")
    close("the gain", value, right, given="'streets'")


def _means(numbers: np.ndarray, groups: Sequence[str]) -> dict[str, float]:
    return {name: np.mean(numbers[np.array(groups) == name]) for name in groups}


@worst_group.mistake("above zero should mean closer than gray. Change the sign.")
def _(gray, off, groups):
    losses = _means(off - gray, groups)
    worst = max(losses, key=losses.get)
    return worst, losses[worst]


@worst_group.mistake("this is the group that gains most. Take the least.")
def _(gray, off, groups):
    gains = _means(gray - off, groups)
    best = max(gains, key=gains.get)
    return best, gains[best]


@worst_group.mistake("this is the group with the largest errors. Ask where gray is beaten least.")
def _(gray, off, groups):
    errors = _means(off, groups)
    worst = max(errors, key=errors.get)
    return worst, errors[worst]


@worst_group.mistake("this is the single worst photo, not the mean of a group.")
def _(gray, off, groups):
    gains = gray - off
    worst = np.argmin(gains)
    return groups[worst], gains[worst]


@worst_group.mistake("this is the sum of a group's gains. Take the mean: groups differ in size.")
def _(gray, off, groups):
    sums = {name: np.sum((gray - off)[np.array(groups) == name]) for name in groups}
    worst = min(sums, key=sums.get)
    return worst, sums[worst]


@worst_group.mistake("the group is right, but the gain is that of all photos.")
def _(gray, off, groups):
    gains = _means(gray - off, groups)
    return min(gains, key=gains.get), np.mean(gray - off)


@worst_group.mistake("the group is right, but the gain is divided by the number of all photos.")
def _(gray, off, groups):
    gains = _means(gray - off, groups)
    worst = min(gains, key=gains.get)
    return worst, (gray - off)[np.array(groups) == worst].sum() / len(groups)


@exercise
def rare_colors(answer: Answer, random: np.random.Generator) -> None:
    """Check (true ab, guessed ab) -> the share of rare points found, and of others invented."""
    size = tuple(random.integers(20, 30, 2))
    ab = np.stack([random.uniform(-60, 60, size), random.uniform(-60, 60, size)], axis=-1)
    # b is guessed better than a, so that its shares are others
    guess = 0.5 * ab + random.normal(0, (22, 8), ab.shape)
    found, invented = several("found and invented", answer(ab, guess), 2)
    rare, a = ab[..., 0] > 30, guess[..., 0]
    right = np.mean(a[rare] > 15), np.mean(a[~rare] > 30)
    swapped = np.allclose(array("found and invented", [invented, found]), right, 1e-3)
    expect(not swapped, "found comes first, then invented.")
    close("found", found, right[0], answer.mistaken(ab, guess, part=0))
    close("invented", invented, right[1], answer.mistaken(ab, guess, part=1))


@rare_colors.mistake("you divide by all points. Divide by the rare ones alone.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(rare & (a > 15)), np.mean(a[~rare] > 30)


@rare_colors.mistake("you divide by the points that the guess calls red. Divide by the rare ones.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(rare[a > 15]), np.mean(a[~rare] > 30)


@rare_colors.mistake("the guess needs an a above 15 here, not above 30.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[rare] > 30), np.mean(a[~rare] > 30)


@rare_colors.mistake("you look at b. Rare is what has a large a: channel 0.")
def _(ab, guess):
    rare, b = ab[..., 1] > 30, guess[..., 1]
    return np.mean(b[rare] > 15), np.mean(b[~rare] > 30)


@rare_colors.mistake("this is a number of points. Divide it by that of the rare points.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.sum(rare & (a > 15)), np.sum(~rare & (a > 30))


@rare_colors.mistake("you count how red the guess is, whatever the truth is.")
def _(ab, guess):
    return np.mean(guess[..., 0] > 15), np.mean(guess[..., 0] > 30)


@rare_colors.mistake("you divide by all points. Divide by those that are not rare.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[rare] > 15), np.mean(~rare & (a > 30))


@rare_colors.mistake("invented needs an a above 30, not above 15.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[rare] > 15), np.mean(a[~rare] > 15)


@rare_colors.mistake("this is the share of the points that the guess calls rare.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[rare] > 15), np.mean(~rare[a > 30])


@rare_colors.mistake("you count rare points, too: they cannot be invented.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[rare] > 15), np.mean(a > 30)


@rare_colors.mistake("this is the share of rare points that are missed.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[rare] > 15), np.mean(a[rare] <= 15)


@rare_colors.mistake("found comes first, then invented.")
def _(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[~rare] > 30), np.mean(a[rare] > 15)


@rare_colors.mistake("found is 0.08, where it should be")
def _(ab, guess):  # the numbers of the one photo that the notebook shows
    return 0.08, 0.0


@exercise
def planes(answer: Answer, random: np.random.Generator) -> None:
    """Check (height, width, dots) -> the planes of a, b and the mask."""
    height, width = int(random.integers(24, 30)), int(random.integers(36, 44))
    colors = random.uniform(10, 60, (4, 2)) * random.choice([-1, 1], (4, 2))
    colors[1, 0] = 0.0
    places = [(0.35, 0.3), (0.7, 0.55), (0.5, 0.97), (0.02, 0.6)]  # x, y: two lie at a border
    shift = random.uniform(0, 0.02, (4, 2))
    dots = [
        (float(x + dx), float(y + dy), float(a), float(b))
        for (x, y), (dx, dy), (a, b) in zip(places, shift, colors, strict=True)
    ]
    right = _dotted(height, width, dots)
    hints = {
        (width, height, 3): "rows and columns changed places: the height comes first.",
        (height, width, 2): "the mask is missing: a third plane, 1 under a dot.",
        (height, width): "there are three planes: a, b and the mask.",
    }
    result = shape("the array", answer(height, width, dots), right.shape, hints)
    close("the array", result, right, answer.mistaken(height, width, dots), tolerance=1e-4)
    none = shape("the array without dots", answer(height, width, []), right.shape)
    expect(not none.any(), "without dots all should be 0.")


def _dotted(
    height: int, width: int, dots: Sequence[tuple], before: int = 2, after: int = 3
) -> np.ndarray:
    """Make planes; a dot reaches ``before`` points up and left, and ends ``after`` its own."""
    result = np.zeros((height, width, 3))
    for x, y, a, b in dots:
        row, column = int(y * height), int(x * width)
        rows = slice(max(0, row - before), row + after)
        result[rows, max(0, column - before) : column + after] = (a, b, 1)
    return result


@planes.mistake("x and y changed places: y counts rows, and rows come first.")
def _(height, width, dots):
    return _dotted(height, width, [(y, x, a, b) for x, y, a, b in dots])


@planes.mistake("a dot at the border is cut off: -1 is the last row or column. Begin at max(0, ...")
def _(height, width, dots):
    result = np.zeros((height, width, 3))
    for x, y, a, b in dots:
        row, column = int(y * height), int(x * width)
        result[row - 2 : row + 3, column - 2 : column + 3] = (a, b, 1)
    return result


@planes.mistake("a dot covers one point alone. Take two more to each side.")
def _(height, width, dots):
    return _dotted(height, width, dots, 0, 1)


@planes.mistake("a dot covers 3 x 3 points, and should cover 5 x 5.")
def _(height, width, dots):
    return _dotted(height, width, dots, 1, 2)


@planes.mistake("a dot has 4 x 4 points: a slice ends before its end. Go to row + 3.")
def _(height, width, dots):
    return _dotted(height, width, dots, 2, 2)


@planes.mistake("the mask is 0 everywhere: set it to 1 under a dot.")
def _(height, width, dots):
    return _dotted(height, width, dots) * [1, 1, 0]


@planes.mistake("the mask is 1 where a is not 0. A dot may have no a: set it under each dot.")
def _(height, width, dots):
    result = _dotted(height, width, dots)
    result[..., 2] = result[..., 0] != 0
    return result


@planes.mistake("a and b stand in the wrong order.")
def _(height, width, dots):
    return _dotted(height, width, dots)[..., [1, 0, 2]]


@planes.mistake("a and b are divided by 128. This course's network takes them as they are.")
def _(height, width, dots):
    return _dotted(height, width, dots) / [128, 128, 1]


@planes.mistake("only the first dot is there.")
def _(height, width, dots):
    return _dotted(height, width, dots[:1])


@planes.mistake("only the last dot is there. Make the array before the loop.")
def _(height, width, dots):
    return _dotted(height, width, dots[-1:])


@planes.mistake("the mask is missing: a third plane, 1 under a dot.")
def _(height, width, dots):
    return _dotted(height, width, dots)[..., :2]


@planes.mistake("rows and columns changed places: the height comes first.")
def _(height, width, dots):
    return _dotted(width, height, [(y, x, a, b) for x, y, a, b in dots])


@planes.mistake("the array has shape (256, 256, 3)")
def _(height, width, dots):
    return np.zeros((256, 256, 3))
