"""The course's networks as plain Keras functions, each as a lesson introduces it.

Every painter maps L in 0..100, shape (batch, H, W, 1), to ab / 128 in [-1, 1], (batch, H, W, 2);
the one with hints sees three channels more, and fusion is told what a classifier sees.
"""

from functools import partial

import keras
import numpy as np
from keras import layers, ops

from helpers import bins, classifier, color

# The pre-trained network's: at lower temperatures it leaves more stains of pure red or blue.
CALM = {"temperature": 0.5, "saturation": 1.3}
SCORES = 0.5  # brings a classifier's logits to about 1


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


def beta(scaled: bool = False) -> keras.Sequential:
    """Build the article's network for many photos (lesson 06); H and W must divide by 8.

    With ``scaled`` L enters as -1..1 and the first weights are He's, as in ``alpha_scaled``.

    Source: Emil Wallner's article (2017), beta version.
    """
    conv = partial(_conv, initializer="he_uniform" if scaled else "glorot_uniform")
    return keras.Sequential(
        [
            keras.Input((None, None, 1)),
            *([layers.Rescaling(1 / 50, offset=-1)] if scaled else []),
            conv(64),
            conv(64, strides=2),
            conv(128),
            conv(128, strides=2),
            conv(256),
            conv(256, strides=2),
            conv(512),
            conv(256),
            conv(128),
            layers.UpSampling2D(),
            conv(64),
            layers.UpSampling2D(),
            conv(32),
            layers.Conv2D(2, 3, padding="same", activation="tanh", dtype="float32"),
            layers.UpSampling2D(dtype="float32"),
        ]
    )


def unet(width: int = 32, dropout: float = 0.0, skips: bool = True) -> keras.Model:
    """Build a small U-Net (lesson 06); H and W must divide by 16.

    The way up sees, beside what comes from below, what the way down saw at the same size. Chroma
    is predicted at half the photo's size and then enlarged, for the eye sees it no sharper. For
    long trainings on few photos, ``dropout`` blanks a share of the feature maps on the way down.
    Without ``skips`` the way up sees only what comes from below ("Try it" in lesson 10).

    Source: Ronneberger et al., "U-Net" (2015); here with strides for pooling, and half the size.
    """
    L = keras.Input((None, None, 1))
    scaled = layers.Rescaling(1 / 50, offset=-1)(L)
    return keras.Model(L, _unet_layers(scaled, width, dropout, skips))


def unet_with_hints(width: int = 32, dropout: float = 0.0) -> keras.Model:
    """Build the same U-Net for photos with colored dots on them (lesson 09).

    Its input has four channels: L, the a and b of the dots (0 elsewhere), and a mask that is 1
    under the dots; ``hints.planes`` makes it.

    Source: Zhang et al., "Real-time user-guided image colorization with learned deep priors"
    (2017), which feeds its hints this way.
    """
    planes = keras.Input((None, None, 4))
    scaled = layers.Rescaling([1 / 50, 1 / 128, 1 / 128, 1], offset=[-1, 0, 0, 0])(planes)
    return keras.Model(planes, _unet_layers(scaled, width, dropout))


def vivid_logits(width: int = 32, dropout: float = 0.0) -> keras.Model:
    """Build the U-Net that chooses among bins of colors (lesson 11); H and W must divide by 16.

    It maps L to a logit for each of ``bins.CENTERS``, (batch, H / 4, W / 4, Q), and has the layers
    of ``unet`` up to that size, so that it can begin with what ``unet`` knows.
    """
    L = keras.Input((None, None, 1))
    x = _unet_body(layers.Rescaling(1 / 50, offset=-1)(L), (4 * width, 2 * width), width, dropout)
    x = _conv(4 * width, "he_uniform")(x)
    return keras.Model(L, layers.Conv2D(len(bins.CENTERS), 1, dtype="float32", name="logits")(x))


def vivid(chooser: keras.Model, temperature: float = 0.3, saturation: float = 1.0) -> keras.Model:
    """Let a network of bins, as ``vivid_logits`` builds it, answer with one ab / 128 per pixel.

    The answer is the bins' annealed mean: at ``temperature`` 1 their mean, near 0 the likeliest.
    It is multiplied by ``saturation``, and chroma is enlarged to the photo's size.

    Source: Zhang, Isola and Efros, "Colorful image colorization" (2016), eq. 5.
    """
    centers = saturation * bins.CENTERS[None, None] / color.AB_SCALE
    mean = layers.Conv2D(2, 1, use_bias=False, trainable=False, dtype="float32", name="mean")
    shares = layers.Rescaling(1 / temperature, dtype="float32", name="temperature")(chooser.output)
    ab = mean(layers.Softmax(dtype="float32")(shares))
    mean.set_weights([centers])
    for _ in range(2):  # twice the size, twice
        ab = layers.UpSampling2D(dtype="float32")(ab)
        ab = layers.AveragePooling2D(3, 1, padding="same", dtype="float32")(ab)
    return keras.Model(chooser.input, ab)


