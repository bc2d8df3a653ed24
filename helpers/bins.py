"""Color as a choice among bins: cells of the ab plane that hold colors a screen can show.

A network that chooses gives every bin a number (a logit). ``soft`` writes the truth as shares of
the bins, ``loss`` compares the two, and ``annealed_mean`` makes one color of the network's answer.

Source: Zhang, Isola and Efros, "Colorful image colorization" (2016).
"""

from collections.abc import Callable, Iterable

import numpy as np
from keras import ops

from helpers import color

STEP = 10  # a bin's side, in units of a and b
SIGMA = 5.0  # how far a color's share spreads to the bins around it, in the same units
UNIFORM = 0.5  # lambda: how much of the uniform distribution the weights mix in


def in_gamut(step: int = STEP) -> np.ndarray:
    """Count out the bins: return the centers (Q, 2) that a screen shows at some L of 1..99."""
    ticks = np.arange(-110 // step * step, 111, step, dtype=np.float32)
    L, a, b = np.meshgrid(np.arange(1, 100, dtype=np.float32), ticks, ticks, indexing="ij")
    shown = color.in_gamut(np.stack([L, a, b], axis=-1)).any(axis=0)
    return np.stack([a[0], b[0]], axis=-1)[shown]


CENTERS = in_gamut()


def soft(ab: object) -> object:
    """Share colors out among the bins: ab (..., 2) to shares (..., Q) that sum to 1.

    A bin's share falls with its distance d as exp(-d^2 / (2 SIGMA^2)). The paper keeps the five
    nearest bins only; beyond them the shares are near zero anyway.
    """
    # -d^2 / 2 without the part that all bins have in common, which the softmax takes out.
    near = ops.matmul(ops.convert_to_tensor(ab, "float32"), CENTERS.T) - (CENTERS**2).sum(-1) / 2
    return ops.softmax(near / SIGMA**2, axis=-1)


def frequencies(pairs: Iterable) -> np.ndarray:
    """Return how often each bin occurs, smoothly, in batches of (L, ab / 128); shape (Q,)."""
    means = [soft(ab[:, 2::4, 2::4] * color.AB_SCALE) for _, ab in pairs]
    return np.mean([ops.convert_to_numpy(ops.mean(mean, (0, 1, 2))) for mean in means], axis=0)


def weights(frequency: np.ndarray) -> np.ndarray:
    """Return a weight per bin (Q,): rare colors count more, and the mean over pixels is 1."""
    weight = 1 / ((1 - UNIFORM) * frequency + UNIFORM / len(frequency))
    return np.float32(weight / (frequency * weight).sum())


def loss(weight: np.ndarray) -> Callable[[object, object], object]:
    """Return a loss that compares ab / 128 (batch, H, W, 2) with logits for squares of pixels.

    The loss is the cross-entropy of the bins' shares, at each place times the weight of the bin
    that is nearest to the true color.
    """

    def cross_entropy(ab: object, logits: object) -> object:
        square = ab.shape[1] // logits.shape[1]
        shares = soft(ops.average_pool(ab, square) * color.AB_SCALE)
        chosen = ops.take(weight, ops.argmax(shares, axis=-1))
        return -chosen * ops.sum(shares * ops.log_softmax(logits, axis=-1), axis=-1)

    return cross_entropy


def shares(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Turn logits (..., Q) into shares that sum to 1; below 1, ``temperature`` sharpens them."""
    scaled = (logits - np.max(logits, axis=-1, keepdims=True)) / temperature
    return np.exp(scaled) / np.exp(scaled).sum(axis=-1, keepdims=True)


def annealed_mean(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Make one color of each answer: logits (..., Q) to ab (..., 2).

    At ``temperature`` 1 it is the mean of the bins by their shares; near 0, the likeliest bin.
    """
    return np.float32(shares(logits, temperature) @ CENTERS)
