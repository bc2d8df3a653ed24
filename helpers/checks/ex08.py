"""Exercises of lesson 08: numbers that judge color, and intervals around them."""

import numpy as np
from skimage.color import deltaE_ciede2000

from helpers import color, metrics, turing
from helpers.checks import Answer, NotYet, array, close, exercise, expect, photo, several


@exercise
def worst(answer: Answer, random: np.random.Generator) -> None:
    """Check (guess, truth) -> the 98th percentile of the points' CIEDE2000."""
    size = tuple(random.integers(14, 20, 2))
    truth = photo(random, *size)
    guess = np.clip(truth + random.normal(0, 0.05, truth.shape), 0, 1).astype(np.float32)
    guess[: size[0] // 3, : size[1] // 3] = photo(random, 1, 1)
    labs = [color.rgb_to_lab(one) for one in (guess, truth)]
    points = deltaE_ciede2000(*labs)
    distances = np.linalg.norm(labs[0] - labs[1], axis=-1)
    close(
        "the number",
        answer(guess, truth),
        np.percentile(points, 98),
        {
            "this is the mean. Take the percentile of the points' differences.": points.mean(),
            "this is the largest difference: it hangs on a single point.": points.max(),
            "np.percentile counts in percent: 98, not 0.98.": np.percentile(points, 0.98),
            "deltaE_ciede2000 takes LAB. You give it RGB.": np.percentile(
                deltaE_ciede2000(guess, truth), 98
            ),
            "this is the plain distance in LAB. Take CIEDE2000.": np.percentile(distances, 98),
        },
        tolerance=1e-7,  # a small share in the wrong unit may come near
    )


@exercise
def gain(answer: Answer, random: np.random.Generator) -> None:
    """Check (guesses, truths) -> mean, low and high of what each photo gains over gray."""
    truths, guesses = [], []
    for strength in random.uniform(10, 35, 14):  # much color or little, but each gains alike
        L = random.uniform(40, 70, (6, 7, 1))
        ab = strength * random.choice([-1.0, 1.0], (6, 7, 2)) * random.uniform(0.7, 1, (6, 7, 2))
        truths.append(color.join(L, ab))
        guesses.append(color.join(L, ab * random.uniform(3, 5) / strength))
    gray = [metrics.ciede2000(color.to_gray(truth), truth) for truth in truths]
    off = [metrics.ciede2000(guess, truth) for guess, truth in zip(guesses, truths, strict=True)]
    gains = np.subtract(gray, off)
    mean, low, high = several("the mean, low and high", answer(guesses, truths), 3)
    close(
        "the mean",
        mean,
        gains.mean(),
        {
            "above zero should mean closer than gray. Change the sign.": -gains.mean(),
            "this is how far the guesses are. How far is gray?": np.mean(off),
            "this is how far gray is. How far are the guesses?": np.mean(gray),
            "this is a sum. Take the mean.": gains.sum(),
            "this is the gain of the first photo alone.": gains[0],
        },
    )
    right = metrics.bootstrap_interval(gains)
    of_gray, of_guess = metrics.bootstrap_interval(gray), metrics.bootstrap_interval(off)
    apart = (
        "you take an interval around each mean. Take the difference of each photo first, "
        "then one interval around these."
    )
    mistakes = [
        (apart, (of_gray[0] - of_guess[0], of_gray[1] - of_guess[1])),
        (apart, (of_gray[0] - of_guess[1], of_gray[1] - of_guess[0])),
        ("that is the interval of gray. Put it around the differences.", of_gray),
        ("that is the interval of the guesses. Put it around the differences.", of_guess),
        (
            "this is how far single photos stray. The interval of their mean is narrower.",
            (gains.mean() - gains.std(), gains.mean() + gains.std()),
        ),
        ("these are the worst and the best photo.", (gains.min(), gains.max())),
    ]
    ends = array("the interval", [low, high])
    allowed = 0.15 * (right[1] - right[0])  # a bootstrap draws at random
    if np.abs(ends - right).max() <= allowed:
        return
    for hint, mistaken in mistakes:
        expect(np.abs(ends - mistaken).max() > allowed, f"the interval: {hint}")
    raise NotYet(
        f"the interval is {ends[0]:.3g} to {ends[1]:.3g}, where it should be about "
        f"{right[0]:.3g} to {right[1]:.3g}."
    )


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
    close(
        "the fooling rate",
        rate,
        fooled / colored,
        {
            "you divide by all votes. Divide by the colored pictures alone.": fooled / len(votes),
            "you count real photos, too. Only the colored ones can fool.": (fooled + right)
            / len(votes),
            "this is the share of real photos called real.": right / real,
            "this is how often the judge was right.": (right + colored - fooled) / len(votes),
            "this is how often the judge was right on colored pictures.": 1 - fooled / colored,
            "this is a number of votes. Divide it by the number of colored pictures.": fooled,
            "only one way of coloring is counted. All but the real ones are colored.": sum(
                way == "U-Net" and answer == turing.REAL for way, answer in said
            )
            / max(1, sum(way == "U-Net" for way, _ in said)),
            "this is in percent. A share lies between 0 and 1.": 100 * fooled / colored,
        },
    )
    close(
        "the interval",
        [low, high],
        metrics.wilson_interval(fooled, colored),
        {
            "its count is that of all votes.": metrics.wilson_interval(fooled, len(votes)),
            "that is the normal approximation: with few votes it is wrong. Take Wilson's.": fooled
            / colored
            + np.array([-1.96, 1.96])
            * np.sqrt(fooled / colored * (1 - fooled / colored) / colored),
        },
        tolerance=5e-3,
    )


@exercise
def psnr(answer: Answer, random: np.random.Generator) -> None:
    """Check (guess, truth), both of bytes -> PSNR in dB."""
    size = tuple(random.integers(6, 12, 2))
    truth = random.integers(0, int(random.integers(150, 230)), (*size, 3), dtype=np.uint8)
    strength = random.uniform(10, 40)
    guess = np.clip(truth + random.normal(0, strength, truth.shape), 0, 255).astype(np.uint8)
    error = guess.astype(float) - truth
    mse = np.mean(error**2)
    late = np.mean((guess - truth).astype(float) ** 2)
    close(
        "the PSNR",
        answer(guess, truth),
        10 * np.log10(255**2 / mse),
        {
            "bytes have no minus: 3 - 5 is 254. Turn both into float before you subtract.": 10
            * np.log10(255**2 / np.mean((guess - truth) ** 2)),
            "you turn into float after subtracting. It has overflowed by then.": 10
            * np.log10(255**2 / late),
            "the peak of bytes is 255, not 1.": 10 * np.log10(1 / mse),
            "the peak is 255 for all photos, not the largest value of this one.": 10
            * np.log10(float(truth.max()) ** 2 / mse),
            "255 has to be squared, as the error is.": 10 * np.log10(255 / mse),
            "decibels take the logarithm of base 10: np.log10.": 10 * np.log(255**2 / mse),
            "it is 10 times the logarithm of the squares, or 20 times that of the roots.": 20
            * np.log10(255**2 / mse),
            "these are tenths of it: decibels are 10 times the logarithm.": np.log10(255**2 / mse),
            "the sign is wrong: less error is more decibels.": 10 * np.log10(mse / 255**2),
            "you take the mean of absolute errors. Square them.": 20
            * np.log10(255 / np.abs(error).mean()),
            "this is the mse. Take its logarithm.": mse,
        },
    )
