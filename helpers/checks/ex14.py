"""Exercises of lesson 14: a colorizer around a borrowed eye."""

import keras
import numpy as np
from keras import layers

from helpers.checks import Answer, close, exercise, expect


@exercise
def alike(answer: Answer, random: np.random.Generator) -> None:
    """Check (maps, y, x) -> the cosine of each place's features with those at (y, x)."""
    height, width, channels = map(int, random.choice(range(4, 10), 3, False))
    maps = random.normal(0.5, 1, (height, width, channels))
    y, x = map(int, random.choice(range(4), 2, False))
    lengths = np.linalg.norm(maps, axis=-1)
    close(
        "the cosines",
        answer(maps, y, x),
        maps @ maps[y, x] / lengths / lengths[y, x],
        answer.mistaken(maps, y, x),
        tolerance=1e-6,
        given=f"maps {maps.shape} and the place y = {y}, x = {x}",
    )


@alike.mistake("these are products. Divide by both lengths, so that loud places gain nothing.")
def _(maps, y, x):
    return maps @ maps[y, x]


@alike.mistake("divide by the length of the features at (y, x), too.")
def _(maps, y, x):
    return maps @ maps[y, x] / np.linalg.norm(maps, axis=-1)


@alike.mistake("divide by the length of each place's features, too.")
def _(maps, y, x):
    return maps @ maps[y, x] / np.linalg.norm(maps[y, x])


@alike.mistake("these are distances: 0 is the same. A cosine of 1 is the same.")
def _(maps, y, x):
    return np.linalg.norm(maps - maps[y, x], axis=-1)


@alike.mistake("the row y comes first, then the column x.")
def _(maps, y, x):
    lengths = np.linalg.norm(maps, axis=-1)
    return maps @ maps[x, y] / lengths / lengths[x, y]


@alike.mistake("lengths are taken over the channels: axis=-1.")
def _(maps, y, x):
    return maps @ maps[y, x] / np.linalg.norm(maps) ** 2


@exercise
def look(answer: Answer, random: np.random.Generator) -> None:
    """Check (question, keys, values) -> the values of all places, mixed by attention."""
    places, length, channels = map(int, random.choice(range(3, 10), 3, False))
    question = random.normal(0, 1.5, length)
    keys = random.normal(0, 1.5, (places, length))
    values = random.normal(size=(places, channels))
    match = np.exp(keys @ question / length**0.5)
    close(
        "what the place finds",
        answer(question, keys, values),
        match / match.sum() @ values,
        answer.mistaken(question, keys, values),
        tolerance=1e-6,
        given=f"{places} places with keys of {length} numbers",
    )


@look.mistake("divide the matches by the root of the question's length before the exponential.")
def _(question, keys, values):
    match = np.exp(keys @ question)
    return match / match.sum() @ values


@look.mistake("the root is of the question's length, not of the number of places.")
def _(question, keys, values):
    match = np.exp(keys @ question / len(keys) ** 0.5)
    return match / match.sum() @ values


@look.mistake("divide by the root of the question's length, not by the length.")
def _(question, keys, values):
    match = np.exp(keys @ question / len(question))
    return match / match.sum() @ values


@look.mistake("the shares should sum to 1: divide the exponentials by their sum.")
def _(question, keys, values):
    return np.exp(keys @ question / len(question) ** 0.5) @ values


@look.mistake("matches are no shares yet: take exponentials, and divide by their sum.")
def _(question, keys, values):
    return keys @ question / len(question) ** 0.5 @ values


@look.mistake("this takes the best place alone. All places count, by their shares.")
def _(question, keys, values):
    return values[np.argmax(keys @ question)]


@look.mistake("every place has the same share here. The keys decide.")
def _(question, keys, values):
    return values.mean(axis=0)


