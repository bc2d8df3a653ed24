"""Color any photo with a trained network."""

import keras
import numpy as np

from helpers import color


def colorize(model: keras.Model, photo: np.ndarray, multiple: int = 8) -> np.ndarray:
    """Keep the L of an RGB photo (H, W, 3) and let the network guess its a and b.

    Height and width are padded to ``multiple``, the product of the network's strides, and cut
    back, so that any size goes through.
    """
    L, _ = color.split(photo)
    height, width = L.shape[:2]
    edges = ((0, -height % multiple), (0, -width % multiple), (0, 0))
    ab = model(np.pad(L, edges, mode="edge")[None])[0] * color.AB_SCALE
    return color.join(L, keras.ops.convert_to_numpy(ab)[:height, :width])
