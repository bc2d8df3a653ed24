"""Exercises of lesson 15: a critic and two losses."""

import contextlib
from collections.abc import Iterator
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from helpers.checks import Answer, NotYet, close, exercise, expect, several


@exercise(rounds=2)
def critic(answer: Answer, random: np.random.Generator) -> None:
    """Check (halvings) -> a critic of patches with scores that have no bounds."""
    halvings = int(random.integers(1, 5))
    model = answer(halvings)
    expect(isinstance(model, keras.Model), "return a Keras model.")
    for given in getattr(model, "inputs", None) or ():  # a subclass names none
        expect(
            tuple(given.shape)[1:3] == (None, None),
            f"the input is {tuple(given.shape)[1:]}: any height and width should be taken, "
            "keras.Input((None, None, 3)).",
        )
    for _ in range(2):  # of any size
        height, width = (int(n) * 2**halvings for n in random.choice(range(5, 9), 2, False))
        lab = random.normal(size=(2, height, width, 3)).astype(np.float32)
        with _spied() as steps:
            scores = _scores(model, lab)
        expect(
            scores.ndim == 4,
            f"one score for the whole photo (shape {scores.shape}): the map has to stay.",
        )
        right = (2, height >> halvings, width >> halvings, 1)
        expect(
            scores.shape == right,
            f"for {halvings} halvings of {height} x {width} points the scores have shape "
            f"{scores.shape}: it should be {right}.",
        )
    convs = [layer for layer in steps if isinstance(layer, layers.Conv2D)]
    needed = halvings + 1
    expect(
        len(convs) == needed,
        f"for {halvings} halvings {needed} convolutions are needed, not {len(convs)}.",
    )
    expect(all(layer.kernel_size == (4, 4) for layer in convs), "all convolutions should be 4 x 4.")
    strides = [layer.strides for layer in convs]
    expect(
        strides == [(2, 2)] * halvings + [(1, 1)],
        f"the strides are {[one for one, _ in strides]}: let each halving be a convolution with "
        "stride 2, not a pooling layer, and the last one have stride 1.",
    )
    _expect_no_bounds(model, convs[-1], 100 * lab, random)
    leaks = [_leak(layer) for layer in steps]
    expect(
        [leak is not None for leak in leaks] == [False, True] * halvings + [False],
        "add LeakyReLU after each halving, and nothing of the kind after the last convolution.",
    )
    slopes = [leak for leak in leaks if leak is not None]
    expect(
        np.allclose(slopes, 0.2),
        f"LeakyReLU should keep 0.2 of what is negative; yours keep {slopes}.",
    )


@contextlib.contextmanager
def _spied() -> Iterator[list]:
    """List the convolutions and leaky activations that are called, wherever they are nested."""
    called: list = []
    with contextlib.ExitStack() as stack:
        for kind in (layers.Conv2D, layers.LeakyReLU):
            original = kind.call

            def call(self: keras.Layer, x: object, original: object = original) -> object:
                called.append(self)
                if getattr(self, "activation", None) is keras.activations.leaky_relu:
                    called.append(layers.LeakyReLU(0.2))  # which is what Keras means by the name
                return original(self, x)

            stack.enter_context(mock.patch.object(kind, "call", call))
        yield called


def _scores(model: keras.Model, lab: np.ndarray) -> np.ndarray:
    try:
        return keras.ops.convert_to_numpy(model(lab))
    except Exception as error:
        shape = lab.shape[1:]
        raise NotYet(
            f"the model does not take a photo of shape {shape}: the input should have three "
            "channels and any height and width, keras.Input((None, None, 3))."
        ) from error


def _expect_no_bounds(
    model: keras.Model, last: keras.Layer, lab: np.ndarray, random: np.random.Generator
) -> None:
    weights = [10 * random.normal(size=one.shape) for one in last.get_weights()]
    scores = []
    for sign in (1, -1):  # what was above is below
        last.set_weights([sign * one for one in weights])
        scores.append(_scores(model, lab))
    expect(
        np.min(scores) < -1.01 and np.max(scores) > 1.01,
        "the scores have bounds: leave the activation (sigmoid, tanh, ReLU) after the last layer.",
    )


def _leak(layer: keras.Layer) -> float | None:
    return float(layer.negative_slope) if isinstance(layer, layers.LeakyReLU) else None


