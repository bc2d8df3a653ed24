"""Color any photo with a trained network."""

import keras
import numpy as np

from helpers import color

STRIDES = 16  # a multiple of every network's strides: so must the input be


def colorize(model: keras.Model, photo: np.ndarray) -> np.ndarray:
    """Keep the L of an RGB photo (H, W, 3) and let the network guess its a and b.

    Height and width are padded to multiples of ``STRIDES`` and cut back, so that any size goes
    through.
    """
    L, _ = color.split(photo)
    height, width = L.shape[:2]
    edges = ((0, -height % STRIDES), (0, -width % STRIDES), (0, 0))
    ab = model(np.pad(L, edges, mode="edge")[None])[0] * color.AB_SCALE
    return color.join(L, keras.ops.convert_to_numpy(ab)[:height, :width])
