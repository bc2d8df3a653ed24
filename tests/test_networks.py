from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from helpers import bins, color, networks

CONV, UP = "Conv2D", "UpSampling2D"
ARTICLE = [
    *[(CONV, 8, 2, "relu"), (CONV, 8, 1, "relu"), (CONV, 16, 1, "relu")],
    *[(CONV, 16, 2, "relu"), (CONV, 32, 1, "relu"), (CONV, 32, 2, "relu")],
    *[(UP, 2), (CONV, 32, 1, "relu"), (UP, 2), (CONV, 16, 1, "relu"), (UP, 2)],
    (CONV, 2, 1, "tanh"),
]

both = pytest.mark.parametrize("build", [networks.alpha, networks.alpha_scaled])


def describe(layer: layers.Layer) -> tuple:
    if isinstance(layer, layers.UpSampling2D):
        return UP, layer.size[0]
    assert isinstance(layer, layers.Conv2D)
    assert layer.kernel_size == (3, 3)
    assert layer.padding == "same"
    return CONV, layer.filters, layer.strides[0], layer.activation.__name__


def test_alpha_has_the_layers_of_the_article() -> None:
    assert [describe(layer) for layer in networks.alpha().layers] == ARTICLE


def test_alpha_scaled_has_the_same_layers_after_its_scaling() -> None:
    scaling, *rest = networks.alpha_scaled().layers
    assert isinstance(scaling, layers.Rescaling)
    np.testing.assert_allclose(scaling(np.array([0.0, 50, 100])), [-1, 0, 1], atol=1e-6)
    assert [describe(layer) for layer in rest] == ARTICLE


@both
def test_number_of_parameters(build: Callable[[], keras.Model]) -> None:
    assert build().count_params() == 32_202


@both
@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 40), (40, 16), (64, 64)])
def test_any_size_that_divides_by_8(
    build: Callable[[], keras.Model], height: int, width: int, random: np.random.Generator
) -> None:
    L = 100 * random.random((2, height, width, 1), np.float32)
    ab = np.asarray(build()(L))
    assert ab.shape == (2, height, width, 2)
    assert np.abs(ab).max() <= 1
    assert np.ptp(ab) > 0


def test_alpha_takes_another_last_activation() -> None:
    assert networks.alpha("linear").layers[-1].activation is keras.activations.linear


BETA = [
    *[(CONV, 64, 1, "relu"), (CONV, 64, 2, "relu"), (CONV, 128, 1, "relu"), (CONV, 128, 2, "relu")],
    *[(CONV, 256, 1, "relu"), (CONV, 256, 2, "relu"), (CONV, 512, 1, "relu")],
    *[(CONV, 256, 1, "relu"), (CONV, 128, 1, "relu"), (UP, 2), (CONV, 64, 1, "relu")],
    *[(UP, 2), (CONV, 32, 1, "relu"), (CONV, 2, 1, "tanh"), (UP, 2)],
]


def test_beta_has_the_layers_of_the_article() -> None:
    assert [describe(layer) for layer in networks.beta().layers] == BETA
    scaling, *rest = networks.beta(scaled=True).layers
    np.testing.assert_allclose(scaling(np.array([0.0, 50, 100])), [-1, 0, 1], atol=1e-6)
    assert [describe(layer) for layer in rest] == BETA


def vivid() -> keras.Model:
    return networks.vivid(networks.vivid_logits())


@pytest.mark.parametrize("build", [networks.beta, networks.unet, vivid])
def test_larger_networks_take_one_size_after_the_other(build: Callable) -> None:
    model = build()
    for height, width in ((32, 32), (64, 32), (16, 48)):  # Keras compiles a new graph for each
        ab = model.predict(np.full((2, height, width, 1), 50.0), verbose=0)
        assert ab.shape == (2, height, width, 2)
        assert np.abs(ab).max() <= 1


def test_unet_sees_far_and_near() -> None:
    model = networks.unet(width=8)
    L = np.full((1, 64, 64, 1), 50.0, np.float32)
    spot = L.copy()
    spot[:, 32, 32] = 90
    changed = np.abs(model(spot) - model(L)).max(axis=-1)[0] > 0
    assert changed[32, 32] and changed[8, 8]


def test_skips_let_the_guess_follow_the_photo_closely() -> None:
    def share_nearby(skips: bool) -> float:
        """Return how much of what a bright spot changes in the guess lies near the spot."""
        keras.utils.set_random_seed(0)
        model, L = networks.unet(width=8, skips=skips), np.full((1, 64, 64, 1), 50.0, np.float32)
        spot = L.copy()
        spot[:, 32:34, 32:34] = 90
        change = np.abs(model(spot) - model(L)).sum(axis=-1)[0]
        return float(change[28:38, 28:38].sum() / change.sum())

    assert share_nearby(skips=True) > 2 * share_nearby(skips=False)


def test_dropout_works_in_training_alone() -> None:
    keras.utils.set_random_seed(0)
    model = networks.unet(width=4, dropout=0.5)
    L = np.linspace(0, 100, 1024, dtype=np.float32).reshape(1, 32, 32, 1)
    np.testing.assert_array_equal(model(L), model(L))
    assert np.abs(model(L, training=True) - model(L)).max() > 0


def test_mixed_precision_keeps_the_output_exact() -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        for build in (networks.beta, networks.unet, vivid):
            assert build()(np.full((1, 16, 16, 1), 50.0)).dtype == "float32"
    finally:
        keras.config.set_dtype_policy(before)


