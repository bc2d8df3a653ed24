"""Exercises of lesson 12: what one does with shares of bins."""

import numpy as np
from scipy.special import softmax

from helpers.checks import Answer, close, exercise, expect, shape


@exercise
def annealed(answer: Answer, random: np.random.Generator) -> None:
    """Check (shares (..., bins), centers (bins, 2), temperature) -> ab (..., 2)."""
    height, width, bins = map(int, random.permutation(range(3, 8))[:3])
    shares = random.dirichlet(np.ones(bins), (height, width))
    shares[0, 0] = np.eye(bins)[0]  # all other shares are 0
    centers = random.uniform(-90, 90, (bins, 2))
    temperature = float(random.choice([0.25, 0.4, 0.6]))
    given = (shares, centers, temperature)
    ab = shape("ab", answer(*given), (height, width, 2))
    right = _even(shares ** (1 / temperature)) @ centers
    close("ab", ab, right, answer.mistaken(*given), given=f"temperature {temperature}")
    close("ab", answer(shares, centers, 1.0), shares @ centers, given="temperature 1")
    coldest = np.asarray(answer(shares, centers, 0.05), float)
    expect(np.allclose(coldest[0, 0], centers[0]), "a share of 1 should give its bin's center.")


def _even(shares: np.ndarray) -> np.ndarray:
    return shares / shares.sum(axis=-1, keepdims=True)


@annealed.mistake("the sharpened shares do not sum to 1, so the color shrinks.")
def _(shares, centers, temperature):
    return shares ** (1 / temperature) @ centers


@annealed.mistake("the temperature is upside down: a low one makes the shares more alike.")
def _(shares, centers, temperature):
    return _even(shares**temperature) @ centers


@annealed.mistake("the temperature is upside down, and the shares do not sum to 1 any more.")
def _(shares, centers, temperature):
    return shares**temperature @ centers


@annealed.mistake(
    "the temperature changes nothing: dividing all shares by it is undone by the sum."
)
def _(shares, centers, temperature):
    return _even(shares / temperature) @ centers


@annealed.mistake("the temperature divides the shares. It should divide their logarithms.")
def _(shares, centers, temperature):
    return softmax(shares / temperature, axis=-1) @ centers


@annealed.mistake("this is the likeliest bin, as at temperature 0.")
def _(shares, centers, temperature):
    return centers[shares.argmax(axis=-1)]


@annealed.mistake("the shares are divided by the sum of all points. Each point has its own.")
def _(shares, centers, temperature):
    sharpened = shares ** (1 / temperature)
    return sharpened / sharpened.sum() @ centers


@annealed.mistake("stops with")
def _(shares, centers, temperature):
    sharpened = shares ** (1 / temperature)
    return sharpened / sharpened.sum(axis=-1) @ centers


@exercise
def doubt(answer: Answer, random: np.random.Generator) -> None:
    """Check shares (..., bins), some of them 0 -> their entropy in bits (...)."""
    height, width, bins = map(int, random.permutation(range(4, 9))[:3])
    shares = random.dirichlet(np.full(bins, 0.7), (height, width))
    shares[0, 0] = 1 / bins
    shares[0, 1] = np.eye(bins)[1]  # all other shares are 0
    hints = {
        (height, width, bins): "this has a number for each bin. Add up the bins: axis=-1.",
        (): "one number for all points. Each point has its own: axis=-1.",
    }
    bits = shape("the doubt", answer(shares), (height, width), hints)
    close("the doubt", bits, _bits(shares).sum(axis=-1), answer.mistaken(shares))


def _bits(shares: np.ndarray) -> np.ndarray:
    return -shares * np.log2(np.where(shares > 0, shares, 1))


@doubt.mistake("this is not in bits. Take the logarithm to the base 2: np.log2.")
def _(shares):
    return -np.sum(shares * np.log(shares + 1e-12), axis=-1)


@doubt.mistake("it is below zero: the minus sign is missing.")
def _(shares):
    return np.sum(shares * np.log2(shares + 1e-12), axis=-1)


@doubt.mistake("this is the mean over the bins. Take their sum.")
def _(shares):
    return _bits(shares).mean(axis=-1)


