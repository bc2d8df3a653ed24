"""Dots mark where they stand, and both ways of spreading obey them."""

import json

import numpy as np
import pytest
import tensorflow as tf

from helpers import color, colorizer, datasets, hints, metrics, networks, photos
from helpers.hints import Dot

BLUE, RED = (0.2, 0.3, 0.8), (0.8, 0.2, 0.2)


def halves(height: int = 60, width: int = 80) -> np.ndarray:
    """Return a gray photo, dark on the left and light on the right, with a little texture."""
    photo = np.full((height, width, 3), 0.35, np.float32)
    photo[:, width // 2 :] = 0.75
    return photo + np.random.default_rng(0).uniform(-0.02, 0.02, (height, width, 1)).astype("f")


def test_planes_mark_the_dots() -> None:
    L = np.full((40, 60, 1), 50, np.float32)
    planes = hints.planes(L, [Dot(0.5, 0.25, BLUE)])
    np.testing.assert_array_equal(planes[..., :1], L)
    assert planes[10, 30, 3] == 1 and planes[..., 3].sum() == (2 * hints.RADIUS + 1) ** 2
    np.testing.assert_allclose(planes[10, 30, 1:3], color.rgb_to_lab(np.array(BLUE))[1:], rtol=1e-4)
    assert not planes[planes[..., 3] == 0][:, 1:].any()


@pytest.mark.parametrize("place", [(0, 0), (1, 1), (1, 0), (0.999, 0.001)])
def test_dots_at_the_border_are_cut_off(place: tuple[float, float]) -> None:
    planes = hints.planes(np.zeros((5, 7, 1), np.float32), [Dot(*place, BLUE)])
    assert planes.shape == (5, 7, 4)
    assert planes[..., 3].any()


@pytest.mark.parametrize("place", [(-0.1, 0.5), (0.5, 1.01), (float("nan"), 0.5), (0.5, 10)])
def test_dots_outside_the_photo_are_refused(place: tuple[float, float]) -> None:
    dots = [hints.Dot(*place, (1, 0, 0))]
    photo = np.full((16, 24, 3), 0.5, np.float32)
    for use in (lambda: hints.planes(photo[..., :1], dots), lambda: hints.levin(photo, dots)):
        with pytest.raises(ValueError, match="is outside the photo: x and y run from 0 to 1"):
            use()


@pytest.mark.parametrize("rgb", [(float("nan"), 0, 0), (255, 0, 0), (0, -0.1, 0)])
def test_dots_of_no_color_are_refused(rgb: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="color is .*: red, green, blue run from 0 to 1"):
        hints.planes(np.full((16, 24, 1), 50, np.float32), [Dot(0.5, 0.5, rgb)])


def test_levin_spreads_each_color_over_its_side() -> None:
    spread = hints.levin(halves(), [Dot(0.2, 0.5, BLUE), Dot(0.8, 0.5, RED)])
    a, b = np.moveaxis(color.split(spread)[1], -1, 0)
    assert b[:, :30].max() < -20 and a[:, -30:].min() > 20


def test_levin_keeps_light_and_one_dot_colors_all() -> None:
    photo, pale = halves(), (0.5, 0.55, 0.7)  # a color that dark and light can have
    L, ab = color.split(hints.levin(photo, [Dot(0.5, 0.5, pale)]))
    assert np.abs(L - color.split(photo)[0]).max() < 0.1
    np.testing.assert_allclose(
        ab, np.broadcast_to(color.rgb_to_lab(np.array(pale))[1:], ab.shape), atol=0.3
    )


def test_levin_without_dots_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="no dots: set one or more"):
        hints.levin(halves(), [])


@pytest.mark.parametrize(("height", "width"), [(1, 1), (37, 53), (20, 300)])
def test_any_size_goes_through(height: int, width: int) -> None:
    photo = np.random.default_rng(0).random((height, width, 3), np.float32)
    dots = [Dot(0.5, 0.5, RED)]
    assert hints.levin(photo, dots).shape == photo.shape
    network = networks.unet_with_hints(width=4)
    assert hints.colorize(network, photo, dots).shape == photo.shape


