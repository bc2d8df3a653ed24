"""Ask an ImageNet classifier, EfficientNet-Lite0, what it sees in a photo."""

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import keras
import numpy as np
import scipy
from keras import layers
from tqdm import tqdm

from helpers import color, downloads, photos

MODELS = photos.DATA / "models"
VIEW = 128  # the side, in pixels, of what the colorizer asks about
# Address and checksum as in keras.applications (Keras 3.15, inception_resnet_v2.py).
INCEPTION = (
    "https://storage.googleapis.com/tensorflow/keras-applications/inception_resnet_v2/"
    "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels.h5"
)
INCEPTION_MD5 = "e693bd0210a403b3192acc6073ad2e96"
SIZE = 224  # pixels: what it was trained on
ALIKE = 0.93  # the cosine of two photos' features from which they count as near-copies
LAST_BLOCKS = (3, 5, 11, 16)  # the last blocks at 1/4, 1/8, 1/16 and 1/32 of the size
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


def logits(L: np.ndarray) -> np.ndarray:
    """Return what it sees in gray photos: L in 0..100, (count, H, W, 1), to (count, 1000)."""
    return _loaded_for_gray().predict_on_batch(L)


@cache
def _loaded_for_gray() -> keras.Model:
    return for_gray()


def for_gray() -> keras.Model:
    """Build the classifier for gray photos: it maps L in 0..100 to 1,000 logits.

    L has the shape (batch, H, W, 1); any size is scaled to ``SIZE``. It is frozen.
    """
    L = keras.Input((None, None, 1))
    scores = efficientnet()(layers.Resizing(SIZE, SIZE)(gray(L)))
    model = keras.Model(L, scores, name="classifier")
    model.trainable = False
    return model


def gray(L: keras.KerasTensor) -> keras.KerasTensor:
    """Turn L in 0..100, (batch, H, W, 1), into gray RGB in [0, 1], (batch, H, W, 3), in a graph."""
    to_rgb = layers.Lambda(
        lambda L: color.lab_to_rgb_tensor(L * (1.0, 0.0, 0.0)), dtype="float32", name="gray"
    )
    return to_rgb(L)


def with_eyes(network: keras.Model) -> keras.Model:
    """Join a network of L and logits, like ``networks.fusion``, with the classifier: L to ab."""
    L = keras.Input((None, None, 1))
    return keras.Model(L, network([L, for_gray()(L)]))


def inception(home: str | Path | None = None) -> keras.Model:
    """Build Inception-ResNet-v2 with its ImageNet weights; the first call downloads them (225 MB).

    It maps RGB in **-1..1**, shape (batch, 299, 299, 3), to 1,000 logits.

    Source: Szegedy et al., "Inception-v4, Inception-ResNet" (2017), by ``keras.applications``.

    Raises:
        downloads.DownloadError: the weights cannot be reached or kept, or are not those expected.
    """
    home = home or downloads.CACHE
    instead = "go on with classifier.efficientnet(), which is here already"
    file = downloads.download(INCEPTION, f"md5:{INCEPTION_MD5}", home, instead)
    model = keras.applications.InceptionResNetV2(weights=None, classifier_activation=None)
    model.load_weights(file)
    return model


def views(files: Sequence[Path], cache: Path, count: int = 1) -> np.ndarray:
    """Return what the classifier sees in gray photos, as logits (photos, count, 1000).

    The first view is the photo's middle square, scaled to 128 x 128; the others are windows of it,
    every second one mirrored. They are computed once and kept in the file ``cache``.
    """
    each = list(dict.fromkeys(files))
    known = [f"{file.parent.name}/{file.name}" for file in each]
    seen = None
    if cache.exists():
        with np.load(cache) as kept:
            if kept["names"].tolist() == known:
                seen = kept["logits"]
    if seen is None or seen.shape[1] != count:
        random, answers = np.random.default_rng(0), []
        for file in tqdm(each, "asking the classifier", leave=False, file=sys.stdout):
            shown = _windows(photos.load(file), count, random)
            answers.append(logits(color.split(np.stack(shown))[0]))
        seen = np.float16(answers)
        cache.parent.mkdir(parents=True, exist_ok=True)
        part = cache.with_suffix(".part.npz")  # an interruption leaves no half a cache
        np.savez(part, names=known, logits=seen)
        part.replace(cache)
    return seen[[each.index(file) for file in files]]


