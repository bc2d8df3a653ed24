from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from helpers import networks

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
