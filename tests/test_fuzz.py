"""Files of all kinds, whole and broken, for photos.load: the right pixels or one sentence.

`make test` tries the same files at every run, `make fuzz MINUTES=10` new ones. A failure names its
seed: `FUZZ_SEED=<seed> make test` begins with that.
"""

import io
import json
import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import tifffile
from PIL import Image, features
from test_photos import STORED, exif, linear_profile, png

from helpers import photos

pytestmark = pytest.mark.filterwarnings("ignore")  # Pillow's, of odd tags

MINUTES = float(os.environ.get("FUZZ_MINUTES", 0))
SEED = int(os.environ.get("FUZZ_SEED", time.time() if MINUTES else 0))
SECONDS, GIGABYTES = 30, 2  # for any file: 10 s on a quiet machine, more on a busy one
LOSSLESS = {  # what Pillow writes without loss, in which modes
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "JPEG2000": ("L", "LA", "RGB", "RGBA", "I;16"),
    "GIF": ("L", "P"),
    "BMP": ("1", "L", "P", "RGB"),
    "PPM": ("1", "L", "RGB", "I;16"),
    "TGA": ("L", "LA", "P", "RGB", "RGBA"),
    "PCX": ("1", "L", "P", "RGB"),
    "SGI": ("L", "RGB", "RGBA"),
    "ICO": ("RGBA",),
}


def _writes(kind: str, mode: str) -> bool:
    """Tell whether this Pillow writes a mode as a format: some learned it late."""
    try:
        Image.new(mode, (16, 16)).save(io.BytesIO(), kind)
    except OSError:
        return False
    return True


LOSSLESS = {
    kind: tuple(mode for mode in modes if _writes(kind, mode)) for kind, modes in LOSSLESS.items()
}
OPTIONS = {
    "PNG": [{}, {"compress_level": 0}],
    "TIFF": [{"compression": name} for name in ("raw", "tiff_lzw", "tiff_deflate", "packbits")],
    "WEBP": [{"lossless": True, "exact": True}],
    "TGA": [{}, {"compression": "tga_rle"}],
    "ICO": [{"sizes": [(16, 16)]}],
}
PALETTE = np.random.default_rng(1).integers(0, 256, (256, 3), np.uint8)
# EXIF's tags that mean nothing for the pixels: texts, numbers, pointers to more tags.
ODD_TAGS = (254, 270, 271, 282, 296, 306, 315, 700, 33432, 34665, 34853, 37500, 40965)
TAGGED = ("PNG", "TIFF", "WEBP")  # of these, what keeps EXIF and profiles


class Case(NamedTuple):
    """A file; what is to be seen in it, if it can be read at all."""

    name: str
    content: bytes
    truth: np.ndarray | None  # None: it must be refused
    may_be_refused: bool = False
    tolerance: float = 1.01 / 255


def seeds(count: int, share: float) -> Iterator[int]:
    """Count seeds: a number of them, or as many as fit into a share of the minutes."""
    end, seed = time.monotonic() + 60 * MINUTES * share, SEED
    while time.monotonic() < end if MINUTES else seed < SEED + count:
        yield seed
        seed += 1
    print(f"{seed - SEED:,} files tried")


@pytest.mark.parametrize("kind", ["Pillow", "tifffile", "PNG"])
def test_the_right_pixels_are_read(kind: str, tmp_path: Path) -> None:
    make = {"Pillow": by_pillow, "tifffile": by_tifffile, "PNG": png_by_hand}[kind]
    for seed in seeds(300, 0.2):
        case = make(np.random.default_rng(seed))
        photo = load(case.content, tmp_path / "photo", f"seed {seed}, {case.name}")
        if photo is None:
            assert case.truth is None or case.may_be_refused, f"seed {seed}, {case.name}: refused"
            continue
        assert case.truth is not None, f"seed {seed}, {case.name}: not refused"
        assert photo.shape == case.truth.shape, f"seed {seed}, {case.name}"
        off = np.abs(photo - case.truth).max()
        assert off <= case.tolerance, f"seed {seed}, {case.name}: off by {off:.3f}"


def test_whatever_a_file_holds_a_photo_or_a_sentence_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10**6)  # for speed: the bombs come below
    whole = samples()
    for seed in seeds(1500, 0.3):
        random = np.random.default_rng(seed)
        form = str(random.choice(sorted(whole)))
        load(broken(whole[form], random), tmp_path / "photo", f"seed {seed}, {form}")


