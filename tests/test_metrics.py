import warnings
from collections.abc import Callable

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, uniform_filter

from helpers import color, metrics, photos

ALL = [metrics.mse_ab, metrics.psnr, metrics.ssim, metrics.ciede2000]


@pytest.fixture
def two(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return tuple(random.random((2, 17, 23, 3)).astype(np.float32))


def filled(*channels: float) -> np.ndarray:
    return np.tile(np.array(channels, np.float32), (8, 8, 1))


@pytest.mark.parametrize(
    ("metric", "best"),
    [(metrics.mse_ab, 0), (metrics.psnr, np.inf), (metrics.ssim, 1), (metrics.ciede2000, 0)],
)
def test_the_truth_itself_scores_best(metric: Callable, best: float, two: tuple) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metric(two[0], two[0]) == pytest.approx(best)


@pytest.mark.parametrize("metric", ALL)
def test_guess_and_truth_can_change_places(metric: Callable, two: tuple) -> None:
    score = metric(*two)
    assert isinstance(score, float)
    assert score == pytest.approx(metric(*two[::-1]), rel=1e-4)


def test_psnr_by_hand() -> None:
    assert metrics.psnr(filled(0.5, 0.5, 0.5), filled(0.6, 0.6, 0.6)) == pytest.approx(20, abs=1e-3)
    one_channel = metrics.psnr(filled(0.5, 0.5, 0.5), filled(0.6, 0.5, 0.5))
    assert one_channel == pytest.approx(20 + 10 * np.log10(3), abs=1e-3)


def test_mse_ab_by_hand() -> None:
    """Red against gray of any lightness: a and b of pure red are 80.09 and 67.20."""
    expected = (80.09**2 + 67.20**2) / 2 / 128**2
    assert metrics.mse_ab(filled(0.3, 0.3, 0.3), filled(1, 0, 0)) == pytest.approx(expected, 1e-3)


def test_ssim_against_its_definition(two: tuple) -> None:
    guess, truth = (photo.astype(np.float64) for photo in two)
    size, c1, c2 = 7, 0.01**2, 0.03**2

    def mean(x: np.ndarray) -> np.ndarray:
        return uniform_filter(x, (size, size, 1))[3:-3, 3:-3]

    unbiased = size**2 / (size**2 - 1)
    m, n = mean(guess), mean(truth)
    v, w = unbiased * (mean(guess**2) - m**2), unbiased * (mean(truth**2) - n**2)
    covariance = unbiased * (mean(guess * truth) - m * n)
    quality = (2 * m * n + c1) * (2 * covariance + c2) / ((m**2 + n**2 + c1) * (v + w + c2))
    assert metrics.ssim(guess, truth) == pytest.approx(quality.mean(), abs=1e-4)


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [
        # Sharma, Wu and Dalal (2005), table 1: pairs 17, 25 and 33, which a screen can show
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ],
)
def test_ciede2000_of_published_pairs(first: tuple, second: tuple, difference: float) -> None:
    guess, truth = (color.lab_to_rgb(filled(*lab)) for lab in (first, second))
    assert color.in_gamut(np.array([first, second])).all()
    assert metrics.ciede2000(guess, truth) == pytest.approx(difference, abs=2e-3)


def test_a_better_coloring_beats_the_gray_baseline() -> None:
    truth = photos.hero("macaw", 64)
    gray = color.to_gray(truth)
    better = (gray + truth) / 2
    assert metrics.mse_ab(better, truth) < metrics.mse_ab(gray, truth)
    assert metrics.ciede2000(better, truth) < metrics.ciede2000(gray, truth)
    assert metrics.psnr(better, truth) > metrics.psnr(gray, truth)
    assert metrics.ssim(better, truth) > metrics.ssim(gray, truth)


def test_the_gray_baseline_loses_color_alone() -> None:
    truth = photos.hero("macaw", 64)
    expected = np.mean((color.split(truth)[1] / 128) ** 2)
    assert metrics.mse_ab(color.to_gray(truth), truth) == pytest.approx(expected, rel=1e-3)


