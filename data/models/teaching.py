"""The ways in which the shipped networks are taught: by example, as a choice, by a critic.

Each takes a function that builds the network, the photos, and a folder for backups, from which a
training that was killed goes on. Each returns the network as it colors, in float32.
"""

import contextlib
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from helpers import (
    adversarial,
    bins,
    classifier,
    color,
    colorizer,
    datasets,
    diffusion,
    feeding,
    hints,
    networks,
    photos,
    training,
)

WARM_UP = 100  # steps in which the learning rate rises
VIEWS = 6  # how many views of each photo to learn from the classifier is asked about


def all_learns(network: keras.Model) -> None:
    """Let the whole network learn."""


class Stage(NamedTuple):
    """A part of a training; half-size photos teach the coarse things four times faster."""

    size: int
    batch_size: int
    epochs: int
    rate: float
    freeze: Callable[[keras.Model], None] = all_learns  # it decides what learns nothing


def but_for_blocks(count: int) -> Callable[[keras.Model], None]:
    """Let the first blocks of a network's pre-trained encoder learn nothing."""
    return lambda network: classifier.freeze(network.get_layer("encoder"), count)


# What a network begins with: functions that return its weights, or None.


def chance() -> None:
    """Begin with random weights, as Keras draws them."""


def unet() -> list[np.ndarray]:
    """Begin with the shipped U-Net's weights."""
    return colorizer.load("unet").get_weights()


def unet_and_dots() -> list[np.ndarray]:
    """Begin with the U-Net's weights; the dots' three planes begin without influence."""
    first, *others = unet()
    return [np.pad(first, ((0, 0), (0, 0), (0, 3), (0, 0))), *others]


def unet_to_a_quarter() -> list[np.ndarray]:
    """Begin with the U-Net's weights up to a quarter of the size, and new ones from there."""
    new = networks.vivid_logits().get_weights()
    return unet()[: len(new) - 4] + new[-4:]


def unet_that_is_told() -> list[np.ndarray]:
    """Begin with the U-Net's weights; what the classifier sees begins without influence."""
    return networks.fusion_from(colorizer.load("unet")).get_weights()


# What a network is shown: functions of the files, the stage, whether it ``learns`` from them or is
# watched by them, always alike, and a folder for what takes long. They return batches.


def gray_photos(
    files: list[Path], stage: Stage, learns: bool, scratch: Path | None = None
) -> tf.data.Dataset:
    """Show L and ab / 128, augmented for learning."""
    return feeding.pairs(files, stage.size, stage.batch_size, augment=learns)


def photos_with_dots(
    files: list[Path], stage: Stage, learns: bool, scratch: Path | None = None
) -> tf.data.Dataset:
    """Show L with colored dots on it."""
    return hints.simulated(gray_photos(files, stage, learns), None if learns else 0)


def photos_and_what_is_seen(
    files: list[Path], stage: Stage, learns: bool, scratch: Path
) -> tf.data.Dataset:
    """Show L, and what the classifier sees in it: for learning from several views."""
    cache = scratch / f"views_{'train' if learns else 'validation'}.npz"
    views = classifier.views(files, cache, VIEWS if learns else 1)
    return feeding.pairs(files, stage.size, stage.batch_size, augment=learns, views=views)


def some_old_photos(
    files: list[Path], stage: Stage, learns: bool, scratch: Path | None = None
) -> tf.data.Dataset:
    """Show L, and for learning make old photos of a third: L alone fades, blurs, gets grain."""
    pairs = gray_photos(files, stage, learns)
    if not learns:
        return pairs
    return pairs.map(lambda L, ab: (_aged(L), ab), num_parallel_calls=tf.data.AUTOTUNE)


