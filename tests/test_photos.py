import io
import os
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from helpers import color, datasets, photos

H, W = 7, 13
COLOR = (200, 100, 50)


def corners() -> np.ndarray:
    """Return an 8-bit photo whose corners are red, green, blue and white."""
    pixels = np.zeros((32, 48, 3), np.uint8)
    pixels[:16, :24, 0] = pixels[:16, 24:, 1] = pixels[16:, :24, 2] = 255
    pixels[16:, 24:] = 255
    return pixels


def read(image: Image.Image, file: Path, **options: object) -> np.ndarray:
    image.save(file, **options)
    return load(file)


def load(file: Path) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = photos.load(file)
    assert photo.dtype == np.float32
    assert photo.ndim == 3
    assert photo.shape[2] == 3
    assert photo.min() >= 0
    assert photo.max() <= 1
    return photo


def png(
    width: int, height: int, bits: int, kind: int, rows: bytes, *extra: tuple[bytes, bytes]
) -> bytes:
    """Write a PNG by hand: Pillow writes no 16-bit RGB, no forged size and no gamma."""
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b""
    for name, data in chunks:
        crc = struct.pack(">I", zlib.crc32(name + data))
        body += struct.pack(">I", len(data)) + name + data + crc
    return b"\x89PNG\r\n\x1a\n" + body


def exif(orientation: int, *others: bytes) -> bytes:
    """Write an EXIF by hand: Pillow writes no tags of wrong types."""
    entries = [struct.pack("<HHIHxx", 0x0112, 3, 1, orientation)]
    entries = sorted([*entries, *others], key=lambda entry: struct.unpack("<H", entry[:2]))
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(64)


def linear_profile(space: bytes) -> bytes:
    """Write an ICC profile of sRGB's primaries, or of gray, without a tone curve."""

    def xyz(*numbers: float) -> bytes:
        return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(65536 * x) for x in numbers))

    straight = b"curv" + bytes(8)
    name = b"desc" + bytes(4) + struct.pack(">I", 7) + b"linear\0" + bytes(78)
    tags = {b"desc": name, b"cprt": b"text" + bytes(4) + b"CC0\0", b"wtpt": xyz(0.9642, 1, 0.8249)}
    if space == b"GRAY":
        tags[b"kTRC"] = straight
    else:
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), straight)
        tags[b"rXYZ"] = xyz(0.4360, 0.2225, 0.0139)
        tags[b"gXYZ"] = xyz(0.3851, 0.7169, 0.0971)
        tags[b"bXYZ"] = xyz(0.1431, 0.0606, 0.7141)
    table, data = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        start = 128 + 4 + 12 * len(tags) + len(data)
        table += tag + struct.pack(">II", start, len(content))
        data += content + bytes(-len(content) % 4)
    size = 128 + len(table) + len(data)
    header = struct.pack(">I4xI4s4s4s12x4s", size, 0x02100000, b"mntr", space, b"XYZ ", b"acsp")
    header = header.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + data


@pytest.mark.parametrize(
    ("mode", "value", "suffix", "options", "expected"),
    [
        ("RGB", COLOR, "jpg", {"quality": 95}, COLOR),
        ("RGB", COLOR, "jpg", {"quality": 95, "progressive": True}, COLOR),
        ("L", 90, "jpg", {"quality": 95}, (90, 90, 90)),
        ("CMYK", (0, 255, 255, 0), "jpg", {"quality": 95}, (255, 0, 0)),
        ("RGB", COLOR, "png", {}, COLOR),
        ("L", 90, "png", {}, (90, 90, 90)),
        ("LA", (90, 255), "png", {}, (90, 90, 90)),
        ("LA", (90, 0), "png", {}, (255, 255, 255)),
        ("RGBA", (*COLOR, 255), "png", {}, COLOR),
        ("RGBA", (*COLOR, 0), "png", {}, (255, 255, 255)),
        ("RGBA", (0, 0, 0, 51), "png", {}, (204, 204, 204)),
        ("1", 1, "png", {}, (255, 255, 255)),
        ("1", 0, "png", {}, (0, 0, 0)),
        ("RGB", COLOR, "webp", {"lossless": True}, COLOR),
        ("RGBA", (*COLOR, 0), "webp", {"lossless": True}, (255, 255, 255)),
        ("RGB", COLOR, "bmp", {}, COLOR),
        ("RGB", COLOR, "tif", {}, COLOR),
    ],
)
def test_load_reads_what_cameras_and_programs_write(
    tmp_path: Path, mode: str, value: object, suffix: str, options: dict, expected: tuple
) -> None:
    photo = read(Image.new(mode, (W, H), value), tmp_path / f"photo.{suffix}", **options)
    assert photo.shape == (H, W, 3)
    np.testing.assert_allclose(photo * 255, np.broadcast_to(expected, photo.shape), atol=3)


