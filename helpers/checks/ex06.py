"""Exercises of lesson 06: training on a data set."""

import keras
import numpy as np
from keras import layers, ops

from helpers import color
from helpers.checks import Answer, close, exercise, expect, several, shape


@exercise
def pairs_of(answer: Answer, random: np.random.Generator) -> None:
    """Check photos -> (L, ab / 128)."""
    photos, height, width = random.integers(2, 7, 3).tolist()
    batch = random.random((photos, height, width, 3), dtype=np.float32)
    L, ab = several("L and ab / 128", answer(batch), 2)
    given = f"a batch of shape {batch.shape}"
    hints = {
        (photos, height, width): f"for {given} keep the axis of channels: lab[..., :1].",
        (photos, height, width, 2): f"for {given} L comes first, then ab / 128.",
    }
    L = shape("L", L, (photos, height, width, 1), hints)
    right = color.split(batch)
    close("L", L, right[0], answer.mistaken(batch, part=0), given=given)
    hints = {(photos, height, width, 1): f"for {given} both a and b: lab[..., 1:]."}
    ab = shape("ab / 128", ab, (photos, height, width, 2), hints)
    close("ab / 128", ab, right[1] / 128, answer.mistaken(batch, part=1), given=given)


@pairs_of.mistake("keep the axis of channels")
def _(batch):
    L, ab = color.split(batch)
    return L[..., 0], ab / 128


@pairs_of.mistake("both a and b")
def _(batch):
    L, ab = color.split(batch)
    return L, ab[..., :1] / 128


@pairs_of.mistake("L comes first")
def _(batch):
    L, ab = color.split(batch)
    return ab / 128, L


@pairs_of.mistake("these are a and b. Divide them by 128, for tanh gives -1 to 1.")
def _(batch):
    return color.split(batch)


@pairs_of.mistake("it is divided. Leave L as it is, 0 to 100: the network's first layer scales it.")
def _(batch):
    L, ab = color.split(batch)
    return L / 100, ab / 128


@pairs_of.mistake("these are the channels of RGB, not of LAB.")
def _(batch):
    return 100 * batch[..., :1], batch[..., 1:]


@exercise(rounds=2)
def unet_level(answer: Answer, random: np.random.Generator) -> None:
    """Check (x, filters) -> a map of the same size, by way of half the size."""
    channels, filters = random.permutation([3, 4, 5, 6])[:2].tolist()
    photo = random.uniform(-1, 1, (1, 8, 12, channels)).astype(np.float32)
    x = keras.Input((None, None, channels))
    given = f"a map of shape {photo.shape} and {filters} filters"
    result = answer(x, filters)
    expect(
        isinstance(result, keras.KerasTensor),
        f"return the map that the last layer gives. You return {type(result).__name__}.",
    )
    got = _through(x, result, photo)
    expect(got is not None, "no way leads from x to what you return: feed x into the first layer.")
    hints = {(1, 4, 6, filters): f"for {given} it stays at half the size: double the sides again."}
    got = shape("the map", got, (1, 8, 12, filters), hints)
    right = _through(x, _level(x, filters), photo)
    mistaken = ((words, _through(x, y, photo)) for words, y in answer.mistaken(x, filters))
    close("the map", got, right, mistaken, given=f"{given}, with weights of the check's own")


