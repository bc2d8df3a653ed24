import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from helpers import color, datasets, feeding, photos

PALETTE = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], np.float32)  # differ in L, too
RED, GREEN, BLUE, YELLOW = range(4)


def flat(rgb: np.ndarray | tuple, height: int = 24, width: int = 24) -> np.ndarray:
    return np.broadcast_to(np.float32(rgb), (height, width, 3))


def quarters() -> np.ndarray:
    """Return a photo of four colors: red, green / blue, yellow."""
    return PALETTE.reshape(2, 2, 3).repeat(80, 0).repeat(80, 1)


def write(folder: Path, count: int) -> list[Path]:
    """Write photos of noise in bright colors, of different sizes."""
    random = np.random.default_rng(0)
    for number in range(count):
        noise = random.integers(0, 2, (6, 4 + number, 3)).astype(np.float32)
        photos.save(photos.resize(noise, 30, 20 + 5 * number), folder / f"{number:02}.png")
    return datasets.folder(folder)


def numbers(batches: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Collect L and ab / 128 of one epoch."""
    L, ab = zip(*batches.as_numpy_iterator(), strict=True)
    return np.concatenate(L), np.concatenate(ab)


def test_pairs_are_the_photos_in_order(tmp_path: Path) -> None:
    files = write(tmp_path, 7)[::-1]
    batches = feeding.pairs(files, 16, 3)
    assert [L.shape for L, _ in batches] == [(3, 16, 16, 1), (3, 16, 16, 1), (1, 16, 16, 1)]
    L, ab = numbers(batches)
    assert L.dtype == ab.dtype == np.float32
    lab = [color.split(photos.square(photos.load(file), 16)) for file in files]
    np.testing.assert_allclose(L, [L for L, _ in lab], atol=0.032)
    np.testing.assert_allclose(ab * 128, [ab for _, ab in lab], atol=0.032)


@pytest.mark.parametrize("augment", [False, True])
def test_pairs_stay_in_their_ranges(tmp_path: Path, augment: bool) -> None:
    files = write(tmp_path, 8)
    for L, ab in feeding.pairs(files, 16, 4, augment):
        assert (L.shape, ab.shape) == ((4, 16, 16, 1), (4, 16, 16, 2))
        assert L.dtype == ab.dtype == tf.float32
        assert 0 <= L.numpy().min() < 40 < 80 < L.numpy().max() <= 100.001
        assert 0.4 < np.abs(ab).max() <= 1


@pytest.mark.parametrize("turned", [0.0, 1.0], ids=["upright", "turned"])
def test_augmented_colors_stay_with_their_lightness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turned: float
) -> None:
    monkeypatch.setattr(feeding, "TURNED", turned)
    photos.save(quarters(), tmp_path / "photo.png")
    batches = feeding.pairs(datasets.folder(tmp_path) * 32, 64, 32, augment=True)
    flips = []
    for L, ab in zip(*numbers(batches), strict=True):
        distance = np.linalg.norm(color.join(L, ab * 128)[:, :, None] - PALETTE, axis=-1)
        assert (distance.min(axis=-1) < 0.05).mean() > 0.9  # all but the borders
        flips.append(distance.argmin(axis=-1)[[0, 0, -1, -1], [0, -1, 0, -1]].tolist())
    straight, flipped = [RED, GREEN, BLUE, YELLOW], [GREEN, RED, YELLOW, BLUE]
    assert {tuple(corners) for corners in flips} == {tuple(straight), tuple(flipped)}
    assert 4 <= flips.count(flipped) <= 28


def test_every_eighth_augmented_photo_is_turned(tmp_path: Path) -> None:
    tf.random.set_seed(0)
    photos.save(quarters()[:80], tmp_path / "photo.png")  # red to the left, green to the right
    L, _ = numbers(feeding.pairs(datasets.folder(tmp_path) * 400, 16, 4, augment=True))
    turned = np.ptp(L, axis=1).max(axis=(1, 2)) > 1  # columns are no longer of one color
    assert 0.08 < turned.mean() < 0.18


@pytest.mark.parametrize("turned", [0.0, 1.0], ids=["upright", "turned"])
def test_augmentation_invents_no_corners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turned: float
) -> None:
    monkeypatch.setattr(feeding, "TURNED", turned)
    photos.save(flat((0.8, 0.9, 0.1)), tmp_path / "photo.png")
    files = datasets.folder(tmp_path) * 200
    L, ab = numbers(feeding.pairs(files, 16, 20, augment=True))
    expected_L, expected_ab = numbers(feeding.pairs(files[:1], 16, 1))
    np.testing.assert_allclose(L, np.broadcast_to(expected_L, L.shape), atol=1e-3)
    np.testing.assert_allclose(ab, np.broadcast_to(expected_ab, ab.shape), atol=1e-5)


@pytest.mark.parametrize("seed", [None, 0])
def test_every_epoch_augments_anew(tmp_path: Path, seed: int | None) -> None:
    tf.random.set_seed(seed)  # course.start sets one in every lesson
    photos.save(quarters(), tmp_path / "photo.png")
    batches = feeding.pairs(datasets.folder(tmp_path) * 8, 16, 8, augment=True)
    first, second = ({L.tobytes() for L in numbers(batches)[0]} for _ in range(2))
    assert len(first) == len(second) == 8
    assert not first & second


def test_every_epoch_deals_each_photo_once_in_another_order(tmp_path: Path) -> None:
    for number in range(12):
        photos.save(flat((number + 2) / 16 * np.ones(3)), tmp_path / f"{number:02}.png")
    batches = feeding.pairs(datasets.folder(tmp_path), 8, 4, augment=True)
    orders = [numbers(batches)[0][:, 0, 0, 0].round(2) for _ in range(3)]
    in_file_order = np.sort(orders[0])
    assert len(set(in_file_order)) == 12
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), in_file_order)
    assert len({tuple(order) for order in [in_file_order, *orders]}) > 2


@pytest.mark.parametrize("augment", [False, True])
def test_views_stay_with_their_photos(tmp_path: Path, augment: bool) -> None:
    files, each = [], np.arange(8)
    for i in each:  # photo i has the lightness 10 i, and its views say 10 i and 10 i + 1
        files.append(tmp_path / f"{i}.png")
        rgb = color.lab_to_rgb(np.full((32, 32, 3), (10 * i, 0, 0), np.float32))
        photos.save(rgb, files[-1])
    views = np.stack([10 * each, 10 * each + 1], axis=1)[..., None].astype(np.float16)
    said = []
    for _ in range(4):
        for (L, told), ab in feeding.pairs(files, 16, 4, augment, views):
            assert told.shape == (4, 1) and ab.shape == (4, 16, 16, 2)
            assert np.abs(L[:, 8, 8] - told).max() <= 1.5
            said += [int(value) % 10 for value in told[:, 0]]
    assert set(said) == ({0, 1} if augment else {0})


def test_augmented_batches_are_full(tmp_path: Path) -> None:
    batches = feeding.pairs(write(tmp_path, 7), 8, 3, augment=True)
    assert [len(L) for L, _ in batches] == [3, 3]


@pytest.mark.parametrize("memory", [2e9, 0], ids=["memory", "file"])
@pytest.mark.parametrize("augment", [False, True])
def test_pairs_open_each_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, augment: bool, memory: float
) -> None:
    opened, load = [], photos.load

    def counted(file: str | Path) -> np.ndarray:
        opened.append(Path(file))
        return load(file)

    files = write(tmp_path, 6)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(feeding, "MEMORY", memory)
    monkeypatch.setattr(photos, "load", counted)
    batches = feeding.pairs(files, 8, 3, augment)
    for _ in range(3):
        numbers(batches)
    assert sorted(opened) == files


def test_a_large_set_is_kept_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, scratch = write(tmp_path, 5), tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    expected = numbers(feeding.pairs(files, 16, 2))
    assert list(scratch.rglob("*")) == []
    monkeypatch.setattr(feeding, "MEMORY", 0)
    batches = feeding.pairs(files, 16, 2)
    for _ in range(2):
        for kept, same in zip(numbers(batches), expected, strict=True):
            np.testing.assert_array_equal(kept, same)
    bytes_kept = sum(file.stat().st_size for file in scratch.rglob("*") if file.is_file())
    assert bytes_kept >= 5 * 16 * 16 * 3 * 2


@pytest.mark.parametrize(("count", "augment"), [(0, False), (0, True), (3, True)])
def test_pairs_ask_for_more_photos(tmp_path: Path, count: int, augment: bool) -> None:
    files = write(tmp_path, 3)[:count]
    with pytest.raises(datasets.DatasetError, match=rf"^{count} photos .* of 4: add photos\.$"):
        feeding.pairs(files, 8, 4, augment)


def test_pairs_of_fewer_photos_than_a_batch(tmp_path: Path) -> None:
    [(L, _)] = feeding.pairs(write(tmp_path, 3), 8, 4)
    assert len(L) == 3


KINDS = {
    "wide.jpg": (Image.new("RGB", (300, 5), "blue"), (0, 0, 1)),
    "tall.png": (Image.new("RGB", (5, 300), "blue"), (0, 0, 1)),
    "dot.bmp": (Image.new("RGB", (1, 1), "blue"), (0, 0, 1)),
    "Blüte am See.jpg": (Image.new("RGB", (40, 30), "yellow"), (1, 1, 0)),
    "gray.jpg": (Image.new("L", (30, 40), 90), (90 / 255,) * 3),
    "cmyk.jpg": (Image.new("CMYK", (30, 40), (0, 255, 255, 0)), (1, 0, 0)),
    "16 bits.png": (Image.fromarray(np.full((30, 40), 23130, np.uint16)), (90 / 255,) * 3),
    "glass.png": (Image.new("RGBA", (30, 40), (0, 0, 0, 51)), (0.8,) * 3),
    "palette.gif": (Image.new("RGB", (30, 40), "red").quantize(4), (1, 0, 0)),
}


def test_pairs_take_every_kind_of_photo(tmp_path: Path) -> None:
    for name, (image, _) in KINDS.items():
        image.save(tmp_path / name)
    L, ab = numbers(feeding.pairs([tmp_path / name for name in KINDS], 8, 4))
    for i, (name, (_, rgb)) in enumerate(KINDS.items()):
        lab = color.rgb_to_lab(flat(rgb, 8, 8))
        close = partial(np.testing.assert_allclose, atol=1.5, err_msg=name)
        close(np.concatenate([L[i], ab[i] * 128], axis=-1), lab)


def test_a_large_set_is_read_anew_while_an_unfinished_reader_is_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeding, "MEMORY", 0)
    batches = feeding.pairs(datasets.outdoors()[:80], 16, 2)
    unfinished = iter(batches)
    next(unfinished)
    assert len(list(batches)) == 40
