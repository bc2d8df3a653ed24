"""The shared code of the course: what lessons use once the idea behind it has been taught."""

import contextlib
import os
import sys
from collections.abc import Iterator


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


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    with _without_log_lines():
        import keras  # noqa: F401
except KeyboardInterrupt:
    if sys.argv[:1] == ["-m"]:  # the command: python -m helpers
        print("Stopped before anything was done.")
        sys.exit(130)
    raise
