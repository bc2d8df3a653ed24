"""The shipped networks without TensorFlow, whose start takes seconds: kept as ONNX.

Where the package onnxruntime is installed, it runs such a file. ``share.keep`` makes one.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from helpers import downloads, photos

PACKAGES = ("onnxruntime", "onnx", "tf2onnx")  # the first runs a network, the others make its file
MODELS = photos.DATA / "models"
CODE = Path(__file__).parent
# What a network is made of, beside its own numbers: another version of these makes another file.
MADE_OF = (
    *(CODE / f"{name}.py" for name in ("bins", "classifier", "color", "networks")),
    MODELS / "efficientnet_lite0.npz",
)


def find(name: str) -> Callable[[np.ndarray], np.ndarray] | None:
    """Return what maps L (1, H, W, 1) to ab / 128 as a shipped network does.

    None, where its file or the package that runs it is not here.
    """
    file = file_of(name)
    if not file.is_file():
        return None
    try:
        import onnxruntime  # noqa: PLC0415  (few have it)

        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    except Exception:  # what a file may hold, or a package lack
        return None
    [given] = session.get_inputs()
    return lambda planes: session.run(None, {given.name: planes})[0]


def wanted(name: str) -> Path | None:
    """Return where a network's file is to be made; None, where it is there or cannot be made."""
    file = file_of(name)
    if not all(map(find_spec, PACKAGES)) or find(name):
        return None
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
    return file if os.access(file.parent, os.W_OK) else None


def file_of(name: str) -> Path:
    """Name the file in the user's cache for a shipped network as it is now."""
    digest = hashlib.sha256()
    for part in (MODELS / f"{name}.npz", *MADE_OF):
        digest.update(part.read_bytes())
    return downloads.CACHE / "networks" / f"{name}-{digest.hexdigest()[:16]}.onnx"