def test_load_reads_a_palette(tmp_path: Path) -> None:
    photo = read(Image.fromarray(corners()).quantize(8), tmp_path / "photo.png")
    np.testing.assert_allclose(photo * 255, corners(), atol=3)


def test_load_paints_the_transparent_palette_color_white(tmp_path: Path) -> None:
    image = Image.fromarray(corners()).quantize(8)
    blue = image.getpixel((0, 31))
    photo = read(image, tmp_path / "photo.png", transparency=blue)
    expected = corners()
    expected[16:, :24] = 255
    np.testing.assert_allclose(photo * 255, expected, atol=3)


def test_load_keeps_the_precision_of_16_bit_gray(tmp_path: Path) -> None:
    values = np.arange(H * W, dtype=np.uint16).reshape(H, W) * 720 + 7
    photo = read(Image.fromarray(values), tmp_path / "photo.png")
    np.testing.assert_allclose(photo, np.stack([values / 65535] * 3, axis=-1), atol=1e-4)


def test_load_reads_16_bit_rgb(tmp_path: Path) -> None:
    values = np.linspace(0, 65535, H * W * 3).astype(">u2").reshape(H, W, 3)
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    file = tmp_path / "photo.png"
    file.write_bytes(png(W, H, 16, 2, rows))
    np.testing.assert_allclose(load(file), values / 65535, atol=1 / 255)


def test_load_takes_the_first_frame(tmp_path: Path) -> None:
    first, second = (Image.new("RGB", (W, H), name) for name in ("red", "blue"))
    photo = read(first, tmp_path / "photo.gif", save_all=True, append_images=[second])
    np.testing.assert_allclose(photo[3, 3], (1, 0, 0), atol=0.02)


# EXIF's orientation: how an upright photo is stored.
STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("orientation", STORED)
def test_load_turns_a_photo_upright(
    tmp_path: Path, orientation: int, gray: bool, suffix: str
) -> None:
    tags = Image.Exif()
    tags[0x0112] = orientation
    upright = corners()
    if gray:
        upright = np.repeat(upright[..., :1] // 2 + upright[..., 1:2] // 4, 3, axis=-1)
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    photo = read(stored.convert("L") if gray else stored, tmp_path / f"photo.{suffix}", exif=tags)
    assert photo.shape == (32, 48, 3)
    points = ([8, 8, 24, 24], [12, 36, 12, 36])  # the middles of the four colors
    np.testing.assert_allclose(photo[points], upright[points] / 255, atol=0.05)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(struct.pack("<HHII", 0x0128, 1, 1, 2), id="unit as Windows writes it"),
        pytest.param(struct.pack("<HHII", 0x0128, 2, 4, 2**32 - 1), id="unit as text"),
        pytest.param(struct.pack("<HHII", 0x011A, 3, 1, 72), id="resolution as a whole number"),
        pytest.param(struct.pack("<HHII", 0x010E, 2, 99, 2**31), id="text that is elsewhere"),
        pytest.param(struct.pack("<HHII", 0x0132, 12, 2**31, 8), id="endless date"),
        pytest.param(struct.pack("<HHII", 0x8769, 11, 1, 2**31), id="broken pointer"),
        pytest.param(struct.pack("<HHII", 0x010F, 99, 1, 0), id="unknown type"),
    ],
)
def test_load_turns_a_photo_whose_exif_is_nonsense_otherwise(
    tmp_path: Path, nonsense: bytes, suffix: str
) -> None:
    image, file = Image.new("RGB", (W, H)), tmp_path / f"photo.{suffix}"
    image.save(file, exif=exif(6, nonsense))
    assert photos.load(file).shape == (W, H, 3)


def test_load_turns_a_tiff_whose_tags_are_nonsense_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "photo.tif"
    tags = [(274, "H", 1, 6, True), (34665, "d", 1, -1e300, True), (700, "H", 2, (1, 2), True)]
    tifffile.imwrite(file, np.zeros((H, W), np.uint8), photometric="minisblack", extratags=tags)
    assert photos.load(file).shape == (W, H, 3)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_load_reads_a_photo_whose_exif_is_garbage(tmp_path: Path, suffix: str) -> None:
    image, file = Image.new("RGB", (W, H), COLOR), tmp_path / f"photo.{suffix}"
    image.save(file, exif=b"Exif\0\0" + bytes(range(100, 140)))
    np.testing.assert_allclose(photos.load(file) * 255, np.broadcast_to(COLOR, (H, W, 3)), atol=9)


