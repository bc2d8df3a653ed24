"""Colored dots that a person puts on a photo, and two ways to spread their colors.

A dot names a place and a color; everything else follows: planes for a network that was trained
with dots (Zhang et al. 2017), or an optimization without any training (Levin et al. 2004).
"""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import tensorflow as tf
from scipy.ndimage import uniform_filter

from helpers import color, colorizer

SIZE = 128  # the short side, in pixels, at which the network was trained and dots are spread
RADIUS = 2  # a dot covers so many pixels to each side of its center, at that size
MOST = 16  # dots on a training photo
MEAN_RUN = 8  # their number is geometric with p = 1/8 (Zhang et al. 2017)
TURNED = 0.3  # the share of training photos with dots whose hues are all turned


class Dot(NamedTuple):
    """A color at a place: x from left (0) to right (1), y from top (0) to bottom (1)."""

    x: float
    y: float
    rgb: tuple[float, float, float]


def colorize(model: keras.Model, photo: np.ndarray, dots: Sequence[Dot]) -> np.ndarray:
    """Return an RGB photo (H, W, 3) in the colors that a network guesses with the help of dots."""
    L, _ = color.split(colorizer.small_copy(photo, SIZE))
    return colorizer.add_color(photo, colorizer.predict(model, planes(L, dots)))


def planes(L: np.ndarray, dots: Sequence[Dot]) -> np.ndarray:
    """Return L (H, W, 1) with three planes more: the dots' a and b, and 1 where there is a dot.

    Raises:
        ValueError: a dot lies outside the photo, or its color is none.
    """
    height, width = L.shape[:2]
    more = np.zeros((height, width, 3), np.float32)
    for dot in dots:
        x, y = _pixel(dot.x, dot.y, height, width)
        if not all(0 <= part <= 1 for part in dot.rgb):  # NaN does not pass, either
            raise ValueError(
                f"A dot's color is {tuple(dot.rgb)}: red, green, blue run from 0 to 1."
            )
        area = (
            slice(max(0, y - RADIUS), y + RADIUS + 1),
            slice(max(0, x - RADIUS), x + RADIUS + 1),
        )
        more[area] = [*color.rgb_to_lab(np.array(dot.rgb))[1:], 1]
    return np.concatenate([L, more], axis=-1)


def dots_from(truth: np.ndarray, places: Sequence[tuple[float, float]]) -> list[Dot]:
    """Take the colors for dots at (x, y) from the true photo, as someone who knows them would."""
    small = colorizer.small_copy(truth, SIZE)
    pixels = [_pixel(*place, *small.shape[:2]) for place in places]
    return [Dot(*place, tuple(small[y, x])) for place, (x, y) in zip(places, pixels, strict=True)]


def levin(photo: np.ndarray, dots: Sequence[Dot]) -> np.ndarray:
    """Return an RGB photo (H, W, 3) in which every pixel has the mean color of its neighbors.

    Neighbors count the more, the more they are alike in L; so color spreads over even areas and
    stops at edges. The dots keep theirs. No network is asked.

    Source: Levin, Lischinski and Weiss, "Colorization using optimization" (2004), eq. 1 and 2.

    Raises:
        ValueError: there are no dots.
    """
    if not dots:
        raise ValueError("There are no dots: set one or more, for their colors are spread.")
    marked = planes(color.split(colorizer.small_copy(photo, SIZE))[0], dots)
    L, ab, fixed = marked[..., 0] / 100, marked[..., 1:3], marked[..., 3].ravel() > 0
    height, width = L.shape
    here = np.arange(L.size).reshape(L.shape)
    rows, columns, weights = [], [], []
    padded = np.pad(here, 1, constant_values=-1)
    for dy, dx in np.argwhere(np.ones((3, 3))):
        there = padded[dy : dy + height, dx : dx + width]
        inside = (there >= 0) & ((dy, dx) != (1, 1))
        rows.append(here[inside])
        columns.append(there[inside])
    rows, columns = np.concatenate(rows), np.concatenate(columns)
    variance = np.maximum(_local_variance(L).ravel()[rows], 1e-5)
    weights = np.exp(-((L.ravel()[rows] - L.ravel()[columns]) ** 2) / (2 * variance)) + 1e-6
    means = scipy.sparse.csr_array((weights, (rows, columns)), shape=(L.size, L.size))
    means = scipy.sparse.diags_array(np.where(fixed, 0, 1 / means.sum(axis=1))) @ means
    solve = scipy.sparse.linalg.splu((scipy.sparse.eye_array(L.size) - means).tocsc())
    spread = np.stack([solve.solve(np.where(fixed, p.ravel(), 0)) for p in np.moveaxis(ab, -1, 0)])
    return colorizer.add_color(
        photo, np.float32(spread.reshape(2, height, width).transpose(1, 2, 0))
    )


