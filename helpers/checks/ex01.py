"""Exercises of lesson 01: LAB, light and color apart."""

import numpy as np
from skimage.color import lab2rgb, rgb2lab

from helpers import color
from helpers.checks import Answer, close, exercise, expect, photo, several, shape


@exercise
def split(answer: Answer, random: np.random.Generator) -> None:
    """Check (photo) -> L (H, W, 1) in 0..100 and ab / 128 (H, W, 2)."""
    given = photo(random)
    height, width = given.shape[:2]
    size = f"a photo of {height} x {width}"
    L, ab = several("L and ab", answer(given), 2)
    no_axis = "keep the last axis, so that it is one channel: lab[..., :1]"
    L = shape("L", L, (height, width, 1), {(height, width): no_axis})
    both = {(height, width, 3): "did you keep L? a and b are the channels 1 and 2."}
    ab = shape("ab", ab, (height, width, 2), both)
    lab = color.rgb_to_lab(given)
    close("L", L, lab[..., :1], answer.mistaken(given, part=0), given=size)
    close("ab", ab, lab[..., 1:] / 128, answer.mistaken(given, part=1), given=size)


@split.mistake("return 2 things")
def _(photo):
    return rgb2lab(photo)


@split.mistake("keep the last axis, so that it is one channel")
def _(photo):
    lab = rgb2lab(photo)
    return lab[..., 0], lab[..., 1:] / 128


@split.mistake("did you keep L? a and b are the channels 1 and 2.")
def _(photo):
    lab = rgb2lab(photo)
    return lab[..., :1], lab / 128


@split.mistake("it is divided by 100. A network of this course sees L in 0..100.")
def _(photo):
    lab = rgb2lab(photo)
    return lab[..., :1] / 100, lab[..., 1:] / 128


@split.mistake("it is not divided by 128 yet.")
def _(photo):
    lab = rgb2lab(photo)
    return lab[..., :1], lab[..., 1:]


@split.mistake("its numbers below 0 are gone: that is all green and all blue.")
def _(photo):
    lab = rgb2lab(photo)
    return lab[..., :1], np.maximum(lab[..., 1:] / 128, 0)


@split.mistake("a and b stand in the wrong order.")
def _(photo):
    lab = rgb2lab(photo)
    return lab[..., :1], lab[..., :0:-1] / 128


@exercise
def join(answer: Answer, random: np.random.Generator) -> None:
    """Check (L, ab / 128) -> the RGB photo."""
    given = photo(random)
    L, ab = color.split(given)
    half = ab / 128
    result = shape("the photo", answer(L, half), given.shape)
    size = "L and ab / 128 of {} x {}".format(*given.shape[:2])
    close("the photo", result, given, answer.mistaken(L, half), tolerance=2e-3, given=size)


@join.mistake("these are LAB numbers. Turn them into RGB.")
def _(L, ab):
    return np.concatenate([L, ab * 128], axis=-1)


@join.mistake("it is nearly gray: ab / 128 has to be multiplied by 128 again.")
def _(L, ab):
    return lab2rgb(np.concatenate([L, ab], axis=-1))


@join.mistake("a and b stand in the wrong order.")
def _(L, ab):
    return lab2rgb(np.concatenate([L, ab[..., ::-1] * 128], axis=-1))


@join.mistake("stops with ValueError")
def _(L, ab):
    return lab2rgb(np.concatenate([L, ab * 128], axis=0))


@exercise
def saturate(answer: Answer, random: np.random.Generator) -> None:
    """Check (photo, factor) -> the photo with a and b times the factor, L as it was."""
    gray = 0.35 + 0.3 * random.random()
    given = (gray + 0.05 * (photo(random) - 0.5)).astype(np.float32)  # so that no color is clipped
    L, ab = color.split(given)
    for factor in (float(random.uniform(1.2, 2.5)), float(random.uniform(0.2, 0.7)), 0.0):
        result = shape("the photo", answer(given, factor), given.shape)
        right = color.join(L, factor * ab)
        if factor == 0:
            colored = np.ptp(result, axis=-1).max() >= 0.01
            expect(not colored, "factor 0 should leave a gray photo, and yours has color.")
        mistaken = answer.mistaken(given, factor)
        close("the photo", result, right, mistaken, given=f"factor {factor:.2f}")


@saturate.mistake("nothing has changed.")
def _(photo, factor):
    return photo


@saturate.mistake("you multiply L too: light has to stay.")
def _(photo, factor):
    return color.lab_to_rgb(color.rgb_to_lab(photo) * factor)


@saturate.mistake("you multiply red, green and blue, so light changes too. Go by LAB.")
def _(photo, factor):
    return photo * factor


@saturate.mistake("only a is multiplied. b is color, too.")
def _(photo, factor):
    L, ab = color.split(photo)
    return color.join(L, ab * [factor, 1])


@saturate.mistake("a factor below 1 should take color away.")
def _(photo, factor):
    L, ab = color.split(photo)
    return color.join(L, max(1, factor) * ab)


@exercise
def prepare(answer: Answer, random: np.random.Generator) -> None:
    """Check (photo of bytes 0..255) -> L in 0..100, ab in [-1, 1]: the mended listing."""
    given = random.integers(0, 256, (*random.integers(4, 9, 2), 3)).astype(np.float32)
    X, Y = several("X and Y", answer(given), 2)
    size = "a photo of {} x {}".format(*given.shape[:2])
    lab = color.rgb_to_lab(given / 255)
    X = shape("X", X, (*given.shape[:2], 1))
    Y = shape("Y", Y, (*given.shape[:2], 2))
    close("X", X, lab[..., :1], answer.mistaken(given, part=0), given=size)
    close("Y", Y, lab[..., 1:] / 128, answer.mistaken(given, part=1), given=size)


@prepare.mistake("it is L / 100. The article's network sees L in 0..100.")
def _(image):
    lab = rgb2lab(image / 255)
    return np.clip(lab[..., :1] / 100, 0, 1), np.clip(lab[..., 1:] / 128, 0, 1)


@prepare.mistake("rgb2lab wants RGB from 0 to 1: divide by 255 first.")
def _(image):
    lab = rgb2lab(image)
    return lab[..., :1], lab[..., 1:] / 128


@prepare.mistake("all numbers below 0 became 0: no green and no blue is left.")
def _(image):
    lab = rgb2lab(image / 255)
    return lab[..., :1], np.clip(lab[..., 1:] / 128, 0, 1)


@prepare.mistake("it is shifted into [0, 1]. Gray has to be 0, and tanh reaches -1.")
def _(image):
    lab = rgb2lab(image / 255)
    return lab[..., :1], (lab[..., 1:] / 128 + 1) / 2


@prepare.mistake("its minus signs are gone: green became red, and blue became yellow.")
def _(image):
    lab = rgb2lab(image / 255)
    return lab[..., :1], np.abs(lab[..., 1:] / 128)


@prepare.mistake("it is not divided by 128 yet.")
def _(image):
    lab = rgb2lab(image / 255)
    return lab[..., :1], lab[..., 1:]
