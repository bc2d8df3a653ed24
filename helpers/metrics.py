"""How close a colored photo is to the truth (mse on ab, PSNR, SSIM, CIEDE2000), and how colorful.

Every function of two photos takes RGB in [0, 1] of one shape (H, W, 3): the guess, then the truth.
A gray photo is the baseline to beat: ``color.to_gray(truth)`` scored by the same functions.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import scipy  # loads scipy.stats when a lesson first asks
import skimage  # loads skimage.metrics, and with it scipy.stats (0.8 s), when a lesson first asks
from skimage.color import deltaE_ciede2000

from helpers import color


def mse_ab(guess: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean squared error of ab / 128, the loss of the course's first network."""
    difference = color.split(guess)[1] - color.split(truth)[1]
    return float(np.mean((difference / color.AB_SCALE) ** 2))


def psnr(guess: np.ndarray, truth: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of RGB in dB; higher is better."""
    with np.errstate(divide="ignore"):  # infinite for the truth itself
        return float(skimage.metrics.peak_signal_noise_ratio(truth, guess, data_range=1))


def ssim(guess: np.ndarray, truth: np.ndarray) -> float:
    """Return the structural similarity of RGB, at most 1 (Wang et al. 2004); higher is better."""
    return float(skimage.metrics.structural_similarity(truth, guess, data_range=1, channel_axis=-1))


def ciede2000(guess: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean CIEDE2000 color difference (Sharma et al. 2005); lower is better.

    Its unit is a perceived step: about 1 is the smallest difference people notice side by side.
    """
    return float(deltaE_ciede2000(color.rgb_to_lab(guess), color.rgb_to_lab(truth)).mean())


def colorfulness(photo: np.ndarray) -> float:
    """Return how colorful people find an RGB photo (H, W, 3): 0 is gray, 33 moderate, 82 high.

    Source: Hasler and Suesstrunk, "Measuring colorfulness in natural images" (2003), M3 of
    RGB in 0..255.
    """
    red, green, blue = np.moveaxis(photo * 255, -1, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    spread, mean = opponents.std(axis=(1, 2)), opponents.mean(axis=(1, 2))
    return float(np.linalg.norm(spread) + 0.3 * np.linalg.norm(mean))


def bleeding(photo: np.ndarray) -> float:
    """Return which share of the change in a and b lies where L is even, at most 1.

    Even are the 70 % of an RGB photo (H, W, 3) where L changes least; H and W are 2 or more. True
    photos have some of it, for a border may lie between two colors of one lightness; more is
    color that spills. The measure is this course's own.
    """
    L, a, b = np.moveaxis(color.rgb_to_lab(photo), -1, 0)
    light, chroma = _change(L), _change(a) + _change(b)
    return float(chroma[light <= np.percentile(light, 70)].sum() / max(chroma.sum(), 1e-6))


def _change(plane: np.ndarray) -> np.ndarray:
    """Return how steep a plane is at each point, once noise is smoothed away."""
    return np.hypot(*np.gradient(scipy.ndimage.gaussian_filter(plane, 1)))


MEASURES = {
    "PSNR": psnr,
    "SSIM": ssim,
    "CIEDE2000": ciede2000,
    "colorfulness": lambda guess, truth: colorfulness(guess),
}


def scores(guess: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return PSNR, SSIM, CIEDE2000 and the guess's colorfulness, by name."""
    return {name: measure(guess, truth) for name, measure in MEASURES.items()}


def mean_scores(guesses: Iterable[np.ndarray], truths: Iterable[np.ndarray]) -> dict[str, float]:
    """Return the mean of each of ``scores`` over pairs of photos, by name."""
    each = [scores(guess, truth) for guess, truth in zip(guesses, truths, strict=True)]
    return {name: float(np.mean([one[name] for one in each])) for name in each[0]}


def differences(
    measure: str,
    before: Iterable[np.ndarray],
    after: Iterable[np.ndarray],
    truths: Iterable[np.ndarray],
) -> np.ndarray:
    """Return how much higher one of ``scores`` is after than before, photo by photo: (photos,)."""
    score = MEASURES[measure]
    triples = zip(before, after, truths, strict=True)
    return np.array([score(new, truth) - score(old, truth) for old, new, truth in triples])


def bootstrap_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % confidence interval of a mean: what other photos might have given.

    Source: Efron, "Bootstrap methods" (1979): draw as many values again, with repeats, and look
    where the means of 9,999 such draws lie (their 2.5 and 97.5 percentiles).
    """
    drawn = scipy.stats.bootstrap((values,), np.mean, method="percentile", rng=0)
    return tuple(map(float, drawn.confidence_interval))


def compared(
    guesses: Iterable[np.ndarray], others: Iterable[np.ndarray], truths: Iterable[np.ndarray]
) -> str:
    """Say whether ``guesses`` are closer to the truths than ``others``, photo by photo.

    The words name the mean gain in CIEDE2000 and its interval: if 0 lies in that, it is a tie.
    """
    gains = differences("CIEDE2000", guesses, others, truths)
    low, high = bootstrap_interval(gains)
    verdict = "closer" if low > 0 else "farther" if high < 0 else "a tie"
    better = sum(gain > 0 for gain in gains)
    return (
        f"{verdict}, {np.mean(gains):+.2f} ({low:+.2f} to {high:+.2f}), "
        f"better on {better} of {len(gains)} photos"
    )


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, ``hits`` of ``count``, as two shares.

    Source: Wilson, "Probable inference" (1927), which holds for few votes, too.
    """
    return tuple(map(float, scipy.stats.binomtest(hits, count).proportion_ci(method="wilson")))