@doubt.mistake("each logarithm counts alike. It should count by its share.")
def _(shares):
    return -np.sum(np.log2(shares + 1e-9), axis=-1)


@doubt.mistake("this asks the largest share alone. Two large shares are more doubt than one.")
def _(shares):
    return -np.log2(shares.max(axis=-1))


@doubt.mistake("not finite")
def _(shares):
    with np.errstate(all="ignore"):
        return -np.sum(shares * np.log2(shares), axis=-1)


@doubt.mistake("Each point has its own")
def _(shares):
    return _bits(shares).sum()


@exercise
def take_back(answer: Answer, random: np.random.Generator) -> None:
    """Check (logits (..., bins), weight (bins,), part) -> logits (..., bins)."""
    height, width, bins = map(int, random.permutation(range(3, 8))[:3])
    logits = random.normal(0, 3, (height, width, bins))
    weight = random.uniform(0.2, 6, bins)
    part = float(random.choice([0.35, 0.6, 0.7]))
    result = shape("the logits", answer(logits, weight, part), logits.shape)
    right = logits - part * np.log(weight)
    close(
        "the logits",
        result,
        right,
        answer.mistaken(logits, weight, part),
        given=f"part {part}",
    )
    close("the logits", answer(logits, weight, 0.0), logits, given="part 0")


@take_back.mistake("this adds. Rare colors have too much, so subtract.")
def _(logits, weight, part):
    return logits + part * np.log(weight)


@take_back.mistake("this divides the logits. Shares are divided; of logits subtract a logarithm.")
def _(logits, weight, part):
    return logits / weight**part


@take_back.mistake("this takes all back. The part goes before the logarithm.")
def _(logits, weight, part):
    return logits - np.log(weight)


@take_back.mistake("the weights are subtracted. Subtract their logarithm.")
def _(logits, weight, part):
    return logits - part * weight


@take_back.mistake("the part is inside of the logarithm. It goes before it.")
def _(logits, weight, part):
    return logits - np.log(part * weight)


@take_back.mistake("these are shares. Return logits.")
def _(logits, weight, part):
    return softmax(logits - part * np.log(weight), axis=-1)


@exercise
def draw_alike(answer: Answer, random: np.random.Generator) -> None:
    """Check (logits (h, w, bins), centers (bins, 2), even (bins,)) -> ab (h, w, 2)."""
    height, width, bins = (int(random.integers(*span)) for span in ((5, 7), (8, 10), (11, 14)))
    logits = random.normal(0, 1.5, (height, width, bins))
    centers = random.uniform(-90, 90, (bins, 2))
    even = random.uniform(0.02, 0.98, bins)
    given = (logits, centers, even)
    hints = {(height, width): "these are the numbers of the bins. Return their centers."}
    ab = shape("ab", answer(*given), (height, width, 2), hints)
    right = centers[(logits - np.log(-np.log(even))).argmax(axis=-1)]
    close("ab", ab, right, answer.mistaken(*given))


@draw_alike.mistake("there is no noise: this is the likeliest bin.")
def _(logits, centers, even):
    return centers[logits.argmax(axis=-1)]


@draw_alike.mistake("the even numbers are added as they are. Make Gumbel noise of them first.")
def _(logits, centers, even):
    return centers[(logits + even).argmax(axis=-1)]


@draw_alike.mistake("the minus before the outer logarithm is missing.")
def _(logits, centers, even):
    return centers[(logits + np.log(-np.log(even))).argmax(axis=-1)]


@draw_alike.mistake("one logarithm is missing: there are two in the noise.")
def _(logits, centers, even):
    return centers[(logits - np.log(even)).argmax(axis=-1)]


@draw_alike.mistake("the noise is added to the shares. Add it to the logits.")
def _(logits, centers, even):
    return centers[(softmax(logits, axis=-1) - np.log(-np.log(even))).argmax(axis=-1)]


@draw_alike.mistake("this is a mean of the centers. Take the one center that wins.")
def _(logits, centers, even):
    return softmax(logits - np.log(-np.log(even)), axis=-1) @ centers


@draw_alike.mistake("Return their centers")
def _(logits, centers, even):
    return (logits - np.log(-np.log(even))).argmax(axis=-1)
