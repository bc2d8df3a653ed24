"""Exercises of lesson 02: one photo, 100 lines."""

import keras
import numpy as np

from helpers import color
from helpers.checks import Answer, close, exercise, expect, photo, shape


@exercise
def decode(answer: Answer, random: np.random.Generator) -> None:
    """Check (X, output) -> the RGB photo."""
    given = photo(random)
    L, ab = color.split(given)
    with_batch = {(1, *given.shape): "take the one photo out of the batch: X[0], output[0]."}
    result = shape("the photo", answer(L[None], ab[None] / 128), given.shape, with_batch)
    close(
        "the photo",
        result,
        given,
        {
            "these are LAB numbers. Turn them into RGB.": color.rgb_to_lab(given),
            "it is nearly gray: the output has to be multiplied by 128.": color.join(L, ab / 128),
            "a and b stand in the wrong order.": color.join(L, ab[..., ::-1]),
            "L is 0 to 100 already.": color.join(np.clip(L * 128, 0, 100), ab),
        },
        tolerance=2e-3,
    )


@exercise(rounds=1)
def hourglass(answer: Answer, random: np.random.Generator) -> None:
    """Check () -> a network of the article's form, by what it makes of random sizes."""
    network = answer()
    expect(isinstance(network, keras.Model), "return a network: keras.Sequential([...]).")
    sized = keras.Model(network.inputs[0], network.outputs[0])  # minds the sizes of its input
    for _ in range(3):
        height, width = (8 * random.integers(1, 7, 2)).tolist()
        question = random.uniform(0, 100, (2, height, width, 1)).astype("float32")
        try:
            got = tuple(sized(question).shape)
        except ValueError as error:
            reason = str(error).split("\n")[0]
            expect(False, f"it cannot take a photo of {height} x {width}: {reason}")
        expect(
            len(got) == 4 and got[-1] == 2, f"its answer has shape {got}: a and b are 2 channels."
        )
        times = f"{got[1]} x {got[2]}, and the question {height} x {width}"
        smaller = "add doublings, or take halvings away."
        words = smaller if got[1] < height else "as many doublings as halvings."
        expect(got[1:3] == (height, width), f"the answer has {times} points: {words}")
    _expect_middle(network, question)


def _expect_middle(network: keras.Model, question: np.ndarray) -> None:
    """Look at the sizes between the layers."""
    outputs = [layer.output for layer in network.layers]
    made = keras.Model(network.inputs[0], [network.inputs[0], *outputs])(question)
    heights = [one.shape[1] for one in made]
    smallest = question.shape[1] / min(heights)
    expect(
        smallest == 8,
        f"in the middle the picture is 1/{smallest:g} as high as the question. It should be 1/8.",
    )


@exercise
def last_layer(answer: Answer, random: np.random.Generator) -> None:
    """Check () -> a layer from features to ab / 128, by what it makes of random features."""
    layer = answer()
    expect(isinstance(layer, keras.layers.Layer), "return a layer: layers.Conv2D(...).")
    height, width, channels = random.integers(6, 12, 3).tolist()
    features = random.normal(0, 3, (4, height, width, channels)).astype("float32")
    result = shape(
        "its answer",
        layer(features),
        (4, height, width, 2),
        {(4, height - 2, width - 2, 2): "it loses the rim. Which padding keeps the size?"},
    )
    expect(result.min() < 0, "it never answers below 0: no green and no blue.")
    expect(result.max() > 0, "it never answers above 0: no red and no yellow.")
    expect(np.abs(result).max() <= 1, f"it answers {np.abs(result).max():.1f}, but 1 is the limit.")
    still = np.asarray(layer(0 * features))
    expect(np.abs(still).max() < 1e-6, "it should answer 0, gray, where the features are 0.")
    features[:, 3, 3] += 1  # one point changes: which answers do?
    changed = np.abs(np.asarray(layer(features)) - result).max(axis=(0, 3)) > 1e-7
    expect(changed[:2].sum() + changed[5:].sum() == 0, "it looks further than 3 x 3 points.")
    expect(changed[2:5, 2:5].sum() > 1, "it looks at one point only, not at 3 x 3.")


@exercise
def shown_losses(answer: Answer, random: np.random.Generator) -> None:
    """Check (losses of all steps, steps an epoch) -> the mean of each epoch."""
    epochs, steps = random.integers(2, 7, 2).tolist()
    losses = random.random(epochs * steps)
    table = losses.reshape(epochs, steps)
    hints = {(steps,): "that is a number for each step of an epoch. Average over the other axis."}
    result = shape("the result", answer(losses, steps), (epochs,), hints)
    so_far = np.cumsum(losses)[steps - 1 :: steps] / (steps * np.arange(1, epochs + 1))
    close(
        "the result",
        result,
        table.mean(axis=1),
        {
            "this is the loss of the last step of each epoch.": table[:, -1],
            "this is the loss of the first step of each epoch.": table[:, 0],
            "this is the sum. Keras shows the mean.": table.sum(axis=1),
            "the mean begins anew in every epoch.": so_far,
            "the steps of an epoch follow each other: look at your table's rows.": losses.reshape(
                steps, epochs
            ).mean(axis=0),
        },
    )
