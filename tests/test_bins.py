import keras
import numpy as np
import pytest
from keras import ops

from helpers import bins, color


def nearest(ab: np.ndarray) -> np.ndarray:
    return np.linalg.norm(bins.CENTERS - ab, axis=-1).argmin()


def test_every_bin_is_a_color_that_a_screen_shows() -> None:
    assert len(np.unique(bins.CENTERS, axis=0)) == len(bins.CENTERS)
    for a, b in bins.CENTERS:
        lab = np.stack([[L, a, b] for L in np.linspace(1, 99, 197)]).astype(np.float32)
        assert color.in_gamut(lab).any()


def test_no_color_of_a_photo_is_far_from_a_bin(random: np.random.Generator) -> None:
    _, ab = color.split(random.random((40, 40, 3)).round())  # the gamut's corners are the farthest
    distance = np.linalg.norm(ab[..., None, :] - bins.CENTERS, axis=-1).min(axis=-1)
    assert distance.max() < 1.5 * bins.STEP
    _, ab = color.split(random.random((40, 40, 3)))
    distance = np.linalg.norm(ab[..., None, :] - bins.CENTERS, axis=-1).min(axis=-1)
    assert np.percentile(distance, 99) < bins.STEP


def test_smaller_bins_are_more() -> None:
    assert len(bins.in_gamut(5)) > 3 * len(bins.in_gamut(10))


def test_shares_sum_to_one_and_tell_the_color_again(random: np.random.Generator) -> None:
    ab = random.uniform(-25, 25, (6, 7, 2)).astype(np.float32)
    shares = np.asarray(bins.soft(ab))
    assert shares.shape == (6, 7, len(bins.CENTERS))
    np.testing.assert_allclose(shares.sum(axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose(shares @ bins.CENTERS, ab, atol=0.5)


def test_shares_are_the_gaussian_of_the_distance() -> None:
    ab = np.float32([12, -7])
    gaussian = np.exp(-((bins.CENTERS - ab) ** 2).sum(-1) / (2 * bins.SIGMA**2))
    np.testing.assert_allclose(bins.soft(ab), gaussian / gaussian.sum(), atol=1e-5)


def test_frequencies_count_the_colors_of_pairs() -> None:
    ab = np.zeros((4, 16, 16, 2), np.float32)
    ab[1:] = np.float32([50, 40]) / color.AB_SCALE
    frequency = bins.frequencies([(None, ab)])
    assert frequency.sum() == pytest.approx(1, abs=1e-5)
    gray, red = frequency[nearest([0, 0])], frequency[nearest([50, 40])]
    assert red == pytest.approx(3 * gray, rel=0.01)


def test_rare_colors_weigh_more_and_the_mean_weight_is_one(random: np.random.Generator) -> None:
    frequency = random.dirichlet(np.full(len(bins.CENTERS), 0.1))
    weights = bins.weights(frequency)
    assert (weights * frequency).sum() == pytest.approx(1, abs=1e-4)
    order = frequency.argsort()
    assert (np.diff(weights[order]) <= 0).all()
    assert weights.max() > 10 * weights.min()


def test_loss_is_least_for_the_truth_and_larger_for_rare_colors() -> None:
    weight = np.ones(len(bins.CENTERS), np.float32)
    weight[nearest([50, 40])] = 5
    red = np.tile(np.float32([50, 40]) / color.AB_SCALE, (1, 8, 8, 1))
    right = ops.log(bins.soft(np.tile(np.float32([50, 40]), (1, 2, 2, 1))) + 1e-9)
    off = np.zeros((1, 2, 2, len(bins.CENTERS)), np.float32)
    compare = bins.loss(weight)
    assert compare(red, off).shape == (1, 2, 2)
    assert ops.mean(compare(red, right)) < 0.5 * ops.mean(compare(red, off))
    undecided = np.log(len(bins.CENTERS))
    np.testing.assert_allclose(compare(red, off), 5 * undecided, rtol=1e-4)
    np.testing.assert_allclose(compare(0 * red, off), undecided, rtol=1e-4)


def test_a_network_learns_two_answers_where_the_mean_is_gray() -> None:
    keras.utils.set_random_seed(0)
    L = np.full((20, 4, 4, 1), 50, np.float32)
    ab = np.zeros((20, 4, 4, 2), np.float32)
    ab[:10], ab[10:] = np.float32([60, 50]) / 128, np.float32([-40, 40]) / 128
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.AveragePooling2D(4)])
    model.add(keras.layers.Conv2D(len(bins.CENTERS), 1, kernel_initializer="zeros"))
    model.compile(keras.optimizers.Adam(0.3), bins.loss(np.ones(len(bins.CENTERS), np.float32)))
    model.fit(L, ab, epochs=60, batch_size=20, verbose=0)
    logits = np.asarray(model(L[:1]))[0, 0, 0]
    shares = bins.shares(logits)
    reddish = bins.CENTERS[:, 0] > 20
    assert shares[reddish].sum() == pytest.approx(0.5, abs=0.1)
    assert shares[bins.CENTERS[:, 0] < -20].sum() == pytest.approx(0.5, abs=0.1)
    assert shares[np.abs(bins.CENTERS[:, 0]) <= 20].sum() < 0.05  # hardly ever the gray between


def test_annealed_mean_goes_from_the_mean_to_the_likeliest() -> None:
    logits = np.full(len(bins.CENTERS), -20.0)
    logits[nearest([60, 40])], logits[nearest([-40, 40])] = 1.0, 0.0
    mean, cold = bins.annealed_mean(logits, 1), bins.annealed_mean(logits, 0.01)
    np.testing.assert_allclose(cold, bins.CENTERS[nearest([60, 40])])
    share = 1 / (1 + np.exp(-1))
    red, green = bins.CENTERS[nearest([60, 40])], bins.CENTERS[nearest([-40, 40])]
    np.testing.assert_allclose(mean, share * red + (1 - share) * green, atol=0.1)
    assert bins.annealed_mean(np.zeros((3, 4, len(bins.CENTERS))), 0.4).shape == (3, 4, 2)
    assert np.isfinite(bins.annealed_mean(1e4 * logits, 0.01)).all()
