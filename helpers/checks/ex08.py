"""Exercises of lesson 08: numbers that judge color, and intervals around them."""

from collections.abc import Sequence

import numpy as np
from skimage.color import deltaE_ciede2000

from helpers import color, metrics, turing
from helpers.checks import Answer, close, exercise, photo, several, shape


@exercise
def worst(answer: Answer, random: np.random.Generator) -> None:
    """Check (guess, truth) -> the 98th percentile of the points' CIEDE2000."""
    size = tuple(random.integers(14, 20, 2))
    truth = photo(random, *size)
    guess = np.clip(truth + random.normal(0, 0.05, truth.shape), 0, 1).astype(np.float32)
    guess[: size[0] // 3, : size[1] // 3] = photo(random, 1, 1)
    given = f"photos of {size[0]} x {size[1]}"
    number = shape("the number", answer(guess, truth), ())
    differences = points(guess, truth)
    ends = [np.percentile(differences, 98, method=end) for end in ("lower", "higher")]
    if ends[0] * (1 - 1e-6) <= number <= ends[1] * (1 + 1e-6):  # 98 % lie below any of these
        return
    mistakes = answer.mistaken(guess, truth)
    right = np.percentile(differences, 98)
    close("the number", number, right, mistakes, tolerance=1e-7, given=given)


def points(guess: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the CIEDE2000 of each point of two RGB photos."""
    return deltaE_ciede2000(color.rgb_to_lab(guess), color.rgb_to_lab(truth))


@worst.mistake("this is the mean. Take the percentile of the points' differences.")
def _(guess, truth):
    return np.percentile(metrics.ciede2000(guess, truth), 98)


@worst.mistake("this is the largest difference: it hangs on a single point.")
def _(guess, truth):
    return points(guess, truth).max()


@worst.mistake("np.percentile counts in percent: 98, not 0.98.")
def _(guess, truth):
    return np.percentile(points(guess, truth), 0.98)


@worst.mistake("deltaE_ciede2000 takes LAB. You give it RGB.")
def _(guess, truth):
    return np.percentile(deltaE_ciede2000(guess, truth), 98)


@worst.mistake("this is the plain distance in LAB. Take CIEDE2000.")
def _(guess, truth):
    off = color.rgb_to_lab(guess) - color.rgb_to_lab(truth)
    return np.percentile(np.linalg.norm(off, axis=-1), 98)


@exercise
def gain(answer: Answer, random: np.random.Generator) -> None:
    """Check (guesses, truths) -> mean, low and high of what each photo gains over gray."""
    truths, guesses = [], []
    for strength in random.uniform(10, 35, 30):  # much color or little, but each gains alike
        L = random.uniform(40, 70, (6, 7, 1))
        ab = strength * random.choice([-1.0, 1.0], (6, 7, 2)) * random.uniform(0.7, 1, (6, 7, 2))
        truths.append(color.join(L, ab))
        guesses.append(color.join(L, ab * random.uniform(3, 5) / strength))
    gains = np.subtract(*_errors(guesses, truths))
    mean, low, high = several("the mean, low and high", answer(guesses, truths), 3)
    given = f"{len(gains)} photos"
    close("the mean", mean, gains.mean(), answer.mistaken(guesses, truths, part=0), given=given)
    right = metrics.bootstrap_interval(gains)
    mistakes = ((words, ends[1:]) for words, ends in answer.mistaken(guesses, truths))
    width = right[1] - right[0]  # a bootstrap draws at random; that of 90 % lies 8 % inside
    tolerance = 0.065 * width / max(map(abs, right))
    close("the interval", [low, high], right, mistakes, tolerance, given)


def _errors(guesses: Sequence, truths: Sequence) -> tuple[list[float], list[float]]:
    """Return the color differences of gray, and of the guesses."""
    gray = [metrics.ciede2000(color.to_gray(truth), truth) for truth in truths]
    off = [metrics.ciede2000(guess, truth) for guess, truth in zip(guesses, truths, strict=True)]
    return gray, off


@gain.mistake("above zero should mean closer than gray. Change the sign.")
def _(guesses, truths):
    gray, off = _errors(guesses, truths)
    gains = np.subtract(off, gray)
    return gains.mean(), *metrics.bootstrap_interval(gains)


@gain.mistake("this is how far the guesses are. How far is gray?")
def _(guesses, truths):
    _, off = _errors(guesses, truths)
    return np.mean(off), *metrics.bootstrap_interval(off)


@gain.mistake("this is how far gray is. How far are the guesses?")
def _(guesses, truths):
    gray, _ = _errors(guesses, truths)
    return np.mean(gray), *metrics.bootstrap_interval(gray)


@gain.mistake("this is a sum. Take the mean.")
def _(guesses, truths):
    gains = np.subtract(*_errors(guesses, truths))
    return gains.sum(), *metrics.bootstrap_interval(gains)


@gain.mistake("this is the gain of the first photo alone.")
def _(guesses, truths):
    gains = np.subtract(*_errors(guesses, truths))
    return gains[0], *metrics.bootstrap_interval(gains)


@gain.mistake(
    "you take an interval around each mean. Take the difference of each photo first, "
    "then one interval around these."
)
def _(guesses, truths):
    gray, off = _errors(guesses, truths)
    (a, b), (c, d) = metrics.bootstrap_interval(gray), metrics.bootstrap_interval(off)
    return np.mean(gray) - np.mean(off), a - d, b - c


@gain.mistake(
    "you take the difference of two intervals. Take the difference of each photo first, "
    "then one interval around these."
)
def _(guesses, truths):
    gray, off = _errors(guesses, truths)
    ends = np.subtract(metrics.bootstrap_interval(gray), metrics.bootstrap_interval(off))
    return np.mean(gray) - np.mean(off), *ends


@gain.mistake("that is the interval of gray. Put it around the differences.")
def _(guesses, truths):
    gray, off = _errors(guesses, truths)
    return np.mean(gray) - np.mean(off), *metrics.bootstrap_interval(gray)


@gain.mistake("that is the interval of the guesses. Put it around the differences.")
def _(guesses, truths):
    gray, off = _errors(guesses, truths)
    return np.mean(gray) - np.mean(off), *metrics.bootstrap_interval(off)


@gain.mistake("this is how far single photos stray. The interval of their mean is narrower.")
def _(guesses, truths):
    gains = np.subtract(*_errors(guesses, truths))
    return gains.mean(), gains.mean() - gains.std(), gains.mean() + gains.std()


@gain.mistake("these are the worst and the best photo.")
def _(guesses, truths):
    gains = np.subtract(*_errors(guesses, truths))
    return gains.mean(), gains.min(), gains.max()


@gain.mistake("that is the 90 % interval. The middle 95 percent reach from 2.5 to 97.5.")
def _(guesses, truths):
    gains = np.subtract(*_errors(guesses, truths))
    draws = np.random.default_rng(0).choice(gains, (9999, len(gains)))
    return gains.mean(), *np.percentile(draws.mean(axis=1), [5, 95])


@gain.mistake("return 3 things")
def _(guesses, truths):
    gains = np.subtract(*_errors(guesses, truths))
    return gains.mean(), metrics.bootstrap_interval(gains)


@exercise
def fooling(answer: Answer, random: np.random.Generator) -> None:
    """Check (votes) -> the share of colored pictures called real, with Wilson's interval."""
    # an odd number, so that one way of coloring alone never has the share of both
    real, colored = int(random.integers(12, 16)), int(random.choice([7, 9, 11]))
    right, fooled = int(random.integers(8, 11)), int(random.integers(1, 3))
    ways = ["U-Net", "one dot"]
    said = [("real", turing.REAL)] * right + [("real", turing.COLORED)] * (real - right)
    said += [(ways[i % 2], turing.REAL) for i in range(fooled)]
    said += [(ways[i % 2], turing.COLORED) for i in range(colored - fooled)]
    votes = [
        turing.Vote(str(i), *said[place]) for i, place in enumerate(random.permutation(len(said)))
    ]
    rate, low, high = several("the rate, low and high", answer(votes), 3)
    given = f"{real} real and {colored} colored pictures"
    mistaken_rates = answer.mistaken(votes, part=0)
    close("the fooling rate", rate, fooled / colored, mistaken_rates, given=given)
    mistakes = ((words, ends[1:]) for words, ends in answer.mistaken(votes))
    close("the interval", [low, high], metrics.wilson_interval(fooled, colored), mistakes, 5e-3)


def _fooled(votes: Sequence[turing.Vote]) -> tuple[int, int]:
    """Return how many colored pictures were called real, and how many there were."""
    answers = [vote.answer for vote in votes if vote.way != turing.REAL]
    return answers.count(turing.REAL), len(answers)


@fooling.mistake("you divide by all votes. Divide by the colored pictures alone.")
def _(votes):
    fooled, _ = _fooled(votes)
    return fooled / len(votes), *metrics.wilson_interval(fooled, len(votes))


@fooling.mistake("you count real photos, too. Only the colored ones can fool.")
def _(votes):
    called = sum(vote.answer == "real" for vote in votes)
    return called / len(votes), *metrics.wilson_interval(called, len(votes))


@fooling.mistake("this is the share of real photos called real.")
def _(votes):
    answers = [vote.answer for vote in votes if vote.way == "real"]
    called = answers.count("real")
    return called / len(answers), *metrics.wilson_interval(called, len(answers))


@fooling.mistake("this is how often the judge was right.")
def _(votes):
    right = sum((vote.way == "real") == (vote.answer == "real") for vote in votes)
    return right / len(votes), *metrics.wilson_interval(right, len(votes))


@fooling.mistake("this is how often the judge was right on colored pictures.")
def _(votes):
    fooled, count = _fooled(votes)
    return 1 - fooled / count, *metrics.wilson_interval(count - fooled, count)


@fooling.mistake("this is a number of votes. Divide it by the number of colored pictures.")
def _(votes):
    fooled, count = _fooled(votes)
    return fooled, *metrics.wilson_interval(fooled, count)


@fooling.mistake("only one way of coloring is counted. All but the real ones are colored.")
def _(votes):
    answers = [vote.answer for vote in votes if vote.way == "U-Net"]
    fooled = answers.count("real")
    return fooled / len(answers), *metrics.wilson_interval(fooled, len(answers))


@fooling.mistake("this is in percent. A share lies between 0 and 1.")
def _(votes):
    fooled, count = _fooled(votes)
    return 100 * fooled / count, *(100 * end for end in metrics.wilson_interval(fooled, count))


@fooling.mistake("its count is that of all votes.")
def _(votes):
    fooled, count = _fooled(votes)
    return fooled / count, *metrics.wilson_interval(fooled, len(votes))


@fooling.mistake("that is the normal approximation: with few votes it is wrong. Take Wilson's.")
def _(votes):
    fooled, count = _fooled(votes)
    rate = fooled / count
    reach = 1.96 * np.sqrt(rate * (1 - rate) / count)
    return rate, rate - reach, rate + reach


@exercise
def psnr(answer: Answer, random: np.random.Generator) -> None:
    """Check (guess, truth), both of bytes -> PSNR in dB."""
    size = tuple(random.integers(6, 12, 2))
    truth = random.integers(0, int(random.integers(150, 230)), (*size, 3), dtype=np.uint8)
    strength = random.uniform(20, 40)
    guess = np.clip(truth + random.normal(0, strength, truth.shape), 0, 255).astype(np.uint8)
    truth[0], guess[0] = 0, 255  # a row whose squares only floats and large integers hold
    right = 10 * np.log10(255**2 / np.mean((guess.astype(float) - truth) ** 2))
    given = f"photos of {size[0]} x {size[1]} in bytes"
    close("the PSNR", answer(guess, truth), right, answer.mistaken(guess, truth), given=given)


def _mse(guess: np.ndarray, truth: np.ndarray) -> float:
    return np.mean((guess.astype(float) - truth) ** 2)


@psnr.mistake("bytes have no minus: 3 - 5 is 254. Turn both into float before you subtract.")
def _(guess, truth):
    return 10 * np.log10(255**2 / np.mean((guess - truth) ** 2))


@psnr.mistake("you turn into float after subtracting. It has overflowed by then.")
def _(guess, truth):
    return 10 * np.log10(255**2 / np.mean((guess - truth).astype(float) ** 2))


@psnr.mistake("int16 ends at 32,767, and 200 squared is 40,000. Turn both into float.")
def _(guess, truth):
    error = guess.astype(np.int16) - truth.astype(np.int16)
    return 10 * np.log10(255**2 / np.mean(error**2))


@psnr.mistake("the peak of bytes is 255, not 1.")
def _(guess, truth):
    return 10 * np.log10(1 / _mse(guess, truth))


@psnr.mistake("the peak is 255 for all photos, not the largest value of this one.")
def _(guess, truth):
    return 10 * np.log10(float(truth.max()) ** 2 / _mse(guess, truth))


@psnr.mistake("255 has to be squared, as the error is.")
def _(guess, truth):
    return 10 * np.log10(255 / _mse(guess, truth))


@psnr.mistake("decibels take the logarithm of base 10: np.log10.")
def _(guess, truth):
    return 10 * np.log(255**2 / _mse(guess, truth))


@psnr.mistake("it is 10 times the logarithm of the squares, or 20 times that of the roots.")
def _(guess, truth):
    return 20 * np.log10(255**2 / _mse(guess, truth))


@psnr.mistake("these are tenths of it: decibels are 10 times the logarithm.")
def _(guess, truth):
    return np.log10(255**2 / _mse(guess, truth))


@psnr.mistake("the sign is wrong: less error is more decibels.")
def _(guess, truth):
    return 10 * np.log10(_mse(guess, truth) / 255**2)


@psnr.mistake("you take the mean of absolute errors. Square them.")
def _(guess, truth):
    return 20 * np.log10(255 / np.abs(guess.astype(float) - truth).mean())


@psnr.mistake("this is the mse. Take its logarithm.")
def _(guess, truth):
    return _mse(guess, truth)
