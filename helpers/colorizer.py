"""Color any photo with a trained network, one of your own or one that the course ships."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import keras
import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

from helpers import classifier, color, networks, photos

MODELS = classifier.MODELS
NETWORKS = {  # the shipped ones, and how each is built
    "pretrained": networks.pretrained,
    "unet": networks.unet,
    "hints": networks.unet_with_hints,
    "vivid": networks.vivid_unet,
    "fusion": networks.fusion,
    "adversarial": networks.unet,
    "diffusion": networks.denoiser,
}
DEFAULT = "pretrained"  # the best of them
STRIDES = 32  # a multiple of every network's strides: so must the input be
SIZE = 128  # pixels of a short side: what the shipped networks learned from
LONGEST = 4  # a panorama's long side is looked at with so many times SIZE at most
STRIP = 2**18  # pixels that are colored at once: bounds the memory a large photo takes


def load(name: str = DEFAULT) -> keras.Model:
    """Load one of the networks that the course ships; data/models/README.md describes them.

    One that wants to be told what is in the photo comes joined with the classifier.

    Raises:
        FileNotFoundError: there is no network of that name.
    """
    if name not in NETWORKS:
        names = ", ".join(NETWORKS)
        raise FileNotFoundError(f"There is no network {name!r}: choose among {names}.")
    model = NETWORKS[name]()
    with np.load(MODELS / f"{name}.npz") as weights:
        model.set_weights(list(weights.values()))
    return classifier.with_eyes(model) if len(model.inputs) == 2 else model


def save(model: keras.Model, name: str) -> None:
    """Save a network for the course to ship: its numbers alone, in float16, in half the bytes.

    Without its layers, for what one version of Keras writes of them another may not read.
    """
    np.savez_compressed(MODELS / f"{name}.npz", *map(np.float16, model.get_weights()))


def colorize(model: keras.Model, photo: np.ndarray) -> np.ndarray:
    """Keep the L of an RGB photo (H, W, 3) and let the network guess its a and b at that size."""
    L, _ = color.split(photo)
    return color.join(L, predict(model, L))


def predict(model: Callable[[np.ndarray], np.ndarray], planes: np.ndarray) -> np.ndarray:
    """Return the ab (H, W, 2) that a network guesses from its input planes (H, W, channels).

    Height and width are padded to multiples of ``STRIDES`` and cut back, so that any size goes
    through.
    """
    height, width = planes.shape[:2]
    edges = ((0, -height % STRIDES), (0, -width % STRIDES), (0, 0))
    ab = model(np.pad(planes, edges, mode="edge")[None])[0] * color.AB_SCALE
    return keras.ops.convert_to_numpy(ab)[:height, :width]


class Colorizer:
    """Color photos of any size at their full size.

    The network looks at a small copy, for it knows things by the size they had in its training.
    Its chroma is then enlarged onto the photo's own L, which keeps every detail.

    ``network`` is a shipped one's name or a network; ``size`` is the short side of the copy.
    """

    def __init__(self, network: str | keras.Model = DEFAULT, size: int = SIZE) -> None:
        self.model = load(network) if isinstance(network, str) else network
        self.size = size

    def chroma(self, photo: np.ndarray) -> np.ndarray:
        """Return the guessed ab (h, w, 2) of a small copy of an RGB photo (H, W, 3)."""
        return predict(self.model, color.split(small_copy(photo, self.size))[0])

    def color(
        self,
        photo: np.ndarray,
        strength: float = 1.0,
        saturation: float = 1.0,
        temperature: float = 0.0,
    ) -> np.ndarray:
        """Return the photo (H, W, 3) in color; ``add_color`` explains the three dials."""
        return add_color(photo, self.chroma(photo), strength, saturation, temperature)


def guided(L: np.ndarray, ab: np.ndarray, radius: int = 4, smooth: float = 20.0) -> np.ndarray:
    """Let guessed ab (H, W, 2) end where L (H, W, 1) has edges, by a guided filter.

    In each window, ``radius`` pixels to each side, ab becomes the straight line of L that fits it
    best; ``smooth`` is the variance of L above which an edge counts.

    Source: He, Sun and Tang, "Guided image filtering" (2013), eq. 4 to 8.
    """
    mean = partial(uniform_filter, size=(2 * radius + 1, 2 * radius + 1, 1))
    slope = (mean(L * ab) - mean(L) * mean(ab)) / (mean(L * L) - mean(L) ** 2 + smooth)
    return mean(slope) * L + mean(mean(ab) - slope * mean(L))


def small_copy(photo: np.ndarray, size: int = SIZE) -> np.ndarray:
    """Scale a photo (H, W, 3) so that its short side has ``size`` pixels.

    The long side of a panorama gets ``LONGEST`` times ``size`` at most.
    """
    sides = np.array(photo.shape[:2])
    scale = min(size / sides.min(), LONGEST * size / sides.max())
    return photos.resize(photo, *np.maximum(1, np.round(sides * scale).astype(int)))


def add_color(
    photo: np.ndarray,
    ab: np.ndarray,
    strength: float = 1.0,
    saturation: float = 1.0,
    temperature: float = 0.0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Enlarge ab (h, w, 2) onto the L of an RGB photo (H, W, 3) and return the color photo.

    ``saturation`` multiplies the chroma, ``temperature`` adds to b (more is warmer), and
    ``strength`` mixes the result with the gray photo: 0 is gray, 1 all color. ``out`` is an array
    of bytes that the photo is written into, from 0 to 255, where one is given.
    """
    ab = strength * (saturation * ab + np.float32([0, temperature]))
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(ab, -1, 0)]
    height, width = photo.shape[:2]
    scale = ab.shape[0] / height
    rows = max(1, STRIP // width)
    colored = np.empty(photo.shape, np.float32) if out is None else out

    def paint(top: int) -> None:
        bottom = min(top + rows, height)
        box = (0, top * scale, ab.shape[1], bottom * scale)
        size = (width, bottom - top)
        strip = [plane.resize(size, Image.Resampling.BICUBIC, box) for plane in planes]
        L, _ = color.split(photo[top:bottom])
        rgb = color.join(L, np.stack(strip, axis=-1))
        colored[top:bottom] = rgb if out is None else np.round(255 * rgb)

    tops = range(0, height, rows)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(tops))) as pool:
        list(pool.map(paint, tops))
    return colored