def _aged(L: tf.Tensor) -> tf.Tensor:
    draw = tf.unstack(tf.random.uniform([6, tf.shape(L)[0], 1, 1, 1]))
    curve, contrast, lightest, grain, blurred, old = draw
    aged = 100 * (L / 100) ** tf.exp(curve - 0.5)
    contrast = 1 - 0.5 * contrast
    aged = contrast * aged + (1 - contrast) * 100 * lightest
    aged = tf.where(blurred < 0.3, tf.nn.avg_pool2d(aged, 3, 1, "SAME"), aged)
    aged += 8 * grain**2 * tf.random.normal(tf.shape(L))
    return tf.where(old < 1 / 3, tf.clip_by_value(aged, 0, 100), L)


def noisy_colors(files: list[Path], stage: Stage, learns: bool, scratch: Path) -> tf.data.Dataset:
    """Show colors under noise, the time, and what the eye sees; to be found is the velocity.

    What the eye sees in the photos, and for learning in their mirror images, is computed once.
    """
    seen = repr((sorted(map(str, files)), stage.size, learns))
    cache = scratch / f"seen_{hashlib.sha256(seen.encode()).hexdigest()[:16]}.npz"
    if not cache.exists():
        _look_at(files, stage.size, learns, cache)
    with np.load(cache) as arrays:
        eighth, quarter, colors = (arrays[name] for name in ("eighth", "quarter", "colors"))
    random = np.random.default_rng()

    def add_noise(rows: np.ndarray) -> tuple[np.ndarray, ...]:
        dice = random if learns else np.random.default_rng(rows[0])
        time = dice.random((len(rows), 1))
        clean = np.float32(colors[rows])
        noise = dice.standard_normal(clean.shape)
        mixed, velocity = diffusion.noisy(clean, noise, time)
        shown = (mixed, time, eighth[rows], quarter[rows], velocity)
        return tuple(np.float32(one) for one in shown)

    def batch(rows: tf.Tensor) -> tuple[tuple[tf.Tensor, ...], tf.Tensor]:
        *shown, velocity = tf.numpy_function(add_noise, [rows], [tf.float32] * 5)
        for one, like in zip(shown, (colors, None, eighth, quarter), strict=True):
            one.set_shape((None, 1) if like is None else (None, *like.shape[1:]))
        velocity.set_shape((None, *colors.shape[1:]))
        return tuple(shown), velocity

    rows = tf.data.Dataset.range(len(colors))
    rows = rows.shuffle(len(colors)) if learns else rows
    rows = rows.batch(stage.batch_size, drop_remainder=learns)
    return rows.map(batch).prefetch(tf.data.AUTOTUNE)


def _look_at(files: list[Path], size: int, mirrored: bool, cache: Path) -> None:
    """Keep what the eye sees in photos, and their colors at a quarter of the size, in float16."""
    eighth, quarter, colors = [], [], []
    for file in tqdm(files, "looking at photos", leave=False, file=sys.stdout):
        photo = photos.square(photos.load(file), size)
        both = np.stack([photo, photo[:, ::-1]])[: 1 + mirrored]
        L, ab = color.split(both)
        for kept, seen in zip((eighth, quarter), diffusion.eye().predict_on_batch(L), strict=True):
            kept.append(np.float16(seen))
        colors.append(np.float16(diffusion.at_a_quarter(ab)))
    cache.parent.mkdir(parents=True, exist_ok=True)
    draft = cache.with_name(f"draft_{cache.name}")  # a cut leaves no half of it under its name
    kept = {"eighth": eighth, "quarter": quarter, "colors": colors}
    np.savez(draft, **{name: np.concatenate(values) for name, values in kept.items()})
    draft.replace(cache)


# The ways to teach.


