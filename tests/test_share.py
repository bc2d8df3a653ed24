"""A network goes into a web page: ONNX that answers alike, small files, and clear refusals."""

import gzip
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers import colorizer, networks, share

pytest.importorskip("tf2onnx", reason="Colab's image has none")
onnxruntime = pytest.importorskip("onnxruntime", reason="Colab's image has none")


def answer(packed: bytes, *given: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(gzip.decompress(packed))
    names = [one.name for one in session.get_inputs()]
    return session.run(None, dict(zip(names, map(np.float32, given), strict=True)))[0]


def in_float16(model: keras.Model) -> keras.Model:
    model.set_weights([np.float16(one) for one in model.get_weights()])
    return model


def test_a_network_answers_alike_at_any_size(random: np.random.Generator) -> None:
    model = in_float16(networks.unet(width=4))
    packed = share.to_onnx(model)
    for shape in ((1, 32, 64, 1), (2, 96, 32, 1)):
        L = random.uniform(0, 100, shape)
        np.testing.assert_allclose(answer(packed, L), model(L), atol=1e-5)


def test_a_network_of_bins_takes_its_temperature(random: np.random.Generator) -> None:
    chooser = in_float16(networks.vivid_logits(width=4))
    packed = share.to_onnx(networks.vivid(chooser, temperature=0.3))
    L = random.uniform(0, 100, (1, 32, 32, 1))
    for temperature in (0.3, 1.0):
        model = networks.vivid(chooser, temperature)
        assert share.temperature(model) == temperature
        given = np.full((1, 1, 1, 1), temperature)
        np.testing.assert_allclose(answer(packed, L, given), model(L), atol=1e-5)


def test_a_file_that_would_be_too_large_keeps_its_largest_arrays_in_8_bits(
    monkeypatch: pytest.MonkeyPatch, random: np.random.Generator
) -> None:
    model = in_float16(networks.unet(width=8))
    whole = len(share.to_onnx(model))
    monkeypatch.setattr(share, "LARGEST", 0.7 * whole)
    packed = share.to_onnx(model)
    assert len(packed) <= 0.7 * whole
    L = random.uniform(0, 100, (1, 32, 32, 1))
    off = np.abs(answer(packed, L) - model(L)) * 128
    assert 0 < off.max() < 5


def test_a_page_holds_a_learners_network_and_all_that_runs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for file in share.ENGINE:
        (runtime / file).write_text("runs it")
    monkeypatch.setattr(share, "_runtime", lambda: runtime)
    networks.unet(width=4).save(tmp_path / "mine.keras")
    page = tmp_path / "page"
    assert share.main([str(tmp_path / "mine.keras"), "-o", str(page)]) == 0
    assert f"http.server --directory {page}" in capsys.readouterr().out
    about = json.loads((page / "page.json").read_text())
    [network] = about["networks"]
    assert network["name"] == "mine" and not network["dots"] and network["temperature"] is None
    assert (page / "networks" / network["file"]).stat().st_size == network["bytes"]
    for file in [*share.ENGINE.values()]:
        assert (page / "ort" / file).exists()
    for one in about["examples"]:
        assert (page / "examples" / one["file"]).exists() and one["alt"]
    for file in share.PAGE.iterdir():
        assert (page / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (lambda: networks.fusion(width=4), r"from L \(batch, H, W, 1\)"),
        (lambda: networks.vivid_logits(width=4), r"to ab / 128 \(batch, H, W, 2\)"),
        (lambda: of_one_size(64), "takes 64 x 64 pixels only"),
    ],
)
def test_a_network_that_fits_no_photo_is_refused(
    model: object, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(share.ShareError, match=reason):
        share.page({"mine": model()}, tmp_path / "page")
    assert not (tmp_path / "page").exists()


def of_one_size(side: int) -> keras.Model:
    return keras.Sequential([keras.Input((side, side, 1)), keras.layers.Conv2D(2, 3)])


def test_a_file_that_holds_no_network_gets_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert share.main(["no_such.keras", "-o", str(tmp_path)]) == 1
    assert "There is no network no_such.keras: give a .keras file" in capsys.readouterr().out
    (tmp_path / "broken.keras").write_bytes(b"nothing")
    assert share.main([str(tmp_path / "broken.keras"), "-o", str(tmp_path)]) == 1
    assert "broken.keras holds no network that Keras can load" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given", [("unet", "unet"), ("a/mine.keras", "b/mine.keras"), ("unet.keras",)]
)
def test_networks_of_one_name_are_refused(
    given: tuple[str, ...], capsys: pytest.CaptureFixture
) -> None:
    assert share.main([*given]) == 1
    assert "Two networks would have one name" in capsys.readouterr().out


def test_without_npm_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "package.json").write_text((share.ROOT / "package.json").read_text())
    monkeypatch.setattr(share, "ROOT", tmp_path)
    monkeypatch.setattr(share.shutil, "which", lambda name: None)
    with pytest.raises(share.ShareError, match=r"install Node\.js"):
        share.page({"mine": networks.unet(width=4)}, tmp_path / "page")


def test_the_page_says_something_of_every_shipped_network() -> None:
    assert set(share.SAYS) == set(colorizer.NETWORKS)


def test_npm_gets_exact_versions_and_no_lock_file() -> None:
    wanted = json.loads((share.ROOT / "package.json").read_text())["dependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    assert not (share.ROOT / "package-lock.json").exists()


def test_without_gradio_the_app_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(share.sys.modules, "gradio", None)
    share.app(colorizer.Colorizer(networks.unet(width=4)))
    assert "pip install gradio" in capsys.readouterr().out
