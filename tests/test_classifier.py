"""The classifier names what is in a photo; its converter trusts no pickle."""

import hashlib
import inspect
import io
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import util
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from helpers import classifier, color, datasets, downloads, networks, photos

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


def L_of(*names: str) -> np.ndarray:
    return np.stack([color.split(photos.hero(name, classifier.SIZE))[0] for name in names])


def test_from_L_it_sees_what_it_sees_in_the_gray_photo() -> None:
    names = [*SEEN]
    for name, logits in zip(names, classifier.logits(L_of(*names)), strict=True):
        gray = color.to_gray(photos.square(photos.hero(name), classifier.SIZE))
        expected = [what for what, _ in classifier.classify(gray, 2)]
        assert classifier.names()[logits.argmax()] in expected, name


def test_a_told_network_colors_from_L_alone_and_listens() -> None:
    network = networks.fusion(width=8)
    L = L_of("castle", "citrus")[:, ::2, ::2]
    told = np.asarray(classifier.with_eyes(network)(L))
    np.testing.assert_allclose(told, network([L, classifier.logits(L)]), atol=1e-4)
    swapped = np.asarray(network([L, classifier.logits(L)[::-1]]))
    assert np.abs(told - swapped).max() > 1e-3


def test_learning_leaves_the_course_s_own_classifier_alone() -> None:
    L = L_of("cat")[:, :64, :64]
    before = classifier.logits(L)
    whole = classifier.with_eyes(networks.fusion(width=4))
    whole.get_layer("classifier").trainable = True
    whole.compile(keras.optimizers.Adam(0.1), "mae")
    whole.train_on_batch(L, np.zeros((1, 64, 64, 2)))
    assert np.abs(whole.get_layer("classifier")(L) - before).max() > 0.1
    np.testing.assert_array_equal(classifier.logits(L), before)


def test_views_are_computed_once_and_follow_their_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, cache = datasets.outdoors()[:3], tmp_path / "new" / "views.npz"
    views = classifier.views([*files, files[0]], cache, count=3)
    assert views.shape == (4, 3, 1000)
    np.testing.assert_array_equal(views[3], views[0])
    L = color.split(photos.square(photos.square(photos.load(files[1]), 160), 128))[0][None]
    np.testing.assert_allclose(views[1, 0], classifier.logits(L)[0], atol=0.02)
    assert np.abs(views[:3, 1] - views[:3, 0]).max() > 0.5  # another view, another answer
    alike = [np.corrcoef(views[0, 0], other)[0, 1] for other in (views[0, 2], views[1, 2])]
    assert alike[0] > alike[1]
    with monkeypatch.context() as patch:
        patch.setattr(classifier, "logits", None)  # nobody is asked again
        np.testing.assert_array_equal(classifier.views(files, cache, count=3), views[:3])
    assert classifier.views(files[:2], cache, count=1).shape == (2, 1, 1000)


# ---- Inception-ResNet-v2: the download, from this machine ----


def small_network(**options: object) -> keras.Model:
    assert options == {"weights": None, "classifier_activation": None}
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="last")])


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def weights(tmp_path: Path) -> keras.Model:
    """Write a small network's weights as an older Keras did, and return the network."""
    model = small_network(weights=None, classifier_activation=None)
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file.attrs["layer_names"] = [layer.name for layer in model.layers]
        for layer in model.layers:
            group, values = file.create_group(layer.name), layer.get_weights()
            group.attrs["weight_names"] = [str(number) for number in range(len(values))]
            for number, value in enumerate(values):
                group[str(number)] = value
    return model


@pytest.fixture
def server(
    tmp_path: Path, weights: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.requests, server.content = 0, (tmp_path / "weights.h5").read_bytes()
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/weights.h5"
        monkeypatch.setattr(classifier, "INCEPTION", address)
        checksum = hashlib.md5(server.content).hexdigest()
        monkeypatch.setattr(classifier, "INCEPTION_MD5", checksum)
        monkeypatch.setattr(keras.applications, "InceptionResNetV2", small_network)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server
        server.shutdown()


def test_inception_is_fetched_once(
    tmp_path: Path, weights: keras.Model, server: ThreadingHTTPServer
) -> None:
    for _ in range(2):
        model = classifier.inception(tmp_path / "home")
        np.testing.assert_array_equal(model.get_weights()[0], weights.get_weights()[0])
    assert server.requests == 1


def test_inception_refuses_other_weights(tmp_path: Path, server: ThreadingHTTPServer) -> None:
    server.content = server.content[:-1] + b"!"
    advice = "damaged.*go on with classifier.efficientnet"
    with pytest.raises(downloads.DownloadError, match=advice):
        classifier.inception(tmp_path / "home")
    assert not [file for file in (tmp_path / "home").rglob("*") if file.is_file()]


def test_inception_says_soon_that_there_is_no_connection(
    tmp_path: Path, server: ThreadingHTTPServer
) -> None:
    server.shutdown()
    server.server_close()
    start = time.monotonic()
    with pytest.raises(downloads.DownloadError, match="connect to the internet.*efficientnet"):
        classifier.inception(tmp_path / "home")
    assert time.monotonic() - start < 5


def test_inception_s_address_and_checksum_are_those_of_keras() -> None:
    source = inspect.getsource(inspect.getmodule(keras.applications.InceptionResNetV2))
    folder, file = classifier.INCEPTION.rsplit("/", 1)
    assert file in source and classifier.INCEPTION_MD5 in source
    assert all(part in source for part in ("https://storage.googleapis.com", folder[-30:]))


def test_the_encoder_halves_the_size_again_and_again_and_can_be_frozen() -> None:
    encoder = classifier.encoder()
    rgb = np.random.default_rng(0).random((1, 64, 96, 3), np.float32)
    shapes = [tuple(feature.shape) for feature in encoder(rgb)]
    assert shapes == [(1, 16, 24, 24), (1, 8, 12, 40), (1, 4, 6, 112), (1, 2, 3, 320)]
    free = len(encoder.trainable_weights)
    classifier.freeze(encoder, 5)
    assert 0 < len(encoder.trainable_weights) < free
    assert not encoder.get_layer("block_1").trainable and encoder.get_layer("block_16").trainable
    classifier.freeze(encoder, 16)
    assert encoder.trainable_weights == []


def test_near_copies_are_found_where_light_and_cut_differ(tmp_path: Path) -> None:
    aside, others = tmp_path / "aside.png", datasets.outdoors()[::4]
    castle = photos.FOLDER / "heroes" / "castle.jpg"
    photos.save(0.95 * photos.hero("castle", 200)[5:195, 8:198], aside)
    assert classifier.near_copies([aside, others[0]], [castle, *others[1:]]) == {aside: castle}
