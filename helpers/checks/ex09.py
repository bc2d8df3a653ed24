"""Exercises of lesson 09: measures of what a network misses, and remedies."""

from collections.abc import Sequence

import numpy as np

from helpers import color
from helpers.checks import Answer, close, exercise, expect, several, shape


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
    swapped = (
        "found comes first, then invented." if np.allclose((invented, found), right, 1e-3) else ""
    )
    expect(not swapped, swapped)
    close(
        "found",
        found,
        right[0],
        {
            "you divide by all points. Divide by the rare ones alone.": np.mean(rare & (a > 15)),
            "you divide by the points that the guess calls red. Divide by the rare ones.": np.mean(
                rare[a > 15]
            ),
            "the guess needs an a above 15 here, not above 30.": np.mean(a[rare] > 30),
            "you look at b. Rare is what has a large a: channel 0.": np.mean(
                guess[..., 1][ab[..., 1] > 30] > 15
            ),
            "this is a number of points. Divide it by that of the rare points.": (
                rare & (a > 15)
            ).sum(),
            "you count how red the guess is, whatever the truth is.": np.mean(a > 15),
        },
    )
    close(
        "invented",
        invented,
        right[1],
        {
            "you divide by all points. Divide by those that are not rare.": np.mean(
                ~rare & (a > 30)
            ),
            "invented needs an a above 30, not above 15.": np.mean(a[~rare] > 15),
            "this is the share of the points that the guess calls rare.": np.mean(~rare[a > 30]),
            "you count rare points, too: they cannot be invented.": np.mean(a > 30),
            "this is the share of rare points that are missed.": 1 - right[0],
        },
    )


@exercise
def weights(answer: Answer, random: np.random.Generator) -> None:
    """Check (shares, equal part) -> weights whose mean over the points is 1."""
    count = int(random.integers(6, 12))
    share = random.exponential(1, count) ** 3
    share[random.integers(count)] = 0
    share /= share.sum()
    equal = float(random.uniform(0.05, 0.3))
    plain = 1 / ((1 - equal) * share + equal / count)
    other = 1 / (equal * share + (1 - equal) / count)
    without = 1 / ((1 - equal) * share + equal)
    with np.errstate(divide="ignore"):
        result = shape("the weights", answer(share, equal), (count,))
    close(
        "the weight",
        result,
        plain / (share * plain).sum(),
        {
            "the mean weight of a point is not 1 yet. Divide by (share * weight).sum().": plain,
            "they add up to 1. The mean over the points should be 1.": plain / plain.sum(),
            "the mean over the cells is 1. A full cell counts more: "
            "weigh the mean by the share.": plain / plain.mean(),
            "equal and 1 - equal changed places.": other / (share * other).sum(),
            "the equal part is shared by all cells: equal / n.": without / (share * without).sum(),
            "frequent colors weigh more. Take one over it.": (1 / plain) / (share / plain).sum(),
        },
        tolerance=1e-4,
    )


def _planes(
    height: int, width: int, dots: Sequence[tuple], radius: int = 2, wraps: bool = False
) -> np.ndarray:
    result = np.zeros((height, width, 3))
    for x, y, a, b in dots:
        row, column = int(y * height) - radius, int(x * width) - radius
        if not wraps:
            rows = slice(max(0, row), max(0, row + 2 * radius + 1))
            columns = slice(max(0, column), max(0, column + 2 * radius + 1))
        else:
            rows = slice(row, row + 2 * radius + 1)
            columns = slice(column, column + 2 * radius + 1)
        result[rows, columns] = (a, b, 1)
    return result


