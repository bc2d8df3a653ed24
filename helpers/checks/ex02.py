"""Exercises of lesson 02: one photo, 100 lines."""

import keras
import numpy as np
from keras import layers
from skimage.color import lab2rgb

from helpers import color
from helpers.checks import Answer, close, exercise, expect, photo, readable, shape


@exercise
def decode(answer: Answer, random: np.random.Generator) -> None:
    """Check (X, output) -> the RGB photo."""
    given = photo(random)
    L, ab = color.split(given)
    X, output = L[None], ab[None] / 128
    with_batch = {(1, *given.shape): "take the one photo out of the batch: X[0], output[0]."}
    result = shape("the photo", answer(X, output), given.shape, with_batch)
    size = f"an X of {X.shape}"
    close("the photo", result, given, answer.mistaken(X, output), tolerance=2e-3, given=size)


@decode.mistake("take the one photo out of the batch: X[0], output[0].")
def _(X, output):
    return lab2rgb(np.concatenate([X, output * 128], axis=-1))


@decode.mistake("these are LAB numbers. Turn them into RGB.")
def _(X, output):
    return np.concatenate([X[0], output[0] * 128], axis=-1)


@decode.mistake("it is nearly gray: the output has to be multiplied by 128.")
def _(X, output):
    return lab2rgb(np.concatenate([X[0], output[0]], axis=-1))


@decode.mistake("a and b stand in the wrong order.")
def _(X, output):
    return lab2rgb(np.concatenate([X[0], output[0][..., ::-1] * 128], axis=-1))


@decode.mistake("L is 0 to 100 already.")
def _(X, output):
    L, ab = np.clip(X[0] * 128, 0, 100), output[0] * 128
    return lab2rgb(np.concatenate([L, ab], axis=-1))


@exercise(rounds=1)
def hourglass(answer: Answer, random: np.random.Generator) -> None:
    """Check () -> a network of the article's form, by what it makes of random sizes."""
    network = answer()
    expect(isinstance(network, keras.Model), "return a network: keras.Sequential([...]).")
    given = getattr(network, "inputs", None)  # a Sequential may have none yet
    expect(given, "say what comes in: begin with keras.Input((None, None, 1)).")
    sized = keras.Model(network.inputs[0], network.outputs[0])  # minds the sizes of its input
    for _ in range(3):
        height, width = (8 * random.integers(1, 7, 2)).tolist()
        question = random.uniform(0, 100, (2, height, width, 1)).astype("float32")
        try:
            got = tuple(sized(question).shape)
        except ValueError as error:
            expect(False, f"it cannot take a photo of {height} x {width}: {readable(error)}")
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


def _with(down: tuple[int, ...], up: tuple[int, ...], channels: int = 2) -> keras.Sequential:
    """Build what a learner may build: halvings, doublings, and a last layer."""
    network = keras.Sequential([keras.Input((None, None, 1))])
    for filters in down:
        network.add(layers.Conv2D(filters, (3, 3), activation="relu", padding="same", strides=2))
    for filters in up:
        network.add(layers.Conv2D(filters, (3, 3), activation="relu", padding="same"))
        network.add(layers.UpSampling2D((2, 2)))
    network.add(layers.Conv2D(channels, (3, 3), activation="tanh", padding="same"))
    return network


@hourglass.mistake("points: add doublings, or take halvings away.")
def _():
    return _with(down=(8, 16, 32, 32), up=(32,))


@hourglass.mistake("points: as many doublings as halvings.")
def _():
    return _with(down=(8, 16), up=(32, 16, 8))


@hourglass.mistake("in the middle the picture is 1/4 as high as the question.")
def _():
    return _with(down=(8, 16), up=(16, 8))


@hourglass.mistake("in the middle the picture is 1/1 as high as the question.")
def _():
    return _with(down=(), up=())


@hourglass.mistake("a and b are 2 channels.")
def _():
    return _with(down=(8, 16, 32), up=(32, 16, 8), channels=3)