@pytest.mark.parametrize(
    ("mode", "value", "space"),
    [
        ("RGB", (128, 128, 128), b"RGB "),
        ("RGBA", (128, 128, 128, 255), b"RGB "),
        ("P", 128, b"RGB "),
        ("L", 128, b"GRAY"),
        ("LA", (128, 255), b"GRAY"),
        ("I;16", 128 * 257, b"GRAY"),
    ],
)
def test_load_applies_the_color_profile(
    tmp_path: Path, mode: str, value: object, space: bytes
) -> None:
    image = Image.new(mode, (W, H), value)
    if mode == "P":
        image.putpalette([i for i in range(256) for _ in "rgb"])
    photo = read(image, tmp_path / "photo.png", icc_profile=linear_profile(space))
    srgb = 1.055 * (128 / 255) ** (1 / 2.4) - 0.055
    np.testing.assert_allclose(photo, srgb, atol=0.005)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([(b"gAMA", struct.pack(">I", 100000))], 1.055 * (100 / 255) ** (1 / 2.4) - 0.055),
        ([(b"gAMA", struct.pack(">I", 100000)), (b"sRGB", b"\0")], 100 / 255),
        ([(b"gAMA", struct.pack(">I", 45455))], 100 / 255),
        ([(b"gAMA", bytes(4))], 100 / 255),
    ],
)
def test_load_applies_the_gamma_of_a_png(tmp_path: Path, chunks: list, expected: float) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(png(W, H, 8, 0, (b"\0" + b"d" * W) * H, *chunks))
    np.testing.assert_allclose(load(file), expected, atol=0.02)


def test_load_paints_the_transparent_gray_of_16_bits_white(tmp_path: Path) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(png(2, 1, 16, 0, bytes([0, 1, 0, 1, 1]), (b"tRNS", bytes([1, 0]))))
    np.testing.assert_allclose(load(file)[0, :, 0], (1, 257 / 65535), atol=1e-6)


def tiff_values() -> np.ndarray:
    return np.linspace(0, 1, H * W).reshape(H, W)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", ["minisblack", "miniswhite"])
@pytest.mark.parametrize("numbers", ["u1", "u2", "u4", "f4"])
def test_load_reads_a_gray_tiff_of_any_numbers_rightly_or_not_at_all(
    tmp_path: Path, numbers: str, kind: str, order: str
) -> None:
    values, file = tiff_values(), tmp_path / "photo.tif"
    stored = values if kind == "minisblack" else 1 - values
    levels = 1 if numbers == "f4" else np.iinfo(numbers).max
    stored = (stored * levels).astype(numbers)
    tifffile.imwrite(file, stored, photometric=kind, byteorder=order)
    opened = order == "<" and (numbers, kind) != ("u4", "miniswhite") or numbers in ("u1", "f4")
    if opened or (numbers, kind) == ("u2", "minisblack"):  # Pillow opens none of the others
        np.testing.assert_allclose(load(file)[..., 1], values, atol=1 / 255)
    else:
        expect_error(file, "save it as JPEG or PNG")


@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_load_reads_a_tiff_of_16_bit_rgb(tmp_path: Path, planes: str) -> None:
    values, file = np.stack([tiff_values() ** power for power in (1, 2, 3)]), tmp_path / "photo.tif"
    stored = (values * 65535).astype(np.uint16)
    stored = stored if planes == "separate" else np.moveaxis(stored, 0, -1)
    tifffile.imwrite(file, stored, photometric="rgb", planarconfig=planes)
    np.testing.assert_allclose(np.moveaxis(load(file), -1, 0), values, atol=1 / 255)


@pytest.mark.parametrize("worst", [255, -0.5, np.nan, np.inf])
def test_load_refuses_floats_that_are_no_light(tmp_path: Path, worst: float) -> None:
    values, file = tiff_values().astype(np.float32), tmp_path / "photo.tif"
    values[3, 3] = worst
    tifffile.imwrite(file, values)
    expect_error(file, "save it as 8-bit PNG")


