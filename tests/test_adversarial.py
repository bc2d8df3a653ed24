import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import adversarial, colorizer, datasets, metrics, networks, photos
from helpers.adversarial import Duel

# On the dark half the truth is blue, on the light half yellow.
L = np.repeat(np.float32([20, 80]), 16)[None, None, :, None] * np.ones((4, 32, 1, 1), np.float32)
AB = np.concatenate([0 * L, (L - 50) / 100], axis=-1)
PAIRS = tf.data.Dataset.from_tensors((L, AB)).repeat()


@pytest.fixture
def duel() -> Duel:
    keras.utils.set_random_seed(0)
    return Duel(networks.unet(width=4), networks.critic(width=8))


def play(duel: Duel, steps: int) -> dict[str, float]:
    history = duel.fit(PAIRS, steps_per_epoch=steps, verbose=0, shuffle=False).history
    return {name: values[-1] for name, values in history.items()}


def test_the_painter_is_what_the_duel_colors_with(duel: Duel) -> None:
    np.testing.assert_array_equal(duel(L), duel.painter(L))


def test_a_critic_learns_to_tell_painted_from_true_while_the_painter_stands_still(
    duel: Duel,
) -> None:
    before = duel.painter.get_weights()
    duel.compile(0.0, 1e-2)
    first, last = play(duel, 1), play(duel, 100)
    for one, other in zip(before, duel.painter.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert last["critic_loss"] < 0.8 * first["critic_loss"]
    assert last["fooled"] < 0.2

    def score(ab: np.ndarray) -> float:
        return float(np.mean(duel.critic(np.concatenate([L, ab], axis=-1))))

    assert score(AB) > score(np.asarray(duel(L)))


def test_the_painter_gets_more_colorful_under_a_critic_alone(duel: Duel) -> None:
    duel.l1 = 0.0
    duel.compile(0.0, 1e-2)
    play(duel, 60)
    before = np.abs(np.asarray(duel(L))[..., 1]).mean()
    duel.compile(1e-3, 1e-3)
    play(duel, 80)
    assert np.abs(np.asarray(duel(L))[..., 1]).mean() > before + 0.1  # the truth has 0.3


def test_the_l1_term_pulls_to_the_truth(duel: Duel) -> None:
    duel.l1 = 100.0
    duel.compile(3e-3, 0.0)
    first, last = play(duel, 1), play(duel, 80)
    assert last["L1"] < 0.5 * first["L1"]


@pytest.mark.parametrize("steps", [3, 12])
def test_a_game_tells_at_each_step_who_was_fooled(duel: Duel, steps: int) -> None:
    before = duel.painter.get_weights()
    watched = []
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda step, logs: watched.append(1))
    fooled = adversarial.play(duel, PAIRS, steps, [watch], painter_rate=0.0)
    assert fooled.shape == (steps,) and len(watched) == steps
    assert fooled.min() >= 0 and fooled.max() <= 1
    for one, other in zip(before, duel.painter.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    adversarial.play(duel, PAIRS, steps)
    assert np.abs(before[0] - duel.painter.get_weights()[0]).max() > 0


def test_the_shipped_painter_scores_what_its_card_says_and_is_bolder_than_the_unet() -> None:
    card = json.loads((colorizer.MODELS / "adversarial.json").read_text())["test"]
    files, _ = datasets.clean(datasets.outdoors())
    truths = [photos.square(photos.load(file), 128) for file in datasets.split(files).test]
    means = {}
    for name in ("unet", "adversarial"):
        model = colorizer.load(name)
        rows = [metrics.scores(colorizer.colorize(model, truth), truth) for truth in truths]
        means[name] = {key: np.mean([row[key] for row in rows]) for key in rows[0]}
    for key, value in card["outdoors"]["network"].items():
        assert means["adversarial"][key] == pytest.approx(value, abs=0.02, rel=1e-3)
    assert means["adversarial"]["colorfulness"] > means["unet"]["colorfulness"] + 2
    text = (colorizer.MODELS / "README.md").read_text("utf-8")
    for scores in card.values():
        assert all(f"{value:.2f}" in text for value in scores["network"].values())
