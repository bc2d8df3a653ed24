"""Start a lesson: which device it has, which budget suits it, whether its packages are right."""

import inspect
import os
import platform
import textwrap
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import keras
import tensorflow as tf
from IPython.display import Markdown, display
from matplotlib_inline.backend_inline import set_matplotlib_formats

PACKAGES = ("tensorflow", "keras", "scikit-image", "numpy", "matplotlib", "ipywidgets")


def start(seed: int = 0) -> None:
    """Fix the random seed, let figures show themselves and say where the lesson runs."""
    keras.utils.set_random_seed(seed)
    set_matplotlib_formats("png")  # shows a Figure that pyplot does not know, too
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    print(f"Ready: {_device()}, TensorFlow {tf.__version__}. Budget: {mode()}.")


def mode() -> str:
    """Name the budget of this machine: "fast" (COURSE_FAST=1, for tests), "gpu" or "cpu"."""
    if os.environ.get("COURSE_FAST") == "1":
        return "fast"
    return "gpu" if tf.config.list_physical_devices("GPU") else "cpu"


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
