"""Color any photo with a trained network, one of your own or one that the course ships."""

from functools import partial

import keras
import numpy as np
from scipy.ndimage import uniform_filter

from helpers import classifier, color, networks
from helpers.canvas import SIZE, Painter, add_color, predict, small_copy  # noqa: F401

MODELS = classifier.MODELS
NETWORKS = {  # the shipped ones, and how each is built
    "pretrained": networks.pretrained,
    "unet": networks.unet,
    "hints": networks.unet_with_hints,
    "vivid": networks.vivid_unet,
    "fusion": networks.fusion,
    "adversarial": networks.unet,
}
DEFAULT = "pretrained"  # the best of them


def load(name: str = DEFAULT) -> keras.Model:
    """Load one of the networks that the course ships; data/models/README.md describes them.

    One that wants to be told what is in the photo comes joined with the classifier.

    Raises:
        FileNotFoundError: there is no network of that name.
    """
    if not isinstance(name, str) or name not in NETWORKS:
        names = ", ".join(NETWORKS)
        raise FileNotFoundError(f"There is no network {name!r}: choose among {names}.")
    model = filled(NETWORKS[name](), name)
    return classifier.with_eyes(model) if len(model.inputs) == 2 else model


def filled(model: keras.Model, name: str) -> keras.Model:
    """Give a network the numbers that the course ships under a name, and return it."""
    with np.load(MODELS / f"{name}.npz") as weights:
        model.set_weights(list(weights.values()))
    return model


def save(model: keras.Model, name: str) -> None:
    """Save a network for the course to ship: its numbers alone, in float16, in half the bytes.

    Without its layers, for what one version of Keras writes of them another may not read.
    """
    np.savez_compressed(MODELS / f"{name}.npz", *map(np.float16, model.get_weights()))


def colorize(model: keras.Model, photo: np.ndarray) -> np.ndarray:
    """Keep the L of an RGB photo (H, W, 3) and let the network guess its a and b at that size."""
    L, _ = color.split(photo)
    return color.join(L, predict(model, L))


class Colorizer(Painter):
    """Color photos of any size at their full size, with a shipped network's name or a network."""

    def __init__(self, network: str | keras.Model = DEFAULT, size: int = SIZE) -> None:
        super().__init__(load(network) if isinstance(network, str) else network, size)


def guided(L: np.ndarray, ab: np.ndarray, radius: int = 4, smooth: float = 20.0) -> np.ndarray:
    """Let guessed ab (H, W, 2) end where L (H, W, 1) has edges, by a guided filter.

    In each window, ``radius`` pixels to each side, ab becomes the straight line of L that fits it
    best; ``smooth`` is the variance of L above which an edge counts.

    Source: He, Sun and Tang, "Guided image filtering" (2013), eq. 4 to 8.
    """
    mean = partial(uniform_filter, size=(2 * radius + 1, 2 * radius + 1, 1))
    slope = (mean(L * ab) - mean(L) * mean(ab)) / (mean(L * L) - mean(L) ** 2 + smooth)
    return mean(slope) * L + mean(mean(ab) - slope * mean(L))
