"""Feed a network: photos become batches of L and ab, read once, augmented anew in every epoch."""

import atexit
import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from helpers import color, datasets, photos

MEMORY = 2e9  # bytes of prepared photos that may stay in memory; more goes to a file
ZOOM = 0.65  # augmentation cuts out windows from this share of a photo's side
TURNED = 0.125  # and turns this share of the photos
TURN = math.radians(10)  # by at most this angle

Given = tf.Tensor | tuple[tf.Tensor, tf.Tensor]  # L, or L and the features of a view


def pairs(
    files: Sequence[Path],
    size: int = 128,
    batch_size: int = 16,
    augment: bool = False,
    views: np.ndarray | None = None,
) -> tf.data.Dataset:
    """Offer batches of (L, ab / 128) from photos, cut to squares of ``size`` pixels.

    The files have to be readable: let ``datasets.clean`` look at those that you do not know.
    L is (batch, size, size, 1) in 0..100, ab / 128 is (batch, size, size, 2), both float32. Each
    file is read and converted to LAB once, then kept: in memory, or in a file when it is much.
    With ``augment`` the order is shuffled, an incomplete last batch is left out, and in every
    epoch anew each photo is cut, zoomed and flipped at random, and every eighth turned.
    With ``views``, features of each photo (photos, views, n), a batch is ((L, features), ab / 128):
    the features of the first view, or with ``augment`` of a random one.

    Raises:
        datasets.DatasetError: there are no files, or with ``augment`` fewer than a batch.
    """
    if len(files) < (batch_size if augment else 1):
        raise datasets.DatasetError(
            f"{len(files)} photos do not fill a batch of {batch_size}: add photos."
        )
    side = round(size * 1.25) if augment else size  # so that cutting loses little sharpness
    names = [str(file) for file in files]
    prepared = tf.data.Dataset.from_tensor_slices((names,) if views is None else (names, views))
    if augment:  # mix the names, too, for the buffer below does not hold every large set
        prepared = prepared.shuffle(len(files), reshuffle_each_iteration=False)
    prepared = prepared.map(partial(_read_lab, side=side), num_parallel_calls=tf.data.AUTOTUNE)
    prepared = _kept(prepared, len(files), side)
    if augment:
        prepared = prepared.shuffle(min(len(files), 4000))
        # Random numbers drawn inside of map would be the same in every epoch.
        seeds = tf.data.Dataset.random(rerandomize_each_iteration=True).batch(2)
        prepared = tf.data.Dataset.zip(prepared, seeds)
    finish = partial(_augmented_pair, size=size) if augment else _pair
    prepared = prepared.map(finish, num_parallel_calls=tf.data.AUTOTUNE)
    prepared = prepared.batch(batch_size, drop_remainder=augment)
    return prepared.prefetch(tf.data.AUTOTUNE)


def _kept(prepared: tf.data.Dataset, count: int, side: int) -> tf.data.Dataset:
    """Keep what has been read: in memory, or in a file that lasts as long as this program."""
    if count * side * side * 3 * 2 < MEMORY:
        return prepared.cache()
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    prepared = prepared.cache(f"{folder}/lab")
    # TensorFlow lets one reader alone fill such a file: do it now.
    for _ in tqdm(prepared, "preparing photos", count, leave=False, file=sys.stdout):
        pass
    return prepared


def _read_lab(file: tf.Tensor, *views: tf.Tensor, side: int) -> tuple[tf.Tensor, ...]:
    """Read a photo as a square of LAB; float16 halves the memory and errs by 0.03 at most."""

    def read(name: bytes) -> np.ndarray:
        photo = photos.square(photos.load(name.decode()), side)
        return color.rgb_to_lab(photo).astype(np.float16)

    lab = tf.ensure_shape(tf.numpy_function(read, [file], tf.float16), (side, side, 3))
    return lab, *views


def _pair(lab: tf.Tensor, *views: tf.Tensor) -> tuple[Given, tf.Tensor]:
    """Split a photo into what is given and what is to be found; of its views take the first."""
    lab = tf.cast(lab, tf.float32)
    L, ab = lab[..., :1], lab[..., 1:] / color.AB_SCALE
    return (L, tf.cast(views[0][0], tf.float32)) if views else L, ab


def _augmented_pair(
    photo: tuple[tf.Tensor, ...], seed: tf.Tensor, size: int
) -> tuple[Given, tf.Tensor]:
    """Cut a random window out of a photo, flipped or not; turn some; take one of its views.

    Every window lies inside its photo, so that no corner has to be invented. Turning takes three
    times as long as cutting, so it is for every eighth photo.
    """
    lab, *views = photo
    turned, angle, side, y, x, flip = tf.unstack(tf.random.stateless_uniform([6], seed))
    angle = tf.where(turned < TURNED, TURN * (2 * angle - 1), 0.0)
    reach = tf.cos(angle) + tf.sin(tf.abs(angle))  # a turned window needs more room
    height = (ZOOM + (1 - ZOOM) * side) / reach  # all as shares of the photo's side
    y, x = (0.5 + (1 - height * reach) * (place - 0.5) for place in (y, x))  # the center
    width = tf.where(flip < 0.5, -height, height)
    lab = tf.cast(lab[None], tf.float32)
    lab = tf.cond(
        turned < TURNED,
        lambda: _turn(lab, size, angle, (y, x, height, width)),
        lambda: _cut(lab, size, (y, x, height, width)),
    )
    if views:
        count = tf.shape(views[0])[0]
        chosen = tf.random.stateless_uniform([], seed + 1, 0, count, tf.int32)
        views = [views[0][chosen][None]]
    return _pair(lab[0], *views)


def _cut(lab: tf.Tensor, size: int, window: tuple[tf.Tensor, ...]) -> tf.Tensor:
    """Scale an upright window to ``size``."""
    y, x, height, width = window
    box = tf.stack([y - height / 2, x - width / 2, y + height / 2, x + width / 2])
    return tf.image.crop_and_resize(lab, box[None], [0], [size, size])


def _turn(lab: tf.Tensor, size: int, angle: tf.Tensor, window: tuple[tf.Tensor, ...]) -> tf.Tensor:
    """Scale a turned window to ``size``: each output pixel looks up its place in the photo."""
    y, x, height, width = window
    last = lab.shape[1] - 1.0  # a photo reaches from pixel 0 to this one
    step = last / (size - 1)
    xx, xy = width * tf.cos(angle) * step, -height * tf.sin(angle) * step
    yx, yy = width * tf.sin(angle) * step, height * tf.cos(angle) * step
    x0 = x * last - (xx + xy) * (size - 1) / 2
    y0 = y * last - (yx + yy) * (size - 1) / 2
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=lab,
        transforms=tf.stack([xx, xy, x0, yx, yy, y0, 0.0, 0.0])[None],
        output_shape=[size, size],
        fill_value=0.0,
        interpolation="BILINEAR",
    )
