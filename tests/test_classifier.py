"""The classifier names what is in a photo; its converter trusts no pickle."""

import io
import os
import pickle
import subprocess
import sys
from importlib import util

import numpy as np
import pytest

from helpers import classifier, color, photos

SEEN = {
    "bee": "bee",
    "butterfly": "monarch",
    "castle": "castle",
    "coffee": "espresso",
    "crab": "rock crab",
    "macaw": "macaw",
    "red_panda": "lesser panda",
}


def test_it_names_what_the_photos_show() -> None:
    for name, what in SEEN.items():
        assert what in dict(classifier.classify(photos.hero(name))), name


def test_probabilities_fall_and_add_up() -> None:
    sure = [share for _, share in classifier.classify(photos.hero("bee"), 1000)]
    assert sure == sorted(sure, reverse=True)
    assert sum(sure) == pytest.approx(1, abs=1e-4)


def test_it_is_less_sure_without_color() -> None:
    def sure(name: str, photo: np.ndarray) -> float:
        return dict(classifier.classify(photo, 1000))[SEEN[name]]

    heroes = {name: photos.hero(name) for name in SEEN}
    in_color = [sure(name, photo) for name, photo in heroes.items()]
    in_gray = [sure(name, color.to_gray(photo)) for name, photo in heroes.items()]
    assert np.mean(in_gray) < np.mean(in_color) - 0.1


@pytest.mark.parametrize("shape", [(1, 1), (37, 53), (20, 900)])
def test_any_size_goes_through(shape: tuple[int, int]) -> None:
    assert len(classifier.classify(np.full((*shape, 3), 0.5, np.float32))) == 5


def test_it_knows_a_thousand_different_things() -> None:
    assert len(set(classifier.names())) == 1000


def test_its_features_have_the_sizes_that_the_names_promise() -> None:
    model = classifier.efficientnet()
    sides = {1: 64, 2: 32, 3: 32, 4: 16, 5: 16, 6: 8, 11: 8, 12: 4, 16: 4}
    for block, side in sides.items():
        output = model.get_layer(f"block_{block}").output
        features = type(model)(model.input, output)(np.zeros((1, 128, 128, 3)))
        assert features.shape[1:3] == (side, side)


@pytest.fixture
def convert() -> object:
    file = classifier.MODELS / "convert_efficientnet.py"
    spec = util.spec_from_file_location("convert_efficientnet", file)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Evil:
    def __reduce__(self) -> tuple:
        return os.system, ("touch /tmp/owned",)


def test_the_converter_runs_no_code_from_a_pickle(convert: object) -> None:
    with pytest.raises(pickle.UnpicklingError, match="system has no place in a state dict"):
        convert.StateDict(io.BytesIO(pickle.dumps(Evil()))).load()


def state_dict(rows: int) -> io.BytesIO:
    """One tensor, rows x 2, over a storage of four numbers, as PyTorch wrote it before 1.6."""
    storage = b"(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI4\ntQ"
    shape_and_steps = b"I0\n(I%d\nI2\nt(I2\nI1\nt" % rows
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + shape_and_steps + b"tR"
    start = 3 * pickle.dumps(0)
    numbers = (4).to_bytes(8, "little") + np.arange(4, dtype="<f4").tobytes()
    return io.BytesIO(start + b"(dS'kernel'\n" + tensor + b"s." + pickle.dumps(["0"]) + numbers)


def test_the_converter_reads_a_state_dict(convert: object) -> None:
    assert convert.StateDict(state_dict(2)).read()["kernel"].tolist() == [[0, 1], [2, 3]]


def test_the_converter_reads_no_memory_beyond_the_file(convert: object) -> None:
    with pytest.raises(ValueError, match="strides"):
        convert.StateDict(state_dict(10**6)).read()


def test_the_converter_says_what_is_missing_without_the_package() -> None:
    file = classifier.MODELS / "convert_efficientnet.py"
    run = subprocess.run([sys.executable, file, "none.whl"], capture_output=True, text=True)
    assert run.returncode and "none.whl" in run.stderr


def test_kernels_are_turned_into_keras_layout(convert: object) -> None:
    array = np.arange(2 * 3 * 5 * 5, dtype="f").reshape(2, 3, 5, 5)
    assert convert.to_keras("_conv_stem.weight", array).shape == (5, 5, 3, 2)
    assert convert.to_keras("_depthwise_conv.weight", array[:, :1]).shape == (5, 5, 2, 1)