def _level(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    below = layers.Conv2D(2 * filters, 3, strides=2, padding="same", activation="relu")(x)
    above = layers.UpSampling2D()(below)
    both = layers.Concatenate()([above, x])
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(both)


def _through(x: keras.KerasTensor, y: keras.KerasTensor, photo: np.ndarray) -> np.ndarray | None:
    """Run a photo from x to y, if a way leads there.

    The weights are such that the order of the channels does not matter.
    """
    try:
        model = keras.Model(x, y)
        for layer in model.layers:
            layer.set_weights([_weights(one.shape) for one in layer.get_weights()])
        return ops.convert_to_numpy(model(photo))
    except (ValueError, KeyError):  # Keras before 3.15 sees it only when the photo goes in
        return None


def _weights(shape: tuple[int, ...]) -> np.ndarray:
    """Make a kernel whose value depends on the place in the window and the filter alone."""
    if len(shape) != 4:
        return np.full(shape, 0.1)
    rows, columns, channels, filters = shape
    place = np.arange(rows * columns).reshape(rows, columns, 1, 1)
    wave = np.cos(1 + 2 * place + np.arange(filters) / filters)
    return np.broadcast_to(wave / channels, shape)


@unet_level.mistake("the skip is missing: lay x beside the map that comes from below.")
def _(x, filters):
    below = layers.Conv2D(2 * filters, 3, strides=2, padding="same", activation="relu")(x)
    above = layers.UpSampling2D()(below)
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(above)


@unet_level.mistake("stays at half the size")
def _(x, filters):
    below = layers.Conv2D(2 * filters, 3, strides=2, padding="same", activation="relu")(x)
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(below)


@unet_level.mistake("it never goes down: give the first convolution strides=2.")
def _(x, filters):
    below = layers.Conv2D(2 * filters, 3, padding="same", activation="relu")(x)
    both = layers.Concatenate()([below, x])
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(both)


@unet_level.mistake("a relu is missing.")
def _(x, filters):
    below = layers.Conv2D(2 * filters, 3, strides=2, padding="same")(x)
    above = layers.UpSampling2D()(below)
    both = layers.Concatenate()([above, x])
    return layers.Conv2D(filters, 3, padding="same")(both)


@unet_level.mistake("a relu is missing.")
def _(x, filters):
    below = layers.Conv2D(2 * filters, 3, strides=2, padding="same", activation="relu")(x)
    above = layers.UpSampling2D()(below)
    both = layers.Concatenate()([above, x])
    return layers.Conv2D(filters, 3, padding="same")(both)


@unet_level.mistake("the map has shape")
def _(x, filters):
    below = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
    above = layers.UpSampling2D()(below)
    both = layers.Concatenate()([above, x])
    return layers.Conv2D(2 * filters, 3, padding="same", activation="relu")(both)


@unet_level.mistake("no way leads from x")
def _(x, filters):
    other = keras.Input((None, None, 1))
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(other)


@exercise
def enough(answer: Answer, random: np.random.Generator) -> None:
    """Check (losses, patience) -> whether the training should stop now."""
    patience, falling = random.integers(3, 6, 2).tolist()
    start = [*np.sort(random.uniform(0.5, 0.9, falling))[::-1], 0.4]
    almost = [0.45 + 0.02 * (epoch % 2) for epoch in range(patience - 1)]  # up and down
    to_the_end = [0.35 - 0.02 * (epoch % 2) for epoch in range(patience + 2)]
    runs = [[*start, *almost, *best, *to_the_end] for best in ([0.3], [0.3, 0.3])]
    runs = [np.round(losses, 2).tolist() for losses in runs]
    heard = [losses[: epoch + 1] for losses in runs for epoch in range(len(losses))]
    got = [answer(so_far, patience) for so_far in heard]
    for one in got:
        expect(isinstance(one, bool | np.bool_), f"return True or False. You return {one!r}.")
    right = [len(so_far) - 1 - int(np.argmin(so_far)) >= patience for so_far in heard]
    fitting = [words for words, told in _everywhere(answer, heard, patience) if told == got]
    expect(got == right or not fitting, " Or: ".join(dict.fromkeys(fitting)))
    for so_far, one, wanted in zip(heard, got, right, strict=True):
        expect(one == wanted, f"for patience {patience} and the losses {so_far} it returns {one}.")


def _everywhere(answer: Answer, heard: list[list], *more: object) -> list[tuple[str, list]]:
    """Make each mistake on all inputs: its words, and what comes."""
    told = [list(answer.mistaken(one, *more)) for one in heard]
    return [(those[0][0], [value for _, value in those]) for those in zip(*told, strict=True)]


@enough.mistake("it stops one epoch early: patience epochs have to pass after the best one.")
def _(losses, patience):
    return len(losses) - int(np.argmin(losses)) >= patience


@enough.mistake("it stops one epoch late: when patience epochs have passed, it is enough.")
def _(losses, patience):
    return len(losses) - 1 - int(np.argmin(losses)) > patience


@enough.mistake("it has no patience: it stops at the first loss that is no better than the best.")
def _(losses, patience):
    return losses[-1] > min(losses)


@enough.mistake("compare with the best loss so far, not with the one before.")
def _(losses, patience):
    recent = losses[-patience - 1 :]
    return len(recent) > patience and bool((np.diff(recent) > 0).all())


@enough.mistake("a loss that is as good as the best is no better: the best is the first of them.")
def _(losses, patience):
    return int(np.argmin(losses[::-1])) >= patience


@enough.mistake("return True or False")
def _(losses, patience):
    return int(np.argmin(losses))


@exercise
def rate(answer: Answer, random: np.random.Generator) -> None:
    """Check (step, steps, warmup, highest) -> the learning rate of that step."""
    warmup, highest = int(random.integers(4, 9)), float(random.uniform(1e-3, 1e-2))
    steps = warmup + int(random.integers(20, 40))
    asked = [0, 1, warmup - 1, warmup, warmup + 1, (warmup + steps) // 2, steps - 1, steps]
    got = [answer(step, steps, warmup, highest) for step in asked]
    right = [_rate(step, steps, warmup, highest) for step in asked]
    mistaken = _everywhere(answer, asked, steps, warmup, highest)
    given = f"steps {asked} of {steps}, {warmup} of them to warm up, highest {highest:.4f},"
    close("the rate", got, right, mistaken, given=given)


def _rate(step: int, steps: int, warmup: int, highest: float) -> float:
    if step < warmup:
        return highest * step / warmup
    return highest * (1 + np.cos(np.pi * (step - warmup) / (steps - warmup))) / 2


@rate.mistake("after the warm-up the way is shorter: from warmup to steps, not from 0.")
def _(step, steps, warmup, highest):
    if step < warmup:
        return highest * step / warmup
    return highest * (1 + np.cos(np.pi * step / steps)) / 2


@rate.mistake("the highest rate comes twice as high: half of 1 + cos runs from 1 to 0.")
def _(step, steps, warmup, highest):
    if step < warmup:
        return highest * step / warmup
    return highest * (1 + np.cos(np.pi * (step - warmup) / (steps - warmup)))


@rate.mistake("it rises again at the end: half a cosine goes from 0 to pi, not to 2 pi.")
def _(step, steps, warmup, highest):
    if step < warmup:
        return highest * step / warmup
    return highest * (1 + np.cos(2 * np.pi * (step - warmup) / (steps - warmup))) / 2


@rate.mistake("it falls along a straight line. Take half a cosine.")
def _(step, steps, warmup, highest):
    if step < warmup:
        return highest * step / warmup
    return highest * (steps - step) / (steps - warmup)


@rate.mistake("it never warms up: before step warmup the rate rises from 0.")
def _(step, steps, warmup, highest):
    done = max(0, step - warmup) / (steps - warmup)
    return highest * (1 + np.cos(np.pi * done)) / 2
