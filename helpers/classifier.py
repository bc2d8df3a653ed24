"""Ask an ImageNet classifier, EfficientNet-Lite0, what it sees in a photo."""

from functools import cache

import keras
import numpy as np
import scipy
from keras import layers

from helpers import photos

MODELS = photos.DATA / "models"
SIZE = 224  # pixels: what it was trained on
# For each stage: how much wider inside, channels, blocks, stride of the first, kernel size.
STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)


@cache
def names() -> list[str]:
    """List the 1,000 things it knows, in the order of its outputs."""
    return (MODELS / "imagenet_classes.txt").read_text("utf-8").splitlines()


def classify(photo: np.ndarray, count: int = 5) -> list[tuple[str, float]]:
    """Name what an RGB photo (H, W, 3) most probably shows: ``count`` names and probabilities."""
    logits = _loaded().predict_on_batch(photos.square(photo, SIZE)[None])
    sure = scipy.special.softmax(logits[0])
    return [(names()[i], float(sure[i])) for i in np.argsort(sure)[::-1][:count]]


@cache
def _loaded() -> keras.Model:
    return efficientnet()


def efficientnet() -> keras.Model:
    """Build EfficientNet-Lite0 with its ImageNet weights.

    It maps RGB in [0, 1], shape (batch, H, W, 3), any size from 32 pixels, to 1,000 logits. The
    layers ``block_1`` to ``block_16`` hold its features: 1/2 of H and W from block 1 on, 1/4 from
    2, 1/8 from 4, 1/16 from 6, 1/32 from 12.

    Source: Tan and Le, "EfficientNet" (2019); Lite0 has ReLU6 and no squeeze-and-excitation.
    """
    rgb = keras.Input((None, None, 3))
    x = layers.Rescaling(2.0, offset=-1)(rgb)
    x = _activated(layers.Conv2D(32, 3, 2, "same", use_bias=False)(x))
    number = 0
    for widening, channels, blocks, stride, kernel in STAGES:
        for i in range(blocks):
            number += 1
            strides = stride if i == 0 else 1
            x = _block(x, widening, channels, strides, kernel, f"block_{number}")
    x = _activated(layers.Conv2D(1280, 1, use_bias=False)(x))
    model = keras.Model(rgb, layers.Dense(1000)(layers.GlobalAveragePooling2D()(x)))
    with np.load(MODELS / "efficientnet_lite0.npz") as weights:
        model.set_weights(list(weights.values()))
    return model


def _block(
    x: keras.KerasTensor, widening: int, channels: int, strides: int, kernel: int, name: str
) -> keras.KerasTensor:
    """Widen, look around in each channel, narrow, and add what came in where the shapes agree."""
    before, given = x, x.shape[-1]
    if widening > 1:
        x = _activated(layers.Conv2D(widening * given, 1, use_bias=False)(x))
    x = _activated(layers.DepthwiseConv2D(kernel, strides, "same", use_bias=False)(x))
    x = layers.BatchNormalization(epsilon=1e-3)(layers.Conv2D(channels, 1, use_bias=False)(x))
    if strides == 1 and given == channels:
        return layers.Add(name=name)([x, before])
    return layers.Identity(name=name)(x)


def _activated(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.ReLU(max_value=6)(layers.BatchNormalization(epsilon=1e-3)(x))
