"""A painter and a critic that learn from each other, as lesson 15 builds them."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from keras import ops


class Duel(keras.Model):
    """Train a painter against a critic, a step each in turn; it colors as its painter does.

    ``painter`` maps L in 0..100 (batch, H, W, 1) to ab / 128, ``critic`` maps L with ab / 128
    (batch, H, W, 3) to a score for each patch: above 0 it takes the patch for true. ``l1`` is the
    weight of the painter's L1 loss beside the critic's word.

    The logs hold both losses, and ``fooled``: the share of painted patches taken for true.

    Source: Isola et al., "Image-to-image translation with conditional adversarial networks" (2017).
    """

    def __init__(self, painter: keras.Model, critic: keras.Model, l1: float = 10.0) -> None:
        super().__init__()
        self.painter, self.critic, self.l1 = painter, critic, l1

    def compile(self, painter_rate: object = 1e-4, critic_rate: object = 4e-4) -> None:
        """Choose the learning rates, numbers or schedules."""
        super().compile(keras.optimizers.Adam(painter_rate, beta_1=0.5))
        self.critic_optimizer = keras.optimizers.Adam(critic_rate, beta_1=0.5)
        self.optimizer.build(self.painter.trainable_variables)  # now, so that a backup has them
        self.critic_optimizer.build(self.critic.trainable_variables)

    def call(self, L: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Color as the painter does."""
        return self.painter(L, training=training)

    def train_step(self, pairs: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Let painter and critic each take a step on a batch of L and ab / 128."""
        L, true = pairs
        with tf.GradientTape() as painters, tf.GradientTape() as critics:
            painted = self.painter(L, training=True)
            on_true = self.critic(ops.concatenate([L, true], -1), training=True)
            on_painted = self.critic(ops.concatenate([L, painted], -1), training=True)
            critic_loss = ops.mean(ops.softplus(-on_true)) + ops.mean(ops.softplus(on_painted))
            error = ops.mean(ops.abs(painted - true))
            loss = ops.mean(ops.softplus(-on_painted)) + self.l1 * error
        weights = self.painter.trainable_weights
        self.optimizer.apply(painters.gradient(loss, weights), weights)
        weights = self.critic.trainable_weights
        self.critic_optimizer.apply(critics.gradient(critic_loss, weights), weights)
        fooled = ops.mean(ops.cast(on_painted > 0, "float32"))
        return {"loss": loss, "L1": error, "critic_loss": critic_loss, "fooled": fooled}


def play(
    duel: keras.Model,
    pairs: tf.data.Dataset,
    steps: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    painter_rate: float = 1e-4,
    critic_rate: float = 4e-4,
) -> np.ndarray:
    """Let a duel play some steps, and return what share of its patches fooled the critic at each.

    With a ``painter_rate`` of 0 the painter stands still.
    """
    fooled = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda step, logs: fooled.append(float(logs["fooled"]))
    )
    duel.compile(painter_rate, critic_rate)
    duel.run_eagerly = steps < 10  # for a few steps a graph does not pay
    watchers = [note, *callbacks]
    duel.fit(pairs.repeat(), steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=watchers)
    return np.array(fooled)