def vivid_unet() -> keras.Model:
    """Build the U-Net that chooses among bins and paints their mean (lesson 11)."""
    return vivid(vivid_logits())


def pretrained() -> keras.Model:
    """Build the network on a pre-trained encoder that chooses among bins and paints their mean."""
    return vivid(pretrained_logits(), **CALM)


def logits(model: keras.Model) -> keras.Model:
    """Return the part of a ``vivid`` network that gives each bin its logit, layers shared."""
    return keras.Model(model.inputs[0], model.get_layer("logits").output)


def pretrained_logits(dropout: float = 0.0) -> keras.Model:
    """Build a network of bins whose way down has seen ImageNet; H and W must divide by 32.

    The way down is the encoder of EfficientNet-Lite0; the way up reads its features at 1/32 of the
    photo's size, then beside what comes from below those at 1/16, 1/8 and 1/4. At 1/8 each place
    looks at all others. It maps L to a logit for each of ``bins.CENTERS``, shape
    (batch, H / 4, W / 4, Q).
    """
    L = keras.Input((None, None, 1))
    *seen, x = classifier.encoder()(classifier.gray(L))
    conv = partial(_conv, initializer="he_uniform")
    x = layers.SpatialDropout2D(dropout)(x)
    for filters, skip in zip((160, 96, 64), seen[::-1], strict=True):
        x = layers.UpSampling2D()(x)
        x = layers.Concatenate()([x, skip])
        x = conv(filters)(x)
        if filters == 96:
            x = LookAround(name="look_around")(x)
        x = conv(filters)(x)
    logits = layers.Conv2D(
        len(bins.CENTERS), 1, kernel_initializer="zeros", dtype="float32", name="logits"
    )
    return keras.Model(L, logits(x))


@keras.saving.register_keras_serializable("color-from-gray")
class LookAround(layers.Layer):
    """Add to each place of a map (batch, H, W, C) what it finds at all other places.

    Source: Vaswani et al., "Attention is all you need" (2017), eq. 1, here with one head; between
    the places of a photo as in Zhang et al., "Self-attention GANs" (2019).
    """

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the three projections; the last begins with zeros, so that nothing is added."""
        self.norm = layers.LayerNormalization(dtype="float32")
        self.norm.build(shape)
        self.question, self.key = (layers.Dense(shape[-1] // 2) for _ in range(2))
        self.value = layers.Dense(shape[-1], kernel_initializer="zeros")
        for layer in (self.question, self.key, self.value):
            layer.build(shape)

    def call(self, x: object) -> object:
        """Mix the values of all places by how well their keys answer a place's question."""
        found = ops.matmul(self.shares(x), self.value(self._normal(x)))
        return x + ops.reshape(found, ops.shape(x))

    def shares(self, x: object) -> object:
        """Return how much each place takes from each: (batch, H * W, H * W), rows sum to 1."""
        normal = self._normal(x)
        question, key = self.question(normal), self.key(normal)
        match = ops.matmul(question, ops.transpose(key, (0, 2, 1))) / key.shape[-1] ** 0.5
        return ops.softmax(match, axis=-1)

    def _normal(self, x: object) -> object:
        batch, height, width, channels = ops.shape(x)
        return ops.reshape(self.norm(x), (batch, height * width, channels))


def looks(model: keras.Model, L: np.ndarray) -> np.ndarray:
    """Return where each place of a photo's map looks, in a network with ``LookAround``.

    L is (H, W, 1); the answer is (h, w, h, w): for each place of the map the shares of all places.
    """
    layer = model.get_layer("look_around")
    x = keras.Model(model.inputs[0], layer.input)(L[None])
    height, width = x.shape[1:3]
    shares = ops.convert_to_numpy(layer.shares(x))
    return shares.reshape(height, width, height, width)


