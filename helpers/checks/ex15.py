"""Exercises of lesson 15: a critic and two losses."""

import keras
import numpy as np
from keras import layers

from helpers.checks import Answer, close, exercise, expect, several


@exercise(rounds=2)
def critic(answer: Answer, random: np.random.Generator) -> None:
    """Check (halvings) -> a critic of patches with scores that have no bounds."""
    halvings = int(random.integers(1, 5))
    model = answer(halvings)
    expect(isinstance(model, keras.Model), "return a Keras model.")
    expect(model.input_shape[-1] == 3, "the input should have three channels: L, a and b.")
    height, width = (int(n) * 2**halvings for n in random.choice(range(5, 9), 2, False))
    lab = random.normal(size=(2, height, width, 3)).astype(np.float32)
    scores = keras.ops.convert_to_numpy(model(lab))
    right = (2, height >> halvings, width >> halvings, 1)
    expect(
        scores.ndim == 4,
        f"one score for the whole photo (shape {scores.shape}): the map has to stay.",
    )
    expect(
        scores.shape == right,
        f"for {halvings} halvings of {height} x {width} points the scores have shape "
        f"{scores.shape}: it should be {right}.",
    )
    convs = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    expect(convs, "there is no Conv2D layer: leave spectral normalization out here.")
    expect(len(convs) == halvings + 1, f"{halvings + 1} convolutions are needed, not {len(convs)}.")
    expect(all(layer.kernel_size == (4, 4) for layer in convs), "all convolutions should be 4 x 4.")
    for one in model.weights:
        one.assign(random.normal(size=one.shape))
    scores = [keras.ops.convert_to_numpy(model(100 * lab))]
    convs[-1].set_weights([-one for one in convs[-1].get_weights()])  # what was above is below
    scores.append(keras.ops.convert_to_numpy(model(100 * lab)))
    expect(
        np.min(scores) < -1.01 and np.max(scores) > 1.01,
        "the scores have bounds: leave the activation (sigmoid, tanh, ReLU) after the last layer.",
    )
    slopes = [layer for layer in model.layers if isinstance(layer, layers.LeakyReLU)]
    expect(
        len(slopes) == halvings,
        "add a layer LeakyReLU after each halving; an activation inside a convolution is not one.",
    )


@exercise
def losses(answer: Answer, random: np.random.Generator) -> None:
    """Check (true scores, false scores) -> the critic's loss, the generator's."""
    shape = (2, *map(int, random.integers(3, 6, 2)), 1)
    true, false = random.normal(0.7, 1.5, shape), random.normal(-0.5, 1.5, shape)

    def cross_entropy(scores: np.ndarray, label: int) -> float:
        return float(np.logaddexp(0, -scores if label == 1 else scores).mean())

    critics, generators = several("the critic's and the generator's loss", answer(true, false), 2)
    halves = cross_entropy(true, 1) + cross_entropy(false, 0)
    swapped = cross_entropy(true, 0) + cross_entropy(false, 1)
    close(
        "the critic's loss",
        critics,
        halves / 2,
        {
            "the labels are swapped: it would learn to take the false for true.": swapped / 2,
            "this is the sum of its halves. Take their mean.": halves,
            "false photos do not count. A critic that always says true would win.": cross_entropy(
                true, 1
            ),
            "both get the label 1. A critic that always says true would win.": (
                cross_entropy(true, 1) + cross_entropy(false, 1)
            )
            / 2,
            "this is the generator's. The critic's comes first.": cross_entropy(false, 1),
        },
    )
    close(
        "the generator's loss",
        generators,
        cross_entropy(false, 1),
        {
            "it would learn to be found out: its false photos should be taken for true.": (
                cross_entropy(false, 0)
            ),
            "it should not look at the scores of true photos: it cannot change them.": swapped / 2,
            "this is minus the critic's loss. Ask for false photos to be taken for true.": -halves
            / 2,
        },
    )


@exercise
def receptive_field(answer: Answer, random: np.random.Generator) -> None:
    """Check (list of (kernel, stride)) -> the width of the patch that one output sees."""

    def width(stack: list[tuple[int, int]], early: bool = False) -> int:
        seen, step = 1, 1
        for kernel, stride in stack:
            step, before = step * stride, step
            seen += (kernel - 1) * (step if early else before)
        return seen

    count = int(random.integers(3, 6))
    stack = [(int(random.integers(3, 6)), int(random.integers(1, 4))) for _ in range(count - 1)]
    stack = [(4, 2), *stack]
    close(
        f"the patch of {stack}",
        answer(stack),
        width(stack),
        {
            "a stride counts for the layers after it. Widen first, then lengthen the step.": width(
                stack, early=True
            ),
            "the strides do not count yet.": width([(kernel, 1) for kernel, _ in stack]),
            "this is the product of the strides: the step from patch to patch.": int(
                np.prod([stride for _, stride in stack])
            ),
            "a kernel widens by one less than its size: the point itself is there already.": 1
            + sum(
                kernel * int(np.prod([one for _, one in stack[:number]]))
                for number, (kernel, _) in enumerate(stack)
            ),
        },
        tolerance=1e-6,
    )
    close("the patch of one convolution (3, 1)", answer([(3, 1)]), 3)


@exercise(rounds=2)
def generator_step(answer: Answer, random: np.random.Generator) -> None:
    """Check a step: the generator's loss falls, the critic's weights stay."""
    keras.utils.set_random_seed(int(random.integers(1000)))
    filters = int(random.integers(2, 5))
    generator = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(filters, 3)])
    critic = keras.Sequential([keras.Input((None, None, filters)), layers.Conv2D(1, 3)])
    L = random.random((2, 8, 8, 1), dtype=np.float32)

    def loss() -> float:
        scores = keras.ops.convert_to_numpy(critic(generator(L)))
        return float(np.logaddexp(0, -scores).mean())

    first, known = loss(), [one.copy() for one in critic.get_weights()]
    before = [one.copy() for one in generator.get_weights()]
    result = answer(generator, critic, keras.optimizers.SGD(0.01), L)
    kept = all(np.array_equal(a, b) for a, b in zip(known, critic.get_weights(), strict=True))
    expect(kept, "the critic has changed. It is the generator's step: leave its variables out.")
    moved = not all(
        np.array_equal(a, b) for a, b in zip(before, generator.get_weights(), strict=True)
    )
    expect(moved, "the generator has not changed.")
    expect(
        loss() < first, "the loss has grown: the generator learns to be found out. Check the sign."
    )
    after = "this is the loss after the step. Return the one before."
    close("the loss", result, first, {after: loss()}, tolerance=1e-5)
