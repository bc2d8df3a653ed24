"""Exercises of lesson 07: photos of any size, any tint, any orientation."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from keras import ops
from PIL import Image, ImageOps
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
        size = f"an L of {height} x {width}"
        ab = shape(f"ab for {size}", answer(Network(), L), (height, width, 2), hints)
        right = 128 * np.asarray(Network()(_padded(L)[None]))[0, :height, :width]
        close("ab", ab, right, answer.mistaken(Network(), L), given=size)


def _padded(L: np.ndarray, **mode: object) -> np.ndarray:
    """Widen L (H, W, 1) below and at the right until both sides divide by 16."""
    edges = ((0, -L.shape[0] % 16), (0, -L.shape[1] % 16), (0, 0))
    return np.pad(L, edges, **(mode or {"mode": "edge"}))


@any_size.mistake("does not divide by 16")
def _(model, L):
    return 128 * np.asarray(model(L[None])[0])


@any_size.mistake("you cut the photo. Pad it instead.")
def _(model, L):
    height, width = (side // 16 * 16 for side in L.shape[:2])
    return 128 * np.asarray(model(L[None, :height, :width])[0])


@any_size.mistake(
    "you pad with black, and the network sees a black border. "
    'Repeat the last row and column: mode="edge".'
)
def _(model, L):
    height, width = L.shape[:2]
    return 128 * np.asarray(model(_padded(L, mode="constant")[None])[0])[:height, :width]


@any_size.mistake('you mirror the border ("symmetric"). Repeat the last row: mode="edge".')
def _(model, L):
    height, width = L.shape[:2]
    return 128 * np.asarray(model(_padded(L, mode="symmetric")[None])[0])[:height, :width]


@any_size.mistake('you mirror the border ("reflect"). Repeat the last row: mode="edge".')
def _(model, L):
    height, width = L.shape[:2]
    return 128 * np.asarray(model(_padded(L, mode="reflect")[None])[0])[:height, :width]


@any_size.mistake("pad below and at the right, not above and at the left.")
def _(model, L):
    down, right = -L.shape[0] % 16, -L.shape[1] % 16
    wider = np.pad(L, ((down, 0), (right, 0), (0, 0)), mode="edge")
    return 128 * np.asarray(model(wider[None])[0])[down:, right:]


@any_size.mistake("[:-0] cuts all away")
def _(model, L):
    down, right = -L.shape[0] % 16, -L.shape[1] % 16
    return 128 * np.asarray(model(_padded(L)[None])[0])[:-down, :-right]


@any_size.mistake("cut the guess back to the photo's height and width.")
def _(model, L):
    return 128 * np.asarray(model(_padded(L)[None])[0])


@any_size.mistake("it is still divided by 128.")
def _(model, L):
    height, width = L.shape[:2]
    return np.asarray(model(_padded(L)[None])[0])[:height, :width]


@any_size.mistake("the network returns a batch. Take the first of it: [0].")
def _(model, L):
    height, width = L.shape[:2]
    return 128 * np.asarray(model(_padded(L)[None]))[:, :height, :width]


@exercise
def full_size(answer: Answer, random: np.random.Generator) -> None:
    """Check (photo, ab of a small copy) -> the photo in that color, with its own L."""
    low = np.array([random.integers(5, 8), random.integers(9, 12)])
    height, width = 4 * low
    L = random.uniform(40, 65, (height, width, 1))
    given = color.join(L, random.uniform(-12, 12, (height, width, 2)))
    L, _ = color.split(given)
    y, x = np.mgrid[-1 : 1 : low[0] * 1j, -1 : 1 : low[1] * 1j]
    slopes = random.choice([-1, 1], (2, 2)) * random.uniform(4, 7, (2, 2))
    ab = np.stack([s * y + t * x for s, t in slopes], axis=-1).astype(np.float32)
    hints = {
        (*low, 3): "that is the small copy. Scale ab to the photo's size.",
        (width, height, 3): "rows and columns changed places: the height comes first.",
    }
    result = shape("the photo", answer(given, ab), given.shape, hints)
    result_L, result_ab = color.split(np.clip(result, 0, 1))
    mistakes = (
        (words, color.split(np.clip(photo, 0, 1))[1])
        for words, photo in answer.mistaken(given, ab)
        if photo.shape == given.shape
    )
    smooth = 0.25  # so that any smooth way to scale is right
    close("ab of the photo", result_ab, resize(ab, (height, width)), mistakes, smooth)
    off = np.abs(result_L - L).mean()
    expect(
        off < 1,
        f"L is off by {off:.0f} on average: the fine lines are gone. "
        "Keep the L of the large photo, and scale a and b alone.",
    )


@full_size.mistake("the fine lines are gone")
def _(photo, ab):
    L, _ = color.split(resize(photo, ab.shape[:2], anti_aliasing=True))
    return resize(color.join(L, ab), photo.shape[:2])


@full_size.mistake("stops with ValueError")
def _(photo, ab):
    height, width = photo.shape[:2]
    L, _ = color.split(photo)
    return color.join(L, resize(ab, (width, height)))


@full_size.mistake("np.resize does not scale: it fills the new shape row by row. Take resize.")
def _(photo, ab):
    L, own = color.split(photo)
    return color.join(L, np.resize(ab, own.shape))


@full_size.mistake("that is the small copy. Scale ab to the photo's size.")
def _(photo, ab):
    L, _ = color.split(resize(photo, ab.shape[:2]))
    return color.join(L, ab)


@full_size.mistake("it is multiplied by 128, but it was never divided.")
def _(photo, ab):
    L, _ = color.split(photo)
    return color.join(L, 128 * resize(ab, photo.shape[:2]))


@full_size.mistake("it is divided by 128. Here it was not multiplied before.")
def _(photo, ab):
    L, _ = color.split(photo)
    return color.join(L, resize(ab, photo.shape[:2]) / 128)


@full_size.mistake("that is the color the photo had. Put the guessed ab in its place.")
def _(photo, ab):
    return photo


@full_size.mistake("there is no color at all.")
def _(photo, ab):
    return color.to_gray(photo)


@full_size.mistake("a and b stand in the wrong order.")
def _(photo, ab):
    L, _ = color.split(photo)
    return color.join(L, resize(ab, photo.shape[:2])[..., ::-1])


@exercise
def mix(answer: Answer, random: np.random.Generator) -> None:
    """Check (brown print, colored photo, strength) -> a and b times the strength."""
    size = tuple(random.integers(4, 10, 2))
    L = random.uniform(40, 65, (*size, 1))
    tint = [random.uniform(3, 8), random.uniform(9, 15)]
    brown = color.join(L, np.broadcast_to(tint, (*size, 2)))
    colored = color.join(L, random.uniform(-12, 12, (*size, 2)))
    L, ab = color.split(colored)
    for strength in (float(random.uniform(0.2, 0.4)), 0.0, 1.0):
        result = shape("the photo", answer(brown, colored, strength), colored.shape)
        mistakes = answer.mistaken(brown, colored, strength)
        given = f"strength {strength:.2g}"
        close("the photo", result, color.join(L, strength * ab), mistakes, 1e-2, given)


@mix.mistake("the brown of the print shows through. Mix with gray: a and b of the paper go.")
def _(brown, colored, strength):
    return strength * colored + (1 - strength) * brown


@mix.mistake("strength 1 should be all color, and 0 gray. Yours runs the other way.")
def _(brown, colored, strength):
    L, ab = color.split(colored)
    return color.join(L, (1 - strength) * ab)


@mix.mistake("L is multiplied, too, so the photo gets darker. Light has to stay.")
def _(brown, colored, strength):
    return color.lab_to_rgb(strength * color.rgb_to_lab(colored))


@mix.mistake("red, green and blue are multiplied, so the photo gets darker. Go by LAB.")
def _(brown, colored, strength):
    return strength * colored


@mix.mistake("the strength changes nothing.")
def _(brown, colored, strength):
    return colored


@mix.mistake("there is no color at all.")
def _(brown, colored, strength):
    return color.to_gray(colored)


@mix.mistake("that is the print itself.")
def _(brown, colored, strength):
    return brown


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
            given = f"a file of mode {mode} and orientation {orientation}"
            mistakes = answer.mistaken(file)
            _is_read(answer(file), stored / 255, int(orientation), mistakes, given)


def _is_read(
    result: object,
    stored: np.ndarray,
    orientation: int,
    mistakes: Iterable[tuple[str, object]],
    given: str,
) -> None:
    """Compare a photo with what its file holds, turned as the note of the file says."""
    upright = _turned(stored, orientation)
    height, width = upright.shape[:2]
    hints = {
        (height, width): 'a gray file has no third axis. Give it one: .convert("RGB").',
        (height, width, 1): 'a gray photo needs three channels, too: .convert("RGB").',
        (height, width, 4): 'this PNG file has a fourth channel. Drop it: .convert("RGB").',
    }
    if orientation >= ON_ITS_SIDE:
        lying = "it lies on its side. The note of the file says how to turn it: exif_transpose."
        hints[stored.shape] = lying
    photo = shape(f"the photo of {given}", result, upright.shape, hints)
    close("the photo", photo, upright, mistakes, given=given)


def _upright(file: str) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(file))


@read.mistake("it lies on its side")
def _(file):
    return np.asarray(Image.open(file).convert("RGB")) / 255


@read.mistake("it is not upright. The note of the file says how to turn it.")
def _(file):
    image = Image.open(file)
    if image.getexif()[TURNED] >= ON_ITS_SIDE:  # mirrored photos are forgotten
        image = ImageOps.exif_transpose(image)
    return np.asarray(image.convert("RGB")) / 255


@read.mistake("a gray file has no third axis")
def _(file):
    return np.asarray(_upright(file)) / 255


@read.mistake("this PNG file has a fourth channel")
def _(file):
    photo = np.asarray(_upright(file)) / 255
    return photo if photo.ndim == 3 else np.stack([photo, photo, photo], axis=-1)


@read.mistake("its numbers run from 0 to 255. Divide by 255.")
def _(file):
    return np.asarray(_upright(file).convert("RGB"))


@read.mistake("it is divided by 255 twice.")
def _(file):
    return np.asarray(_upright(file).convert("RGB")) / 255**2


@read.mistake("it is gray, and the file is in color.")
def _(file):
    gray = np.asarray(_upright(file).convert("RGB")).mean(axis=-1)
    return np.stack([gray, gray, gray], axis=-1) / 255


@read.mistake("stops with FileNotFoundError")
def _(file):
    return np.asarray(Image.open("phone.jpg").convert("RGB")) / 255


def _turned(stored: np.ndarray, orientation: int) -> np.ndarray:
    """Turn a stored photo upright (EXIF 2.32, tag Orientation: where row 0 and column 0 lie)."""
    if orientation >= ON_ITS_SIDE:
        stored = stored.swapaxes(0, 1)
    down = -1 if orientation in (3, 4, 7, 8) else 1
    right = -1 if orientation in (2, 3, 6, 7) else 1
    return stored[::down, ::right]
