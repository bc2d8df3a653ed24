"""Exercises of lesson 11: color as a choice among bins."""

import numpy as np
from scipy.special import softmax

from helpers.checks import Answer, close, exercise, expect, shape


@exercise
def soften(answer: Answer, random: np.random.Generator) -> None:
    """Check (ab (count, 2), centers (bins, 2)) -> shares (count, bins), by a Gaussian of 5."""
    count, bins = int(random.integers(3, 6)), int(random.integers(7, 12))
    ab = random.uniform(-20, 20, (count, 2))
    centers = random.uniform(-20, 20, (bins, 2))
    squared = ((ab[:, None] - centers) ** 2).sum(axis=-1)
    near = np.exp(-squared / 50)
    turned = {(bins, count): "one row for each color, one column for each bin."}
    shares = shape("the shares", answer(ab, centers), (count, bins), turned)
    close(
        "the shares",
        shares,
        softmax(-squared / 50, axis=-1),
        {
            "they do not sum to 1 for each color: divide each row by its sum.": near,
            "they sum to 1 for each bin. They should for each color: axis=-1.": near
            / near.sum(axis=0),
            "they sum to 1 over all colors together. They should for each one: axis=-1.": near
            / near.sum(),
            "this goes by the distance. It should be its square.": softmax(
                -np.sqrt(squared) / 50, axis=-1
            ),
            "all goes to the nearest bin. The bins around it should get something, too.": (
                np.eye(bins)[squared.argmin(axis=-1)]
            ),
            "the distance is not divided by 2 · 5².": softmax(-squared, axis=-1),
            "the square of 5 is missing: divide by 2 · 5².": softmax(-squared / 10, axis=-1),
            "the 2 is missing: divide by 2 · 5².": softmax(-squared / 25, axis=-1),
            "the minus sign is missing: the farthest bin gets most.": softmax(
                squared / 50, axis=-1
            ),
        },
    )


@exercise
def rebalance(answer: Answer, random: np.random.Generator) -> None:
    """Check (frequency (Q,), mix) -> weights (Q,) with the mean 1 over points."""
    count = int(random.integers(5, 12))
    frequency = random.dirichlet(np.full(count, 0.5))
    frequency[0] = 0.0
    frequency /= frequency.sum()
    mix = float(random.uniform(0.2, 0.8))
    weight = 1 / ((1 - mix) * frequency + mix / count)
    exchanged = 1 / (mix * frequency + (1 - mix) / count)
    frequent = (1 - mix) * frequency + mix / count
    means = {
        "their mean over bins is 1. Over points it should be: sum of frequency · weight.": weight
        / weight.mean(),
        "they sum to 1. The sum of frequency · weight should.": weight / weight.sum(),
        "the mean over points is not 1 yet: divide by the sum of frequency · weight.": weight,
        "the mix is the wrong way round: mix goes with 1/Q.": exchanged
        / (frequency * exchanged).sum(),
        "frequent colors count more. The rare ones should: 1 / (...).": frequent
        / (frequency * frequent).sum(),
        "the uniform part is mix, and it should be mix / Q.": 1
        / ((1 - mix) * frequency + mix)
        / (frequency / ((1 - mix) * frequency + mix)).sum(),
    }
    close("the weights", answer(frequency, mix), weight / (frequency * weight).sum(), means)
    close("the weights with mix 1", answer(frequency, 1.0), np.ones(count))


@exercise
def annealed(answer: Answer, random: np.random.Generator) -> None:
    """Check (shares (..., bins), centers (bins, 2), temperature) -> ab (..., 2)."""
    height, width, bins = map(int, random.permutation(range(3, 8))[:3])
    shares = random.dirichlet(np.ones(bins), (height, width))
    shares[0, 0] = np.eye(bins)[0]  # all other shares are 0
    centers = random.uniform(-90, 90, (bins, 2))
    temperature = float(random.uniform(0.25, 0.6))

    def mean(sharpened: np.ndarray) -> np.ndarray:
        return sharpened / sharpened.sum(axis=-1, keepdims=True) @ centers

    bare = shares ** (1 / temperature)
    given = shape("ab", answer(shares, centers, temperature), (height, width, 2))
    close(
        "ab",
        given,
        mean(bare),
        {
            "the sharpened shares do not sum to 1, so the color shrinks.": bare @ centers,
            "the temperature is upside down: a low one makes the shares more alike.": mean(
                shares**temperature
            ),
            "the temperature is upside down, and the shares do not sum to 1 any more.": (
                shares**temperature @ centers
            ),
            "the temperature changes nothing: dividing all shares by it is undone by the sum.": (
                mean(shares)
            ),
            "the temperature divides the shares. It should divide their logarithms.": softmax(
                shares / temperature, axis=-1
            )
            @ centers,
            "this is the likeliest bin, as at temperature 0.": centers[shares.argmax(axis=-1)],
            "the shares are divided by the sum of all points. Each point has its own.": (
                bare / bare.sum() @ centers
            ),
        },
    )
    close("ab at temperature 1", answer(shares, centers, 1.0), shares @ centers)
    coldest = np.asarray(answer(shares, centers, 0.05), float)
    expect(np.allclose(coldest[0, 0], centers[0]), "a share of 1 should give its bin's center.")