def _built(
    halvings, size=None, channels=3, kernel=4, stride=2, leak=0.2, ending=None, pooled=False
):
    """Build a critic with one thing changed."""
    model = keras.Sequential([keras.Input((size, size, channels))])
    for _ in range(halvings):
        model.add(layers.Conv2D(8, kernel, strides=stride, padding="same"))
        if leak is not None:
            model.add(layers.LeakyReLU(leak))
        if pooled:
            model.add(layers.AveragePooling2D(2))
    model.add(layers.Conv2D(1, kernel, padding="same"))
    if ending:
        model.add(ending)
    return model


@critic.mistake("have bounds")
def _(halvings):
    return _built(halvings, ending=layers.Activation("sigmoid"))


@critic.mistake("the map has to stay")
def _(halvings):
    return _built(halvings, ending=layers.GlobalAveragePooling2D())


@critic.mistake("it should be (2,")
def _(halvings):
    return _built(5)


@critic.mistake("three channels")
def _(halvings):
    return _built(halvings, channels=2)


@critic.mistake("any height and width")
def _(halvings):
    return _built(halvings, size=256)


@critic.mistake("should be 4 x 4")
def _(halvings):
    return _built(halvings, kernel=3)


@critic.mistake("not a pooling layer")
def _(halvings):
    return _built(halvings, stride=1, pooled=True)


@critic.mistake("should keep 0.2")
def _(halvings):
    return _built(halvings, leak=0.9)


@critic.mistake("add LeakyReLU after each halving")
def _(halvings):
    return _built(halvings, leak=None)


@critic.mistake("nothing of the kind after the last")
def _(halvings):
    return _built(halvings, ending=layers.LeakyReLU(0.2))


@critic.mistake("return a Keras model")
def _(halvings):
    return [layers.Conv2D(8, 4, strides=2, padding="same") for _ in range(halvings)]


@exercise
def losses(answer: Answer, random: np.random.Generator) -> None:
    """Check (true scores, false scores) -> the critic's loss, the generator's."""
    shape = (2, *map(int, random.integers(3, 6, 2)), 1)
    true, false = random.normal(0.7, 1.5, shape), random.normal(-0.5, 1.5, shape)
    right = (_entropy(true, 1) + _entropy(false, 0)) / 2
    critics, generators = several("the critic's and the generator's loss", answer(true, false), 2)
    close("the critic's loss", critics, right, answer.mistaken(true, false, part=0))
    right = _entropy(false, 1)
    close("the generator's loss", generators, right, answer.mistaken(true, false, part=1))


def _entropy(scores: np.ndarray, label: int) -> float:
    return float(np.logaddexp(0, -scores if label == 1 else scores).mean())


@losses.mistake("the labels are swapped: it would learn to take the false for true.")
def _(true, false):
    return (_entropy(true, 0) + _entropy(false, 1)) / 2, _entropy(false, 1)


@losses.mistake("this is the sum of its halves. Take their mean.")
def _(true, false):
    return _entropy(true, 1) + _entropy(false, 0), _entropy(false, 1)


@losses.mistake("false photos do not count. A critic that always says true would win.")
def _(true, false):
    return _entropy(true, 1), _entropy(false, 1)


@losses.mistake("both get the label 1. A critic that always says true would win.")
def _(true, false):
    return (_entropy(true, 1) + _entropy(false, 1)) / 2, _entropy(false, 1)


@losses.mistake("this is the generator's. The critic's comes first.")
def _(true, false):
    return _entropy(false, 1), (_entropy(true, 1) + _entropy(false, 0)) / 2


@losses.mistake("it would learn to be found out: its false photos should be taken for true.")
def _(true, false):
    return (_entropy(true, 1) + _entropy(false, 0)) / 2, _entropy(false, 0)


@losses.mistake("it should not look at the scores of true photos: it cannot change them.")
def _(true, false):
    critics = (_entropy(true, 1) + _entropy(false, 0)) / 2
    return critics, (_entropy(true, 0) + _entropy(false, 1)) / 2


@losses.mistake("this is minus the critic's loss. Ask for false photos to be taken for true.")
def _(true, false):
    critics = (_entropy(true, 1) + _entropy(false, 0)) / 2
    return critics, -critics


@exercise
def variety(answer: Answer, random: np.random.Generator) -> None:
    """Check (ab of several paintings) -> the mean distance from their mean."""
    photos, height, width = (int(n) for n in random.choice(range(3, 9), 3, replace=False))
    painted = random.normal(random.normal(0, 20, (photos, 1, 1, 2)), 10, (photos, height, width, 2))
    right = np.linalg.norm(painted - painted.mean(axis=0), axis=-1).mean()
    given = f"{photos} paintings of {height} x {width}"
    close("the variety", answer(painted.copy()), right, answer.mistaken(painted), given=given)
    alike = np.repeat(painted[:1], photos, axis=0)
    close("the variety", answer(alike), 0, given="paintings that are all the same")


