"""A photo of any size as a network sees it, and the network's colors on the photo itself.

The network looks at a small copy, for it knows things by the size they had in its training. Its
chroma is then enlarged onto the photo's own L, which keeps every detail.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from helpers import color, photos

STRIDES = 32  # a multiple of every network's strides: so must the input be
SIZE = 128  # pixels of a short side: what the shipped networks learned from
LONGEST = 4  # a panorama's long side is looked at with so many times SIZE at most
STRIP = 2**18  # pixels that are colored at once: bounds the memory a large photo takes


class Painter:
    """Color photos of any size at their full size.

    ``model`` maps planes (1, H, W, channels) to ab / 128; ``size`` is the short side of the copy
    that it looks at.
    """

    def __init__(self, model: Callable[[np.ndarray], object], size: int = SIZE) -> None:
        self.model = model
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


def predict(model: Callable[[np.ndarray], object], planes: np.ndarray) -> np.ndarray:
    """Return the ab (H, W, 2) that a network guesses from its input planes (H, W, channels).

    Any size goes through: they are padded, and the ab is cut back.
    """
    height, width = planes.shape[:2]
    ab = np.asarray(model(padded(planes)[None])[0]) * color.AB_SCALE
    return ab[:height, :width]


def padded(planes: np.ndarray) -> np.ndarray:
    """Repeat the edges of planes (H, W, channels) until H and W are multiples of ``STRIDES``."""
    height, width = planes.shape[:2]
    return np.pad(planes, ((0, -height % STRIDES), (0, -width % STRIDES), (0, 0)), mode="edge")


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
