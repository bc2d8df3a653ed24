"""Exercises of lesson 07: photos of any size, any tint, any orientation."""

import tempfile
from pathlib import Path

import numpy as np
from keras import ops
from PIL import Image
from skimage.transform import resize

from helpers import color
from helpers.checks import Answer, close, exercise, expect, shape

TURNED = 0x0112  # the EXIF tag of the orientation
ON_ITS_SIDE = 5  # ... from which on height and width change places


class Network:
    """What stands in for a U-Net: insists on sides that divide by 16, and looks around by 16."""

    def __call__(self, batch: object, **options: object) -> object:
        """Map L (1, H, W, 1) to ab / 128 (1, H, W, 2); both depend on the whole square of 16.

        Raises:
            ValueError: the input is no such batch.
        """
        batch = np.asarray(batch, np.float32)
        if batch.ndim != 4 or batch.shape[0] != 1 or batch.shape[3] != 1:
            raise ValueError(f"the network takes (1, height, width, 1), it got {batch.shape}")
        height, width = batch.shape[1:3]
        if height % 16 or width % 16 or not batch.size:
            raise ValueError(f"{height} x {width} does not divide by 16, so its maps do not fit")
        squares = batch.reshape(height // 16, 16, width // 16, 16)
        around = np.broadcast_to(squares.mean(axis=(1, 3), keepdims=True), squares.shape)
        ab = [around / 100 - 0.5, (squares - around) / 100]
        return ops.convert_to_tensor(np.stack([p.reshape(height, width) for p in ab], -1)[None])

    def predict(self, batch: object, **options: object) -> np.ndarray:
        """Do the same as a call, and return an array."""
        return np.asarray(self(batch))


def _guess(L: np.ndarray, mode: str = "edge", before: bool = False) -> np.ndarray:
    """Return ab / 128 of L (H, W, 1), padded in some way."""
    height, width = L.shape[:2]
    down, right = -height % 16, -width % 16
    edges = ((down, 0), (right, 0), (0, 0)) if before else ((0, down), (0, right), (0, 0))
    ab = np.asarray(Network()(np.pad(L, edges, mode=mode)[None]))[0]
    return ab[down:, right:] if before else ab[:height, :width]


@exercise
def any_size(answer: Answer, random: np.random.Generator) -> None:
    """Check (network, L of any size) -> ab (H, W, 2)."""
    odd = 16 * random.integers(1, 3, 2) + random.integers(1, 16, 2)
    even = 16 * random.integers(1, 4, 2)
    for height, width in (odd, even):
        L = random.uniform(5, 100, (height, width, 1)).astype(np.float32)
        wider = (height + -height % 16, width + -width % 16, 2)
        hints = {
            (1, height, width, 2): "the network returns a batch. Take the first of it: [0].",
            wider: "cut the guess back to the photo's height and width.",
            (height // 16 * 16, width // 16 * 16, 2): "you cut the photo. Pad it instead.",
            (1, *wider): "take the first of the batch, [0], and cut it back.",
            (0, width, 2): "nothing is left. When nothing was added, [:-0] cuts all away.",
            (0, 0, 2): "nothing is left. When nothing was added, [:-0] cuts all away.",
        }
        ab = shape("ab", answer(Network(), L), (height, width, 2), hints)
        right = 128 * _guess(L)
        mistakes = {"it is still divided by 128.": right / 128}
        if wider != right.shape:
            mistakes |= {
                "you pad with black, and the network sees a black border. "
                'Repeat the last row and column: mode="edge".': 128 * _guess(L, "constant"),
                "pad below and at the right, not above and at the left.": 128
                * _guess(L, before=True),
            }
            for mode in ("reflect", "symmetric"):
                hint = f'you mirror the border ("{mode}"). Repeat the last row: mode="edge".'
                mistakes[hint] = 128 * _guess(L, mode)
        close("ab", ab, right, mistakes)


@exercise
def full_size(answer: Answer, random: np.random.Generator) -> None:
    """Check (photo, ab of a small copy) -> the photo in that color, with its own L."""
    low = np.array([random.integers(5, 8), random.integers(9, 12)])
    height, width = 4 * low
    L = random.uniform(40, 65, (height, width, 1))
    given = color.join(L, random.uniform(-12, 12, (height, width, 2)))
    L, own = color.split(given)
    y, x = np.mgrid[-1 : 1 : low[0] * 1j, -1 : 1 : low[1] * 1j]
    slopes = random.choice([-1, 1], (2, 2)) * random.uniform(4, 7, (2, 2))
    ab = np.stack([s * y + t * x for s, t in slopes], axis=-1).astype(np.float32)
    result = shape(
        "the photo",
        answer(given, ab),
        given.shape,
        {
            (*low, 3): "that is the small copy. Scale ab to the photo's size.",
            (width, height, 3): "rows and columns changed places: the height comes first.",
        },
    )
    result_L, result_ab = color.split(np.clip(result, 0, 1))
    close(
        "ab of the photo",
        result_ab,
        resize(ab, (height, width)),
        {
            "that is the color the photo had. Put the guessed ab in its place.": own,
            "there is no color at all.": 0 * own,
            "a and b stand in the wrong order.": resize(ab, (height, width))[..., ::-1],
            "np.resize does not scale: it fills the new shape row by row. Take resize.": np.resize(
                ab, own.shape
            ),
            "it is multiplied by 128, but it was never divided.": color.split(
                color.join(L, 128 * resize(ab, (height, width)))
            )[1],
            "it is divided by 128. Here it was not multiplied before.": resize(ab, own.shape[:2])
            / 128,
        },
        tolerance=0.25,  # so that any smooth way to scale is right
    )
    off = np.abs(result_L - L).mean()
    expect(
        off < 1,
        f"L is off by {off:.0f} on average: the fine lines are gone. "
        "Keep the L of the large photo, and scale a and b alone.",
    )


@exercise
def mix(answer: Answer, random: np.random.Generator) -> None:
    """Check (brown print, colored photo, strength) -> a and b times the strength."""
    size = tuple(random.integers(4, 10, 2))
    L = random.uniform(40, 65, (*size, 1))
    tint = [random.uniform(3, 8), random.uniform(9, 15)]
    brown = color.join(L, np.broadcast_to(tint, (*size, 2)))
    colored = color.join(L, random.uniform(-12, 12, (*size, 2)))
    L, ab = color.split(colored)
    strength = float(random.uniform(0.2, 0.4))
    gray = color.to_gray(colored)
    for s in (strength, 0.0, 1.0):
        result = shape("the photo", answer(brown, colored, s), colored.shape)
        mistakes = {
            "the brown of the print shows through. Mix with gray: a and b of the paper go.": s
            * colored
            + (1 - s) * brown,
            "strength 1 should be all color, and 0 gray. Yours runs the other way.": color.join(
                L, (1 - s) * ab
            ),
            "L is multiplied, too, so the photo gets darker. Light has to stay.": color.join(
                s * L, s * ab
            ),
            "red, green and blue are multiplied, so the photo gets darker. Go by LAB.": s * colored,
            "the strength changes nothing.": colored,
            "there is no color at all.": gray,
            "that is the print itself.": brown,
        }
        close(f"the photo at strength {s:.2g}", result, color.join(L, s * ab), mistakes, 1e-2)


@exercise
def read(answer: Answer, random: np.random.Generator) -> None:
    """Check (file) -> the upright photo, of any number of channels and any orientation."""
    height, width = int(random.integers(4, 8)), int(random.integers(9, 14))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        sideways, mirrored = random.integers(5, 9), random.integers(2, 5)
        kinds = [("RGB", 3, sideways), ("RGB", 3, mirrored), ("L", 1, 1), ("RGBA", 4, 1)]
        for mode, channels, orientation in kinds:
            points = random.integers(0, 256, (height, width, channels), dtype=np.uint8)
            if mode == "RGBA":
                points[..., 3] = 255
            note = Image.Exif()
            note[TURNED] = int(orientation)
            file = str(Path(folder) / f"{mode}.png")
            Image.fromarray(points.squeeze()).save(file, exif=note)
            stored = np.repeat(points, 3, axis=-1) if mode == "L" else points[..., :3]
            _is_read(answer(file), stored / 255, int(orientation))


def _is_read(result: object, stored: np.ndarray, orientation: int) -> None:
    """Compare a photo with what its file holds, turned as the note of the file says."""
    upright = _turned(stored, orientation)
    height, width = upright.shape[:2]
    lying = "it lies on its side. The note of the file says how to turn it: exif_transpose."
    hints = {
        (height, width): 'a gray file has no third axis. Give it one: .convert("RGB").',
        (height, width, 1): 'a gray photo needs three channels, too: .convert("RGB").',
        (height, width, 4): 'this PNG file has a fourth channel. Drop it: .convert("RGB").',
    }
    if orientation >= ON_ITS_SIDE:
        hints[stored.shape] = lying
    photo = shape("the photo", result, upright.shape, hints)
    mistakes = {
        "its numbers run from 0 to 255. Divide by 255.": 255 * upright,
        "it is gray, and the file is in color.": upright.mean(axis=-1, keepdims=True) + 0 * upright,
        "it is divided by 255 twice.": upright / 255,
    }
    if stored.shape == upright.shape and orientation > 1:
        mistakes["it is not upright. The note of the file says how to turn it."] = stored
    close("the photo", photo, upright, mistakes)


def _turned(stored: np.ndarray, orientation: int) -> np.ndarray:
    """Turn a stored photo upright (EXIF 2.32, tag Orientation: where row 0 and column 0 lie)."""
    if orientation >= ON_ITS_SIDE:
        stored = stored.swapaxes(0, 1)
    down = -1 if orientation in (3, 4, 7, 8) else 1
    right = -1 if orientation in (2, 3, 6, 7) else 1
    return stored[::down, ::right]