def by_example(
    network: Callable[..., keras.Model],
    parts: datasets.Split,
    scratch: Path,
    *,
    stages: tuple[Stage, ...],
    begin: Callable[[], list[np.ndarray] | None] = chance,
    show: Callable[..., tf.data.Dataset] = gray_photos,
    loss: str | Callable = "mae",
    dropout: float = 0.2,
) -> keras.Model:
    """Let the network come close to the true colors; each stage ends with its best epoch.

    The best epoch is that of the lowest loss on the validation photos.
    """
    weights = begin()
    learner = partial(network, dropout=dropout)
    with _fastest_precision():
        for number, stage in enumerate(stages, 1):
            folder = scratch / str(number)
            if _epochs_done(folder) == stage.epochs:
                model = learner()
                model.load_weights(folder / "best.weights.h5")
            else:
                shown = show(parts.train, stage, True, scratch)
                steps = len(shown) * stage.epochs
                model, _ = training.fit(
                    partial(_compiled, learner, weights, loss, steps, stage),
                    shown,
                    show(parts.validation, stage, False, scratch),
                    stage.epochs,
                    folder,
                    callbacks=[training.Live()],
                )
            weights = model.get_weights()
    model = network()
    model.set_weights(weights)
    return model


def _compiled(
    network: Callable[..., keras.Model],
    weights: list[np.ndarray] | None,
    loss: str | Callable,
    steps: int,
    stage: Stage,
) -> keras.Model:
    """Return the network, ready for a stage, with an earlier stage's weights if there are any."""
    model = network()
    if weights:
        model.set_weights(weights)
    stage.freeze(model)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - WARM_UP, warmup_target=stage.rate, warmup_steps=WARM_UP
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=0.03, use_ema=True, ema_momentum=0.998, ema_overwrite_frequency=500
    )
    model.compile(optimizer=optimizer, loss=loss)
    return model


def as_a_choice(
    network: Callable[..., keras.Model],
    parts: datasets.Split,
    scratch: Path,
    *,
    taken_back: float,
    dials: dict[str, float],
    **how: object,
) -> keras.Model:
    """Let the network choose among bins by example, rare colors weighed more; then let it paint.

    Before it paints, the share ``taken_back`` of the weighing is undone. ``how`` goes to
    ``by_example``, ``dials`` to ``networks.vivid``.

    Source: Menon et al., "Long-tail learning via logit adjustment" (2021), eq. 9, for taking back.
    """
    weight = bins.weights(bins.frequencies(feeding.pairs(parts.train, 64, 32)))
    chooser = by_example(network, parts, scratch, loss=bins.loss(weight), **how)
    last = chooser.get_layer("logits")
    kernel, bias = last.get_weights()
    last.set_weights([kernel, bias - taken_back * np.log(weight)])
    return networks.vivid(chooser, **dials)


def by_a_critic(
    network: Callable[..., keras.Model],
    parts: datasets.Split,
    scratch: Path,
    *,
    stages: tuple[Stage, ...],
    begin: Callable[[], list[np.ndarray]],
) -> keras.Model:
    """Train painter and critic through all stages; return the painter as it is at the end.

    No epoch is chosen: no loss of such a training tells which is best.
    """
    with _fastest_precision():
        painter = network()
    painter.set_weights(begin())
    duel = adversarial.Duel(painter, networks.critic())
    duel(tf.zeros((1, 16, 16, 1)))  # builds it, which the backup asks for
    for number, stage in enumerate(stages, 1):
        shown = gray_photos(parts.train, stage, learns=True)
        steps = len(shown) * stage.epochs
        falling = partial(keras.optimizers.schedules.CosineDecay, warmup_steps=WARM_UP, alpha=0.1)
        painter_rate, critic_rate = (
            falling(0.0, steps - WARM_UP, warmup_target=rate)
            for rate in (stage.rate, 4 * stage.rate)
        )
        duel.compile(painter_rate, critic_rate)
        folder = scratch / str(number)
        duel.fit(
            shown,
            epochs=stage.epochs,
            verbose=0,
            callbacks=[
                keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False),
                training.Live(),
            ],
        )
    model = network()
    model.set_weights(painter.get_weights())
    return model


@contextlib.contextmanager
def _fastest_precision() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(training.precision())
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _epochs_done(folder: Path) -> int:
    """Return how far a stage has come."""
    file = folder / "history.json"
    return len(json.loads(file.read_text())["history"]["loss"]) if file.exists() else 0