def freeze(encoder: keras.Model, blocks: int) -> None:
    """Let the first ``blocks`` blocks of an encoder, 0 to 16, learn nothing, and the others learn.

    Its batch normalizations never learn.
    """
    learns = blocks == 0
    for layer in encoder.layers:
        layer.trainable = learns and not isinstance(layer, layers.BatchNormalization)
        learns = learns or layer.name == f"block_{blocks}"


def near_copies(files: Sequence[Path], others: Sequence[Path]) -> dict[Path, Path]:
    """Find the files that show what one of ``others`` shows, by the encoder's deepest features.

    The features of a photo are averaged over its places, and each feature is brought to mean 0 and
    spread 1 over all files. Two photos are near-copies when the cosine of their features is
    ``ALIKE`` or more: the same flower once more, from a step aside, where the difference hash of
    ``datasets.clean`` sees two photos.
    """
    eye = encoder()
    see = keras.Model(eye.inputs, layers.GlobalAveragePooling2D()(eye.outputs[-1]))
    features = []
    every = [*files, *others]
    for i in tqdm(range(0, len(every), 32), "comparing photos", leave=False, file=sys.stdout):
        batch = [photos.square(photos.load(file), VIEW) for file in every[i : i + 32]]
        features.append(see.predict_on_batch(np.stack(batch)))
    features = np.concatenate(features)
    features = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    cosines = features[: len(files)] @ features[len(files) :].T
    found = np.argwhere(cosines.max(axis=1, initial=0) >= ALIKE)[:, 0]
    return {files[i]: others[cosines[i].argmax()] for i in found}


def _windows(photo: np.ndarray, count: int, random: np.random.Generator) -> list[np.ndarray]:
    """Cut a photo's middle square, then random windows of it, every second one mirrored."""
    photo = photos.square(photo, round(1.25 * VIEW))
    windows = [photos.square(photo, VIEW)]
    for i in range(1, count):
        side = round(len(photo) * random.uniform(0.65, 1))
        y, x = random.integers(len(photo) - side + 1, size=2)
        window = photos.square(photo[y : y + side, x : x + side], VIEW)
        windows.append(window[:, ::-1] if i % 2 else window)
    return windows


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


def encoder() -> keras.Model:
    """Build the classifier's way down to its features, without the head that names things.

    It maps RGB in [0, 1], (batch, H, W, 3), to features at 1/4, 1/8, 1/16 and 1/32 of the size:
    24, 40, 112 and 320 channels. Its batch normalizations keep their ImageNet statistics, also in
    training.
    """
    whole = efficientnet()
    features = [whole.get_layer(f"block_{number}").output for number in LAST_BLOCKS]
    see = keras.Model(whole.inputs[0], features, name="encoder")
    freeze(see, 0)
    return see


def _block(
    x: keras.KerasTensor, widening: int, channels: int, strides: int, kernel: int, name: str
) -> keras.KerasTensor:
    """Widen, look around in each channel, narrow, and add what came in where the shapes agree."""
    before, given = x, x.shape[-1]
    if widening > 1:
        x = _activated(layers.Conv2D(widening * given, 1, use_bias=False)(x))
    # Processors that calculate quickly in bfloat16 do not do so one channel at a time.
    look = layers.DepthwiseConv2D(kernel, strides, "same", use_bias=False, dtype="float32")
    x = _activated(look(x))
    x = layers.BatchNormalization(epsilon=1e-3)(layers.Conv2D(channels, 1, use_bias=False)(x))
    if strides == 1 and given == channels:
        return layers.Add(name=name)([x, before])
    return layers.Identity(name=name)(x)


def _activated(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.ReLU(max_value=6)(layers.BatchNormalization(epsilon=1e-3)(x))
