"""Exercises of lesson 03: inside the network."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from helpers.checks import Answer, close, exercise, expect, shape

WINDOWS = np.lib.stride_tricks.sliding_window_view


@exercise
def convolve(answer: Answer, random: np.random.Generator) -> None:
    """Check (plane, kernel, stride) -> the valid correlation at every stride-th place."""
    for stride in (1, 2, 3):
        height, width = random.choice([7, 8, 10, 11], 2, replace=False).tolist()
        plane, kernel = random.uniform(0, 100, (height, width)), random.normal(0, 1, (3, 3))
        right = (WINDOWS(plane, (3, 3)) * kernel).sum(axis=(2, 3))[::stride, ::stride]
        rows, columns = right.shape
        rim = (-(-height // stride), -(-width // stride))
        hints = {
            rim: "where the kernel looks over the rim there is no answer.",
            (rows, columns, 3, 3): "add up over each window.",
            (height - 2, width - 2): "the window moves on by the stride, down and to the right.",
            (rows, width - 2): "the window moves on by the stride to the right, too.",
        }
        about = f"a plane of {height} x {width} and stride {stride}"
        result = answer(plane, kernel, stride)
        result = shape(f"the answer for {about}", result, right.shape, hints)
        close("the answer", result, right, answer.mistaken(plane, kernel, stride), given=about)


@convolve.mistake("where the kernel looks over the rim there is no answer.")
def _(plane, kernel, stride):
    wider = np.pad(plane, 1)
    return (WINDOWS(wider, (3, 3)) * kernel).sum(axis=(2, 3))[::stride, ::stride]


@convolve.mistake("the window moves on by the stride, down and to the right.")
def _(plane, kernel, stride):
    return (WINDOWS(plane, (3, 3)) * kernel).sum(axis=(2, 3))


@convolve.mistake("the window moves on by the stride to the right, too.")
def _(plane, kernel, stride):
    return (WINDOWS(plane, (3, 3)) * kernel).sum(axis=(2, 3))[::stride]


@convolve.mistake("the kernel is turned around. Lay it on the plane as it is.")
def _(plane, kernel, stride):
    turned = kernel[::-1, ::-1]
    return (WINDOWS(plane, (3, 3)) * turned).sum(axis=(2, 3))[::stride, ::stride]


@convolve.mistake("this is the mean of the nine products. Add them up.")
def _(plane, kernel, stride):
    return (WINDOWS(plane, (3, 3)) * kernel).mean(axis=(2, 3))[::stride, ::stride]


@convolve.mistake("rows and columns of the kernel are exchanged.")
def _(plane, kernel, stride):
    return (WINDOWS(plane, (3, 3)) * kernel.T).sum(axis=(2, 3))[::stride, ::stride]


@convolve.mistake("add up over each window.")
def _(plane, kernel, stride):
    return WINDOWS(plane, (3, 3))[::stride, ::stride] * kernel


@exercise
def count(answer: Answer, random: np.random.Generator) -> None:
    """Check (filters, size, channels) -> the numbers of a Keras layer."""
    filters, channels = random.integers(8, 40, 2).tolist()
    size = int(random.choice([3, 5, 7]))
    layer = keras.layers.Conv2D(filters, size)
    layer.build((None, None, None, channels))
    given = f"{filters} filters of {size} x {size} on {channels} channels"
    mistaken = answer.mistaken(filters, size, channels)
    result = answer(filters, size, channels)
    close("the number", result, layer.count_params(), mistaken, tolerance=1e-9, given=given)


@count.mistake("the biases are missing: one for each filter.")
def _(filters, size, channels):
    return filters * size * size * channels


@count.mistake("one bias for each filter, not one in all.")
def _(filters, size, channels):
    return filters * size * size * channels + 1


@count.mistake("a window is size x size points.")
def _(filters, size, channels):
    return filters * (size * channels + 1)


@count.mistake("every filter looks at all channels that come in.")
def _(filters, size, channels):
    return filters * (size * size + 1)


@count.mistake("each filter has one bias, however many channels it looks at.")
def _(filters, size, channels):
    return filters * channels * (size * size + 1)


@exercise
def window(answer: Answer, random: np.random.Generator) -> None:
    """Check convolutions -> the width that one answer depends on, found by trying."""
    number = int(random.integers(3, 6))
    sizes, strides = random.choice([3, 5], number), random.choice([1, 2], number)
    strides[:2] = 2  # else a wrong rule may be right
    given = [(int(size), int(step)) for size, step in zip(sizes, strides, strict=True)]
    first, last = 0, 0
    for size, step in reversed(given):  # which points does answer 0 look at?
        first, last = first * step, last * step + size - 1
    right = last - first + 1
    mistaken = answer.mistaken(given)
    close("the width", answer(given), right, mistaken, tolerance=1e-9, given=f"{given}")


@window.mistake("the strides are not in it: answers after a stride lie further apart.")
def _(convolutions):
    return 1 + sum(size - 1 for size, strides in convolutions)


@window.mistake("windows overlap: each convolution adds size - 1, not size.")
def _(convolutions):
    width, step = 1, 1
    for size, strides in convolutions:
        width += size * step
        step *= strides
    return width


@window.mistake("a convolution's own strides count for those after it, not for itself.")
def _(convolutions):
    width, step = 1, 1
    for size, strides in convolutions:
        step *= strides
        width += (size - 1) * step
    return width


@window.mistake("strides multiply: after two strides of 2 the answers lie 4 points apart.")
def _(convolutions):
    width, step = 1, 1
    for size, strides in convolutions:
        width += (size - 1) * step
        step += strides - 1
    return width


@exercise
def colorful_loss(answer: Answer, random: np.random.Generator) -> None:
    """Check (truth, guess) -> the weighted mean squared error, and its slope."""
    sides = (2, *random.integers(3, 7, 2).tolist(), 2)
    truth, guess = random.uniform(-0.8, 0.8, (2, *sides))
    error = ((guess - truth) ** 2).sum(axis=-1)
    weight = 1 + np.linalg.norm(truth, axis=-1)
    variable = tf.Variable(guess, dtype="float32")
    with tf.GradientTape() as tape:
        loss = answer(tf.constant(truth, "float32"), variable)
    points = "average over all points."
    hints = {error.shape: points, sides: points, sides[:1]: points}
    value = shape("the loss", loss, (), hints)
    tensors = (tf.constant(truth, "float32"), tf.constant(guess, "float32"))
    given = f"truth and guess of {sides}"
    close("the loss", value, np.mean(weight * error), answer.mistaken(*tensors), given=given)
    slope = tape.gradient(loss, variable) if isinstance(loss, tf.Tensor) else None
    expect(slope is not None, "the loss has no slope. Use ops, not numpy, from start to end.")
    right = 2 * weight[..., None] * (guess - truth) / error.size
    zero = "it is 0 everywhere, so nothing can be learned. Do not round, compare or stop it."
    close("the slope of the loss", slope, right, [(zero, np.zeros(sides))], given=given)


def _chroma(ab):
    return ops.sqrt(ops.sum(ops.square(ab), axis=-1))


def _error(truth, guess):
    return ops.sum(ops.square(guess - truth), axis=-1)


@colorful_loss.mistake("every point counts alike: that is no more than the squared error.")
def _(truth, guess):
    return ops.mean(_error(truth, guess))


@colorful_loss.mistake("the weight has to come from the truth, not from the guess.")
def _(truth, guess):
    return ops.mean((1 + _chroma(guess)) * _error(truth, guess))


@colorful_loss.mistake("the weight is 1 + chroma, so that gray counts too.")
def _(truth, guess):
    return ops.mean(_chroma(truth) * _error(truth, guess))


@colorful_loss.mistake("this is the sum. Take the mean over all points.")
def _(truth, guess):
    return ops.sum((1 + _chroma(truth)) * _error(truth, guess))


@colorful_loss.mistake("add up the squares of a and b; you average over them.")
def _(truth, guess):
    return ops.mean((1 + _chroma(truth))[..., None] * ops.square(guess - truth))


@colorful_loss.mistake("average over all points.")
def _(truth, guess):
    return (1 + _chroma(truth)) * _error(truth, guess)


@colorful_loss.mistake("the loss has no slope. Use ops, not numpy, from start to end.")
def _(truth, guess):
    truth, guess = np.asarray(truth), np.asarray(guess)
    error = ((guess - truth) ** 2).sum(axis=-1)
    return np.mean((1 + np.linalg.norm(truth, axis=-1)) * error)


@colorful_loss.mistake("the slope of the loss: it is 0 everywhere, so nothing can be learned.")
def _(truth, guess):
    fixed = ops.stop_gradient(guess) + 0 * guess
    return ops.mean((1 + _chroma(truth)) * _error(truth, fixed))