def simulated(pairs: tf.data.Dataset, seed: int | None = None) -> tf.data.Dataset:
    """Turn batches of (L, ab / 128) into what a network with hints learns from.

    Returns batches of (planes, ab / 128): each photo gets dots of its true colors, 2, 4 or 6 pixels
    wide, at random places; a third of the photos with dots have their hues turned, so that the
    network trusts a purple sky when a dot asks for one. With a ``seed`` every epoch has the same
    dots.

    Source: Zhang et al. (2017), section 3.1, for the number and the sizes of the dots.
    """
    seeds = tf.data.Dataset.random(seed, rerandomize_each_iteration=seed is None).batch(2)
    both = tf.data.Dataset.zip(pairs, seeds)
    return both.map(_with_dots, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def _with_dots(pair: tuple[tf.Tensor, tf.Tensor], seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    L, ab = pair
    count, height, width = tf.unstack(tf.shape(L)[:3])
    draw = tf.random.stateless_uniform([count, 3 * MOST + 3], seed)
    x, y, radius = tf.split(draw[:, 3:], 3, axis=1)
    number = tf.floor(tf.math.log(draw[:, :1]) / tf.math.log(1 - 1 / MEAN_RUN))
    radius = tf.where(tf.range(MOST, dtype=tf.float32) < number, 1 + tf.floor(radius * 3), -1)
    rows = abs(tf.range(tf.cast(height, tf.float32)) - (y * tf.cast(height, tf.float32))[..., None])
    columns = abs(
        tf.range(tf.cast(width, tf.float32)) - (x * tf.cast(width, tf.float32))[..., None]
    )
    # A dot is where a row and a column are both near it: a product of two small masks.
    near = [tf.cast(line <= radius[..., None], tf.float32) for line in (rows, columns)]
    mask = tf.minimum(tf.einsum("bnh,bnw->bhw", *near), 1.0)[..., None]
    turned = (draw[:, 1] < TURNED) & (number[:, 0] >= 1)
    angle = tf.where(turned, draw[:, 2] * 2 * np.pi, 0.0)[:, None, None]
    cos, sin, a, b = tf.cos(angle), tf.sin(angle), ab[..., 0], ab[..., 1]
    ab = tf.stack([cos * a - sin * b, sin * a + cos * b], axis=-1)
    colors = mask * tf.nn.avg_pool2d(ab, 5, 1, "SAME") * color.AB_SCALE
    return tf.concat([L, colors, mask], axis=-1), ab


def _pixel(x: float, y: float, height: int, width: int) -> tuple[int, int]:
    """Return the column and row of a place (x, y) in 0..1.

    Raises:
        ValueError: the place lies outside the photo.
    """
    if not (0 <= x <= 1 and 0 <= y <= 1):  # NaN does not pass, either
        raise ValueError(f"A dot at ({x}, {y}) is outside the photo: x and y run from 0 to 1.")
    return min(int(x * width), width - 1), min(int(y * height), height - 1)


def _local_variance(plane: np.ndarray) -> np.ndarray:
    """Return each pixel's variance over its 3 x 3 neighborhood."""
    mean = uniform_filter(plane, 3)
    return np.maximum(uniform_filter(plane**2, 3) - mean**2, 0)