def fusion(width: int = 32, dropout: float = 0.0) -> keras.Model:
    """Build a U-Net that is also told what a classifier sees in the photo (lesson 13).

    Its inputs are L and the 1,000 logits of ``classifier.for_gray``, shape (batch, 1000);
    ``classifier.with_eyes`` makes a network of L alone out of it. To repeat the logits over the
    map, concatenate, and convolve by 1 x 1 is to convolve the map, multiply the logits with a
    matrix once, and add: that takes any size.

    Source: Baldassarre et al., "Deep Koalarization" (2017), as in Wallner's full version; the
    way of Iizuka et al., "Let there be color!" (2016).
    """
    L, seen = keras.Input((None, None, 1)), keras.Input((1000,))
    told = layers.Rescaling(SCORES)(seen)
    if dropout:
        told = layers.Dropout(0.5)(told)
    scaled = layers.Rescaling(1 / 50, offset=-1)(L)
    ab = _unet_layers(scaled, width, dropout, told=told)
    return keras.Model([L, seen], ab, name="fusion")


def fusion_from(unet: keras.Model, dropout: float = 0.0) -> keras.Model:
    """Build ``fusion`` of ``unet``'s width with its weights: whatever it is told, it colors alike.

    The layers ``told`` and ``seen`` alone are new: zeros, and a convolution that lets all through.
    """
    weights = iter(unet.get_weights())
    model = fusion(unet.get_weights()[0].shape[-1], dropout)
    for layer in model.layers:
        if layer.name == "told":
            layer.set_weights([np.zeros(layer.kernel.shape)])
        elif layer.name == "seen":
            layer.set_weights([np.eye(layer.filters)[None, None], np.zeros(layer.filters)])
        elif layer.weights:
            layer.set_weights([next(weights) for _ in layer.weights])
    return model


def critic(width: int = 64) -> keras.Model:
    """Build a critic of patches (lesson 15): L with ab / 128 in, a score for each patch out.

    Its input is (batch, H, W, 3); H and W must divide by 8. It looks at half the size, where the
    chroma is, and gives (batch, H / 8, W / 8, 1): above 0 it takes the 68 x 68 pixels around for
    true. Bounded by spectral normalization, no score can rise steeply.

    Source: Isola et al., "Image-to-image translation with conditional adversarial networks"
    (2017), the PatchGAN; Miyato et al., "Spectral normalization" (2018).
    """

    def conv(filters: int, strides: int = 1) -> keras.Layer:
        layer = layers.Conv2D(filters, 4, strides=strides, padding="same")
        return layers.SpectralNormalization(layer)

    lab = keras.Input((None, None, 3))
    x = layers.Rescaling([1 / 50, 4, 4], offset=[-1, 0, 0])(lab)
    x = layers.AveragePooling2D(2)(x)
    for filters, strides in ((width, 2), (2 * width, 2), (4 * width, 1)):
        x = conv(filters, strides)(x)
        x = layers.LeakyReLU(0.2)(x)
    return keras.Model(lab, conv(1)(x))