def test_vivid_answers_with_the_annealed_mean_of_its_bins() -> None:
    keras.utils.set_random_seed(0)
    model = networks.vivid(networks.vivid_logits(width=4), temperature=0.5)
    L = np.full((1, 32, 48, 1), 60, np.float32)
    L[:, :, 24:] = 10
    logits = np.asarray(networks.logits(model)(L))
    assert logits.shape == (1, 8, 12, len(bins.CENTERS))
    ab = np.asarray(model(L))
    assert ab.shape == (1, 32, 48, 2)
    inside = bins.annealed_mean(logits, 0.5)[0, 4, 6] / color.AB_SCALE
    np.testing.assert_allclose(ab[0, 17:19, 25:27].mean(axis=(0, 1)), inside, atol=0.01)


def test_vivid_can_begin_with_what_the_unet_knows() -> None:
    vivid, unet = (build(width=4).get_weights() for build in (networks.vivid_logits, networks.unet))
    assert [one.shape for one in vivid[:-4]] == [one.shape for one in unet[: len(vivid) - 4]]


def test_vivid_keeps_its_bins_while_it_learns() -> None:
    model = networks.vivid(networks.vivid_logits(width=4))
    before = model.get_layer("mean").get_weights()[0].copy()
    model.compile("sgd", "mse")
    L, ab = np.full((2, 16, 16, 1), 60, np.float32), np.ones((2, 16, 16, 2), np.float32)
    model.fit(L, ab, verbose=0)
    np.testing.assert_array_equal(model.get_layer("mean").get_weights()[0], before)


def told(scores: np.ndarray, L: np.ndarray, model: keras.Model) -> np.ndarray:
    return np.asarray(model([L, scores]))


def test_fusion_takes_any_size_and_listens_everywhere(random: np.random.Generator) -> None:
    model, scores = networks.fusion(width=8), 3 * random.normal(size=(2, 1, 1000))
    for height, width in ((32, 32), (64, 16)):
        L = 100 * random.random((1, height, width, 1), np.float32)
        one, other = (told(these, L, model) for these in scores)
        assert one.shape == (1, height, width, 2) and np.abs(one).max() <= 1
        assert (np.abs(one - other).max(axis=-1) > 0).mean() > 0.9


def test_fusion_from_a_unet_begins_as_that_unet(random: np.random.Generator) -> None:
    unet = networks.unet(width=8)
    model = networks.fusion_from(unet)
    L = 100 * random.random((1, 32, 48, 1), np.float32)
    for scores in (np.zeros((1, 1000)), 3 * random.normal(size=(1, 1000))):
        np.testing.assert_allclose(told(scores, L, model), unet(L), atol=1e-5)


def test_fusion_hides_some_scores_in_training() -> None:
    keras.utils.set_random_seed(0)
    model = networks.fusion(width=4, dropout=0.1)
    given = [np.full((1, 16, 16, 1), 50.0), np.ones((1, 1000))]
    np.testing.assert_array_equal(model(given), model(given))
    assert np.abs(model(given, training=True) - model(given)).max() > 0


def test_a_critic_judges_patches_of_any_size() -> None:
    judge = networks.critic(width=8)
    for height, width in ((64, 64), (32, 80)):
        scores = judge(np.zeros((2, height, width, 3), np.float32))
        assert scores.shape == (2, height // 8, width // 8, 1)


def test_a_critic_looks_at_68_pixels_around() -> None:
    judge, lab = networks.critic(width=8), np.zeros((1, 192, 192, 3), np.float32)
    before = np.asarray(judge(lab))[0, 12, 12]
    reach = []
    for x in range(0, 192, 2):
        spot = lab.copy()
        spot[0, :, x : x + 2] = 1
        if np.abs(np.asarray(judge(spot))[0, 12, 12] - before) > 1e-7:
            reach.append(x)
    assert max(reach) + 2 - min(reach) == 68


def test_a_critic_cannot_rise_steeply(random: np.random.Generator) -> None:
    keras.utils.set_random_seed(0)
    judge = networks.critic(width=8)
    judge.set_weights([10 * weight for weight in judge.get_weights()])
    lab = random.normal(0, 0.2, (1, 64, 64, 3)).astype(np.float32)
    for _ in range(20):  # spectral normalization finds the largest stretch step by step
        judge(lab, training=True)
    assert np.ptp(judge(lab)) < 5


def test_attention_begins_with_adding_nothing_and_then_lets_all_places_speak() -> None:
    look = networks.LookAround()
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 8)).astype(np.float32)
    np.testing.assert_allclose(look(x), x)
    look.value.kernel.assign(np.eye(8))
    changed = x.copy()
    changed[:, 2, 4] += np.arange(8)  # one corner
    assert np.abs(np.asarray(look(changed) - look(x))[:, 0, 0]).max() > 1e-3  # the other one


def test_looks_are_the_shares_that_each_place_takes_from_all() -> None:
    L = np.random.default_rng(0).uniform(0, 100, (64, 96, 1)).astype(np.float32)
    looks = networks.looks(networks.pretrained_logits(), L)
    assert looks.shape == (8, 12, 8, 12)
    np.testing.assert_allclose(looks.sum(axis=(2, 3)), 1, atol=1e-5)
    assert looks.min() >= 0 and np.ptp(looks, axis=(0, 1)).max() > 0  # each looks for itself


def test_the_pretrained_network_chooses_colors_at_a_quarter_of_any_size() -> None:
    model = networks.pretrained_logits()
    L = np.random.default_rng(0).uniform(0, 100, (1, 64, 96, 1)).astype(np.float32)
    assert model(L).shape == (1, 16, 24, len(bins.CENTERS))
