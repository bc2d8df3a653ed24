"""Photos from files: read any of them safely, crop, resize, save, and name where they came from.

A photo is a float32 array of RGB values in [0, 1] with shape (height, width, 3).
"""

import contextlib
import io
import os
import stat
import struct
import time
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tifffile
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

DATA = Path(__file__).parent.parent / "data"
FOLDER = DATA / "photos"

# Pillow's formats that hold photos. Left out is what runs a program (EPS), unpacks to any size
# (FITS), or is decoded at a crawl.
FORMATS = (
    *("AVIF", "BMP", "GIF", "HEIF", "ICO", "JPEG", "JPEG2000", "PCX", "PNG", "PPM", "PSD", "SGI"),
    *("TGA", "TIFF", "WEBP"),
)
SECONDS = 8  # of work to decode a file, at most
BYTES = 600 * 10**6  # of a file, at most: as many pixels as Pillow takes, in 16 bits, are 537 MB
BAND = 2**20  # pixels that are converted at a time
TURNS = {  # EXIF's orientation: what turns such a photo upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
STRAIGHT = {"La": "LA", "RGBa": "RGBA"}  # modes whose colors are multiplied by their transparency

Image.init()
SUFFIXES = frozenset(end for end, name in Image.registered_extensions().items() if name in FORMATS)
warnings.filterwarnings("ignore", module="PIL")  # of odd tags and large sizes: load judges them


class PhotoError(Exception):
    """A file that cannot become a photo; the message says which, why, and what to do."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of the call stack: the sentence is all a learner needs.
        return [f"{type(self).__name__}: {self}"]


def load(file: str | Path) -> np.ndarray:
    """Read an image file as an upright RGB photo, float32 (H, W, 3) in [0, 1].

    Reads the formats that hold photos: gray, CMYK, palette, 16-bit and transparent files too
    (transparent parts turn white, of several frames the first counts). EXIF's orientation, a color
    profile and a PNG's gamma are applied.

    Raises:
        PhotoError: the file is missing, empty, damaged, too large, or not an image.
    """
    file = Path(file)
    try:
        _expect_a_file(file)
        with _Stream(file) as stream:
            try:
                image = _decode(stream)
            finally:
                stream.expect_time_left()
        return _colors(image)
    except FileNotFoundError as error:
        raise PhotoError(f"There is no file {file}: check its name and folder.") from error
    except Exception as error:  # a decoder that meets nonsense may raise anything
        raise PhotoError(f"{file} {_reason(error)}") from error


def _expect_a_file(file: Path) -> None:
    """Refuse what would hang, as a pipe does, or end in a misleading error."""
    try:
        status = os.stat(file)
    except PermissionError:
        raise
    except (OSError, ValueError) as error:  # a name that no file can have, too
        raise FileNotFoundError from error
    if stat.S_ISDIR(status.st_mode):
        raise PhotoError("is a folder: give the path of one photo inside it.")
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError("is a device or a pipe: give the path of a photo.")
    if status.st_size == 0:
        raise PhotoError("is empty: copy or download it again.")
    if status.st_size > BYTES:
        raise Image.DecompressionBombError


class _Stream(io.BufferedReader):
    """A file that seems to end when its time is over, or when it was read several times over.

    Else a small file can keep a decoder busy for hours (a progressive JPEG, scan after scan) or
    fill the memory (a thousand TIFF tags that name the same bytes). An error raised in ``read``
    would be more direct, but crashes some of Pillow's decoders.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(io.FileIO(file))
        self._until = time.thread_time() + SECONDS
        self._left = 5 * os.fstat(self.fileno()).st_size + 2**20

    def read(self, size: int | None = -1) -> bytes:
        """Read as any file, while there is time."""
        content = b"" if self._is_over() else super().read(size)
        self._left -= len(content)
        return content

    def expect_time_left(self) -> None:
        """Raise an error where the file had to end before its time."""
        if self._is_over():
            raise TimeoutError

    def _is_over(self) -> bool:
        return self._left < 0 or time.thread_time() > self._until


def _reason(error: Exception) -> str:
    """Say what is wrong with a file and what to do: a sentence that its name begins."""
    match error:
        case PhotoError():
            return str(error)
        case Image.DecompressionBombError():
            pixels, size = Image.MAX_IMAGE_PIXELS / 1e6, BYTES / 1e6
            return f"has over {pixels:.0f} million pixels or {size:.0f} MB: scale it down first."
        case TimeoutError():
            return "takes too long to read: save it as JPEG or PNG first."
        case UnidentifiedImageError():
            return "is not an image that can be read here: save it as JPEG or PNG first."
        case PermissionError():
            return "may not be read: check its permissions."
        case MemoryError():
            return "is damaged, or too large for the memory: copy it again or scale it down."
    return "is damaged or cut short: copy or download it again."


def _decode(stream: _Stream) -> Image.Image:
    """Read the pixels, and turn them as the EXIF orientation says."""
    image = Image.open(stream, formats=[name for name in FORMATS if name in Image.OPEN])
    _expect_few_pixels(image)
    misread = _pillow_misreads(image)
    if image.format != "TIFF":
        image.load()  # before the EXIF, which a PNG may hold behind the pixels
    turn = _pop_turn(image)
    if misread:
        image = _read_with_tifffile(image, stream)
    image.load()
    _expect_few_pixels(image)  # again, for an ICO learns its true size only now
    return image if turn is None else image.transpose(turn)


def _expect_few_pixels(image: Image.Image) -> None:
    if image.width * image.height > Image.MAX_IMAGE_PIXELS:
        raise Image.DecompressionBombError


def _pop_turn(image: Image.Image) -> Image.Transpose | None:
    """Take what turns an image upright out of its EXIF, of which any part may be nonsense."""
    orientation = None
    with contextlib.suppress(Exception):
        orientation = _orientation(image.info["exif"])
    with contextlib.suppress(Exception):
        exif = image.getexif()  # a TIFF's own tags, and XMP
        orientation = orientation or exif.get(ExifTags.Base.Orientation)
        for tag in list(exif):  # to what they point in a TIFF, Pillow would follow them
            del exif[tag]
    return TURNS.get(orientation)


def _orientation(exif: bytes) -> int | None:
    """Find the orientation among EXIF's tags, whatever the others hold.

    Pillow stops reading at a tag that points outside, and its ``exif_transpose`` writes all tags
    anew, which fails where one has an odd type.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = "<" if exif.startswith(b"II") else ">"
    (start,) = struct.unpack_from(order + "I", exif, 4)
    (count,) = struct.unpack_from(order + "H", exif, start)
    for place in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, place)
        if tag == ExifTags.Base.Orientation and kind == 3:  # a 16-bit number
            return value
    return None


def _pillow_misreads(image: Image.Image) -> bool:
    """Tell whether Pillow would decode an image to wrong pixels."""
    if image.format == "PNG":  # a transparent color of 2, 4 or 16 bits, compared with 8
        return "transparency" in image.info and image.tile[0][3] in ("L;2", "L;4", "RGB;16B")
    if image.format != "TIFF":
        return image.format == "PSD" and image.mode == "1"  # black for white
    tag, tags, raw = ExifTags.Base, image.tag_v2, image.info["compression"] == "raw"
    bits, kind = max(tags.get(tag.BitsPerSample, (1,))), max(tags.get(tag.SampleFormat, (1,)))
    planes = tags.get(tag.PlanarConfiguration) == 2
    return (
        bits not in (1, 2, 4, 8, 16)
        or kind != 1  # signed, or floats
        or (bits == 16 and tags.get(tag.PhotometricInterpretation, 0) == 0)  # not inverted
        or (bits == 16 and planes and raw)  # as if of 8 bits
        or (planes and image.mode == "LA")
        or (raw and image.mode == "YCbCr")  # as if no color were shared by neighbors
        or image.mode == "LAB"
    )


def _read_with_tifffile(image: Image.Image, stream: _Stream) -> Image.Image:
    """Read a TIFF's numbers of any kind: gray ones as 32-bit floats, planes of RGB as 8 bits."""
    if image.format != "TIFF" or image.info["compression"] != "raw":  # packed is a zip bomb, maybe
        raise UnidentifiedImageError
    stream.seek(0)
    page = tifffile.TiffFile(stream).pages[0]
    kind, photometric = page.dtype.kind, page.photometric
    if page.axes == "YX" and photometric in (0, 1) and kind in "uf":
        levels = np.iinfo(page.dtype).max if kind == "u" else 1
        gray = page.asarray().astype(np.float32) / np.float32(levels)
        result = Image.fromarray(gray if photometric == 1 else 1 - gray)
    elif page.axes == "SYX" and photometric == 2 and page.dtype == np.uint16 and page.shape[0] == 3:
        planes = [Image.fromarray((plane >> 8).astype(np.uint8)) for plane in page.asarray()]
        result = Image.merge("RGB", planes)
    else:
        raise UnidentifiedImageError
    result.info = image.info
    return result


def _colors(image: Image.Image) -> np.ndarray:
    """Turn an image of any mode into RGB in [0, 1], a band at a time to save memory."""
    to_srgb = _to_srgb(image)
    photo = np.empty((image.height, image.width, 3), np.float32)
    rows = max(1, BAND // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        photo[top:bottom] = _band(image.crop((0, top, image.width, bottom)), to_srgb)
    return photo


def _to_srgb(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    """Make what applies an image's color profile, as every photo viewer does."""
    if not image.info.get("icc_profile"):
        return None
    model = _color_model(image.mode)
    exact = ImageCms.Flags.NOOPTIMIZE if model == "L" else ImageCms.Flags.NONE  # else: dark is off
    # A broken profile, or one of another color model, is skipped: plain RGB is the best guess.
    with contextlib.suppress(Exception):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(profile, srgb, model, "RGB", flags=exact)
    return None


def _color_model(mode: str) -> str:
    """Return what a mode's color is made of: gray ("L"), "CMYK" or "RGB"."""
    gray = mode in ("1", "L", "LA", "La") or _is_deep(mode)
    return "L" if gray else "CMYK" if mode == "CMYK" else "RGB"


def _is_deep(mode: str) -> bool:
    """Tell whether a mode is gray of more than 8 bits."""
    return mode in ("I", "F") or mode.startswith("I;16")


def _band(image: Image.Image, to_srgb: ImageCms.ImageCmsTransform | None) -> np.ndarray:
    """Return a band's colors, by its profile or gamma, on white where it is transparent."""
    image, model = image.convert(STRAIGHT.get(image.mode, image.mode)), _color_model(image.mode)
    if model == "L":
        colors = _gray(image, to_srgb)[..., None]
    else:
        image = image.convert("RGBA") if image.has_transparency_data else image
        colors = _rgb(to_srgb.apply(image.convert(model)) if to_srgb else image)
    gamma = image.info.get("gamma")
    if gamma and not to_srgb and "srgb" not in image.info and abs(2.2 * gamma - 1) > 0.05:
        colors = colors ** (1 / (2.2 * gamma))  # as browsers do; a gamma near sRGB's means sRGB
    if image.has_transparency_data:
        alpha = _alpha(image)[..., None]
        colors = colors * alpha + (1 - alpha)
    return colors


def _gray(image: Image.Image, to_srgb: ImageCms.ImageCmsTransform | None) -> np.ndarray:
    """Return the light of a gray band, of any depth."""
    if image.mode == "F":
        gray = np.asarray(image)
    elif _is_deep(image.mode):
        gray = np.asarray(image, np.float32) / 65535
    else:
        gray = np.asarray(image.convert("L"), np.float32) / 255
    if not (gray.min() >= 0 and gray.max() <= 1):  # NaN does not pass, either
        raise PhotoError("holds other numbers than light from 0 to 1: save it as 8-bit PNG first.")
    if to_srgb:  # Pillow applies profiles to 8 bits only: between those, along a straight line
        steps = np.arange(256, dtype=np.uint8)
        curve = _rgb(to_srgb.apply(Image.fromarray(steps[None])))[0, :, 0]
        gray = np.interp(gray, steps / 255, curve)
    return gray


def _alpha(image: Image.Image) -> np.ndarray:
    """Return how opaque a band is."""
    if _is_deep(image.mode):
        return np.asarray(image) != image.info["transparency"]
    return np.asarray(image.convert("RGBA").getchannel("A"), np.float32) / 255


def _rgb(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"), np.float32) / 255


def save(photo: np.ndarray, file: str | Path) -> None:
    """Write a photo, RGB in [0, 1], as an 8-bit image; the suffix names the format."""
    to_image(photo).save(file, quality=95)


def write(content: bytes | memoryview, file: Path) -> None:
    """Write a file that gets its name when it is whole: a full disk leaves no half of it."""
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def resize(photo: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scale a photo to height x width with Pillow's antialiasing bicubic filter."""
    return _rgb(to_image(photo).resize((width, height), Image.Resampling.BICUBIC))


def square(photo: np.ndarray, size: int) -> np.ndarray:
    """Cut the largest square out of a photo's middle and scale it to size x size."""
    image = ImageOps.fit(to_image(photo), (size, size), Image.Resampling.BICUBIC)
    return _rgb(image)


def squares(files: Iterable[str | Path], size: int) -> np.ndarray:
    """Read files as squares of their middles: RGB in [0, 1], shape (files, size, size, 3)."""
    return np.stack([square(load(file), size) for file in files])


def to_image(photo: np.ndarray) -> Image.Image:
    """Turn a photo, RGB in [0, 1], into an 8-bit Pillow image; what lies outside is clipped."""
    pixels = np.empty(photo.shape, np.uint8)
    rows = max(1, BAND // max(1, photo.shape[1]))  # a band at a time, to save memory
    for top in range(0, len(photo), rows):
        band = np.clip(photo[top : top + rows], 0, 1)
        pixels[top : top + rows] = np.round(band * 255)
    return Image.fromarray(pixels)


def to_jpeg(photo: np.ndarray) -> bytes:
    """Encode a photo, RGB in [0, 1], as the content of a JPEG file."""
    file = io.BytesIO()
    to_image(photo).save(file, "JPEG", quality=90)
    return file.getvalue()


def to_png(photo: np.ndarray) -> bytes:
    """Encode a photo, RGB in [0, 1], as the content of a PNG file."""
    file = io.BytesIO()
    to_image(photo).save(file, "PNG")
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


def unseen() -> dict[str, np.ndarray]:
    """Load the color photos that no network learned from and no lesson but the last shows."""
    return _all_of("unseen")


SKIN = {  # windows of skin in the photos of people, as shares: left, top, right, bottom
    "an astronaut": ("astronaut", 0.40, 0.20, 0.48, 0.30),
    "Grace Hopper": ("grace_hopper", 0.41, 0.40, 0.47, 0.46),
    "a guitarist's hand": ("mariachi", 0.22, 0.65, 0.32, 0.85),
    "a trumpeter": ("mariachi", 0.37, 0.21, 0.43, 0.28),
    "a man who laughs": ("mariachi", 0.85, 0.47, 0.91, 0.53),
    "a man in red": ("opera", 0.315, 0.37, 0.345, 0.43),
    "a woman in purple": ("opera", 0.575, 0.37, 0.60, 0.42),
}


def skin() -> dict[str, tuple[np.ndarray, tuple[slice, slice]]]:
    """Load photos of people, by who is seen, each with the place of a window of skin in it."""
    found, shown = {}, people()
    for who, (name, left, top, right, bottom) in SKIN.items():
        height, width = shown[name].shape[:2]
        rows = slice(int(top * height), int(bottom * height))
        found[who] = shown[name], (rows, slice(int(left * width), int(right * width)))
    return found


def _all_of(folder: str) -> dict[str, np.ndarray]:
    return {file.stem: load(file) for file in sorted((FOLDER / folder).glob("*.jpg"))}