def test_gray_has_no_color_and_a_rainbow_much() -> None:
    gray = np.repeat(np.random.default_rng(0).random((8, 8, 1)), 3, axis=-1)
    assert metrics.colorfulness(gray) == pytest.approx(0, abs=1e-4)
    half = np.zeros((2, 2, 3))
    half[0], half[1] = [1, 0, 0], [0, 1, 0]  # red - green is +-255, and yellow - blue is 127.5
    assert metrics.colorfulness(half) == pytest.approx(255 + 0.3 * 127.5)


def test_colorfulness_follows_chroma() -> None:
    photo = photos.hero("macaw", 64)
    faded = 0.5 * photo + 0.5 * color.to_gray(photo)
    assert 0 < metrics.colorfulness(faded) < metrics.colorfulness(photo)


def test_scores_hold_what_the_single_metrics_say() -> None:
    photo = photos.hero("coffee", 64)
    gray = color.to_gray(photo)
    assert metrics.scores(gray, photo) == {
        "PSNR": metrics.psnr(gray, photo),
        "SSIM": metrics.ssim(gray, photo),
        "CIEDE2000": metrics.ciede2000(gray, photo),
        "colorfulness": metrics.colorfulness(gray),
    }


def test_bootstrap_interval_covers_the_mean_as_theory_says() -> None:
    values = np.random.default_rng(0).normal(10, 2, 400)
    low, high = metrics.bootstrap_interval(values)
    reach = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - reach, abs=0.02)
    assert high == pytest.approx(values.mean() + reach, abs=0.02)
    assert metrics.bootstrap_interval(values) == (low, high)  # the same when run again


def test_wilson_interval_has_wilson_s_values() -> None:
    assert metrics.wilson_interval(3, 10) == pytest.approx((0.1078, 0.6032), abs=1e-4)
    assert metrics.wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert metrics.wilson_interval(20, 20)[1] == pytest.approx(1)


def test_bleeding_rises_when_color_leaves_its_borders() -> None:
    photo = photos.hero("kingfisher", 128)
    L, ab = color.split(photo)
    spilled = color.join(L, gaussian_filter(ab, (6, 6, 0)))
    assert 0 < metrics.bleeding(photo) < metrics.bleeding(spilled) - 0.05
    assert metrics.bleeding(spilled) <= 1
    assert metrics.bleeding(color.to_gray(photo)) <= 1


def test_bleeding_is_none_where_color_changes_with_light() -> None:
    photo = np.full((64, 64, 3), (0.2, 0.2, 0.3), np.float32)
    photo[:, 32:] = (0.9, 0.8, 0.7)
    assert metrics.bleeding(photo) < 0.01


def test_differences_are_taken_photo_by_photo(two: tuple) -> None:
    one, other = two
    for measure in ("CIEDE2000", "colorfulness"):
        changes = metrics.differences(measure, [one, other], [other, other], [other, other])
        before, after = metrics.scores(one, other)[measure], metrics.scores(other, other)[measure]
        np.testing.assert_allclose(changes, [after - before, 0])
    with pytest.raises(ValueError):
        metrics.differences("CIEDE2000", [one], [other, other], [other])


def test_mean_scores_are_the_means_of_the_scores(two: tuple) -> None:
    other = two[1][::-1]
    means = metrics.mean_scores([two[0], other], [two[1], two[1]])
    each = [metrics.scores(two[0], two[1]), metrics.scores(other, two[1])]
    assert means == pytest.approx({name: (each[0][name] + each[1][name]) / 2 for name in each[0]})


@pytest.mark.parametrize(
    ("of_truth", "words"), [(1, "closer, +"), (0, "farther, -"), (0.5, "a tie, +0.00")]
)
def test_compared_names_who_is_closer_and_what_is_a_tie(
    of_truth: float, words: str, random: np.random.Generator
) -> None:
    truths = random.random((9, 8, 8, 3)).astype(np.float32)
    gray = [color.to_gray(truth) for truth in truths]
    ours = truths if of_truth == 1 else gray
    others = truths if of_truth == 0 else gray
    said = metrics.compared(ours, others, truths)
    assert said.startswith(words)
    assert said.endswith(f"better on {9 if of_truth == 1 else 0} of 9 photos")
