"""Diffusion: colors walk out of noise in many small steps (lesson 18).

Colors here are ab at a quarter of the photo's size, divided by ``SPREAD``, so that they vary about
as much as the noise does. Time runs from 0, colors alone, to 1, noise alone.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache

import keras
import numpy as np

from helpers import canvas, color, colorizer, networks

STEPS = 20  # of a walk
LEAP = 0.2  # the time from which the last step leads to the colors: shorter ones leave specks
SPREAD = 15.0  # about the standard deviation of ab in photos
SOONER = 0.3  # of 1: how much less of the colors there is at any time, see ``shares``
Maps = Sequence[np.ndarray]


def shares(time: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how much there is of the colors and of the noise at a time in 0..1.

    Their squares sum to 1. Neighbors have nearly the same color, so a photo's tint survives noise
    in which no single place is seen: the colors fade sooner than by a plain cosine.

    Source: Nichol and Dhariwal, "Improved denoising diffusion probabilistic models" (2021), the
    cosine; Hoogeboom et al., "Simple diffusion" (2023), the shift of it.
    """
    colors, noise = SOONER * np.cos(time * np.pi / 2), np.sin(time * np.pi / 2)
    length = np.hypot(colors, noise)
    return colors / length, noise / length


def at_a_quarter(ab: np.ndarray) -> np.ndarray:
    """Return ab (batch, H, W, 2) at a quarter of the size, divided by ``SPREAD``: what walks."""
    count, height, width, _ = ab.shape
    return ab.reshape(count, height // 4, 4, width // 4, 4, 2).mean(axis=(2, 4)) / SPREAD


def noisy(colors: np.ndarray, noise: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mix colors and noise, both (batch, h, w, 2), at one time or one for each, (batch, 1).

    Returns the mixture and its velocity: how it changes when time goes on, which is what
    ``networks.denoiser`` learns.
    """
    of_colors, of_noise = shares(np.asarray(time)[..., None, None])
    return of_colors * colors + of_noise * noise, of_colors * noise - of_noise * colors


@cache
def eye() -> keras.Model:
    """Return the shipped network's own sight: L, (batch, H, W, 1), to its maps at 1/8 and 1/4."""
    shipped = colorizer.load("pretrained")
    at = {layer.name: place for place, layer in enumerate(shipped.layers)}
    eighth = shipped.layers[at["look_around"] + 1].output
    quarter = shipped.get_layer("logits").input
    return keras.Model(shipped.inputs[0], [eighth, quarter])


def look(L: np.ndarray) -> Maps:
    """Return what the eye sees in one photo's L (H, W, 1): maps for ``walk``, a batch of one.

    Raises:
        ValueError: H or W does not divide by 32.
    """
    if any(side % canvas.STRIDES for side in L.shape[:2]):
        raise ValueError(f"The sides of L must divide by {canvas.STRIDES}, not {L.shape[:2]}.")
    return eye().predict_on_batch(L[None])


def load() -> keras.Model:
    """Load the shipped denoiser."""
    return colorizer.filled(networks.denoiser(), "diffusion")


def walk(
    denoiser: keras.Model,
    maps: Maps,
    begin: np.ndarray,
    start: float = 1.0,
    steps: int = STEPS,
    mend: Callable[[np.ndarray], np.ndarray] = lambda colors: colors,
) -> list[np.ndarray]:
    """Walk from noisy colors (batch, h, w, 2) at time ``start`` to clean ones.

    Returns all stops, ``begin`` first. Each step asks the network once, guesses the clean colors
    and the noise from its answer, and mixes both anew with a little less noise; the last keeps the
    colors alone, and from a ``start`` below ``LEAP`` it is the only one. ``mend`` may change each
    guess of the colors. Chance comes in by ``begin`` alone.

    Source: Song et al., "Denoising diffusion implicit models" (2021), eq. 12 with eta = 0;
    Salimans and Ho, "Progressive distillation" (2022), for the velocity.
    """
    times = np.append(np.linspace(start, LEAP, steps) if start > LEAP else start, 0)
    stops = [begin]
    for time, later in zip(times, times[1:], strict=False):
        here = stops[-1]
        velocity = denoiser.predict_on_batch([here, np.full((len(here), 1), time), *maps])
        of_colors, of_noise = shares(time)
        colors = mend(of_colors * here - of_noise * velocity)
        noise = of_noise * here + of_colors * velocity
        of_colors, of_noise = shares(later)
        stops.append(of_colors * colors + of_noise * noise)
    return stops


def colorize(denoiser: keras.Model, photo: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return an RGB photo (H, W, 3) in colors that walked out of noise; each seed has its own."""
    L, _ = color.split(colorizer.small_copy(photo))
    height, width = (math.ceil(side / 4) for side in L.shape[:2])
    L = canvas.padded(L)
    shape = (1, L.shape[0] // 4, L.shape[1] // 4, 2)
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    ab = SPREAD * walk(denoiser, look(L), noise, steps=STEPS)[-1][0]
    return colorizer.add_color(photo, ab[:height, :width])
