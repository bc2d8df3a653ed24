"""Exercises of lesson 13: fusion with a borrowed classifier."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import layers

from helpers import color
from helpers.checks import Answer, close, exercise, expect, shape


@exercise(rounds=2)
def fuse(answer: Answer, random: np.random.Generator) -> None:
    """Check (maps, vector, filters) -> maps that know the vector, by 1 x 1 convolution."""
    height, width, channels, count, filters = map(int, random.choice(range(3, 10), 5, False))
    maps, vector = keras.Input((height, width, channels)), keras.Input((count,))
    told = answer(maps, vector, filters)
    expect(keras.backend.is_keras_tensor(told), "return a Keras tensor: what the last layer gives.")
    right = (None, height, width, filters)
    expect(tuple(told.shape) == right, f"the result has shape {told.shape}: it should be {right}.")
    model = _joined(maps, vector, told)
    expect(model is not None, "is the vector concatenated with the maps?")

    def mistaken() -> Iterator[tuple[str, keras.Model]]:
        for words, wrong in answer.mistaken(maps, vector, filters):
            if other := _joined(maps, vector, wrong):
                yield words, other

    close(
        "the number of numbers in the layers",
        model.count_params(),
        (channels + count) * filters + filters,
        ((words, wrong.count_params()) for words, wrong in mistaken()),
        tolerance=1e-9,
        given=f"{channels} + {count} channels and {filters} filters",
    )
    weights = [random.normal(size=one.shape).astype(np.float32) for one in model.weights]
    seen = random.normal(size=(2, height, width, channels)).astype(np.float32)
    known = random.normal(size=(2, count)).astype(np.float32)

    def with_weights(model: keras.Model) -> np.ndarray | None:
        if [tuple(one.shape) for one in model.weights] != [one.shape for one in weights]:
            return None
        model.set_weights(weights)
        return keras.ops.convert_to_numpy(model([seen, known]))

    laid_out = np.broadcast_to(known[:, None, None], (2, height, width, count))
    kernel, bias = (weights if weights[0].ndim > 1 else weights[::-1])[:2]
    kernel = kernel.reshape(channels + count, filters)
    both = np.concatenate([seen, laid_out], axis=-1) @ kernel + bias
    turned = np.concatenate([laid_out, seen], axis=-1) @ kernel + bias
    result = with_weights(model)
    if np.allclose(result, np.maximum(turned, 0), atol=1e-3):
        return  # the vector first: as good
    hints = ((words, with_weights(wrong)) for words, wrong in mistaken())
    close("the result", result, np.maximum(both, 0), hints)


def _repeated(maps: Any, vector: Any) -> Any:
    height, width = maps.shape[1:3]
    repeated = layers.Reshape((height, width, -1))(layers.RepeatVector(height * width)(vector))
    return layers.Concatenate()([maps, repeated])


@fuse.mistake("is the convolution 3 x 3? It should be 1 x 1.")
def _(maps, vector, filters):
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(_repeated(maps, vector))


@fuse.mistake("the ReLU is missing.")
def _(maps, vector, filters):
    return layers.Conv2D(filters, 1)(_repeated(maps, vector))


def _joined(
    maps: keras.KerasTensor, vector: keras.KerasTensor, told: keras.KerasTensor
) -> keras.Model | None:
    """Build the network; Keras before 3.15 builds none where an input leads nowhere."""
    try:
        return keras.Model([maps, vector], told)
    except ValueError:
        return None


@fuse.mistake("is the vector concatenated with the maps?")
def _(maps, vector, filters):
    return layers.Conv2D(filters, 1, activation="relu")(maps)


@fuse.mistake("the vector's numbers are scattered over the map: each place needs all of them.")
def _(maps, vector, filters):
    height, width = maps.shape[1:3]
    each = layers.Reshape((-1, 1))(vector)
    scattered = layers.Concatenate(axis=-1)([each] * (height * width))
    scattered = layers.Reshape((height, width, -1))(scattered)
    both = layers.Concatenate()([maps, scattered])
    return layers.Conv2D(filters, 1, activation="relu")(both)


@fuse.mistake("it should be (None")  # the filters of the article, whatever is asked for
def _(maps, vector, filters):
    return layers.Conv2D(256, 1, activation="relu")(_repeated(maps, vector))


@fuse.mistake("stops with ValueError")  # not laid out as a map
def _(maps, vector, filters):
    both = layers.Concatenate()([maps, vector])
    return layers.Conv2D(filters, 1, activation="relu")(both)


@exercise
def add(answer: Answer, random: np.random.Generator) -> None:
    """Check (maps, vector, weights) -> the 1 x 1 convolution of both, without repeating."""
    height, width, channels, count, filters = map(int, random.choice(range(2, 9), 5, False))
    maps = random.normal(size=(height, width, channels))
    vector = random.normal(size=count)
    weights = random.normal(size=(channels + count, filters))
    laid_out = np.broadcast_to(vector, (height, width, count))
    right = np.concatenate([maps, laid_out], axis=-1) @ weights
    close(
        "the result",
        answer(maps, vector, weights),
        right,
        answer.mistaken(maps, vector, weights),
        tolerance=1e-6,
        given=f"maps {maps.shape}, a vector of {count} and weights {weights.shape}",
    )


@add.mistake("the vector is missing: its part comes from the last rows of the weights.")
def _(maps, vector, weights):
    return maps @ weights[: maps.shape[-1]]


@add.mistake("the first rows of the weights belong to the maps, the last ones to the vector.")
def _(maps, vector, weights):
    return maps @ weights[len(vector) :] + vector @ weights[: len(vector)]


@add.mistake("add the vector's part once at every place, not once for each place.")
def _(maps, vector, weights):
    told = vector @ weights[maps.shape[-1] :]
    return maps @ weights[: maps.shape[-1]] + maps.shape[0] * maps.shape[1] * told


@add.mistake("It should be (")  # one place for all
def _(maps, vector, weights):
    return maps.mean(axis=(0, 1)) @ weights[: maps.shape[-1]] + vector @ weights[-len(vector) :]


@exercise
def prepare(answer: Answer, random: np.random.Generator) -> None:
    """Check (L (H, W, 1) in 0..100) -> RGB (H, W, 3) in -1..1."""
    height, width = map(int, random.choice(range(4, 10), 2, False))
    L = random.uniform(5, 100, (height, width, 1)).astype(np.float32)
    L[0, 0], L[-1, -1] = 0, 100
    gray = _gray(L)
    one = "a classifier of photos wants three channels, all alike."
    result = shape(
        "the photo",
        answer(L),
        gray.shape,
        {(height, width, 1): one, (height, width): one, (1, *gray.shape): "give one photo only."},
    )
    close("the photo", result, 2 * gray - 1, answer.mistaken(L), tolerance=2e-3)


def _gray(L: np.ndarray) -> np.ndarray:
    return color.join(L, np.zeros((*L.shape[:2], 2), np.float32))


@prepare.mistake("it is black: x / 127.5 - 1 is for 0..255, and this photo is 0..1.")
def _(L):
    return _gray(L) / 127.5 - 1


@prepare.mistake("it runs from 0 to 1. Black should be -1.")
def _(L):
    return _gray(L)


@prepare.mistake("it runs from 0 to 255. It should run from -1 to 1.")
def _(L):
    return 255 * _gray(L)


@prepare.mistake("it runs from -0.5 to 0.5. Multiply first.")
def _(L):
    return _gray(L) - 0.5


@prepare.mistake("L / 100 is no gray photo: L is even to the eye, RGB is not. color.join converts.")
def _(L):
    return np.repeat(L / 50 - 1, 3, axis=-1)


@prepare.mistake("this is L from 0 to 1, and no RGB yet.")
def _(L):
    return np.repeat(L / 100, 3, axis=-1)


@prepare.mistake("it is upside down: black is 1.")
def _(L):
    return 1 - 2 * _gray(L)


@prepare.mistake("a classifier of photos wants three channels, all alike.")
def _(L):
    return L / 50 - 1


@prepare.mistake("give one photo only.")
def _(L):
    return 2 * _gray(L)[None] - 1


@exercise
def features_of(answer: Answer, random: np.random.Generator) -> None:
    """Check (name, look, cache) -> look(name), computed once."""
    names = [f"photo_{number}.jpg" for number in random.choice(1000, 4, replace=False)]
    truth = {name: random.normal(size=5) for name in names}
    calls: list[str] = []

    def look(name: str) -> Any:
        calls.append(name)
        return truth[name]

    cache: dict[str, Any] = {}
    for epoch in range(3):
        for name in random.permutation(names):
            close(
                f"what it gives for {name} in epoch {epoch + 1}",
                answer(name, look, cache),
                truth[name],
            )
    twice = "Does look(name) run although the cache has it? Does the result go into the cache?"
    expect(
        len(calls) == len(names),
        f"{len(names)} photos in 3 epochs: look was called {len(calls)} times. {twice}",
    )
    other = {names[0]: np.ones(5)}
    close("what it gives when the cache has it", answer(names[0], look, other), np.ones(5))


@features_of.mistake("look was called 12 times")
def _(name, look, cache):
    return look(name)


@features_of.mistake("Does look(name) run although the cache has it?")
def _(name, look, cache):
    cache[name] = cache.get(name, look(name))
    return cache[name]


@features_of.mistake("Does the result go into the cache?")
def _(name, look, cache):
    if name in cache:
        return cache[name]
    return look(name)


@features_of.mistake("what it gives for")  # one answer for all photos
def _(name, look, cache):
    if "features" not in cache:
        cache["features"] = look(name)
    return cache["features"]


@features_of.mistake("returns nothing")
def _(name, look, cache):
    if name not in cache:
        cache[name] = look(name)