@hourglass.mistake("it cannot take a photo of")
def _():
    network = keras.Sequential([keras.Input((400, 400, 1))])
    for layer in _with(down=(8, 16, 32), up=(32, 16, 8)).layers:
        network.add(layer)
    return network


@hourglass.mistake("say what comes in")
def _():
    return keras.Sequential(_with(down=(8, 16, 32), up=(32, 16, 8)).layers)


@exercise
def last_layer(answer: Answer, random: np.random.Generator) -> None:
    """Check () -> a layer from features to ab / 128, by what it makes of random features."""
    layer = answer()
    expect(isinstance(layer, keras.layers.Layer), "return a layer: layers.Conv2D(...).")
    height, width, channels = random.integers(6, 12, 3).tolist()
    features = random.normal(0, 3, (4, height, width, channels)).astype("float32")
    result = shape(
        f"its answer to features of {features.shape}",
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


@last_layer.mistake("it never answers below 0: no green and no blue.")
def _():
    return layers.Conv2D(2, (3, 3), activation="relu", padding="same")


@last_layer.mistake("it never answers below 0: no green and no blue.")
def _():
    return layers.Conv2D(2, (3, 3), activation="sigmoid", padding="same")


@last_layer.mistake("but 1 is the limit.")
def _():
    return layers.Conv2D(2, (3, 3), padding="same")


@last_layer.mistake("it loses the rim. Which padding keeps the size?")
def _():
    return layers.Conv2D(2, (3, 3), activation="tanh")


@last_layer.mistake("its answer to features of")
def _():
    return layers.Conv2D(3, (3, 3), activation="tanh", padding="same")


@last_layer.mistake("it looks at one point only, not at 3 x 3.")
def _():
    return layers.Conv2D(2, (1, 1), activation="tanh", padding="same")


@last_layer.mistake("it looks further than 3 x 3 points.")
def _():
    return layers.Conv2D(2, (5, 5), activation="tanh", padding="same")


@exercise
def shown_losses(answer: Answer, random: np.random.Generator) -> None:
    """Check (losses of all steps, steps an epoch) -> the mean of each epoch."""
    epochs, steps = random.choice(np.arange(2, 7), 2, replace=False).tolist()
    losses = random.random(epochs * steps)
    hints = {
        (steps,): "that is a number for each step of an epoch. Average over the other axis.",
        (): "that is one number for the whole training. Each epoch has its own.",
    }
    about = f"{epochs} epochs of {steps} steps"
    result = shape(f"the result for {about}", answer(losses, steps), (epochs,), hints)
    right = losses.reshape(epochs, steps).mean(axis=1)
    close("the result", result, right, answer.mistaken(losses, steps), given=about)


@shown_losses.mistake("this is the loss of the last step of each epoch.")
def _(losses, steps):
    return losses[steps - 1 :: steps]


@shown_losses.mistake("this is the loss of the first step of each epoch.")
def _(losses, steps):
    return losses[::steps]


@shown_losses.mistake("this is the sum. Keras shows the mean.")
def _(losses, steps):
    return np.reshape(losses, (-1, steps)).sum(axis=1)


@shown_losses.mistake("the mean begins anew in every epoch.")
def _(losses, steps):
    mean = np.cumsum(losses) / np.arange(1, len(losses) + 1)
    return mean[steps - 1 :: steps]


@shown_losses.mistake("the steps of an epoch follow each other: look at your table's rows.")
def _(losses, steps):
    return np.reshape(losses, (steps, -1)).mean(axis=0)


@shown_losses.mistake("that is a number for each step of an epoch. Average over the other axis.")
def _(losses, steps):
    return np.reshape(losses, (-1, steps)).mean(axis=0)


@shown_losses.mistake("that is one number for the whole training. Each epoch has its own.")
def _(losses, steps):
    return np.mean(losses)