@pytest.mark.parametrize("numbers", ["i1", "i2", "i4"])
def test_load_refuses_negative_numbers(tmp_path: Path, numbers: str) -> None:
    tifffile.imwrite(tmp_path / "photo.tif", np.ones((H, W), numbers), photometric="minisblack")
    expect_error(tmp_path / "photo.tif", "save it as JPEG or PNG")


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize(
    ("mode", "profile"),
    [
        pytest.param("RGB", b"no profile at all" * 20, id="broken"),
        pytest.param("RGB", linear_profile(b"RGB ")[:200], id="cut"),
        pytest.param("RGB", linear_profile(b"GRAY"), id="gray for color"),
        pytest.param("L", linear_profile(b"RGB "), id="color for gray"),
    ],
)
def test_load_ignores_a_profile_that_does_not_fit(
    tmp_path: Path, mode: str, profile: bytes, suffix: str
) -> None:
    image = Image.new(mode, (W, H), "gray")
    photo = read(image, tmp_path / f"photo.{suffix}", icc_profile=profile)
    np.testing.assert_allclose(photo, 128 / 255, atol=0.01)


def test_load_reads_a_gray_jpeg_with_a_gray_profile(tmp_path: Path) -> None:
    image, profile = Image.new("L", (W, H), 255), linear_profile(b"GRAY")
    photo = read(image, tmp_path / "photo.jpg", icc_profile=profile)
    assert photo.shape == (H, W, 3)
    np.testing.assert_allclose(photo, 1, atol=0.01)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 9), (13, 7), (4000, 3000)])
def test_load_reads_any_size(tmp_path: Path, width: int, height: int) -> None:
    photo = read(Image.new("RGB", (width, height), COLOR), tmp_path / "photo.jpg")
    assert photo.shape == (height, width, 3)


def bytes_of(form: str) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, form)
    return file.getvalue()