def denoiser(width: int = 24, dropout: float = 0.0) -> keras.Model:
    """Build the network that tells colors from noise (lesson 18); maps must divide by 4.

    It is given noisy ab, (batch, h, w, 2), the time, (batch, 1), from 0 (no noise) to 1, and what
    ``diffusion.eye`` sees in the photo: maps (batch, h / 2, w / 2, 96) and (batch, h, w, 64). It
    answers with the velocity, shaped like the noisy ab.

    Source: a small U-Net as in Ho et al., "Denoising diffusion probabilistic models" (2020), with
    the time as a scale and a shift (Perez et al., "FiLM", 2018). What is fine in the noise need not
    go through it: the noisy ab is added at the end, times a number that the time decides, as in
    Karras et al., "Elucidating the design space of diffusion-based generative models" (2022).
    """
    timed = partial(_timed, dropout=dropout)
    wide, deep = 3 * width, 8 * width
    noisy, time = keras.Input((None, None, 2)), keras.Input((1,))
    seen = keras.Input((None, None, 96)), keras.Input((None, None, 64))
    quarter, eighth = (layers.LayerNormalization()(one) for one in seen[::-1])
    now = clock(time)
    x = layers.Conv2D(width // 2, 3, padding="same")(noisy)
    x = layers.Concatenate()([x, layers.Conv2D(width // 2, 1)(quarter)])
    fine = x = timed(x, now, width)
    x = layers.Conv2D(wide, 3, strides=2, padding="same")(x)
    x = layers.Add()([x, layers.Conv2D(wide, 1)(eighth)])
    middle = x = timed(x, now, wide)
    x = layers.Conv2D(deep, 3, strides=2, padding="same")(x)
    x = timed(x, now, deep)
    normal = layers.LayerNormalization()(x)
    around = layers.MultiHeadAttention(4, deep // 4, attention_axes=(1, 2))
    x = layers.Add()([x, around(normal, normal)])
    x = timed(x, now, deep)
    x = layers.Concatenate()([layers.UpSampling2D()(x), middle])
    x = timed(x, now, wide)
    x = layers.Conv2D(width, 1)(layers.UpSampling2D()(x))
    x = layers.Concatenate()([x, fine])
    x = timed(x, now, width)
    x = ops.silu(layers.GroupNormalization(8)(x))
    last = layers.Conv2D(2, 3, padding="same", kernel_initializer="zeros", dtype="float32")
    gain = layers.Dense(2, kernel_initializer="zeros", dtype="float32")(now)
    return keras.Model([noisy, time, *seen], last(x) + gain[:, None, None] * noisy)


def clock(time: keras.KerasTensor) -> keras.KerasTensor:
    """Turn a time in 0..1 into 128 numbers: waves from slow to fast, and what is made of them."""
    faster = layers.Dense(32, use_bias=False, trainable=False, name="waves", dtype="float32")
    angle = faster(time)
    faster.set_weights([np.geomspace(1, 200, 32)[None]])
    x = layers.Concatenate(dtype="float32")([ops.sin(angle), ops.cos(angle)])
    for _ in range(2):
        x = layers.Dense(128, activation="silu")(x)
    return x


def _timed(
    x: keras.KerasTensor, now: keras.KerasTensor, filters: int, dropout: float
) -> keras.KerasTensor:
    """Add to a map what two convolutions make of it; the time scales and shifts between them."""
    change = ops.silu(layers.GroupNormalization(8)(x))
    change = layers.Conv2D(filters, 3, padding="same")(change)
    told = layers.Dense(2 * filters, kernel_initializer="zeros")(now)
    scale, shift = ops.split(told[:, None, None], 2, axis=-1)
    change = ops.silu(layers.GroupNormalization(8)(change) * (1 + scale) + shift)
    change = layers.SpatialDropout2D(dropout)(change)
    change = layers.Conv2D(filters, 3, padding="same", kernel_initializer="zeros")(change)
    if x.shape[-1] != filters:
        x = layers.Conv2D(filters, 1)(x)
    return x + change


def _unet_layers(
    x: keras.KerasTensor,
    width: int,
    dropout: float,
    skips: bool = True,
    told: keras.KerasTensor | None = None,
) -> keras.KerasTensor:
    x = _unet_body(x, (4 * width, 2 * width, width), width, dropout, skips, told)
    ab = layers.Conv2D(2, 3, padding="same", activation="tanh", dtype="float32")(x)
    # Keras enlarges with interpolation="bilinear" for one size only; this takes any.
    ab = layers.UpSampling2D(dtype="float32")(ab)
    return layers.AveragePooling2D(3, 1, padding="same", dtype="float32")(ab)


def _unet_body(
    x: keras.KerasTensor,
    up: tuple[int, ...],
    width: int,
    dropout: float,
    skips: bool = True,
    told: keras.KerasTensor | None = None,
) -> keras.KerasTensor:
    """Go down to a 16th of the size, and with each number of filters in ``up`` up by a factor 2."""
    conv = partial(_conv, initializer="he_uniform")
    seen = []
    for filters in (width, 2 * width, 4 * width, 8 * width):  # half the size each time
        x = conv(filters, strides=2)(x)
        x = conv(filters)(x)
        seen.append(x)
        x = layers.SpatialDropout2D(dropout)(x)
    if told is not None:
        told = layers.Dense(8 * width, use_bias=False, name="told")(told)
        told = layers.Reshape((1, 1, 8 * width))(told)
        x = layers.Add()([layers.Conv2D(8 * width, 1, name="seen")(x), told])
        x = layers.ReLU()(x)
    for filters, skip in zip(up, seen[-2::-1], strict=False):
        x = layers.UpSampling2D()(x)
        x = layers.Concatenate()([x, skip]) if skips else x
        x = conv(filters)(x)
        x = conv(filters)(x)
    return x


def _alpha_layers(
    last_activation: str, initializer: str = "glorot_uniform"
) -> list[keras.layers.Layer]:
    conv = partial(_conv, initializer=initializer)
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


def _conv(filters: int, initializer: str, strides: int = 1) -> keras.layers.Layer:
    return layers.Conv2D(
        filters,
        3,
        strides=strides,
        padding="same",
        activation="relu",
        kernel_initializer=initializer,
    )
