"""Any photo goes through a network, and keeps its light."""

import numpy as np
import pytest

from helpers import color, colorizer, networks


@pytest.mark.parametrize("height,width", [(400, 400), (37, 53), (8, 9), (1, 1)])
def test_any_size_is_colored_at_its_own_size(height: int, width: int) -> None:
    photo = np.random.default_rng(0).random((height, width, 3), np.float32)
    assert colorizer.colorize(networks.alpha_scaled(), photo).shape == photo.shape


def test_light_stays_and_color_comes_from_the_network() -> None:
    photo = np.random.default_rng(0).uniform(0.3, 0.7, (16, 16, 3)).astype(np.float32)
    network = networks.alpha_scaled()
    colored = colorizer.colorize(network, photo)
    L, ab = color.split(colored)
    given = color.split(photo)[0]
    assert np.median(np.abs(L - given)) < 0.01  # clipping to the gamut moves a few
    guessed = np.asarray(network(given[None])[0]) * 128
    assert np.abs(ab - guessed).mean() < np.abs(ab - color.split(photo)[1]).mean()


def test_the_color_of_the_photo_given_does_not_matter() -> None:
    photo = np.random.default_rng(0).random((16, 16, 3), np.float32)
    network = networks.alpha_scaled()
    from_gray = colorizer.colorize(network, color.to_gray(photo))
    assert np.abs(from_gray - colorizer.colorize(network, photo)).max() < 0.01
