"""The course's networks as plain Keras functions, each as a lesson introduces it.

Every network maps L in 0..100, shape (batch, H, W, 1), to ab / 128 in [-1, 1], (batch, H, W, 2).
"""

import keras
from keras import layers


def alpha(last_activation: str = "tanh") -> keras.Sequential:
    """Build the network of the article's 100 lines (lesson 02); H and W must divide by 8.

    Source: Emil Wallner, "How to colorize black & white photos with just 100 lines of neural
    network code" (2017), alpha version.
    """
    return keras.Sequential([keras.Input((None, None, 1)), *_alpha_layers(last_activation)])


def alpha_scaled() -> keras.Sequential:
    """Build alpha's layers for quick training (lesson 02): L scaled to -1..1, He's initial weights.

    Source of the initial weights: He et al., "Delving deep into rectifiers" (2015).
    """
    scale = layers.Rescaling(1 / 50, offset=-1)
    body = _alpha_layers("tanh", initializer="he_uniform")
    return keras.Sequential([keras.Input((None, None, 1)), scale, *body])


def _alpha_layers(
    last_activation: str, initializer: str = "glorot_uniform"
) -> list[keras.layers.Layer]:
    def conv(filters: int, strides: int = 1) -> keras.layers.Layer:
        return layers.Conv2D(
            filters,
            3,
            strides=strides,
            padding="same",
            activation="relu",
            kernel_initializer=initializer,
        )

    return [
        conv(8, strides=2),
        conv(8),
        conv(16),
        conv(16, strides=2),
        conv(32),
        conv(32, strides=2),
        layers.UpSampling2D(),
        conv(32),
        layers.UpSampling2D(),
        conv(16),
        layers.UpSampling2D(),
        layers.Conv2D(2, 3, padding="same", activation=last_activation),
    ]
