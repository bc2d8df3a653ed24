"""Any photo goes through a network, and keeps its light."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from helpers import canvas, color, colorizer, datasets, metrics, networks, photos


def test_shipped_fusion_takes_L_alone_and_is_closer_to_the_truth() -> None:
    truths = [photos.square(photos.load(file), 128) for file in datasets.some_flowers()]
    off = {}
    for name in ("fusion", "unet"):
        network = colorizer.load(name)
        guesses = [colorizer.colorize(network, truth) for truth in truths]
        off[name] = np.mean(
            [metrics.ciede2000(*pair) for pair in zip(guesses, truths, strict=True)]
        )
    assert off["fusion"] < off["unet"] - 0.5


@pytest.mark.parametrize("name", colorizer.NETWORKS)
def test_a_shipped_network_is_small_and_takes_photos_of_any_size(name: str) -> None:
    assert (colorizer.MODELS / f"{name}.npz").stat().st_size <= 10e6
    planes = np.random.default_rng(0).random((37, 53, 4 if name == "hints" else 1), np.float32)
    ab = colorizer.predict(colorizer.load(name), 100 * planes)
    assert ab.shape == (37, 53, 2) and np.isfinite(ab).all()


def test_a_saved_network_colors_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colorizer, "MODELS", tmp_path)
    model = networks.unet()
    colorizer.save(model, "unet")
    planes = 100 * np.random.default_rng(0).random((16, 16, 1), np.float32)
    loaded = colorizer.load("unet")
    np.testing.assert_allclose(
        colorizer.predict(loaded, planes), colorizer.predict(model, planes), atol=0.2
    )


@pytest.mark.parametrize("height,width", [(400, 400), (37, 53), (8, 9), (1, 1)])
def test_any_size_is_colored_at_its_own_size(height: int, width: int) -> None:
    photo = np.random.default_rng(0).random((height, width, 3), np.float32)
    assert colorizer.colorize(networks.alpha_scaled(), photo).shape == photo.shape


def test_light_stays_and_color_comes_from_the_network() -> None:
    photo = np.random.default_rng(0).uniform(0.3, 0.7, (16, 16, 3)).astype(np.float32)
    keras.utils.set_random_seed(0)  # colors of some other beginnings lie outside the gamut
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
    with pytest.raises(FileNotFoundError, match="no network 'vnet': choose among pretrained, "):
        colorizer.load("vnet")
    with pytest.raises(FileNotFoundError, match="choose among"):
        colorizer.load("../models/unet")
    with pytest.raises(FileNotFoundError, match=r"no network \['unet'\]: choose among"):
        colorizer.load(["unet"])


@pytest.mark.parametrize(
    ("height", "width"), [(400, 300), (37, 53), (1, 1), (3, 500), (2000, 11), (129, 127)]
)
def test_a_photo_of_any_shape_is_colored_at_its_full_size(height: int, width: int) -> None:
    photo = np.random.default_rng(0).random((height, width, 3), np.float32)
    colored = colorizer.Colorizer(networks.alpha_scaled()).color(photo)
    assert colored.shape == photo.shape and colored.dtype == np.float32
    assert 0 <= colored.min() and colored.max() <= 1


def test_the_small_copy_bounds_the_work_on_a_panorama() -> None:
    for shape, small in {
        (100, 200): (128, 256),
        (10, 4000): (1, 512),
        (4000, 3000): (171, 128),
    }.items():
        assert colorizer.small_copy(np.zeros((*shape, 3), np.float32), 128).shape[:2] == small


def test_every_detail_of_the_light_stays() -> None:
    photo = np.random.default_rng(0).uniform(0.4, 0.6, (300, 200, 3)).astype(np.float32)
    colored = colorizer.add_color(photo, np.full((8, 5, 2), 12, np.float32))
    given, kept = color.split(photo)[0], color.split(colored)[0]
    assert np.abs(given - kept).max() < 0.01
    np.testing.assert_allclose(color.split(colored)[1], 12, atol=0.05)


def test_strips_leave_no_seams() -> None:
    """Neighboring rows differ no more where two strips meet than elsewhere."""
    ab = np.random.default_rng(0).uniform(-20, 20, (24, 16, 2)).astype(np.float32)
    rows = canvas.STRIP // 256
    gray = np.full((3 * rows, 256, 3), 0.5, np.float32)
    steps = np.abs(np.diff(color.split(colorizer.add_color(gray, ab))[1], axis=0)).max(axis=(1, 2))
    seams = steps[rows - 1 :: rows]
    assert seams.max() <= steps.max() * 1.001
    whole = color.join(
        color.split(gray)[0],
        np.stack(
            [
                np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((256, len(gray)), 3))
                for plane in np.moveaxis(ab, -1, 0)
            ],
            axis=-1,
        ),
    )
    np.testing.assert_allclose(colorizer.add_color(gray, ab), whole, atol=2e-3)


def test_the_dials() -> None:
    gray, ab = np.full((32, 32, 3), 0.5, np.float32), np.full((4, 4, 2), 10, np.float32)

    def dialed(**dials: float) -> np.ndarray:
        return color.split(colorizer.add_color(gray, ab, **dials))[1].mean(axis=(0, 1))

    np.testing.assert_allclose(dialed(strength=0), (0, 0), atol=0.02)
    np.testing.assert_allclose(dialed(strength=0.5), (5, 5), atol=0.02)
    np.testing.assert_allclose(dialed(saturation=2), (20, 20), atol=0.02)
    np.testing.assert_allclose(dialed(temperature=-15), (10, -5), atol=0.02)
    np.testing.assert_allclose(
        dialed(strength=0.5, saturation=2, temperature=10), (10, 15), atol=0.02
    )


def test_guided_chroma_ends_where_the_light_does() -> None:
    L = np.full((32, 32, 1), 30, np.float32)
    L[:, 16:] = 80
    ab = np.repeat(np.where(L < 50, 0, 40), 2, axis=-1).astype(np.float32)
    blurred = gaussian_filter(ab, (0, 3, 0))
    guided = colorizer.guided(L, blurred)
    steps = [np.diff(one, axis=1)[:, 15].mean() for one in (blurred, guided)]  # at the edge
    assert 2 * steps[0] < steps[1] < 40
    even = np.full_like(L, 50)
    np.testing.assert_allclose(colorizer.guided(even, 0 * ab + 7), 0 * ab + 7, atol=1e-4)


def card(name: str) -> dict[str, dict[str, dict[str, float]]]:
    return json.loads((colorizer.MODELS / f"{name}.json").read_text())["test"]


@pytest.mark.parametrize("name", ["pretrained", "unet", "vivid", "adversarial"])
def test_a_shipped_network_scores_what_its_card_says(name: str) -> None:
    network = colorizer.load(name)
    files, _ = datasets.clean(datasets.outdoors())
    truths = [photos.square(photos.load(file), 128) for file in datasets.split(files).test]
    differences = [metrics.ciede2000(colorizer.colorize(network, truth), truth) for truth in truths]
    gray = [metrics.ciede2000(color.to_gray(truth), truth) for truth in truths]
    measured = card(name)["outdoors"]["network"]["CIEDE2000"]
    assert np.mean(differences) == pytest.approx(measured, abs=0.02)
    assert np.mean(differences) < np.mean(gray)
    text = (colorizer.MODELS / "README.md").read_text()
    for scores in card(name).values():
        for value in scores["network"].values():
            assert f"{value:.2f}" in text


def test_the_shipped_unet_is_closer_to_the_flowers_than_gray() -> None:
    flowers = card("unet")["flowers"]
    assert flowers["network"]["CIEDE2000"] <= 0.92 * flowers["gray"]["CIEDE2000"]


def test_the_pretrained_network_is_closest_to_the_flowers_and_as_colorful() -> None:
    flowers = card("pretrained")["flowers"]
    assert flowers["network"]["CIEDE2000"] <= 0.82 * flowers["gray"]["CIEDE2000"]
    wanted = flowers["truth"]["colorfulness"]
    assert flowers["network"]["colorfulness"] == pytest.approx(wanted, rel=0.2)
    for name in ("unet", "vivid", "fusion", "adversarial"):
        rival = card(name)["flowers"]["network"]["CIEDE2000"]
        assert flowers["network"]["CIEDE2000"] < rival


def test_the_pretrained_network_knows_skin_in_light_and_shade() -> None:
    thirds = json.loads((colorizer.MODELS / "pretrained.json").read_text())["skin"]
    assert len(thirds) == 3
    for third in thirds:
        assert third["network"] < 0.7 * third["gray"] and third["against gray"][1] < 0
    text = (colorizer.MODELS / "README.md").read_text()
    assert all(f"{third['network']:.2f}" in text for third in thirds)


def test_the_pretrained_network_gives_faces_the_color_of_skin() -> None:
    network = colorizer.load("pretrained")
    faces = {"astronaut": (0.12, 0.38, 0.24, 0.52), "grace_hopper": (0.3, 0.38, 0.5, 0.6)}
    for name, (top, left, bottom, right) in faces.items():
        truth = photos.square(photos.people()[name], 128)
        face = np.s_[int(128 * top) : int(128 * bottom), int(128 * left) : int(128 * right)]
        a, b = color.split(colorizer.colorize(network, truth))[1][face].mean(axis=(0, 1))
        assert a > 3 and b > 3, name


def test_the_vivid_network_is_as_colorful_as_the_truth_and_no_worse_than_gray() -> None:
    flowers = card("vivid")["flowers"]
    assert flowers["network"]["CIEDE2000"] <= flowers["gray"]["CIEDE2000"]
    wanted = flowers["truth"]["colorfulness"]
    assert flowers["network"]["colorfulness"] == pytest.approx(wanted, rel=0.1)


def test_the_vivid_network_paints_skies_blue_and_the_land_green() -> None:
    vivid = colorizer.load("vivid")

    def guess(hero: str) -> np.ndarray:
        truth = photos.square(photos.hero(hero), 128)
        return color.split(colorizer.colorize(vivid, truth))[1]

    for hero in ("castle", "pagoda"):
        assert guess(hero)[:20, 40:88, 1].mean() < -5  # blue
    for hero in ("castle", "machu_picchu"):
        a, b = guess(hero)[-24:].mean(axis=(0, 1))
        assert a < -8 and b > 10  # green
