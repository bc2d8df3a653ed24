import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import keras
import pytest
import tensorflow as tf

from helpers import color, course

ROOT = Path(__file__).parent.parent

FRESH = """
from helpers import color, photos, metrics, networks, training, figures, widgets, course
import random, keras, numpy as np

for seed in (0, 0, 1):
    course.start(seed)
    layer = keras.layers.Dense(1)
    layer.build((None, 1))
    numbers = random.random(), np.random.random(), keras.random.normal(()), layer.kernel[0, 0]
    print(*map(float, numbers))
"""


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> list:
    """Stand in for the machine's GPUs: none, until a test adds one."""
    found = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: found)
    monkeypatch.setattr(course, "_memory", lambda: 16e9)
    monkeypatch.delenv("COURSE_FAST", raising=False)
    return found


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Stand in for Google Colab, whose Drive appears when it is mounted."""
    module = ModuleType("google.colab")
    module.drive = ModuleType("google.colab.drive")
    module.drive.mount = lambda place: Path(place, "MyDrive").mkdir(parents=True, exist_ok=True)
    monkeypatch.setitem(sys.modules, "google.colab", module)
    monkeypatch.setattr(course, "DRIVE", tmp_path / "drive")
    monkeypatch.chdir(tmp_path)
    return module


@pytest.mark.parametrize(
    ("fast", "gpu", "expected"),
    [
        (None, False, "cpu"),
        (None, True, "gpu"),
        ("1", False, "fast"),
        ("1", True, "fast"),
        ("0", False, "cpu"),
        ("", True, "gpu"),
    ],
)
def test_mode_and_budget(
    monkeypatch: pytest.MonkeyPatch, gpus: list, fast: str | None, gpu: bool, expected: str
) -> None:
    if fast is not None:
        monkeypatch.setenv("COURSE_FAST", fast)
    if gpu:
        gpus.append("GPU:0")
    assert course.mode() == expected
    assert course.budget(**{"fast": 1, "cpu": 2, "gpu": 3, expected: 99}) == 99


def test_little_memory_means_the_fast_budget_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch, gpus: list, capsys: pytest.CaptureFixture
) -> None:
    for memory, expected in {4e9: "cpu", 2e9: "fast"}.items():
        monkeypatch.setattr(course, "_memory", lambda memory=memory: memory)
        course.start()
        said = capsys.readouterr().out
        assert f"Budget: {expected}." in said
        assert ("lends 2.0 GB of memory" in said) == (expected == "fast")


def test_memory_is_what_the_container_lends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(course, "CGROUPS", [tmp_path / "none", limit])
    whole = course._memory()
    for text, expected in {"1500000000\n": 1.5e9, "max\n": whole, f"{2**63}\n": whole}.items():
        limit.write_text(text)
        assert course._memory() == expected
    assert whole > 1.5e9


def test_in_colab_a_sentence_says_how_to_get_a_gpu(
    gpus: list, colab: ModuleType, capsys: pytest.CaptureFixture
) -> None:
    course.start()
    assert "Runtime > Change runtime type > T4 GPU" in capsys.readouterr().out


def test_in_colab_what_a_lesson_writes_is_kept_on_drive(
    gpus: list, colab: ModuleType, tmp_path: Path
) -> None:
    for _ in range(2):
        course.start(on_drive=True)
        Path("votes.csv").touch()
    kept = tmp_path / "drive" / "MyDrive" / "color-from-gray"
    assert [file.name for file in kept.iterdir()] == ["votes.csv"]


def test_elsewhere_drive_is_declined_in_a_sentence(
    gpus: list, capsys: pytest.CaptureFixture
) -> None:
    here = Path.cwd()
    course.start(on_drive=True)
    said = capsys.readouterr().out
    assert Path.cwd() == here
    assert "Google Drive is for Colab" in said and "No GPU is attached" not in said


@pytest.fixture(scope="module")
def fresh() -> subprocess.CompletedProcess:
    """Import everything and start three times in a process of its own."""
    silenced = ("TF_CPP_MIN_LOG_LEVEL", "COURSE_FAST", "PYTHONWARNINGS")
    environment = {name: value for name, value in os.environ.items() if name not in silenced}
    return subprocess.run(
        [sys.executable, "-c", FRESH], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_start_prints_one_line_and_no_noise(fresh: subprocess.CompletedProcess) -> None:
    assert fresh.stderr == ""
    assert fresh.returncode == 0
    lines = fresh.stdout.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("Ready: ")
    assert tf.__version__ in lines[0]


def test_start_fixes_the_seed(fresh: subprocess.CompletedProcess) -> None:
    first, second, other = fresh.stdout.splitlines()[1::2]
    assert first == second
    assert not set(first.split()) & set(other.split())


def test_start_takes_back_the_precision_that_a_failed_cell_left(gpus: list) -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    course.start()
    assert keras.config.dtype_policy().name == "float32"


def test_check_lists_the_packages(gpus: list, capsys: pytest.CaptureFixture) -> None:
    course.check()
    out = capsys.readouterr().out
    assert f"tensorflow    {tf.__version__}" in out
    assert "every lesson has a CPU budget" in out


def test_check_names_a_missing_package(
    gpus: list, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(course, "PACKAGES", ("numpy", "no-such-package"))
    course.check()
    assert "Missing: no-such-package." in capsys.readouterr().out


def test_read_shows_source(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    monkeypatch.setattr(course, "display", shown.append)
    course.read(color.to_gray, color.join)
    assert ["def to_gray" in shown[0].data, "def join" in shown[1].data] == [True, True]
