"""Exercises of lesson 10: coarse color, memory, checkerboards, and colors that no screen has."""

import numpy as np
from scipy.ndimage import uniform_filter

from helpers import color
from helpers.checks import Answer, close, exercise, expect, shape


@exercise
def coarse(answer: Answer, random: np.random.Generator) -> None:
    """Check (ab, part) -> each square of part x part points in its mean color."""
    part = int(random.integers(2, 5))
    size = part * random.integers(3, 6), part * random.integers(6, 9)
    ab = random.uniform(-80, 80, (*size, 2))
    small = (size[0] // part, size[1] // part, 2)
    hints = {small: "that is one point for each square. Enlarge it again with np.repeat."}
    given = f"part = {part}"
    result = shape("the coarse ab", answer(ab, part), ab.shape, hints)
    right = _squares(ab, part)
    close("the coarse ab", result, right, answer.mistaken(ab, part), tolerance=1e-4, given=given)


def _means(ab: np.ndarray, part: int) -> np.ndarray:
    height, width = ab.shape[:2]
    return ab.reshape(height // part, part, width // part, part, 2).mean(axis=(1, 3))


def _squares(ab: np.ndarray, part: int) -> np.ndarray:
    return _means(ab, part).repeat(part, axis=0).repeat(part, axis=1)


@coarse.mistake("you keep the first point of each square. Take the mean of all its points.")
def _(ab, part):
    return ab[::part, ::part].repeat(part, axis=0).repeat(part, axis=1)


@coarse.mistake("that is one point for each square. Enlarge it again with np.repeat.")
def _(ab, part):
    return _means(ab, part)


@coarse.mistake("np.tile puts small photos side by side. np.repeat repeats each point.")
def _(ab, part):
    return np.tile(_means(ab, part), (part, part, 1))


@coarse.mistake(
    "you blur with a window that moves on point by point. The squares lie side by side."
)
def _(ab, part):
    return uniform_filter(ab, (part, part, 1))


@coarse.mistake("a and b are mixed: their mean has no meaning. Take the mean of each.")
def _(ab, part):
    height, width = ab.shape[:2]
    means = ab.reshape(height // part, part, width // part, part, 2).mean(axis=(1, 3, 4))
    both = np.stack([means, means], axis=-1)
    return both.repeat(part, axis=0).repeat(part, axis=1)


@coarse.mistake("these are sums. Take means.")
def _(ab, part):
    return part**2 * _squares(ab, part)


@coarse.mistake("the mean is taken down the rows alone. Take it over the columns, too.")
def _(ab, part):
    height, width = ab.shape[:2]
    return ab.reshape(height // part, part, width, 2).mean(axis=1).repeat(part, axis=0)


@coarse.mistake(
    "reshape cuts in another order: first the squares of a side, then the points in one."
)
def _(ab, part):
    height, width = ab.shape[:2]
    means = ab.reshape(part, height // part, part, width // part, 2).mean(axis=(0, 2))
    return means.repeat(part, axis=0).repeat(part, axis=1)


@exercise
def megabytes(answer: Answer, random: np.random.Generator) -> None:
    """Check (size, layers) -> the megabytes of all maps, four bytes a number."""
    size = int(random.choice([64, 96, 160]))
    filters = [int(count) for count in random.choice([8, 12, 20, 24, 40], 4, replace=False)]
    layers = [(filters[0], 2), (filters[1], 1), (filters[2], 2), (filters[3], 0.5), (2, 0.5)]
    close(
        "the memory",
        shape("the memory", answer(size, layers), ()),
        _memory(size, layers),
        answer.mistaken(size, layers),
        tolerance=1e-4,
        given=f"size = {size} and layers = {layers}",
    )


def _memory(size: int, layers: list[tuple], each: float = 4 / 1e6, late: bool = False) -> float:
    """Add up the maps; ``late`` shrinks only after a layer's map was counted."""
    side, numbers = size, size * size
    for filters, stride in layers:
        smaller = side / stride
        numbers += (side if late else smaller) ** 2 * filters
        side = smaller
    return numbers * each


@megabytes.mistake("these are numbers, not bytes: a float32 number takes 4 bytes.")
def _(size, layers):
    return _memory(size, layers, each=1 / 1e6)


@megabytes.mistake("these are bytes. A megabyte has a million.")
def _(size, layers):
    return _memory(size, layers, each=4)


@megabytes.mistake("a megabyte has 1,000,000 bytes here, not 1024 * 1024.")
def _(size, layers):
    return _memory(size, layers, each=4 / 2**20)


@megabytes.mistake("a stride shrinks the layer's own map already, not the next one.")
def _(size, layers):
    return _memory(size, layers, late=True)


@megabytes.mistake("L is missing: the photo, size x size points, is a map, too.")
def _(size, layers):
    return _memory(size, layers) - 4e-6 * size * size


@megabytes.mistake("the strides are ignored: every map has the size of the photo.")
def _(size, layers):
    return _memory(size, [(filters, 1) for filters, _ in layers])


@megabytes.mistake("only the last map is counted. All are kept until the way back.")
def _(size, layers):
    for _, stride in layers:
        size = size / stride
    return 4e-6 * size**2 * layers[-1][0]


@megabytes.mistake("a stride shrinks both sides: the map has side * side points.")
def _(size, layers):
    side, numbers = size, size * size
    for filters, stride in layers:
        side /= stride
        numbers += size * side * filters
    return 4e-6 * numbers


@megabytes.mistake("a stride of 0.5 doubles the side. Divide by the stride, do not multiply.")
def _(size, layers):
    return _memory(size, [(filters, 1 / stride) for filters, stride in layers])


@exercise
def patches(answer: Answer, random: np.random.Generator) -> None:
    """Check (points, patch, stride) -> how many patches paint each point of a row."""
    points, patch = int(random.integers(5, 9)), int(random.integers(4, 6))
    stride = int(random.integers(2, 4))
    given = f"points = {points}, patch = {patch}, stride = {stride}"
    right = _painted(points, patch, stride)
    hints = {
        (points * stride,): "the last patch reaches further: (points - 1) * stride + patch points.",
        (points,): "you count for the small map. The row of patches is longer.",
    }
    result = shape(f"the row for {given}", answer(points, patch, stride), right.shape, hints)
    close("the row", result, right, answer.mistaken(points, patch, stride), given=given)


def _painted(points: int, patch: int, stride: int) -> np.ndarray:
    row = np.zeros((points - 1) * stride + patch, int)
    for i in range(points):
        row[i * stride : i * stride + patch] += 1
    return row


@patches.mistake("patches that overlap add up. Use += 1, not = 1.")
def _(points, patch, stride):
    return np.minimum(_painted(points, patch, stride), 1)


@patches.mistake("the last patch is missing: range(points) ends before points.")
def _(points, patch, stride):
    row = np.zeros((points - 1) * stride + patch, int)
    for i in range(points - 1):
        row[i * stride : i * stride + patch] += 1
    return row


@patches.mistake("the last patch reaches further: (points - 1) * stride + patch points.")
def _(points, patch, stride):
    return _painted(points, patch, stride)[: points * stride]


@patches.mistake("each patch is one point short: a slice ends before its end.")
def _(points, patch, stride):
    row = np.zeros((points - 1) * stride + patch, int)
    for i in range(points):
        row[i * stride : i * stride + patch - 1] += 1
    return row


@patches.mistake("the patches lie one point apart. The next one begins a stride later.")
def _(points, patch, stride):
    row = np.zeros((points - 1) * stride + patch, int)
    for i in range(points):
        row[i : i + patch] += 1
    return row


@exercise
def into_gamut(answer: Answer, random: np.random.Generator) -> None:
    """Check (LAB) -> LAB in the gamut: L and hue as they were, as much chroma as there is."""
    size = tuple(random.integers(14, 18, 2))
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
        (share >= most - 0.052).all(),  # 5 percent of what is left, or of what there was
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


def _by_steps(lab: np.ndarray, factor: object) -> np.ndarray:
    """Multiply what is outside by a factor, for each channel or for all, until nothing is."""
    lab = lab.copy()
    while (outside := ~color.in_gamut(lab)).any():
        lab[outside] *= factor
    return lab


@into_gamut.mistake("points that a screen has are paler now. Take color from the others alone.")
def _(lab):
    lab = lab.copy()
    while not color.in_gamut(lab).all():
        lab[..., 1:] *= 0.95
    return lab


@into_gamut.mistake("hues have turned")
def _(lab):
    return _by_steps(lab, np.float32([1, 0.9, 0.97]))


@into_gamut.mistake("light has to stay")
def _(lab):
    return color.rgb_to_lab(color.lab_to_rgb(lab))


@into_gamut.mistake("light has to stay")
def _(lab):
    return _by_steps(lab, np.float32(0.95))


@into_gamut.mistake("still outside the gamut. Repeat until none is.")
def _(lab):
    lab = lab.copy()
    lab[~color.in_gamut(lab), 1:] *= 0.95
    return lab


@into_gamut.mistake("more color is taken away than needed")
def _(lab):
    lab = lab.copy()
    lab[~color.in_gamut(lab), 1:] = 0
    return lab


@into_gamut.mistake("more color is taken away than needed")
def _(lab):
    return _by_steps(lab, np.float32([1, 0.9, 0.9]))


@into_gamut.mistake("all color is gone")
def _(lab):
    return lab * [1, 0, 0]


@into_gamut.mistake("changes its input")
def _(lab):
    while (outside := ~color.in_gamut(lab)).any():
        lab[outside, 1:] *= 0.95
    return lab