def load(content: bytes, file: Path, name: str) -> np.ndarray | None:
    """Load a file: return a photo in order, or None where it was refused in one sentence."""
    file.write_bytes(content)
    start = time.thread_time()
    try:
        photo = photos.load(file)
    except photos.PhotoError as error:
        said = str(error)
        assert said.count(str(file)) == 1, name
        assert said.endswith(".") and said.count(". ") == 0 and "\n" not in said, name
        photo = None
    except BaseException as error:
        raise AssertionError(f"{name}: {error!r}") from error
    else:
        assert photo.dtype == np.float32 and photo.ndim == 3 and photo.shape[2] == 3, name
        assert photo.min() >= 0 and photo.max() <= 1, name  # so no NaN, either
    assert time.thread_time() - start < SECONDS, name
    return photo


# Whole files of known pixels


def by_pillow(random: np.random.Generator) -> Case:
    """Write a photo with Pillow: any format, mode, orientation and profile."""
    form = pick(random, LOSSLESS)
    mode = pick(random, LOSSLESS[form])
    options, orientation = dict(pick(random, OPTIONS.get(form, [{}]))), 1
    height, width = (16, 16) if form == "ICO" else random.integers(1, 24, 2)
    values, colors, alpha = picture(mode, height, width, random)
    if form in TAGGED:
        orientation = int(random.integers(1, 9))
        odd = () if form == "TIFF" else odd_tags(random)  # Pillow writes no odd TIFF
        options["exif"] = exif(orientation, *odd)
    profiled = form in TAGGED and mode not in ("1", "P", "CMYK") and random.random() < 0.3
    if profiled:
        gray = mode in ("L", "LA", "I;16")
        options["icc_profile"] = linear_profile(b"GRAY" if gray else b"RGB ")
        colors = np.where(colors < 0.0031308, 12.92 * colors, 1.055 * colors ** (1 / 2.4) - 0.055)
    content = written(to_image(mode, STORED[orientation](values)), form, **options)
    tolerance = (4.01 if profiled else 1.01) / 255
    return Case(f"{form} {mode} {options}", content, on_white(colors, alpha), tolerance=tolerance)


