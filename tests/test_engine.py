"""A shipped network runs without TensorFlow, colors alike, and fails without harm."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers import __main__ as command_line
from helpers import canvas, colorizer, engine, photos, share

pytest.importorskip("tf2onnx", reason="Colab's image has none")
pytest.importorskip("onnxruntime", reason="Colab's image has none")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep two networks in a folder that stands for the user's."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.downloads, "CACHE", folder / "color-from-gray")
        for name in ("pretrained", "unet"):
            file = engine.wanted(name)
            share.keep(colorizer.load(name), file)
            assert file.stat().st_size < 30e6 and engine.wanted(name) is None
    return folder


@pytest.fixture
def kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(engine.downloads, "CACHE", cache / "color-from-gray")
    return cache


@pytest.mark.parametrize("name", ["pretrained", "unet"])
def test_ten_photos_get_the_colors_that_tensorflow_gives(name: str, kept: Path) -> None:
    sizes = [(400, 400), (300, 500), (500, 300), (1000, 90), (90, 1000), (33, 65), (64, 64)]
    sizes += [(129, 127), (700, 1050), (1, 1)]
    quick, usual = canvas.Painter(engine.find(name)), colorizer.Colorizer(name)
    for hero, size in zip(photos.heroes(), sizes, strict=False):
        photo = photos.resize(photos.hero(hero), *size)
        steps = [np.int16(photos.to_image(one.color(photo))) for one in (quick, usual)]
        assert np.abs(steps[0] - steps[1]).max() <= 1, (hero, size)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the cache has another place")
def test_the_command_does_without_tensorflow_from_its_second_run_on(tmp_path: Path) -> None:
    photos.save(photos.hero("castle", 64), tmp_path / "castle.png")
    (tmp_path / "none").mkdir()
    for package in ("keras", "tensorflow"):
        (tmp_path / "none" / f"{package}.py").write_text("raise SystemExit('not without me')")

    def run(out: str, *paths: Path) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "helpers", "castle.png", "--network", "unet", "-o", out]
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
        environment["PYTHONPATH"] = os.pathsep.join(map(str, [*paths, ROOT]))
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    assert "not without me" in run("no", tmp_path / "none").stderr
    for out, paths in (("first", []), ("second", [tmp_path / "none"])):
        done = run(out, *paths)
        assert done.returncode == 0, done.stderr
        assert ("The next run will start faster" in done.stdout) == (out == "first")
    pictures = [photos.load(tmp_path / out / "castle-colored.png") for out in ("first", "second")]
    assert np.abs(pictures[0] - pictures[1]).max() < 1.1 / 255


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    photos.save(photos.hero("castle", 32), tmp_path / "castle.png")
    words = [str(tmp_path / "castle.png"), "-o", str(tmp_path / "out"), "--network", "unet"]
    return lambda: command_line.main(words)


def test_a_broken_file_is_made_anew_and_an_older_one_goes(
    command: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.downloads, "CACHE", tmp_path)
    file = engine.file_of("unet")
    file.parent.mkdir()
    file.write_bytes(b"no network")
    older = file.with_name("unet-0123456789abcdef.onnx")
    other = file.with_name("fusion-0123456789abcdef.onnx")
    older.touch()
    other.touch()
    assert command() == 0
    assert engine.find("unet") and other.exists() and not older.exists()


def test_another_checkpoint_has_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = engine.file_of("unet")
    monkeypatch.setattr(engine, "MODELS", tmp_path)
    (tmp_path / "unet.npz").write_bytes(b"other numbers")
    assert engine.file_of("unet") != before


def fails(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("what", ["full", "a file in the way", "no packages", "conversion fails"])
def test_what_keeps_a_network_from_being_kept_is_no_trouble(
    what: str,
    command: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setattr(engine.downloads, "CACHE", tmp_path / "cache")
    if what == "full":
        monkeypatch.setattr(share, "keep", fails)
    elif what == "a file in the way":
        (tmp_path / "cache").touch()
    elif what == "no packages":
        monkeypatch.setattr(engine, "find_spec", lambda name: None)
    else:
        monkeypatch.setitem(sys.modules, "tf2onnx", None)
    assert command() == 0
    assert "Photos colored: 1" in capsys.readouterr().out
    assert (tmp_path / "out" / "castle-colored.png").exists()
    assert not list(tmp_path.rglob("*.onnx"))
