"""Exercises of lesson 01: LAB, light and color apart."""

import numpy as np

from helpers import color
from helpers.checks import Answer, close, exercise, expect, photo, several, shape


@exercise
def split(answer: Answer, random: np.random.Generator) -> None:
    """Check (photo) -> L (H, W, 1) in 0..100 and ab / 128 (H, W, 2)."""
    given = photo(random)
    height, width = given.shape[:2]
    L, ab = several("L and ab", answer(given), 2)
    no_axis = "keep the last axis, so that it is one channel: lab[..., :1]"
    L = shape("L", L, (height, width, 1), {(height, width): no_axis})
    both = {(height, width, 3): "did you keep L? a and b are the channels 1 and 2."}
    ab = shape("ab", ab, (height, width, 2), both)
    lab = color.rgb_to_lab(given)
    scaled = {
        "it is divided by 100. A network of this course sees L in 0..100.": lab[..., :1] / 100
    }
    close("L", L, lab[..., :1], scaled)
    close(
        "ab",
        ab,
        lab[..., 1:] / 128,
        {
            "it is not divided by 128 yet.": lab[..., 1:],
            "its numbers below 0 are gone: that is all green and all blue.": np.maximum(
                lab[..., 1:] / 128, 0
            ),
            "a and b stand in the wrong order.": lab[..., :0:-1] / 128,
        },
    )


@exercise
def join(answer: Answer, random: np.random.Generator) -> None:
    """Check (L, ab / 128) -> the RGB photo."""
    given = photo(random)
    L, ab = color.split(given)
    result = shape("the photo", answer(L, ab / 128), given.shape)
    close(
        "the photo",
        result,
        given,
        {
            "these are LAB numbers. Turn them into RGB.": color.rgb_to_lab(given),
            "it is nearly gray: ab / 128 has to be multiplied by 128 again.": color.join(
                L, ab / 128
            ),
            "a and b stand in the wrong order.": color.join(L, ab[..., ::-1]),
        },
        tolerance=2e-3,
    )


@exercise
def saturate(answer: Answer, random: np.random.Generator) -> None:
    """Check (photo, factor) -> the photo with a and b times the factor, L as it was."""
    gray = 0.35 + 0.3 * random.random()
    given = (gray + 0.05 * (photo(random) - 0.5)).astype(np.float32)  # so that no color is clipped
    factor = float(random.uniform(1.2, 2.5))
    L, ab = color.split(given)
    result = shape("the photo", answer(given, factor), given.shape)
    close(
        "the photo",
        result,
        color.join(L, factor * ab),
        {
            "nothing has changed.": given,
            "you multiply L too: light has to stay.": color.join(factor * L, factor * ab),
            "you multiply red, green and blue, so light changes too. Go by LAB.": given * factor,
            "only a is multiplied. b is color, too.": color.join(L, ab * [factor, 1]),
        },
    )
    without = _largest_chroma(answer(given, 0.0))
    expect(without < 0.01, "factor 0 should leave a gray photo.")


def _largest_chroma(result: object) -> float:
    """Return the largest difference between two RGB channels of a point: 0 is gray."""
    return float(np.ptp(np.asarray(result, float), axis=-1).max())


@exercise
def prepare(answer: Answer, random: np.random.Generator) -> None:
    """Check (photo of bytes 0..255) -> L in 0..100, ab in [-1, 1]: the mended listing."""
    given = random.integers(0, 256, (*random.integers(4, 9, 2), 3)).astype(np.float32)
    X, Y = several("X and Y", answer(given), 2)
    lab = color.rgb_to_lab(given / 255)
    X = shape("X", X, (*given.shape[:2], 1))
    Y = shape("Y", Y, (*given.shape[:2], 2))
    close(
        "X",
        X,
        lab[..., :1],
        {
            "it is L / 100. The article's network sees L in 0..100.": lab[..., :1] / 100,
            "rgb2lab wants RGB from 0 to 1: divide by 255 first.": color.rgb_to_lab(given)[..., :1],
        },
    )
    half = lab[..., 1:] / 128
    close(
        "Y",
        Y,
        half,
        {
            "all numbers below 0 became 0: no green and no blue is left.": np.clip(half, 0, 1),
            "it is shifted into [0, 1]. Gray has to be 0, and tanh reaches -1.": (half + 1) / 2,
            "its minus signs are gone: green became red, and blue became yellow.": np.abs(half),
            "it is not divided by 128 yet.": lab[..., 1:],
        },
    )
