"""Exercises of lesson 13: fusion with a borrowed classifier."""

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
    model = keras.Model([maps, vector], told)
    numbers = (channels + count) * filters + filters
    hints = {
        9 * (channels + count) * filters + filters: "is the convolution 3 x 3? It should be 1 x 1.",
        channels * filters + filters: "is the vector concatenated with the maps?",
    }
    hint = hints.get(model.count_params(), f"one 1 x 1 convolution has {numbers}.")
    expect(
        model.count_params() == numbers, f"the layers hold {model.count_params()} numbers: {hint}"
    )
    weights = [random.normal(size=one.shape).astype(np.float32) for one in model.weights]
    model.set_weights(weights)
    seen = random.normal(size=(2, height, width, channels)).astype(np.float32)
    known = random.normal(size=(2, count)).astype(np.float32)
    laid_out = np.broadcast_to(known[:, None, None], (2, height, width, count))
    kernel, bias = (weights if weights[0].ndim > 1 else weights[::-1])[:2]
    kernel = kernel.reshape(channels + count, filters)
    both = np.concatenate([seen, laid_out], axis=-1) @ kernel + bias
    turned = np.concatenate([laid_out, seen], axis=-1) @ kernel + bias
    scrambled = np.repeat(known, height * width, axis=-1).reshape(2, height, width, count)
    mixed = np.concatenate([seen, scrambled], axis=-1) @ kernel + bias
    result = keras.ops.convert_to_numpy(model([seen, known]))
    if np.allclose(result, np.maximum(turned, 0), atol=1e-3):
        return  # the vector first: as good
    close(
        "the result",
        result,
        np.maximum(both, 0),
        {
            "the ReLU is missing.": both,
            "the vector's numbers are scattered over the map: each place needs all of them.": (
                np.maximum(mixed, 0)
            ),
        },
    )


@exercise
def prepare(answer: Answer, random: np.random.Generator) -> None:
    """Check (L (H, W, 1) in 0..100) -> RGB (H, W, 3) in -1..1."""
    height, width = map(int, random.choice(range(4, 10), 2, False))
    L = random.uniform(5, 100, (height, width, 1)).astype(np.float32)
    L[0, 0], L[-1, -1] = 0, 100
    gray = color.join(L, np.zeros((height, width, 2), np.float32))
    one = "a classifier of photos wants three channels, all alike."
    result = shape(
        "the photo",
        answer(L),
        gray.shape,
        {(height, width, 1): one, (height, width): one, (1, *gray.shape): "give one photo only."},
    )
    even = L.repeat(3, axis=-1)
    close(
        "the photo",
        result,
        2 * gray - 1,
        {
            "it is black: x / 127.5 - 1 is for 0..255, and this photo is 0..1.": gray / 127.5 - 1,
            "it runs from 0 to 1. Black should be -1.": gray,
            "it runs from 0 to 255. It should from -1 to 1.": 255 * gray,
            "it runs from -0.5 to 0.5. Multiply first.": gray - 0.5,
            "L / 100 is no gray photo: L is even to the eye, RGB is not. color.join converts.": (
                even / 50 - 1
            ),
            "this is L from 0 to 1, and no RGB yet.": even / 100,
            "it is upside down: black is 1.": 1 - 2 * gray,
        },
        tolerance=2e-3,
    )


@exercise
def freeze(answer: Answer, random: np.random.Generator) -> None:
    """Check (model, count) -> trainable numbers; all layers but the last ``count`` are frozen."""
    sizes = [int(size) for size in random.integers(2, 9, random.integers(4, 7))]
    for count in (int(random.integers(2, len(sizes) - 1)), 0):
        model = keras.Sequential([keras.Input((3,)), *map(layers.Dense, sizes)])
        model.layers[0].trainable = False  # as borrowed models come: partly frozen
        model.layers[-1].trainable = False
        result = answer(model, count)
        flags = [layer.trainable for layer in model.layers]
        first = len(flags) - count
        right = [number >= first for number in range(len(flags))]
        expect(
            flags != right[::-1] or flags == right,
            "the first layers can be trained and the last are frozen. It should be the reverse.",
        )
        expect(
            count or not any(flags),
            "with count 0 all should be frozen. model.layers[:-0] is an empty list.",
        )
        expect(any(flags) or not count, f"all layers are frozen; the last {count} should not be.")
        expect(not all(flags), "no layer is frozen.")
        expect(
            flags == right,
            f"of {len(flags)} layers, {_numbers(flags)} can be trained after freeze(model, "
            f"{count}); it should be {_numbers(right)}. Set trainable for every layer.",
        )
        expect(model.trainable, "the whole model is frozen: set it for layers, not for the model.")
        each = [layer.count_params() for layer in model.layers]
        close(
            "the count",
            result,
            sum(each[first:]),
            {
                "these are all numbers of the model, the frozen ones too.": sum(each),
                "this counts arrays. Count the numbers in them.": 2 * count,
                "these are the frozen numbers.": sum(each[:first]),
                "this counts layers. Count their numbers.": count,
            },
            tolerance=1e-6,
        )


def _numbers(flags: list[bool]) -> str:
    """List which layers can be trained, counted from 1."""
    return ", ".join(str(i) for i, flag in enumerate(flags, 1) if flag) or "none"


@exercise
def features_of(answer: Answer, random: np.random.Generator) -> None:
    """Check (name, look, cache) -> look(name), called once for each name."""
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