@exercise
def planes(answer: Answer, random: np.random.Generator) -> None:
    """Check (height, width, dots) -> the planes of a, b and the mask."""
    height, width = int(random.integers(24, 30)), int(random.integers(36, 44))
    colors = random.uniform(-60, 60, (4, 2))
    colors[1, 0] = 0.0
    places = [(0.35, 0.3), (0.7, 0.55), (0.5, 0.97), (0.02, 0.6)]  # x, y: two lie at a border
    shift = random.uniform(0, 0.02, (4, 2))
    dots = [
        (float(x + dx), float(y + dy), float(a), float(b))
        for (x, y), (dx, dy), (a, b) in zip(places, shift, colors, strict=True)
    ]
    right = _planes(height, width, dots)
    hints = {
        (width, height, 3): "rows and columns changed places: the height comes first.",
        (height, width, 2): "the mask is missing: a third plane, 1 under a dot.",
        (height, width): "there are three planes: a, b and the mask.",
    }
    result = shape("the array", answer(height, width, dots), right.shape, hints)
    turned = [(y, x, a, b) for x, y, a, b in dots]
    close(
        "the array",
        result,
        right,
        {
            "x and y changed places: y counts rows, and rows come first.": _planes(
                height, width, turned
            ),
            "a dot at the border is cut off: -1 is the last row or column. "
            "Begin at max(0, ...).": _planes(height, width, dots, wraps=True),
            "a dot covers one point alone. Take two more to each side.": _planes(
                height, width, dots, radius=0
            ),
            "a dot covers 3 x 3 points, and should cover 5 x 5.": _planes(
                height, width, dots, radius=1
            ),
            "a dot has 4 x 4 points: a slice ends before its end. Go to row + 3.": _short(
                height, width, dots
            ),
            "the mask is 0 everywhere: set it to 1 under a dot.": right * [1, 1, 0],
            "a and b stand in the wrong order.": right[..., [1, 0, 2]],
            "a and b are divided by 128. The network of this course takes them as they are.": right
            / [128, 128, 1],
            "only the first dot is there.": _planes(height, width, dots[:1]),
            "only the last dot is there. Make the array before the loop.": _planes(
                height, width, dots[-1:]
            ),
        },
        tolerance=1e-4,
    )
    none = shape("the array without dots", answer(height, width, []), right.shape)
    expect(not none.any(), "without dots all should be 0.")


def _short(height: int, width: int, dots: Sequence[tuple]) -> np.ndarray:
    """Make dots whose last row and column are missing."""
    result = np.zeros((height, width, 3))
    for x, y, a, b in dots:
        row, column = int(y * height), int(x * width)
        result[max(0, row - 2) : row + 2, max(0, column - 2) : column + 2] = (a, b, 1)
    return result


@exercise
def into_gamut(answer: Answer, random: np.random.Generator) -> None:
    """Check (LAB) -> LAB in the gamut: L and hue as they were, as much chroma as there is."""
    size = tuple(random.integers(9, 14, 2))
    L = random.uniform(20, 85, size)
    reach, hue = random.uniform(2, 110, size), random.uniform(0, 2 * np.pi, size)
    given = np.stack([L, reach * np.cos(hue), reach * np.sin(hue)], axis=-1).astype(np.float32)
    result = shape("the LAB colors", answer(given), given.shape)
    inside = color.in_gamut(given)
    off = np.abs(result[..., 0] - L).max()
    expect(off < 0.1, f"L changes by up to {off:.1f}: light has to stay. Take away a and b alone.")
    chroma = np.linalg.norm(result[..., 1:], axis=-1)
    share = chroma / reach
    expect(chroma.max() > 1, "all color is gone. Take away as little as needed.")
    outside = ~color.in_gamut(result.astype(np.float32), tolerance=5e-3)
    expect(
        not outside.any(),
        f"{outside.mean():.0%} of the points are still outside the gamut. Repeat until none is.",
    )
    expect(
        share[inside].min() > 0.99,
        "points that a screen has are paler now. Take color from the others alone.",
    )
    turned = np.abs(result[..., 1] * np.sin(hue) - result[..., 2] * np.cos(hue)).max()
    expect(
        turned < 0.5,
        "hues have turned. Make a and b smaller by the same factor, and do not clip.",
    )
    most = _most_chroma(given) / reach
    expect(
        (share >= 0.9 * most).all(),
        "more color is taken away than needed. Take steps of 5 percent, only where it is outside.",
    )
    expect((share <= 1.01).all(), "some points have more color than before.")


def _most_chroma(lab: np.ndarray) -> np.ndarray:
    """Return the chroma that each LAB color, shape (H, W, 3), may keep; (H, W)."""
    factors = np.linspace(0, 1, 201)[:, None, None]
    tried = np.repeat(lab[None], len(factors), axis=0)
    tried[..., 1:] *= factors[..., None]
    fits = color.in_gamut(tried)
    return np.linalg.norm(lab[..., 1:], axis=-1) * (factors * fits).max(axis=0)
