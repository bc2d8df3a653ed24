"""Any photo goes through a network, and keeps its light."""

import json

import numpy as np
import pytest

from helpers import color, colorizer, datasets, metrics, networks, photos


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


def test_an_unknown_network_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(FileNotFoundError, match="no network 'vnet': choose among .*unet"):
        colorizer.load("vnet")


def test_the_shipped_network_scores_what_its_card_says() -> None:
    card = json.loads((colorizer.MODELS / "unet.json").read_text())["test"]
    unet = colorizer.load("unet")
    files, _ = datasets.clean(datasets.outdoors())
    truths = [photos.square(photos.load(file), 128) for file in datasets.split(files).test]
    differences = [metrics.ciede2000(colorizer.colorize(unet, truth), truth) for truth in truths]
    gray = [metrics.ciede2000(color.to_gray(truth), truth) for truth in truths]
    assert np.mean(differences) == pytest.approx(card["outdoors"]["network"]["CIEDE2000"], abs=0.02)
    assert np.mean(differences) < np.mean(gray)
    assert card["flowers"]["network"]["CIEDE2000"] <= 13.5
    text = (colorizer.MODELS / "README.md").read_text()
    for scores in card.values():
        for value in scores["network"].values():
            assert f"{value:.2f}" in text
