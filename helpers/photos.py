"""Photos from files: read any of them safely, crop, resize, save, and name where they came from.

A photo is a float32 array of RGB values in [0, 1] with shape (height, width, 3).
"""

import errno
import io
import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

DATA = Path(__file__).parent.parent / "data"
FOLDER = DATA / "photos"

warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # load refuses what is too large


class PhotoError(Exception):
    """A file that cannot become a photo; the message says which, why, and what to do."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of the call stack: the sentence is all a learner needs.
        return [f"{type(self).__name__}: {self}"]


def load(file: str | Path) -> np.ndarray:
    """Read an image file as an upright RGB photo, float32 (H, W, 3) in [0, 1].

    Reads what Pillow reads without running a program: gray, CMYK, palette, 16-bit and transparent
    files too (transparent parts turn white, of several frames the first counts). EXIF rotation and
    a color profile are applied.

    Raises:
        PhotoError: the file is missing, empty, damaged, too large, or not an image.
    """
    file = Path(file)
    if os.path.isdir(file):  # unlike Path.is_dir, no error for a path too long or forbidden
        raise PhotoError(f"{file} is a folder: give the path of one photo inside it.")
    try:
        # From a stream: of a file with a name Pillow maps gray TIFFs into memory, and turns them
        # wrongly.
        with open(file, "rb") as stream, Image.open(stream) as image:
            if image.format == "EPS":  # a program, which Pillow would run
                raise UnidentifiedImageError
            if image.width * image.height > Image.MAX_IMAGE_PIXELS:
                raise Image.DecompressionBombError
            return _to_array(_upright(image))
    except Image.DecompressionBombError as error:
        limit = Image.MAX_IMAGE_PIXELS / 1e6
        raise PhotoError(
            f"{file} has more than {limit:.0f} million pixels: scale it down first."
        ) from error
    except FileNotFoundError as error:
        raise PhotoError(f"There is no file {file}: check its name and folder.") from error
    except UnidentifiedImageError as error:
        if file.stat().st_size == 0:
            raise PhotoError(f"{file} is empty: copy or download it again.") from error
        raise PhotoError(
            f"{file} is not an image that can be read here: save it as JPEG or PNG first."
        ) from error
    except PermissionError as error:
        raise PhotoError(f"{file} may not be read: check its permissions.") from error
    except (OSError, SyntaxError, ValueError, RuntimeError) as error:  # Pillow's decoders
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            raise PhotoError(f"There is no file {file}: check its name and folder.") from error
        raise PhotoError(f"{file} is damaged or cut short: copy or download it again.") from error


def _upright(image: Image.Image) -> Image.Image:
    """Apply the EXIF rotation, then the color profile, as every photo viewer does."""
    image.load()
    profile = image.info.get("icc_profile")
    image = _opaque(ImageOps.exif_transpose(image))
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            srgb = ImageCms.createProfile("sRGB")
            image = ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), srgb, outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile, or one of another color model: plain RGB is the best guess
    return image


def _opaque(image: Image.Image) -> Image.Image:
    """Paint transparent parts white and turn palette colors into RGB."""
    if image.has_transparency_data and not image.mode.startswith("I"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB") if image.mode == "P" else image


def _to_array(image: Image.Image) -> np.ndarray:
    """Turn a Pillow image of any opaque mode into RGB in [0, 1]."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):  # one channel, over 8 bits
        gray = np.asarray(image, np.float32)
        gray = gray / 65535 if image.mode != "F" else gray
        return np.repeat(np.clip(gray, 0, 1)[..., None], 3, axis=-1)
    return np.asarray(image.convert("RGB"), np.float32) / 255


def save(photo: np.ndarray, file: str | Path) -> None:
    """Write a photo, RGB in [0, 1], as an 8-bit image; the suffix names the format."""
    to_image(photo).save(file, quality=95)


def resize(photo: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scale a photo to height x width with Pillow's antialiasing bicubic filter."""
    return _to_array(to_image(photo).resize((width, height), Image.Resampling.BICUBIC))


def square(photo: np.ndarray, size: int) -> np.ndarray:
    """Cut the largest square out of a photo's middle and scale it to size x size."""
    image = ImageOps.fit(to_image(photo), (size, size), Image.Resampling.BICUBIC)
    return _to_array(image)


def to_image(photo: np.ndarray) -> Image.Image:
    """Turn a photo, RGB in [0, 1], into an 8-bit Pillow image; what lies outside is clipped."""
    return Image.fromarray(np.round(np.clip(photo, 0, 1) * 255).astype(np.uint8))


def to_jpeg(photo: np.ndarray) -> bytes:
    """Encode a photo, RGB in [0, 1], as the content of a JPEG file."""
    file = io.BytesIO()
    to_image(photo).save(file, "JPEG", quality=90)
    return file.getvalue()


def heroes() -> list[str]:
    """List the names of the course's large color photos."""
    return sorted(file.stem for file in (FOLDER / "heroes").glob("*.jpg"))


def hero(name: str, size: int | None = None) -> np.ndarray:
    """Load one of the course's large photos by name; with ``size``, as a square of that size.

    Raises:
        PhotoError: there is no photo of that name.
    """
    if name not in heroes():
        raise PhotoError(f"There is no photo {name!r}: choose among {', '.join(heroes())}.")
    photo = load(FOLDER / "heroes" / f"{name}.jpg")
    return photo if size is None else square(photo, size)


def historic() -> dict[str, np.ndarray]:
    """Load the real black-and-white photos, by name."""
    return _all_of("historic")


def people() -> dict[str, np.ndarray]:
    """Load the color photos of people, by name; no network of the course learned from them."""
    return _all_of("people")


def _all_of(folder: str) -> dict[str, np.ndarray]:
    return {file.stem: load(file) for file in sorted((FOLDER / folder).glob("*.jpg"))}
