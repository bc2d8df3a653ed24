"""Colors that walk out of noise, with the shipped denoiser and with others."""

import keras
import nbformat
import numpy as np
import pytest

from helpers import color, diffusion, metrics, networks, photos
from helpers.photos import DATA

LESSON = DATA.parent / "notebooks" / "18_many_small_steps.ipynb"


@pytest.fixture(scope="module")
def denoiser() -> keras.Model:
    return diffusion.load()


@pytest.fixture(scope="module")
def castle() -> np.ndarray:
    return photos.hero("castle", 128)


def lesson(monkeypatch: pytest.MonkeyPatch) -> dict:
    """Run the lesson's own schedule and walk; the helpers' colors then fade as late as they do."""
    scope: dict = {"np": np}
    for cell in nbformat.read(LESSON, 4).cells:
        if cell.id in ("shares", "walk"):
            exec(cell.source, scope)
    monkeypatch.setattr(diffusion, "SOONER", 1)
    return scope


def test_lesson_and_helpers_mix_alike(
    monkeypatch: pytest.MonkeyPatch, random: np.random.Generator
) -> None:
    colors, noise = random.normal(size=(2, 3, 4, 4, 2))
    for time in (0.0, 0.3, 1.0):
        ours = lesson(monkeypatch)["noisy"](colors, noise, time)
        assert np.allclose(diffusion.noisy(colors, noise, time), ours)
        each = np.full((3, 1), time)
        assert np.allclose(diffusion.noisy(colors, noise, each), ours)


def test_lesson_and_helpers_walk_alike(
    monkeypatch: pytest.MonkeyPatch, denoiser: keras.Model, castle: np.ndarray
) -> None:
    walk = lesson(monkeypatch)["walk"]
    maps = diffusion.look(color.split(castle)[0])
    begin = np.random.default_rng(0).normal(size=(1, 32, 32, 2))

    def velocity_of(mixture: np.ndarray, time: float) -> np.ndarray:
        return denoiser.predict_on_batch([mixture, np.full((1, 1), time), *maps])

    ours, theirs = walk(velocity_of, begin, 3), diffusion.walk(denoiser, maps, begin, steps=3)
    assert len(ours) == len(theirs) == 4
    assert np.allclose(ours[-1], theirs[-1], atol=1e-4)


def test_the_lesson_and_the_helpers_build_the_same_block(monkeypatch: pytest.MonkeyPatch) -> None:
    scope: dict = {"layers": keras.layers, "ops": keras.ops}
    (block,) = [
        cell.source
        for cell in nbformat.read(LESSON, 4).cells
        if "the-timed-block" in cell.metadata.get("tags", ())
    ]
    exec(block, scope)
    theirs = networks.denoiser()
    monkeypatch.setattr(networks, "_timed", lambda x, now, n, dropout: scope["timed"](x, now, n))
    ours = networks.denoiser()
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]
    random = np.random.default_rng(0)
    weights = [random.normal(0, 0.1, w.shape) for w in theirs.weights]
    shown = [random.normal(size=(1, *shape)) for shape in ((8, 8, 2), (1,), (4, 4, 96), (8, 8, 64))]
    for model in (ours, theirs):
        model.set_weights(weights)
    assert np.allclose(ours.predict_on_batch(shown), theirs.predict_on_batch(shown), atol=1e-4)


def test_the_way_leads_from_colors_to_noise(random: np.random.Generator) -> None:
    of_colors, of_noise = diffusion.shares(np.linspace(0, 1, 11))
    assert np.allclose(of_colors**2 + of_noise**2, 1)
    assert np.isclose(of_colors[0], 1) and np.isclose(of_noise[-1], 1)
    assert np.all(np.diff(of_noise) > 0)


def test_a_seed_is_a_coloring(denoiser: keras.Model, castle: np.ndarray) -> None:
    first, again, other = (diffusion.colorize(denoiser, castle, seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert np.abs(first - other).mean() > 0.005


def test_a_walk_colors_the_castle_better_than_gray(
    denoiser: keras.Model, castle: np.ndarray
) -> None:
    guess = diffusion.colorize(denoiser, castle)
    assert metrics.colorfulness(guess) > 15
    assert metrics.ciede2000(guess, castle) < metrics.ciede2000(color.to_gray(castle), castle)


@pytest.mark.parametrize("shape", [(50, 90, 3), (140, 130, 3), (33, 300, 3)])
def test_photos_of_any_shape_get_colors(
    denoiser: keras.Model, random: np.random.Generator, shape: tuple[int, int, int]
) -> None:
    guess = diffusion.colorize(denoiser, random.random(shape))
    assert guess.shape == shape and np.isfinite(guess).all()


def test_a_walk_from_a_late_stop_is_one_leap(denoiser: keras.Model, castle: np.ndarray) -> None:
    maps = diffusion.look(color.split(castle)[0])
    begin = np.random.default_rng(0).normal(size=(1, 32, 32, 2))
    assert len(diffusion.walk(denoiser, maps, begin, start=0.1)) == 2
    assert len(diffusion.walk(denoiser, maps, begin, start=0.3, steps=5)) == 6


def test_what_is_mended_stays(denoiser: keras.Model, castle: np.ndarray) -> None:
    def mend(colors: np.ndarray) -> np.ndarray:
        colors = colors.copy()
        colors[0, :4, :4] = [3, 2]
        return colors

    maps = diffusion.look(color.split(castle)[0])
    begin = np.random.default_rng(0).normal(size=(1, 32, 32, 2))
    end = diffusion.walk(denoiser, maps, begin, steps=5, mend=mend)[-1]
    assert np.allclose(end[0, :4, :4], [3, 2], atol=1e-3)


def test_sides_that_do_not_divide_are_told(castle: np.ndarray) -> None:
    with pytest.raises(ValueError, match="divide by 32"):
        diffusion.look(color.split(castle)[0][:100])
