"""Color any photo with a trained network, one of your own or one that the course ships."""

import keras
import numpy as np

from helpers import color, photos

MODELS = photos.DATA / "models"
STRIDES = 16  # a multiple of every network's strides: so must the input be


def load(name: str = "unet") -> keras.Model:
    """Load one of the networks that the course ships; data/models/README.md describes them.

    Raises:
        FileNotFoundError: there is no network of that name.
    """
    file = MODELS / f"{name}.keras"
    if not file.exists():
        names = ", ".join(sorted(file.stem for file in MODELS.glob("*.keras")))
        raise FileNotFoundError(f"There is no network {name!r}: choose among {names}.")
    return keras.models.load_model(file, compile=False)


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
