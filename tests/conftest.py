"""What several test files share."""

import numpy as np
import pytest

import helpers  # noqa: F401  (first, so that TensorFlow is loaded as a lesson loads it)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)