def test_dots_take_their_colors_from_the_truth() -> None:
    photo = np.zeros((100, 200, 3), np.float32)
    photo[:, :100], photo[:, 100:] = BLUE, RED
    left, right = hints.dots_from(photo, [(0.2, 0.5), (1.0, 0.1)])
    np.testing.assert_allclose([left.rgb, right.rgb], [BLUE, RED], atol=0.01)
    assert (right.x, right.y) == (1.0, 0.1)


@pytest.fixture
def pairs() -> tf.data.Dataset:
    random = np.random.default_rng(0)
    L = random.uniform(0, 100, (400, 32, 32, 1)).astype("f")
    ab = np.broadcast_to(random.uniform(-0.4, 0.4, (400, 1, 1, 2)), (400, 32, 32, 2)).astype("f")
    return tf.data.Dataset.from_tensor_slices((L, ab)).batch(100)


def gathered(data: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.concatenate(part) for part in zip(*data.as_numpy_iterator(), strict=True))


def test_simulated_dots_tell_the_true_colors(pairs: tf.data.Dataset) -> None:
    (L, _), (planes, ab) = gathered(pairs), gathered(hints.simulated(pairs, seed=0))
    np.testing.assert_array_equal(planes[..., :1], L)
    mask = planes[..., 3] > 0
    np.testing.assert_allclose(planes[..., 1:3][mask], ab[mask] * 128, atol=1e-3)
    assert not planes[..., 1:3][~mask].any()
    share = mask.any(axis=(1, 2)).mean()  # most photos have dots, and some have none
    assert 0.7 < share < 0.98


def test_some_photos_with_dots_have_their_hues_turned(pairs: tf.data.Dataset) -> None:
    (_, given), (planes, ab) = gathered(pairs), gathered(hints.simulated(pairs, seed=0))
    np.testing.assert_allclose(*(np.linalg.norm(x, axis=-1) for x in (given, ab)), atol=1e-5)
    turned = np.abs(given - ab).max(axis=(1, 2, 3)) > 1e-4
    assert 0.15 < turned.mean() < 0.4
    assert planes[turned][..., 3].any(axis=(1, 2)).mean() > 0.9


def test_dots_repeat_with_a_seed_and_change_without(pairs: tf.data.Dataset) -> None:
    fixed, free = hints.simulated(pairs, seed=0), hints.simulated(pairs)
    masks = [[gathered(data)[0][..., 3] for _ in range(2)] for data in (fixed, free)]
    assert np.array_equal(*masks[0]) and not np.array_equal(*masks[1])


def test_the_shipped_network_obeys_a_dot() -> None:
    photo = photos.hero("tulips", 128)
    model = colorizer.load("hints")
    plain = hints.colorize(model, photo, [])
    for rgb, channel, sign in ((BLUE, 1, -1), (RED, 0, 1)):
        near = hints.colorize(model, photo, [Dot(0.3, 0.12, rgb)])
        moved = (color.split(near)[1] - color.split(plain)[1])[8:24, 30:48, channel]
        assert sign * moved.mean() > 8


def test_dots_help_as_much_as_the_model_card_says() -> None:
    card = json.loads((colorizer.MODELS / "hints.json").read_text())["test"]
    model, places = colorizer.load("hints"), np.random.default_rng(0).random((10, 2))
    files, _ = datasets.clean(datasets.outdoors())
    truths = [photos.square(photos.load(file), 128) for file in datasets.split(files).test]
    for name, those in {"0 dots": places[:0], "10 dots": places}.items():
        off = [
            metrics.ciede2000(hints.colorize(model, truth, hints.dots_from(truth, those)), truth)
            for truth in truths
        ]
        assert np.mean(off) == pytest.approx(card["outdoors"][name]["CIEDE2000"], abs=0.02)
    text = (colorizer.MODELS / "README.md").read_text()
    for scores in card.values():
        for value in scores["10 dots"].values():
            assert f"{value:.2f}" in text
