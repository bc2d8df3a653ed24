"""Typical wrong answers to ex08: for each, words of the feedback it must get, and its code."""

WRONG = {
    "worst": [
        (
            "this is the mean",
            """
def worst(guess, truth):
    return np.percentile(metrics.ciede2000(guess, truth), 98)
""",
        ),
        (
            "a single point",
            """
def worst(guess, truth):
    return deltaE_ciede2000(color.rgb_to_lab(guess), color.rgb_to_lab(truth)).max()
""",
        ),
        (
            "98, not 0.98",
            """
def worst(guess, truth):
    points = deltaE_ciede2000(color.rgb_to_lab(guess), color.rgb_to_lab(truth))
    return np.percentile(points, 0.98)
""",
        ),
        (
            "takes LAB",
            """
def worst(guess, truth):
    return np.percentile(deltaE_ciede2000(guess, truth), 98)
""",
        ),
        (
            "the plain distance",
            """
def worst(guess, truth):
    off = color.rgb_to_lab(guess) - color.rgb_to_lab(truth)
    return np.percentile(np.linalg.norm(off, axis=-1), 98)
""",
        ),
        (
            "where it should be",
            """
def worst(guess, truth):
    return 45.9
""",
        ),
    ],
    "gain": [
        (
            "Change the sign",
            """
def gain(guesses, truths):
    gains = [
        metrics.ciede2000(guess, truth) - metrics.ciede2000(color.to_gray(truth), truth)
        for guess, truth in zip(guesses, truths)
    ]
    return np.mean(gains), *metrics.bootstrap_interval(gains)
""",
        ),
        (
            "How far is gray?",
            """
def gain(guesses, truths):
    off = [metrics.ciede2000(guess, truth) for guess, truth in zip(guesses, truths)]
    return np.mean(off), *metrics.bootstrap_interval(off)
""",
        ),
        (
            "an interval around each mean",
            """
def gain(guesses, truths):
    gray = [metrics.ciede2000(color.to_gray(truth), truth) for truth in truths]
    off = [metrics.ciede2000(guess, truth) for guess, truth in zip(guesses, truths)]
    (a, b), (c, d) = metrics.bootstrap_interval(gray), metrics.bootstrap_interval(off)
    return np.mean(gray) - np.mean(off), a - d, b - c
""",
        ),
        (
            "single photos stray",
            """
def gain(guesses, truths):
    gray = [metrics.ciede2000(color.to_gray(truth), truth) for truth in truths]
    off = [metrics.ciede2000(guess, truth) for guess, truth in zip(guesses, truths)]
    gains = np.subtract(gray, off)
    return gains.mean(), gains.mean() - gains.std(), gains.mean() + gains.std()
""",
        ),
        (
            "return 3 things",
            """
def gain(guesses, truths):
    gains = [
        metrics.ciede2000(color.to_gray(truth), truth) - metrics.ciede2000(guess, truth)
        for guess, truth in zip(guesses, truths)
    ]
    return np.mean(gains), metrics.bootstrap_interval(gains)
""",
        ),
        (
            "where it should be",
            """
def gain(guesses, truths):
    return 2.2, 0.6, 3.8
""",
        ),
    ],
    "fooling": [
        (
            "divide by all votes",
            """
def fooling(votes):
    fooled = sum(vote.way != "real" and vote.answer == "real" for vote in votes)
    return fooled / len(votes), *metrics.wilson_interval(fooled, len(votes))
""",
        ),
        (
            "you count real photos, too",
            """
def fooling(votes):
    called = sum(vote.answer == "real" for vote in votes)
    return called / len(votes), *metrics.wilson_interval(called, len(votes))
""",
        ),
        (
            "how often the judge was right",
            """
def fooling(votes):
    answers = [vote.answer for vote in votes if vote.way != "real"]
    seen = answers.count("colored")
    return seen / len(answers), *metrics.wilson_interval(seen, len(answers))
""",
        ),
        (
            "the normal approximation",
            """
def fooling(votes):
    answers = [vote.answer for vote in votes if vote.way != "real"]
    rate = answers.count("real") / len(answers)
    reach = 1.96 * np.sqrt(rate * (1 - rate) / len(answers))
    return rate, rate - reach, rate + reach
""",
        ),
        (
            "should be",
            """
def fooling(votes):
    return 0.61, 0.31, 0.83
""",
        ),
    ],
    "psnr": [
        (
            "bytes have no minus",
            """
def psnr(guess, truth):
    return believed(guess, truth)
""",
        ),
        (
            "overflowed by then",
            """
def psnr(guess, truth):
    return 10 * np.log10(255**2 / np.mean((guess - truth).astype(float) ** 2))
""",
        ),
        (
            "255, not 1",
            """
def psnr(guess, truth):
    return 10 * np.log10(1 / np.mean((guess.astype(float) - truth) ** 2))
""",
        ),
        (
            "the largest value of this one",
            """
def psnr(guess, truth):
    error = guess.astype(float) - truth
    return 10 * np.log10(float(truth.max()) ** 2 / np.mean(error**2))
""",
        ),
        (
            "base 10",
            """
def psnr(guess, truth):
    return 10 * np.log(255**2 / np.mean((guess.astype(float) - truth) ** 2))
""",
        ),
        (
            "20 times that of the roots",
            """
def psnr(guess, truth):
    return 20 * np.log10(255**2 / np.mean((guess.astype(float) - truth) ** 2))
""",
        ),
        (
            "the PSNR",
            """
def psnr(guess, truth):
    return 19.5
""",
        ),
    ],
}
