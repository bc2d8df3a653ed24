import warnings
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from skimage import color as skcolor

from helpers import color

RGB = np.stack(np.meshgrid(*[np.linspace(0, 1, 52)] * 3, indexing="ij"), axis=-1)
LAB = skcolor.rgb2lab(RGB)  # in float64
AB = np.linspace(-128, 128, 33)
ALL_LAB = np.stack(np.meshgrid(np.linspace(0, 100, 21), AB, AB, indexing="ij"), axis=-1)

in_graph = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(tf.function, id="tf.function"),
]


def test_rgb_to_lab_agrees_with_scikit_image() -> None:
    lab = color.rgb_to_lab(RGB)
    assert lab.dtype == np.float32
    np.testing.assert_allclose(lab, LAB, atol=1e-3)


def test_lab_to_rgb_agrees_with_scikit_image() -> None:
    rgb = color.lab_to_rgb(LAB)
    assert rgb.dtype == np.float32
    np.testing.assert_allclose(rgb, RGB, atol=1e-3)


@pytest.mark.parametrize("wrap", in_graph)
def test_tensors_agree_with_scikit_image(wrap: Callable) -> None:
    rgb = wrap(color.lab_to_rgb_tensor)(tf.constant(LAB, tf.float32))
    np.testing.assert_allclose(rgb.numpy(), RGB, atol=1e-3)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (53.24, 80.09, 67.20)),  # published values of the sRGB primaries
        ((0, 1, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
    ],
)
def test_known_colors(rgb: tuple, lab: tuple) -> None:
    np.testing.assert_allclose(color.rgb_to_lab(np.array(rgb)), lab, atol=0.02)


def test_there_and_back() -> None:
    np.testing.assert_allclose(color.lab_to_rgb(color.rgb_to_lab(RGB)), RGB, atol=1e-4)


@pytest.mark.parametrize("wrap", in_graph)
def test_gradients_are_finite_everywhere(wrap: Callable) -> None:
    """A network can train through the conversion, also at black and outside the gamut."""

    @wrap
    def gradient(lab: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(lab)
            converted = tf.reduce_sum(color.lab_to_rgb_tensor(lab))
        return tape.gradient(converted, lab)

    assert np.isfinite(gradient(tf.constant(ALL_LAB, tf.float32)).numpy()).all()


def test_out_of_gamut_colors_are_clipped_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rgb = color.lab_to_rgb(ALL_LAB)
    assert rgb.min() == 0
    assert rgb.max() == 1
    np.testing.assert_allclose(np.asarray(color.lab_to_rgb_tensor(ALL_LAB)), rgb, atol=2e-3)


def test_every_screen_color_is_in_gamut() -> None:
    inside = color.in_gamut(LAB)
    assert inside.shape == RGB.shape[:-1]
    assert inside.dtype == bool
    assert inside.all()


@pytest.mark.parametrize("lab", [(50, 110, -110), (100, 50, 0), (0, 20, 20), (110, 0, 0)])
def test_impossible_colors_are_out_of_gamut(lab: tuple) -> None:
    assert not color.in_gamut(np.array(lab))


def test_in_gamut_agrees_with_the_way_there_and_back() -> None:
    """Clipping changes the colors outside the gamut, and only those."""
    moved = np.abs(color.rgb_to_lab(color.lab_to_rgb(ALL_LAB)) - ALL_LAB).max(axis=-1)
    inside = color.in_gamut(ALL_LAB)
    assert moved[inside].max() < 2
    assert moved[~inside].min() > 0.01


def test_split_and_join(random: np.random.Generator) -> None:
    photo = random.random((7, 13, 3)).astype(np.float32)
    L, ab = color.split(photo)
    assert L.shape == (7, 13, 1)
    assert ab.shape == (7, 13, 2)
    np.testing.assert_allclose(np.concatenate([L, ab], axis=-1), skcolor.rgb2lab(photo), atol=1e-3)
    np.testing.assert_allclose(color.join(L, ab), photo, atol=1e-4)


def test_to_gray_keeps_lightness_and_drops_color(random: np.random.Generator) -> None:
    photo = random.random((7, 13, 3)).astype(np.float32)
    gray = color.to_gray(photo)
    assert gray.shape == photo.shape
    assert np.ptp(gray, axis=-1).max() < 1e-3
    np.testing.assert_allclose(color.split(gray)[0], color.split(photo)[0], atol=0.05)


def test_scaled_ab_fits_the_range_of_tanh() -> None:
    assert np.abs(color.split(RGB[0])[1] / color.AB_SCALE).max() < 1


def test_turned_hues_keep_light_and_chroma() -> None:
    L, ab = np.full((2, 3, 1), 60, np.float32), np.float32([[[20, 0], [0, 20], [-9, 12]]] * 2)
    photo = color.join(L, ab)
    a, b = ab[..., 0], ab[..., 1]
    np.testing.assert_allclose(color.turned(photo, 0), photo, atol=1e-3)
    quarter_L, quarter = color.split(color.turned(photo, 90))
    np.testing.assert_allclose(quarter_L, L, atol=0.1)
    np.testing.assert_allclose(quarter, np.stack([-b, a], axis=-1), atol=0.2)
    half = color.split(color.turned(photo, np.float32([[0, 180, 0]] * 2)))[1]
    np.testing.assert_allclose(half, ab * np.float32([[[1], [-1], [1]]]), atol=0.2)
