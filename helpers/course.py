"""Start a lesson: which device it has, which budget suits it, whether its packages are right."""

import inspect
import math
import os
import platform
import sys
import textwrap
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import keras
import tensorflow as tf
from IPython import get_ipython
from IPython.display import Markdown, display
from matplotlib.figure import Figure
from matplotlib_inline.backend_inline import set_matplotlib_formats

from helpers import pages

PACKAGES = ("tensorflow", "keras", "scikit-image", "numpy", "matplotlib", "ipywidgets")
ENOUGH_MEMORY = 3e9  # bytes
CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # v2, v1
DRIVE = Path("/content/drive")


def start(seed: int = 0, on_drive: bool = False) -> None:
    """Fix the random seed, let figures show themselves and say where the lesson runs.

    With ``on_drive``, what the lesson writes is kept on Google Drive, if it runs in Colab.
    """
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy("float32")  # a cell that failed may have left another
    tf.get_logger().setLevel("ERROR")  # it warns of each training that a lesson starts anew
    set_matplotlib_formats("png")  # shows a Figure that pyplot does not know, too
    if pages.are_made():
        get_ipython().display_formatter.formatters["image/png"].for_type(Figure, pages.described)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    print(f"Ready: {_device()}, TensorFlow {tf.__version__}. Budget: {mode()}.")
    if mode() == "fast" and _memory() < ENOUGH_MEMORY:
        print(
            f"This machine lends {_memory() / 1e9:.1f} GB of memory, which is little: trainings "
            "are short here, and their colors worse than the lesson says."
        )
    if _in_colab() and mode() == "cpu":
        print(
            "No GPU is attached. To get one: Runtime > Change runtime type > T4 GPU. Then run the "
            "lesson from the top."
        )
    if on_drive:
        _work_on_drive()


def mode() -> str:
    """Name the budget of this machine: "fast", "cpu" or "gpu".

    It is "fast" for tests (COURSE_FAST=1), and where there is little memory, as in Binder.
    """
    if os.environ.get("COURSE_FAST") == "1":
        return "fast"
    if tf.config.list_physical_devices("GPU"):
        return "gpu"
    return "fast" if _memory() < ENOUGH_MEMORY else "cpu"


def budget(*, fast: int, cpu: int, gpu: int) -> int:
    """Choose among a lesson's numbers the one that suits this machine."""
    return {"fast": fast, "cpu": cpu, "gpu": gpu}[mode()]


def read(*functions: Callable) -> None:
    """Show the source code of helper functions, for lessons that explain them."""
    for function in functions:
        source = textwrap.dedent(inspect.getsource(function))  # a method stands indented
        display(Markdown(f"```python\n{source}```"))


def check() -> None:
    """Print what the lessons rest on and advice where something is missing."""
    print(f"Python {platform.python_version()} on {platform.system()}, {_device()}")
    missing = []
    for package in PACKAGES:
        try:
            print(f"  {package:<13} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        print(f"Missing: {', '.join(missing)}. Close this, and start the course with: make lab")
    elif mode() == "gpu":
        print("All is here, and a GPU too: lessons take their larger budgets.")
    else:
        print("All is here. There is no GPU, and none is needed: every lesson has a CPU budget.")


def _device() -> str:
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return f"CPU with {os.cpu_count()} cores"
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
    return name if len(gpus) == 1 else f"{len(gpus)} x {name}"


def _in_colab() -> bool:
    return "google.colab" in sys.modules


def _memory() -> float:
    """Return the bytes of memory that this process may use: a container lends a part of them."""
    limits = [math.inf]
    if hasattr(os, "sysconf"):  # not on Windows
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for file in map(Path, CGROUPS):
        text = file.read_text().strip() if file.exists() else ""
        if text.isdigit():  # else it says "max"
            limits.append(int(text))
    return min(limits)


def _work_on_drive() -> None:
    if not _in_colab():
        print("Google Drive is for Colab. Here, what you make is kept beside the lesson.")
        return
    from google.colab import drive  # noqa: PLC0415  (exists in Colab alone)

    drive.mount(str(DRIVE))
    folder = DRIVE / "MyDrive" / "color-from-gray"
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    print(f"What you make is kept in {folder}.")
