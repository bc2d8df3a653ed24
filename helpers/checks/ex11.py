"""Exercises of lesson 11: color as a choice among bins."""

import numpy as np
from scipy.special import log_softmax, softmax

from helpers.checks import Answer, close, exercise, shape


def _colors_and_centers(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Make more bins than colors, so that the two counts cannot be taken for each other."""
    count, bins = int(random.integers(3, 6)), int(random.integers(7, 12))
    return random.uniform(-20, 20, (count, 2)), random.uniform(-20, 20, (bins, 2))


def _squared(ab: np.ndarray, centers: np.ndarray) -> np.ndarray:
    return ((ab[:, None] - centers) ** 2).sum(axis=-1)


def _bell(ab: np.ndarray, centers: np.ndarray, width: float = 2 * 5**2) -> np.ndarray:
    return np.exp(-_squared(ab, centers) / width)


def _even(near: np.ndarray) -> np.ndarray:
    return near / near.sum(axis=-1, keepdims=True)


@exercise
def nearest(answer: Answer, random: np.random.Generator) -> None:
    """Check (ab (count, 2), centers (bins, 2)) -> the number (count,) of the nearest bin."""
    ab, centers = _colors_and_centers(random)
    result = answer(ab, centers)
    hints = {
        ab.shape: "these are colors, or distances along a and b. Return the number of a bin.",
        (len(centers),): "one number for each bin. Return one for each color: axis=-1.",
        (): "one number for all. Return one for each color: axis=-1.",
    }
    numbers = shape("the numbers", result, (len(ab),), hints)
    right = _squared(ab, centers).argmin(axis=-1)
    close("the numbers", numbers, right, answer.mistaken(ab, centers))


@nearest.mistake("this is the farthest bin.")
def _(ab, centers):
    return _squared(ab, centers).argmax(axis=-1)


@nearest.mistake("this is the distance to the nearest bin. Return its number: argmin.")
def _(ab, centers):
    return np.sqrt(_squared(ab, centers).min(axis=-1))


@nearest.mistake("differences below zero count as near. Square them before you add them up.")
def _(ab, centers):
    return (ab[:, None] - centers).sum(axis=-1).argmin(axis=-1)


@nearest.mistake("one for each color: axis=-1")
def _(ab, centers):
    return _squared(ab, centers).argmin(axis=0)


@nearest.mistake("Return the number of a bin")
def _(ab, centers):
    return centers[_squared(ab, centers).argmin(axis=-1)]


@exercise
def soften(answer: Answer, random: np.random.Generator) -> None:
    """Check (ab (count, 2), centers (bins, 2)) -> shares (count, bins), by a Gaussian of 5."""
    ab, centers = _colors_and_centers(random)
    right = (len(ab), len(centers))
    turned = {right[::-1]: "one row for each color, one column for each bin."}
    shares = shape("the shares", answer(ab, centers), right, turned)
    close("the shares", shares, _even(_bell(ab, centers)), answer.mistaken(ab, centers))


@soften.mistake("they do not sum to 1 for each color: divide each row by its sum.")
def _(ab, centers):
    return _bell(ab, centers)


@soften.mistake("they sum to 1 for each bin. They should for each color: axis=-1.")
def _(ab, centers):
    near = _bell(ab, centers)
    return near / near.sum(axis=0)


@soften.mistake("they sum to 1 over all colors together. They should for each one: axis=-1.")
def _(ab, centers):
    near = _bell(ab, centers)
    return near / near.sum()


@soften.mistake("this goes by the distance. It should be its square.")
def _(ab, centers):
    return _even(np.exp(-np.linalg.norm(ab[:, None] - centers, axis=-1) / 50))


@soften.mistake("all goes to the nearest bin. The bins around it should get something, too.")
def _(ab, centers):
    return np.eye(len(centers))[_squared(ab, centers).argmin(axis=-1)]


@soften.mistake("the square of 5 is missing: divide by 2 · 5².")
def _(ab, centers):
    return _even(_bell(ab, centers, width=2 * 5))


@soften.mistake("the 2 is missing: divide by 2 · 5².")
def _(ab, centers):
    return _even(_bell(ab, centers, width=5**2))


@soften.mistake("the minus sign is missing: the farthest bin gets most.")
def _(ab, centers):
    return _even(np.exp(_squared(ab, centers) / 50))


@soften.mistake("one row for each color, one column for each bin")
def _(ab, centers):
    return _even(_bell(ab, centers)).T


@exercise
def rebalance(answer: Answer, random: np.random.Generator) -> None:
    """Check (frequency (Q,), mix) -> weights (Q,) with the mean 1 over points."""
    count = int(random.integers(5, 12))
    frequency = random.dirichlet(np.full(count, 0.5))
    frequency[0] = 0.0
    frequency /= frequency.sum()
    mix = float(random.choice([0.2, 0.3, 0.7, 0.8]))  # not near 1 - mix
    right = 1 / ((1 - mix) * frequency + mix / count)
    given = answer(frequency, mix)
    close(
        "the weights",
        given,
        right / (frequency * right).sum(),
        answer.mistaken(frequency, mix),
        given=f"mix {mix}",
    )
    close("the weights", answer(frequency, 1.0), np.ones(count), given="mix 1")


def _scaled(frequency: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return weight / (frequency * weight).sum()


@rebalance.mistake("the mean over points is not 1 yet: divide by the sum of frequency · weight.")
def _(frequency, mix):
    return 1 / ((1 - mix) * frequency + mix / len(frequency))


@rebalance.mistake(
    "their mean over bins is 1. Over points it should be: sum of frequency · weight."
)
def _(frequency, mix):
    weight = 1 / ((1 - mix) * frequency + mix / len(frequency))
    return weight / weight.mean()


@rebalance.mistake("they sum to 1. The sum of frequency · weight should.")
def _(frequency, mix):
    weight = 1 / ((1 - mix) * frequency + mix / len(frequency))
    return weight / weight.sum()


@rebalance.mistake("the mix is the wrong way round: mix goes with 1/Q.")
def _(frequency, mix):
    return _scaled(frequency, 1 / (mix * frequency + (1 - mix) / len(frequency)))


@rebalance.mistake("frequent colors count more. The rare ones should: 1 / (...).")
def _(frequency, mix):
    return _scaled(frequency, (1 - mix) * frequency + mix / len(frequency))


@rebalance.mistake("the uniform part is mix, and it should be mix / Q.")
def _(frequency, mix):
    return _scaled(frequency, 1 / ((1 - mix) * frequency + mix))


@rebalance.mistake("not finite")
def _(frequency, mix):
    with np.errstate(all="ignore"):
        return _scaled(frequency, 1 / frequency)


@rebalance.mistake("the weights for mix")
def _(frequency, mix):
    return np.ones(len(frequency))


@exercise
def choice_loss(answer: Answer, random: np.random.Generator) -> None:
    """Check (truth (count, bins), logits (count, bins), weight (bins,)) -> a number."""
    count, bins = int(random.integers(4, 8)), int(random.integers(5, 9))
    truth = random.dirichlet(np.full(bins, 0.4), count)
    logits = random.normal(0, 2, (count, bins))
    weight = random.permutation(np.linspace(0.2, 4, bins))
    loss = shape("the loss", answer(truth, logits, weight), ())
    right = _of_points(truth, log_softmax(logits, axis=-1), weight).mean()
    close("the loss", loss, right, answer.mistaken(truth, logits, weight))
    sure = 5000 * truth
    loss = shape("the loss", answer(truth, sure, weight), ())
    right = _of_points(truth, log_softmax(sure, axis=-1), weight).mean()
    close("the loss", loss, right, given="logits up to 5000")


def _of_points(truth: np.ndarray, logs: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return weight[truth.argmax(axis=-1)] * -(truth * logs).sum(axis=-1)


@choice_loss.mistake("this is the mean over bins. Add up the bins, then take the points' mean.")
def _(truth, logits, weight):
    logs = log_softmax(logits, axis=-1)
    return np.mean(weight[truth.argmax(axis=-1), None] * -truth * logs)


@choice_loss.mistake("each bin has its own weight here, and the mean is over bins, too.")
def _(truth, logits, weight):
    return -np.mean(weight * truth * log_softmax(logits, axis=-1))


@choice_loss.mistake("each bin has its own weight here. A point has one: that of its nearest bin.")
def _(truth, logits, weight):
    return -(weight * truth * log_softmax(logits, axis=-1)).sum(axis=-1).mean()


@choice_loss.mistake("the weight goes by what the network says. It should go by the truth.")
def _(truth, logits, weight):
    cross_entropy = -(truth * log_softmax(logits, axis=-1)).sum(axis=-1)
    return (weight[logits.argmax(axis=-1)] * cross_entropy).mean()


@choice_loss.mistake("the weights are missing.")
def _(truth, logits, weight):
    return -(truth * log_softmax(logits, axis=-1)).sum(axis=-1).mean()


@choice_loss.mistake("this is a sum over points. Take the mean.")
def _(truth, logits, weight):
    return _of_points(truth, log_softmax(logits, axis=-1), weight).sum()


@choice_loss.mistake("it is below zero: the minus sign is missing.")
def _(truth, logits, weight):
    return -_of_points(truth, log_softmax(logits, axis=-1), weight).mean()


@choice_loss.mistake("the softmax runs over the points. It should run over the bins: axis=-1.")
def _(truth, logits, weight):
    return _of_points(truth, log_softmax(logits, axis=0), weight).mean()


@choice_loss.mistake(
    "this is believed_loss: the network chooses the weight, and bins share the mean."
)
def _(truth, logits, weight):
    counts = weight[logits.argmax(axis=-1)]
    return np.mean(counts[:, None] * -truth * log_softmax(logits, axis=-1))


@choice_loss.mistake("not finite")
def _(truth, logits, weight):
    with np.errstate(all="ignore"):
        return _of_points(truth, np.log(softmax(logits, axis=-1)), weight).mean()


@choice_loss.mistake("It should be ()")
def _(truth, logits, weight):
    return _of_points(truth, log_softmax(logits, axis=-1), weight)
