"""The shared code of the course: what lessons use once the idea behind it has been taught."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

IS_COMMAND = sys.argv[:1] == ["-m"] and "helpers" in sys.orig_argv  # python -m helpers


def load_keras() -> None:
    """Load Keras and TensorFlow, which takes seconds, without what they print meanwhile."""
    with _without_log_lines():
        import keras  # noqa: F401, PLC0415


@contextlib.contextmanager
def _without_log_lines() -> Iterator[None]:
    """Silence file descriptor 2: TensorFlow's C++ code prints past Python's own stderr."""
    saved, silent = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(silent)


def _stop(*_: object) -> None:
    print("Stopped before anything was done.", flush=True)
    os._exit(130)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else onnxruntime reports to its makers
if IS_COMMAND:  # it does without Keras where it can, and says more of a stop once it colors
    signal.signal(signal.SIGINT, _stop)
else:
    load_keras()
