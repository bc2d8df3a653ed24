"""Exercises of lesson 03: inside the network."""

import keras
import numpy as np
import tensorflow as tf
from scipy.ndimage import convolve as flipped_correlate
from scipy.ndimage import correlate

from helpers.checks import Answer, close, exercise, expect, shape


@exercise
def convolve(answer: Answer, random: np.random.Generator) -> None:
    """Check (plane, kernel) -> the valid correlation."""
    height, width = random.integers(5, 11, 2).tolist()
    plane, kernel = random.uniform(0, 100, (height, width)), random.normal(0, 1, (3, 3))
    inside = np.s_[1:-1, 1:-1]
    rim = "where the kernel looks over the rim there is no answer. Two rows and columns less."
    hints = {(height, width): rim, (height - 2, width - 2, 3, 3): "add up over each window."}
    result = shape("the answer", answer(plane, kernel), (height - 2, width - 2), hints)
    close(
        "the answer",
        result,
        correlate(plane, kernel)[inside],
        {
            "the kernel is turned around. Lay it on the plane as it is.": flipped_correlate(
                plane, kernel
            )[inside],
            "this is the mean of the nine products. Add them up.": correlate(plane, kernel / 9)[
                inside
            ],
            "rows and columns of the kernel are exchanged.": correlate(plane, kernel.T)[inside],
        },
    )


@exercise
def count(answer: Answer, random: np.random.Generator) -> None:
    """Check (filters, size, channels) -> the numbers of a Keras layer."""
    filters, channels = random.integers(8, 40, 2).tolist()
    size = int(random.choice([3, 5, 7]))
    layer = keras.layers.Conv2D(filters, size)
    layer.build((None, None, None, channels))
    close(
        "the number",
        answer(filters, size, channels),
        layer.count_params(),
        {
            "the biases are missing: one for each filter.": filters * size * size * channels,
            "one bias for each filter, not one in all.": filters * size * size * channels + 1,
            "a window is size x size points.": filters * (size * channels + 1),
            "every filter looks at all channels that come in.": filters * (size * size + 1),
        },
        tolerance=1e-9,
    )


@exercise
def window(answer: Answer, random: np.random.Generator) -> None:
    """Check convolutions -> the width that one answer depends on, found by trying."""
    number = int(random.integers(2, 6))
    sizes, strides = random.choice([3, 5], number), random.choice([1, 2], number)
    strides[0] = 2  # else a wrong rule may be right
    given = [(int(size), int(step)) for size, step in zip(sizes, strides, strict=True)]
    first, last = 0, 0
    for size, step in reversed(given):  # which points does answer 0 look at?
        first, last = first * step, last * step + size - 1
    close(
        "the width",
        answer(given),
        last - first + 1,
        {
            "the strides are not in it: answers after a stride lie further apart.": 1
            + sum(size - 1 for size, _ in given),
            "windows overlap: each convolution adds size - 1, not size.": _adding_sizes(given),
            "a convolution's own strides count for those after it, not for itself.": _too_soon(
                given
            ),
        },
        tolerance=1e-9,
    )


def _adding_sizes(convolutions: list[tuple[int, int]]) -> int:
    width, step = 1, 1
    for size, strides in convolutions:
        width += size * step
        step *= strides
    return width


def _too_soon(convolutions: list[tuple[int, int]]) -> int:
    width, step = 1, 1
    for size, strides in convolutions:
        step *= strides
        width += (size - 1) * step
    return width


@exercise
def colorful_loss(answer: Answer, random: np.random.Generator) -> None:
    """Check (truth, guess) -> the weighted mean squared error, and its slope."""
    sides = (2, *random.integers(3, 7, 2).tolist(), 2)
    truth, guess = random.uniform(-0.8, 0.8, (2, *sides))
    error = ((guess - truth) ** 2).sum(axis=-1)
    chroma, guessed = np.linalg.norm(truth, axis=-1), np.linalg.norm(guess, axis=-1)
    variable = tf.Variable(guess, dtype="float32")
    with tf.GradientTape() as tape:
        loss = answer(tf.constant(truth, "float32"), variable)
    hints = {error.shape: "average over all points.", sides: "average over all points."}
    close(
        "the loss",
        shape("the loss", loss, (), hints),
        np.mean((1 + chroma) * error),
        {
            "every point counts alike: that is no more than the squared error.": error.mean(),
            "the weight has to come from the truth, not from the guess.": np.mean(
                (1 + guessed) * error
            ),
            "the weight is 1 + chroma, so that gray counts too.": np.mean(chroma * error),
            "this is the sum. Take the mean over all points.": np.sum((1 + chroma) * error),
            "add up the squares of a and b; you average over them.": np.mean((1 + chroma) * error)
            / 2,
        },
    )
    slope = tape.gradient(loss, variable) if isinstance(loss, tf.Tensor) else None
    expect(slope is not None, "the loss has no slope. Use ops, not numpy, from start to end.")
