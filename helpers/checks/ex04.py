"""Exercises of lesson 04: steps, memory, and what a loss prefers."""

import numpy as np

from helpers.checks import Answer, close, exercise, several


@exercise
def step(answer: Answer, random: np.random.Generator) -> None:
    """Check (weight, shift, x, y, rate) -> weight and shift after one step of a line."""
    x, y = random.random((2, int(random.integers(4, 8))))
    weight, shift = random.normal(size=2).round(2)
    rate = float(random.uniform(0.1, 0.4))
    given = (float(weight), float(shift), x, y, rate)
    error = weight * x + shift - y
    new_weight, new_shift = several("the new weight and the new shift", answer(*given), 2)
    said = f"weight {weight}, shift {shift}"
    right = weight - rate * 2 * np.mean(error * x)
    close("the new weight", new_weight, right, answer.mistaken(*given, part=0), given=said)
    right = shift - rate * 2 * np.mean(error)
    close("the new shift", new_shift, right, answer.mistaken(*given, part=1), given=said)


@step.mistake("it goes up. The slopes point uphill: subtract them.")
def _(weight, shift, x, y, rate):
    error = weight * x + shift - y
    return weight + rate * 2 * np.mean(error * x), shift + rate * 2 * np.mean(error)


@step.mistake("the slope of a square is *twice* the error.")
def _(weight, shift, x, y, rate):
    error = weight * x + shift - y
    return weight - rate * np.mean(error * x), shift - rate * np.mean(error)


@step.mistake("this is the sum over the points. The loss is their mean.")
def _(weight, shift, x, y, rate):
    error = weight * x + shift - y
    return weight - rate * 2 * np.sum(error * x), shift - rate * 2 * np.sum(error)


@step.mistake("when the weight moves by 1, the guess moves by x: that is a factor of its slope.")
def _(weight, shift, x, y, rate):
    error = weight * x + shift - y
    return weight - rate * 2 * np.mean(error), shift - rate * 2 * np.mean(error)


@step.mistake("it looks at the weight after its step. Both slopes belong to the place before it.")
def _(weight, shift, x, y, rate):
    weight = weight - rate * 2 * np.mean((weight * x + shift - y) * x)
    return weight, shift - rate * 2 * np.mean(weight * x + shift - y)


@step.mistake("the new weight")
def _(weight, shift, x, y, rate):
    return weight, shift


@exercise
def momentum(answer: Answer, random: np.random.Generator) -> None:
    """Check (weights, slopes, direction, rate, keep) -> the new weights and direction."""
    weights, slopes, direction = random.normal(size=(3, int(random.integers(2, 6))))
    rate, keep = float(random.uniform(0.1, 0.5)), float(random.uniform(0.6, 0.95))
    given = (weights, slopes, direction, rate, keep)
    new_weights, new = several("the new weights and the new direction", answer(*given), 2)
    said = f"rate {rate:.2g} and keep {keep:.2g}"
    right = keep * direction + slopes
    close("the direction", new, right, answer.mistaken(*given, part=1), given=said)
    right = weights - rate * right
    close("the weights", new_weights, right, answer.mistaken(*given, part=0), given=said)


@momentum.mistake("they took the old direction. The new slopes count at once.")
def _(weights, slopes, direction, rate, keep):
    return weights - rate * direction, keep * direction + slopes


@momentum.mistake("keep is for the old direction alone; the new slopes count in full.")
def _(weights, slopes, direction, rate, keep):
    direction = keep * (direction + slopes)
    return weights - rate * direction, direction


@momentum.mistake("this is a mean, as Adam has it. Here the new slopes count in full.")
def _(weights, slopes, direction, rate, keep):
    direction = keep * direction + (1 - keep) * slopes
    return weights - rate * direction, direction


@momentum.mistake("nothing is forgotten: the old direction counts keep times.")
def _(weights, slopes, direction, rate, keep):
    direction = direction + slopes
    return weights - rate * direction, direction


@momentum.mistake("they go up. Subtract.")
def _(weights, slopes, direction, rate, keep):
    direction = keep * direction + slopes
    return weights + rate * direction, direction


@momentum.mistake("the step is as long as the direction. Multiply it by the rate.")
def _(weights, slopes, direction, rate, keep):
    direction = keep * direction + slopes
    return weights - direction, direction


@exercise
def best_answers(answer: Answer, random: np.random.Generator) -> None:
    """Check (first, second, share) -> the best answer by the squared and by the absolute error."""
    first, second = random.uniform(-80, 80, (2, 2)).round()
    share = float(random.choice([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9]))
    given = (first, second, share)
    squared, absolute = several("the best by squared, by absolute error", answer(*given), 2)
    said = f"share {share}"
    right = share * first + (1 - share) * second
    hints = answer.mistaken(*given, part=0)
    close("the best by the squared error", squared, right, hints, given=said)
    right = first if share > 0.5 else second
    hints = answer.mistaken(*given, part=1)
    close("the best by the absolute error", absolute, right, hints, given=said)


@best_answers.mistake("how often each is right does not count yet.")
def _(first, second, share):
    return (first + second) / 2, first if share > 0.5 else second


@best_answers.mistake("the share belongs to the first answer.")
def _(first, second, share):
    return (1 - share) * first + share * second, first if share > 0.5 else second


@best_answers.mistake("nothing between the two is better than the more frequent one.")
def _(first, second, share):
    mean = share * first + (1 - share) * second
    return mean, mean


@best_answers.mistake("this is the rarer one.")
def _(first, second, share):
    return share * first + (1 - share) * second, second if share > 0.5 else first


@best_answers.mistake("it takes no sides: that is what the absolute error does.")
def _(first, second, share):
    frequent = first if share > 0.5 else second
    return frequent, share * first + (1 - share) * second


@exercise
def highest_rate(answer: Answer, random: np.random.Generator) -> None:
    """Check (x) -> the rate above which the walk of one weight climbs."""
    x = random.uniform(0.2, 1.0, int(random.integers(3, 8))).round(2)
    said = f"x = {x.tolist()}"
    close("the rate", answer(x), 1 / np.mean(x**2), answer.mistaken(x), given=said)


@highest_rate.mistake("the slope of a square is *twice* the error: half of this is the limit.")
def _(x):
    return 2 / np.mean(x**2)


@highest_rate.mistake("at this rate one step lands on the bottom. How much longer may it be?")
def _(x):
    return 1 / (2 * np.mean(x**2))


@highest_rate.mistake("square first, then take the mean.")
def _(x):
    return 1 / np.mean(x) ** 2


@highest_rate.mistake("this is the sum of the squares. The loss takes their mean.")
def _(x):
    return 1 / np.sum(x**2)