def damaged(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(64) + content[middle + 64 :]


JPEG, PNG = bytes_of("JPEG"), bytes_of("PNG")


@pytest.mark.parametrize(
    ("name", "content", "advice"),
    [
        pytest.param("empty.jpg", b"", "copy or download it again", id="empty"),
        pytest.param("text.jpg", b"Dear diary", "save it as JPEG or PNG", id="text"),
        pytest.param("a.svg", b"<svg></svg>", "save it as JPEG or PNG", id="SVG"),
        pytest.param("a.jpg", bytes_of("EPS"), "save it as JPEG or PNG", id="PostScript"),
        pytest.param("cut.jpg", JPEG[:-900], "copy or download it again", id="JPEG cut"),
        pytest.param("cut.png", PNG[:-900], "copy or download it again", id="PNG cut"),
        pytest.param("bad.png", damaged(PNG), "copy or download it again", id="PNG damaged"),
        pytest.param("100M.png", png(10**4, 10**4, 8, 2, b""), "scale it down", id="large"),
        pytest.param("bomb.png", png(60000, 60000, 8, 2, b""), "scale it down", id="bomb"),
    ],
)
def test_load_says_what_to_do_about_a_bad_file(
    tmp_path: Path, name: str, content: bytes, advice: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    expect_error(file, advice)


def test_load_names_a_missing_file(tmp_path: Path) -> None:
    expect_error(tmp_path / "missing.jpg", "check its name and folder")


def test_load_names_a_folder(tmp_path: Path) -> None:
    expect_error(tmp_path, "give the path of one photo")


def test_load_names_a_path_too_long_to_exist(tmp_path: Path) -> None:
    expect_error(tmp_path / ("long" * 100 + ".jpg"), "check its name")


@pytest.mark.parametrize("name", ["photo.jpg\0", "photo.jpg/photo.jpg"])
def test_load_names_a_path_that_cannot_exist(tmp_path: Path, name: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(JPEG)
    expect_error(tmp_path / name, "check its name")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_load_does_not_wait_for_a_pipe_or_a_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "device.jpg").symlink_to("/dev/zero")
    for name in ("pipe.jpg", "device.jpg"):
        expect_error(tmp_path / name, "give the path of a photo")


def test_load_refuses_a_file_too_large_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(JPEG)
    monkeypatch.setattr(photos, "BYTES", len(JPEG) - 1)
    expect_error(file, "scale it down")


@pytest.mark.parametrize("content", [JPEG, PNG], ids=["JPEG", "PNG"])
def test_load_gives_up_when_it_takes_too_long(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "photo"
    file.write_bytes(content)
    monkeypatch.setattr(photos, "SECONDS", -1)
    expect_error(file, "takes too long to read")


@pytest.mark.parametrize("forbidden", ["photo.jpg", "."])
def test_load_says_that_a_file_may_not_be_read(tmp_path: Path, forbidden: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "photo.jpg"
    file.write_bytes(JPEG)
    (folder / forbidden).chmod(0)
    try:
        if os.access(file, os.R_OK):
            pytest.skip("this user may read everything")
        expect_error(file, "check its permissions")
    finally:
        folder.chmod(0o700)


def expect_error(file: Path, advice: str) -> None:
    """Expect one sentence that names the file and tells what to do."""
    with pytest.raises(photos.PhotoError) as caught:
        photos.load(file)
    message = str(caught.value)
    assert message.count(str(file)) == 1
    assert advice in message
    rest = message.replace(str(file), "")
    assert rest.endswith(".")
    assert rest.count(".") == 1
    assert "\n" not in rest


def test_save_and_load(tmp_path: Path, random: np.random.Generator) -> None:
    photo = random.random((H, W, 3)).astype(np.float32)
    photos.save(photo, tmp_path / "photo.png")
    np.testing.assert_allclose(photos.load(tmp_path / "photo.png"), photo, atol=0.5 / 255 + 1e-6)


def test_save_as_jpeg_changes_a_photo_little(tmp_path: Path) -> None:
    photo = photos.hero("cat", 64)
    photos.save(photo, str(tmp_path / "photo.jpg"))
    assert np.abs(photos.load(str(tmp_path / "photo.jpg")) - photo).mean() < 0.02


def test_save_clips_what_no_file_can_hold(tmp_path: Path) -> None:
    photos.save(np.array([[[-0.5, 0.5, 1.5]]]), tmp_path / "photo.png")
    np.testing.assert_allclose(photos.load(tmp_path / "photo.png"), [[[0, 0.5, 1]]], atol=0.003)


@pytest.mark.parametrize(("height", "width"), [(8, 24), (64, 96), (1, 1), (32, 48)])
def test_resize(height: int, width: int) -> None:
    small = photos.resize(corners() / 255, height, width)
    assert small.shape == (height, width, 3)
    assert small.dtype == np.float32
    if height > 1:
        np.testing.assert_allclose(small[0, 0], (1, 0, 0), atol=0.01)
        np.testing.assert_allclose(small[0, -1], (0, 1, 0), atol=0.01)


@pytest.mark.parametrize(("height", "width"), [(20, 60), (60, 20), (20, 20)])
def test_square_keeps_the_middle(height: int, width: int) -> None:
    photo = np.zeros((height, width, 3), np.float32)
    top, left = (height - 20) // 2, (width - 20) // 2
    photo[top : top + 20, left : left + 20] = 1
    cut = photos.square(photo, 10)
    assert cut.shape == (10, 10, 3)
    np.testing.assert_allclose(cut[1:-1, 1:-1], 1)


@pytest.mark.parametrize("name", photos.heroes())
def test_heroes_are_large_color_photos(name: str) -> None:
    photo = photos.hero(name)
    assert min(photo.shape[:2]) >= 256
    assert np.ptp(photo, axis=-1).mean() > 0.02
    assert photos.hero(name, 32).shape == (32, 32, 3)


def test_historic_photos_are_gray_or_sepia() -> None:
    historic = photos.historic()
    assert historic
    for photo in historic.values():
        ab = color.split(photo)[1]
        assert ab.std(axis=(0, 1)).max() < 8  # sepia is one tint for the whole photo


def test_people_have_true_colors_to_judge_by() -> None:
    people = photos.people()
    assert {"astronaut", "grace_hopper", "mariachi"} <= set(people)
    for photo in people.values():
        assert 256 <= min(photo.shape[:2]) <= 512
        assert np.ptp(photo, axis=-1).mean() > 0.02


def test_unseen_photos_stand_in_no_other_folder_and_are_for_judging() -> None:
    unseen = photos.unseen()
    assert len(unseen) >= 16
    files = datasets.folder(photos.FOLDER / "unseen")
    kept, removed = datasets.clean([*files, *datasets.outdoors()])
    assert set(files) <= set(kept) and not any("unseen" in why for why in removed.values())
    assert datasets.split(files).test == files


def test_windows_of_skin_have_the_hue_of_skin() -> None:
    for who, (photo, place) in photos.skin().items():
        a, b = color.split(photo[place])[1].mean(axis=(0, 1))
        assert 25 < np.degrees(np.arctan2(b, a)) < 75 and np.hypot(a, b) > 10, who


def test_an_unknown_hero_is_told_which_there_are() -> None:
    with pytest.raises(photos.PhotoError, match="'unicorn'.*choose among .*cat"):
        photos.hero("unicorn")


def test_squares_are_the_middles_of_files(tmp_path: Path, random: np.random.Generator) -> None:
    shapes = [(40, 60, 3), (50, 30, 3)]
    files = [tmp_path / f"{place}.png" for place in range(2)]
    for file, shape in zip(files, shapes, strict=True):
        photos.save(random.random(shape), file)
    squares = photos.squares(files, 16)
    assert squares.shape == (2, 16, 16, 3)
    assert np.array_equal(squares[1], photos.square(photos.load(files[1]), 16))