@exercise
def skips(answer: Answer, random: np.random.Generator) -> None:
    """Check (blocks, size, strides) -> the name of the last block at each stride."""
    size = 32 * int(random.integers(2, 9))
    blocks, side = [], size
    for _ in range(4):
        side //= 2
        for _ in range(int(random.integers(2, 4))):
            blocks.append((f"block_{len(blocks) + 1}", side))
    strides = [int(stride) for stride in random.permutation([2, 4, 8, 16])[:3]]
    if strides == sorted(strides):
        strides.reverse()
    result = list(answer(blocks, size, strides))
    given = f"photos of {size} points and the strides {strides}"
    for words, wrong in answer.mistaken(blocks, size, strides):
        expect(result != list(wrong), f"for {given} you return {result}: {words}")
    right = [[name for name, side in blocks if side == size // stride][-1] for stride in strides]
    expect(result == right, f"for {given} you return {result}. It should be {right}.")


@skips.mistake("these are the first blocks of their size. The last ones have seen most.")
def _(blocks, size, strides):
    return [next(name for name, side in blocks if side == size // stride) for stride in strides]


@skips.mistake("the order should be that of the strides.")
def _(blocks, size, strides):
    last = {side: name for name, side in blocks}
    return [last[size // stride] for stride in sorted(strides)]


@skips.mistake("return the names alone.")
def _(blocks, size, strides):
    last = {side: name for name, side in blocks}
    return [(last[size // stride], size // stride) for stride in strides]


@skips.mistake("a list of all blocks at these sizes is too long: the last one of each will do.")
def _(blocks, size, strides):
    return [name for stride in strides for name, side in blocks if side == size // stride]


@exercise
def freeze(answer: Answer, random: np.random.Generator) -> None:
    """Check (model, count) -> trainable numbers; all layers but the last ``count`` are frozen."""
    sizes = [int(size) for size in random.integers(2, 9, random.integers(4, 7))]

    def borrowed() -> keras.Model:
        model = keras.Sequential([keras.Input((3,)), *map(layers.Dense, sizes)])
        model.layers[0].trainable = False  # as borrowed models come: partly frozen
        model.layers[-1].trainable = False
        return model

    for count in (int(random.integers(2, len(sizes) - 1)), 0):
        model = borrowed()
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
        close(
            "the count",
            result,
            sum(layer.count_params() for layer in model.layers[first:]),
            answer.mistaken(borrowed(), count),
            tolerance=1e-6,
            given=f"the last {count} of {len(flags)} layers",
        )


def _numbers(flags: list[bool]) -> str:
    """List which layers can be trained, counted from 1."""
    return ", ".join(str(i) for i, flag in enumerate(flags, 1) if flag) or "none"


def _freeze(model: keras.Model, count: int) -> None:
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= len(model.layers) - count


@freeze.mistake("these are all numbers of the model, the frozen ones too.")
def _(model, count):
    _freeze(model, count)
    return sum(int(np.prod(one.shape)) for one in model.weights)


@freeze.mistake("this counts arrays. Count the numbers in them.")
def _(model, count):
    _freeze(model, count)
    return len(model.trainable_weights)


@freeze.mistake("these are the frozen numbers.")
def _(model, count):
    _freeze(model, count)
    return sum(int(np.prod(one.shape)) for one in model.non_trainable_weights)


@freeze.mistake("this counts layers. Count their numbers.")
def _(model, count):
    _freeze(model, count)
    return sum(layer.trainable for layer in model.layers)


@freeze.mistake("model.layers[:-0] is an empty list.")
def _(model, count):
    for layer in model.layers:
        layer.trainable = True
    for layer in model.layers[:-count]:
        layer.trainable = False
    return sum(int(np.prod(one.shape)) for one in model.trainable_weights)


@freeze.mistake("It should be the reverse.")
def _(model, count):
    for number, layer in enumerate(model.layers):
        layer.trainable = number < count
    return sum(int(np.prod(one.shape)) for one in model.trainable_weights)


@freeze.mistake("Set trainable for every layer.")
def _(model, count):
    for number, layer in enumerate(model.layers):
        layer.trainable = number > len(model.layers) - count
    return sum(int(np.prod(one.shape)) for one in model.trainable_weights)


@freeze.mistake("should not be.")  # the last ones are frozen, too
def _(model, count):
    model.trainable = False
    return 0