@variety.mistake("this is how far the points of one painting are apart. Compare paintings, at each")
def _(painted):
    return np.linalg.norm(painted - painted.mean(axis=(1, 2), keepdims=True), axis=-1).mean()


@variety.mistake("take the mean at each point, not one for all points.")
def _(painted):
    return np.linalg.norm(painted - painted.mean(axis=(0, 1, 2)), axis=-1).mean()


@variety.mistake("these are squared distances. Take the root before the mean.")
def _(painted):
    return ((painted - painted.mean(axis=0)) ** 2).sum(axis=-1).mean()


@variety.mistake("the distance is the length of the arrow (a, b), not a mean over a and b.")
def _(painted):
    return np.abs(painted - painted.mean(axis=0)).mean()


@variety.mistake("this is the sum. Take the mean over all points and photos.")
def _(painted):
    return np.linalg.norm(painted - painted.mean(axis=0), axis=-1).sum()


@exercise(rounds=2)
def generator_step(answer: Answer, random: np.random.Generator) -> None:
    """Check a step: the generator's loss falls, the critic's weights stay."""
    keras.utils.set_random_seed(int(random.integers(1000)))
    filters = int(random.integers(2, 5))
    generator = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(filters, 3)])
    critic = keras.Sequential([keras.Input((None, None, filters)), layers.Conv2D(1, 3)])
    optimizer = keras.optimizers.SGD(0.01)
    L = random.random((2, 8, 8, 1), dtype=np.float32)

    def loss() -> float:
        return _entropy(keras.ops.convert_to_numpy(critic(generator(L))), 1)

    first, known, before = loss(), critic.get_weights(), generator.get_weights()
    result = answer(generator, critic, optimizer, L)
    kept = all(np.array_equal(a, b) for a, b in zip(known, critic.get_weights(), strict=True))
    expect(kept, "the critic has changed. It is the generator's step: leave its variables out.")
    pairs = zip(before, generator.get_weights(), strict=True)
    moved = not all(np.array_equal(a, b) for a, b in pairs)
    expect(moved, "the generator has not changed.")
    steps = int(optimizer.iterations)
    expect(steps > 0, "the optimizer that you are given has done nothing: let it take the step.")
    expect(steps == 1, f"the optimizer has taken {steps} steps. Take one.")
    expect(
        loss() < first, "the loss has grown: the generator learns to be found out. Check the sign."
    )
    after = "this is the loss after the step. Return the one before."
    close("the loss", result, first, {after: loss()}, tolerance=1e-5)


def _stepped(generator, critic, optimizer, L, variables, sign=-1):
    """Take a step on some variables, and return the loss before it."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(sign * critic(generator(L))))
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    return float(loss)


@generator_step.mistake("the critic has changed")
def _(generator, critic, optimizer, L):
    variables = generator.trainable_variables + critic.trainable_variables
    return _stepped(generator, critic, optimizer, L, variables)


@generator_step.mistake("leave its variables out")
def _(generator, critic, optimizer, L):
    return _stepped(generator, critic, optimizer, L, critic.trainable_variables)


@generator_step.mistake("the loss has grown")
def _(generator, critic, optimizer, L):
    return _stepped(generator, critic, optimizer, L, generator.trainable_variables, sign=1)


@generator_step.mistake("the generator has not changed")
def _(generator, critic, optimizer, L):
    return float(tf.reduce_mean(tf.nn.softplus(-critic(generator(L)))))


@generator_step.mistake("has done nothing: let it take the step")
def _(generator, critic, optimizer, L):
    own = keras.optimizers.SGD(0.01)
    return _stepped(generator, critic, own, L, generator.trainable_variables)


@generator_step.mistake("has taken 2 steps")
def _(generator, critic, optimizer, L):
    for _ in range(2):
        loss = _stepped(generator, critic, optimizer, L, generator.trainable_variables)
    return loss


@generator_step.mistake("the loss after the step")
def _(generator, critic, optimizer, L):
    _stepped(generator, critic, optimizer, L, generator.trainable_variables)
    return float(tf.reduce_mean(tf.nn.softplus(-critic(generator(L)))))


@generator_step.mistake("the loss is")
def _(generator, critic, optimizer, L):
    _stepped(generator, critic, optimizer, L, generator.trainable_variables)
    return 0.69
