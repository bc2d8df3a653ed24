"""RGB and LAB: convert, split and join, and ask whether a color exists on a screen.

LAB is CIELAB under daylight (D65, 2 degree observer), as in scikit-image: L is 0..100, a and b are
about -108..98 for the colors that a screen can show. The functions on arrays return float32 arrays;
those named ``*_tensor`` are made of Keras operations, so they run inside a compiled graph.
"""

import numpy as np
from skimage import color as skcolor

AB_SCALE = 128.0  # a network sees and predicts ab / 128, which lies in [-1, 1]

# Linear sRGB -> XYZ (IEC 61966-2-1) and the white point D65, with scikit-image's digits.
_XYZ_FROM_RGB = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
)
_RGB_FROM_XYZ = np.linalg.inv(_XYZ_FROM_RGB)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def rgb_to_lab(photo: np.ndarray) -> np.ndarray:
    """Convert RGB in [0, 1], shape (..., 3), to LAB of the same shape, in float32."""
    return skcolor.rgb2lab(np.asarray(photo, np.float32)).astype(np.float32)


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """Convert LAB, shape (..., 3), to RGB in [0, 1]; colors no screen can show are clipped."""
    return skcolor.lab2rgb(_as_light(lab)).astype(np.float32)


def split(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split an RGB photo (H, W, 3) into L (H, W, 1), 0..100, and ab (H, W, 2)."""
    lab = rgb_to_lab(photo)
    return lab[..., :1], lab[..., 1:]


def join(L: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Join L (H, W, 1) and ab (H, W, 2) into an RGB photo (H, W, 3) in [0, 1]."""
    return lab_to_rgb(np.concatenate([L, ab], axis=-1))


def to_gray(photo: np.ndarray) -> np.ndarray:
    """Take the color out of an RGB photo (H, W, 3): keep L, set a and b to zero."""
    L, ab = split(photo)
    return join(L, np.zeros_like(ab))


def turned(photo: np.ndarray, degrees: float | np.ndarray) -> np.ndarray:
    """Turn the hues of an RGB photo (H, W, 3) by an angle, or by one for each point (H, W).

    a and b are the axes of a plane, and a hue is a direction in it: L and chroma stay.
    """
    L, ab = split(photo)
    angle = np.deg2rad(np.asarray(degrees, np.float32))
    a, b = ab[..., 0], ab[..., 1]
    around = [np.cos(angle) * a - np.sin(angle) * b, np.sin(angle) * a + np.cos(angle) * b]
    return join(L, np.stack(around, axis=-1))


def in_gamut(lab: np.ndarray, tolerance: float = 1e-3) -> np.ndarray:
    """Tell which LAB colors, shape (..., 3), a screen (sRGB) can show; returns bool (...)."""
    linear = skcolor.lab2xyz(_as_light(lab)) @ _RGB_FROM_XYZ.T
    return ((linear >= -tolerance) & (linear <= 1 + tolerance)).all(axis=-1)


def _as_light(lab: np.ndarray) -> np.ndarray:
    """Copy LAB; a b beyond any light, for which Z were negative, becomes the nearest possible."""
    lab = np.array(lab, np.float32)
    lab[..., 2] = np.minimum(lab[..., 2], 200 * (lab[..., 0] + 16) / 116 - 1e-3)
    return lab


def lab_to_rgb_tensor(lab: object) -> object:
    """Convert LAB, shape (..., 3), to RGB in [0, 1] inside a graph, clipped to the gamut."""
    from keras import ops  # noqa: PLC0415  (to load it takes seconds, and nothing else needs it)

    L, a, b = ops.unstack(ops.convert_to_tensor(lab, "float32"), 3, axis=-1)
    y = (L + 16) / 116
    roots = ops.stack([y + a / 500, y, ops.maximum(y - b / 200, 0.0)], axis=-1)
    xyz = ops.where(roots > 0.2068966, roots**3, (roots - 16 / 116) / 7.787)
    to_light = ops.convert_to_tensor(_WHITE[:, None] * _RGB_FROM_XYZ.T, "float32")
    linear = ops.clip(ops.matmul(xyz, to_light), 0.0, 1.0)  # out of it where the gamut ends
    curved = 1.055 * ops.power(ops.maximum(linear, 0.0031308), 1 / 2.4) - 0.055
    return ops.where(linear > 0.0031308, curved, 12.92 * linear)