def picture(
    mode: str, height: int, width: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Invent what a mode stores; return it, its colors (H, W, 3) and its opacity (H, W, 1)."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    values = random.integers(0, 2 ** (16 if mode == "I;16" else 8), (height, width, bands))
    alpha = np.ones((height, width, 1))
    if mode == "1":
        values = (values > 127) * 255
    if mode.endswith("A"):
        alpha = values[..., -1:] / 255
    if mode == "P":
        return values, PALETTE[values[..., 0]] / 255, alpha
    if mode == "CMYK":
        return values, (1 - values[..., :3] / 255) * (1 - values[..., 3:] / 255), alpha
    colors = values[..., : 3 if mode.startswith("RGB") else 1] / (65535 if mode == "I;16" else 255)
    return values, np.broadcast_to(colors, (height, width, 3)), alpha


def to_image(mode: str, values: np.ndarray) -> Image.Image:
    kind = np.uint16 if mode == "I;16" else np.uint8
    bands = [
        Image.fromarray(np.ascontiguousarray(band))
        for band in np.moveaxis(values, -1, 0).astype(kind)
    ]
    if mode == "P":
        bands[0].putpalette(PALETTE.tobytes())
    return Image.merge(mode, bands) if len(bands) > 1 else bands[0].convert(mode)


def on_white(colors: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return colors * alpha + 1 - alpha


def odd_tags(random: np.random.Generator) -> list[bytes]:
    """Invent EXIF entries of any type, count and place."""
    tags = (256, 258, 270, 271, 282, 296, 306, 315, 700, 33432, 34665, 34853, 37500, 40965)
    counts = (0, 1, 2, 9, 10**4, 2**31, 2**32 - 1)
    return [
        struct.pack(
            "<HHII",
            pick(random, tags),
            random.integers(20),
            pick(random, counts),
            random.integers(2**32),
        )
        for _ in range(random.integers(4))
    ]


def by_tifffile(random: np.random.Generator) -> Case:
    """Write a TIFF of any numbers, in any order, with odd tags."""
    kind = pick(random, ("minisblack", "miniswhite", "rgb", "separated"))
    numbers, order = pick(random, ("u1", "u2", "u4", "f4", "f8", "i1", "i2")), pick(random, "<>")
    height, width = random.integers(1, 24, 2)
    values = random.random((height, width, {"rgb": 3, "separated": 4}.get(kind, 1)))
    colors, alpha = (
        np.broadcast_to(values[..., :3], (height, width, 3)),
        np.ones((height, width, 1)),
    )
    if kind == "separated":
        colors = (1 - colors) * (1 - values[..., 3:])
    stored, extra = 1 - values if kind == "miniswhite" else values, []
    if random.random() < 0.3:
        extra, alpha = ["unassalpha"], random.integers(0, 2, (height, width, 1))
        stored = np.concatenate([stored, alpha], -1)
    orientation = int(random.integers(1, 9))
    levels = 1 if numbers[0] == "f" else np.iinfo(numbers).max
    stored = (STORED[orientation](stored) * levels).astype(numbers)
    no_light = numbers[0] == "i"
    if numbers[0] == "f" and random.random() < 0.3:
        stored[-1, -1, 0], no_light = pick(random, (np.nan, np.inf, -1, 255)), True
    planes = pick(random, ("contig", "separate")) if stored.shape[-1] > 1 else None
    options = {
        "photometric": kind,
        "planarconfig": planes,
        "extrasamples": extra,
        "byteorder": order,
        "compression": pick(random, (None, "zlib")),
        "rowsperstrip": int(random.integers(1, 24)),
    }
    if planes is None:
        stored = stored[..., 0]
    elif planes == "separate":
        stored = np.moveaxis(stored, -1, 0)
    file = io.BytesIO()
    tags = [(274, "H", 1, orientation, True), (65001, "d", 1, random.random(), True)]
    tifffile.imwrite(file, stored, extratags=tags, metadata=None, **options)
    odd = [struct.pack(order + "HH", tag, 12) for tag in (65001, pick(random, ODD_TAGS))]
    content = file.getvalue().replace(*odd)
    plain = not extra and (numbers == "u1" or (numbers == "u2" and kind in ("minisblack", "rgb")))
    truth = None if no_light else on_white(colors, alpha)
    steps = 3.01 if kind == "separated" else 1.01
    return Case(f"TIFF {numbers} {options}", content, truth, not plain, steps / 255)


def png_by_hand(random: np.random.Generator) -> Case:
    """Write a PNG of any depth, with a transparent color, a gamma and odd EXIF."""
    kind = pick(random, (0, 2, 3, 4, 6))  # gray, RGB, palette; gray and RGB with opacity
    bits = int(pick(random, {0: (1, 2, 4, 8, 16), 3: (1, 2, 4, 8)}.get(kind, (8, 16))))
    height, width = (int(n) for n in random.integers(1, 24, 2))
    orientation = int(random.integers(1, 9))
    bands = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    values = random.integers(0, 2**bits, (height, width, bands))
    alpha, before = np.ones((height, width, 1)), []
    colors = values[..., : 3 if kind in (2, 6) else 1] / (2**bits - 1)
    gamma = pick(random, (None, 0.45455, 1.0, 0.3))
    if gamma:
        before.append((b"gAMA", struct.pack(">I", round(gamma * 1e5))))
    if random.random() < 0.3:
        before.append((b"sRGB", b"\0"))
        gamma = None
    if kind in (4, 6):
        alpha = values[..., -1:] / (2**bits - 1)
    if kind == 3:
        colors = PALETTE[values[..., 0]] / 255
        before.append((b"PLTE", PALETTE[: 2**bits].tobytes()))
    if clear := kind in (0, 2, 3) and random.random() < 0.5:
        if kind == 3:
            opacity = random.integers(0, 256, 2**bits, np.uint8)
            alpha = opacity[values] / 255
            before.append((b"tRNS", opacity.tobytes()))
        else:
            color = values[0, 0]
            alpha = (values != color).any(axis=-1, keepdims=True)
            before.append((b"tRNS", color.astype(">u2").tobytes()))
    if gamma and abs(2.2 * gamma - 1) > 0.05:
        colors = colors ** (1 / (2.2 * gamma))
    tags = (b"eXIf", exif(orientation, *odd_tags(random))[6:])
    content = png(
        *STORED[orientation](values).shape[1::-1],
        *(bits, kind, rows(STORED[orientation](values), bits)),
        *(*before, tags),
    )
    truth = on_white(np.broadcast_to(colors, (height, width, 3)), alpha)
    name = f"PNG of kind {kind}, {bits} bits, {[chunk for chunk, _ in before]}, gamma {gamma}"
    refused = clear and (kind, bits) in ((0, 2), (0, 4), (2, 16))
    # Of 16-bit colors Pillow keeps 8, whose dark steps a gamma widens.
    return Case(
        name, content, truth, refused, (25 if gamma else 2.01) / 255 if bits == 16 else 1.01 / 255
    )


def rows(values: np.ndarray, bits: int) -> bytes:
    """Pack numbers of some bits as PNG wants them: in rows, each after the number of its filter."""
    ones = (values[..., None] >> np.arange(bits)[::-1]) & 1
    packed = np.packbits(ones.reshape(len(values), -1).astype(np.uint8), axis=1)
    return np.pad(packed, ((0, 0), (1, 0))).tobytes()


# Broken files


def samples() -> dict[str, bytes]:
    """Write a photo in many ways, with EXIF and a profile where these can be."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    image = Image.fromarray(noise)
    tagged = {"exif": exif(6), "icc_profile": linear_profile(b"RGB ")}
    ways: dict[str, tuple[str, str, dict]] = {
        "JPEG": ("RGB", "JPEG", tagged),
        "progressive JPEG": ("RGB", "JPEG", {"progressive": True, **tagged}),
        "CMYK JPEG": ("CMYK", "JPEG", {}),
        "MPO": ("RGB", "MPO", {"save_all": True, "append_images": [image]}),
        "PNG": ("RGBA", "PNG", tagged),
        "palette PNG": ("P", "PNG", {"transparency": b"abc"}),
        "16-bit PNG": ("I;16", "PNG", {}),
        "animated PNG": ("RGB", "PNG", {"save_all": True, "append_images": [image.rotate(9)]}),
        "GIF": ("P", "GIF", {"transparency": 3}),
        "animated GIF": ("P", "GIF", {"save_all": True, "append_images": [image.rotate(9)]}),
        "WebP": ("RGB", "WEBP", tagged),
        "lossless WebP": ("RGBA", "WEBP", {"lossless": True}),
        "animated WebP": ("RGB", "WEBP", {"save_all": True, "append_images": [image.rotate(9)]}),
        "TIFF": ("RGB", "TIFF", tagged),
        "gray TIFF": ("I;16", "TIFF", {}),
        "float TIFF": ("F", "TIFF", {}),
        "CMYK TIFF": ("CMYK", "TIFF", {"compression": "tiff_lzw"}),
        "packed TIFF": ("RGBA", "TIFF", {"compression": "tiff_adobe_deflate"}),
        "TIFF of a JPEG": ("RGB", "TIFF", {"compression": "jpeg"}),
        "fax TIFF": ("1", "TIFF", {"compression": "group4"}),
        "BMP": ("RGB", "BMP", {}),
        "palette BMP": ("P", "BMP", {}),
        "PPM": ("RGB", "PPM", {}),
        "TGA": ("RGBA", "TGA", {"compression": "tga_rle"}),
        "PCX": ("P", "PCX", {}),
        "SGI": ("RGB", "SGI", {}),
        "ICO": ("RGBA", "ICO", {"sizes": [(32, 32), (16, 16)]}),
        "bare ICO": ("RGBA", "ICO", {"sizes": [(32, 32)], "bitmap_format": "bmp"}),
        "JPEG 2000": ("RGB", "JPEG2000", {}),
        "bare JPEG 2000": ("RGBA", "JPEG2000", {"no_jp2": True, "tile_size": (16, 16)}),
    }
    if features.check("avif"):
        ways["AVIF"] = ("RGBA", "AVIF", {"speed": 10, **tagged})
    files = {}
    for name, (mode, form, options) in ways.items():
        files[name] = written(
            image.convert("I" if mode == "I;16" else mode).convert(mode), form, **options
        )
    header = struct.pack(">4sH6xHIIHHIIIH", b"8BPS", 1, 3, 40, 60, 8, 3, 0, 0, 0, 0)
    files["PSD"] = header + noise.tobytes()
    files["plain PPM"] = b"P3 60 40 255 " + b" ".join(b"%d" % number for number in noise.flat)
    return files


def broken(content: bytes, random: np.random.Generator) -> bytes:
    """Damage a file in one to three places, more often at its beginning."""
    data = bytearray(content)
    for _ in range(random.integers(1, 4)):
        place = int(random.integers(pick(random, (len(data), min(len(data), 64))) or 1))
        some = slice(place, place + int(random.integers(1, 64)))
        match pick(random, ("cut", "flip", "extreme", "gap", "noise", "repeat")):
            case "cut":
                del data[place:]
            case "flip":
                data[place : place + 1] = [data[place] ^ 1 << random.integers(8)] if data else []
            case "extreme":
                few = slice(place, place + int(random.integers(1, 5)))
                data[few] = pick(random, (b"\0", b"\xff", b"\x7f", b"\x80")) * len(data[few])
            case "gap":
                del data[some]
            case "noise":
                data[some] = random.bytes(len(data[some]))
            case "repeat":
                data[place:place] = data[some] * int(random.integers(1, 50))
    return with_checksums(bytes(data)) if random.random() < 0.5 else bytes(data)


def with_checksums(content: bytes) -> bytes:
    """Correct a PNG's checksums, so that its damage comes through to the decoder."""
    data, place = bytearray(content), 8
    while content.startswith(b"\x89PNG") and place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4])
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return bytes(data)


def pick(random: np.random.Generator, choices: object) -> object:
    return list(choices)[random.integers(len(choices))]


# Bombs


CHILD = """
import json, pathlib, re, resource, sys, time, types
sys.modules["keras"] = types.ModuleType("keras")  # not needed, and slow
from helpers import photos
photos.SECONDS = float(sys.argv[1])


def peak():  # Linux hands on to a child what its parent had taken, but not in this file
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


for file in sys.argv[2:]:
    start = time.process_time()
    try:
        said = str(photos.load(file).shape)
    except photos.PhotoError as error:
        said = str(error)
    print(json.dumps([file, said, time.process_time() - start, peak()]), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say how much memory it took")
def test_no_bomb_takes_long_or_fills_the_memory(tmp_path: Path) -> None:
    files = []
    for name, content in bombs().items():
        files.append(tmp_path / name)
        files[-1].write_bytes(content)
    command = [sys.executable, "-c", CHILD, "1", *map(str, files)]
    child = subprocess.run(command, capture_output=True, text=True)
    told = [json.loads(line) for line in child.stdout.splitlines()]
    assert [file for file, *_ in told] == [str(file) for file in files], child.stderr
    for file, said, seconds, size in told:
        assert said.startswith("(") or said.count(file) == 1, said
        assert seconds < SECONDS, f"{file}: {said} after {seconds:.1f} s"
        assert size < GIGABYTES * 2**30, f"{file}: {said} with {size / 2**30:.2f} GB"


def bombs() -> dict[str, bytes]:
    """Write small files that want much time or memory."""
    wide, high = 9400, 9500  # nearly as many pixels as are allowed
    gif = struct.pack("<6sHHBBB6x", b"GIF89a", wide, high, 0x80, 0, 0)
    gif += b"!\xf9\4\1\0\0\0\0," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0;"
    palette = [(b"PLTE", bytes(6)), (b"tRNS", b"\0\0")]
    white = png(wide, high, 1, 3, bytes((wide // 8 + 1) * high), *palette)
    bad = png(13000, 13000, 1, 0, bytes((13000 // 8 + 1) * 13000))
    text = png(1, 1, 8, 0, bytes(2), *[(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**20)))] * 200)
    jpeg = written(Image.new("RGB", (4096, 4096)), "JPEG", progressive=True)
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    still = Image.new("RGB", (64, 64), "red")
    tile = written(still, "JPEG2000", no_jp2=True)
    size = tile.index(b"\xff\x51") + 6
    places = struct.pack(">IIIIII", wide, high, 0, 0, wide, high)
    moving = written(still, "WEBP", save_all=True, append_images=[Image.new("RGB", (64, 64))])
    far = (10000).to_bytes(3, "little") + (8000).to_bytes(3, "little")
    return {
        "screen.gif": gif,
        "white.png": white,
        "icon.ico": struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(bad), 22) + bad,
        "huge.png": png(60000, 60000, 8, 2, b""),
        "flat.png": png(20000, 1, 8, 0, bytes(20001)),
        "tall.png": png(1, 20000, 8, 0, bytes(40000)),
        "text.png": text,
        "scans.jpg": jpeg[:-2] + scan * 20000 + jpeg[-2:],
        "junk.jpg": b"\xff\xd8\xff" + bytes(3 * 10**7),
        "plain.ppm": b"P3 5000 5000 255 " + b"1 " * 10**7,
        "tags.tif": tags_of_the_same_bytes(),
        "tile.j2k": tile[:size] + places[:8] + tile[size + 8 :],
        "tiles.j2k": tile[:size]
        + struct.pack(">IIIIII", wide, high, 0, 0, wide, high)
        + tile[size + 24 :],
        "canvas.webp": moving[:24] + far + moving[30:],
    }


def written(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def tags_of_the_same_bytes() -> bytes:
    """Write a TIFF of one pixel and a thousand tags that share 4 MB."""
    pixel = {256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 1}
    tags = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in pixel.items()]
    tags += [struct.pack("<HHII", 50000 + number, 7, 2**22, 8) for number in range(1000)]
    start = 8 + 2**22
    return (
        struct.pack("<2sHI", b"II", 42, start)
        + bytes(2**22)
        + struct.pack("<H", len(tags))
        + b"".join(tags)
        + bytes(4)
    )
