"""Share a network: a web page that colors with it, or an app: ``python -m helpers.share NETWORK``.

The page is a folder for any web host. The network runs in the visitor's browser, so no photo leaves
it. The networks go there as ONNX, in float16, packed.
"""

import argparse
import csv
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from helpers import colorizer, photos

ROOT = photos.DATA.parent
PAGE = ROOT / "book" / "color"
LARGEST = 8 * 10**6  # bytes of a network's file
EXACT = 4096  # numbers: arrays up to here stay in float32 where float16 would round them
FEW = 64  # numbers that are not worth the steps that make them float32 again
RUNTIME = "onnxruntime-web"
ENGINE = {  # its files, and their names in the page: some hosts do not know the ending .mjs
    "ort.wasm.bundle.min.mjs": "ort.js",
    "ort-wasm-simd-threaded.wasm": "ort-wasm-simd-threaded.wasm",
}
SAYS = {  # what the page says of a shipped network
    "pretrained": "The best of them. It knows skin, sky, leaves, food and many flowers.",
    "unet": "Careful. It knows landscapes and yellow flowers, and hardly a face.",
    "vivid": "Bold. Flowers become as colorful as true ones, right or wrong.",
    "fusion": "A second network tells it what is in the photo.",
    "hints": "Takes your dots of color, and guesses the rest.",
    "adversarial": "A critic taught it to avoid brown.",
}
EXAMPLES = {  # photos that the page offers to begin with, and what they show
    "historic/castle_clinton.jpg": "A round fort by the water, in 1961",
    "people/grace_hopper.jpg": "Grace Hopper in uniform",
    "heroes/tulips.jpg": "Tulips",
    "heroes/machu_picchu.jpg": "Machu Picchu",
    "heroes/citrus.jpg": "Slices of citrus fruit",
}


class ShareError(photos.PhotoError):
    """Something that keeps a network from being shared; the message says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a folder with the page and the networks that are named; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.share",
        description="Make a web page that colors photos with networks of yours or of the course.",
    )
    parser.add_argument(
        "networks",
        nargs="+",
        metavar="NETWORK",
        help=f"a file that network.save(...) wrote, such as mine.keras, or {', '.join(SAYS)}",
    )
    parser.add_argument(
        *("-o", "--output"),
        type=Path,
        default=Path("color-page"),
        metavar="FOLDER",
        help="the folder for the page (default: color-page)",
    )
    options = parser.parse_args(arguments)
    try:
        page(_named(options.networks), options.output)
    except (ShareError, OSError) as error:
        print(error)
        return 1
    print(f"The page is in {options.output}: put that folder on any web host.")
    print(f"To see it here: python -m http.server --directory {options.output}")
    return 0


def _named(networks: Sequence[str]) -> dict[str, keras.Model]:
    """Load networks, by the names that they have on the page."""
    names = [Path(one).stem for one in networks]
    own = {name for name, one in zip(names, networks, strict=True) if name != one}
    if len(set(names)) < len(names) or own & SAYS.keys():
        raise ShareError(
            "Two networks would have one name, or yours one of the course's: rename your file."
        )
    return {name: load(one) for name, one in zip(names, networks, strict=True)}


def load(name: str) -> keras.Model:
    """Load a network of the course by its name, or a learner's own from a ``.keras`` file.

    Raises:
        ShareError: there is no such network, or the file holds none.
    """
    if name in colorizer.NETWORKS:
        return colorizer.load(name)
    if not Path(name).is_file():
        known = ", ".join(colorizer.NETWORKS)
        raise ShareError(
            f"There is no network {name}: give a .keras file, or choose among {known}."
        )
    try:
        return keras.saving.load_model(name, compile=False)
    except Exception as error:  # a file may hold anything
        reason = str(error).partition("\n")[0]
        raise ShareError(f"{name} holds no network that Keras can load: {reason}") from error


def page(models: Mapping[str, keras.Model], folder: str | Path) -> None:
    """Write the page with networks, by their names, into a folder for any web host.

    Raises:
        ShareError: a network fits no photo, or what the page is made with is missing.
    """
    folder = Path(folder)
    for model in models.values():
        _expect_a_painter(model)
    runtime = _runtime()
    shutil.copytree(PAGE, folder, dirs_exist_ok=True)
    for inner in ("ort", "networks", "examples"):
        (folder / inner).mkdir(exist_ok=True)
    for file, name in ENGINE.items():
        shutil.copyfile(runtime / file, folder / "ort" / name)
    listed = [_publish(name, model, folder / "networks") for name, model in models.items()]
    text = json.dumps({"networks": listed, **_about(folder)}, indent=1)
    photos.write(text.encode(), folder / "page.json")


def _about(folder: Path) -> dict[str, Any]:
    """Add the photos to begin with, and return what else the page says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    with open(photos.DATA / "credits.csv", encoding="utf-8", newline="") as table:
        authors = {row["file"]: row["author"] for row in csv.DictReader(table)}
    for file in EXAMPLES:
        shutil.copyfile(photos.FOLDER / file, folder / "examples" / Path(file).name)
    by = "; ".join(f"{Path(file).stem.replace('_', ' ')}, {authors[file]}" for file in EXAMPLES)
    return {
        "course": project["urls"]["Repository"],
        "examples": [{"file": Path(file).name, "alt": alt} for file, alt in EXAMPLES.items()],
        "credits": f"Photos to begin with, in the public domain or CC0: {by}.",
        "engine": sum((folder / "ort" / name).stat().st_size for name in ENGINE.values()),
    }


def app(network: colorizer.Colorizer, public: bool = False) -> None:
    """Show an app that colors photos with a network; Colab has the package Gradio for it.

    With ``public`` it gets an address that opens for anybody, as long as the notebook runs; photos
    then pass through the servers of Gradio's makers. Where there is no Gradio, a sentence says so.
    """
    try:
        import gradio  # noqa: PLC0415  (Colab has it, and others may)
    except ImportError:
        print("Gradio makes the app, and is not here. Colab has it; elsewhere: pip install gradio")
        return

    def color(file: str, strength: float, saturation: float, temperature: float) -> np.ndarray:
        try:
            photo = photos.load(file or "")
        except photos.PhotoError as error:
            raise gradio.Error("This file is no photo that can be read here.") from error
        return np.asarray(photos.to_image(network.color(photo, strength, saturation, temperature)))

    dials = [
        gradio.Slider(0, 1, 1, label="strength"),
        gradio.Slider(0, 3, 1, label="saturation"),
        gradio.Slider(-30, 30, 0, label="temperature"),
    ]
    gradio.Interface(
        color,
        [gradio.Image(type="filepath", label="a photo"), *dials],
        gradio.Image(label="in color: a guess", format="png"),  # else pixels are lost
        title="Color a photo",
        description="Colored by a neural network; the colors are a guess.",
        flagging_mode="never",
    ).launch(share=public, quiet=True, prevent_thread_lock=True)


def _publish(name: str, model: keras.Model, folder: Path) -> dict[str, Any]:
    """Write a network's file and return what the page must know of it."""
    file = f"{name}.onnx.gz"
    packed = to_onnx(model)
    photos.write(packed, folder / file)
    return {
        "name": name,
        "says": SAYS.get(name, "A network of my own."),
        "file": file,
        "bytes": len(packed),
        "dots": model.inputs[0].shape[-1] == 4,
        "temperature": temperature(model),
    }


def _expect_a_painter(model: keras.Model) -> None:
    given, made = model.inputs[0].shape, model.outputs[0].shape
    if len(model.inputs) != 1 or len(given) != 4 or given[-1] not in (1, 4) or made[-1] != 2:
        raise ShareError(
            "The page takes networks from L (batch, H, W, 1), or from L and dots (batch, H, W, 4), "
            f"to ab / 128 (batch, H, W, 2); this one goes from {given} to {made}."
        )
    if given[1:3] != (None, None):
        raise ShareError(
            f"This network takes {given[1]} x {given[2]} pixels only: build it with "
            f"keras.Input((None, None, {given[-1]})), so that photos of any shape fit."
        )


def temperature(model: keras.Model) -> float | None:
    """Return the temperature at which a network of bins makes one color; None of any other."""
    names = [layer.name for layer in model.layers]
    return round(1 / model.get_layer("temperature").scale, 4) if "temperature" in names else None


def with_temperature(model: keras.Model) -> keras.Model:
    """Give a network of bins, as ``networks.vivid`` builds it, its temperature as a second input.

    That input has the shape (batch, 1, 1, 1).
    """
    given = keras.Input((1, 1, 1), name="given_temperature")
    behind = [layer.name for layer in model.layers].index("temperature") + 1
    ab = model.get_layer("temperature").input / given
    for layer in model.layers[behind:]:
        ab = layer(ab)
    return keras.Model([model.inputs[0], given], ab)


def to_onnx(model: keras.Model) -> bytes:
    """Turn a network into ONNX, packed by gzip: weights in float16, calculations in float32.

    Where the file would be larger than ``LARGEST``, as many of the largest arrays as needed are
    kept in 8 bits, with a scale for each output channel. A network of bins gets its temperature as
    a second input.

    Raises:
        ShareError: the packages for that are not installed.
    """
    model = with_temperature(model) if temperature(model) else model
    whole = _exported(model)
    from onnx import numpy_helper  # noqa: PLC0415

    arrays = {one.name: numpy_helper.to_array(one) for one in whole.graph.initializer}
    by_size = sorted(arrays, key=lambda name: arrays[name].size, reverse=True)
    for count in range(0, len(by_size) + 1, 4):
        packed = gzip.compress(_shrunk(whole, arrays, by_size[:count]), mtime=0)
        if len(packed) <= LARGEST:
            break
    return packed


def keep(model: keras.Model, file: Path) -> None:
    """Write a network as ONNX, all numbers as they are, in place of older files of that network.

    Raises:
        ShareError: the packages for that are not installed.
        OSError: the file cannot be written.
    """
    photos.write(_exported(model).SerializeToString(), file)
    for older in file.parent.glob(f"{file.stem.rpartition('-')[0]}-*.onnx"):
        if older != file:
            older.unlink(missing_ok=True)


def _exported(model: keras.Model) -> Any:
    """Return a network as ONNX, as ``onnx.load`` does."""
    try:
        import onnx  # noqa: PLC0415  (few need it, and it takes a second)
        import tf2onnx  # noqa: F401, PLC0415
    except ImportError as error:
        raise ShareError(
            "The packages onnx and tf2onnx are missing: pip install onnx tf2onnx"
        ) from error
    ones = [np.ones([side or 32 for side in one.shape], np.float32) for one in model.inputs]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Keras, about NumPy
        model(ones if len(ones) > 1 else ones[0])  # Keras exports what was called
        file = Path(folder) / "network.onnx"
        model.export(file, format="onnx", verbose=False)
        return onnx.load(file)


def _shrunk(whole: Any, arrays: Mapping[str, np.ndarray], in_8_bits: Sequence[str]) -> bytes:
    """Write a network anew with smaller numbers, which its first steps make float32 again."""
    from onnx import ModelProto, TensorProto, helper, numpy_helper  # noqa: PLC0415

    small, steps = [], []
    for name, array in arrays.items():
        kept = name
        if array.dtype != np.float32 or array.size < FEW:
            pass
        elif name in in_8_bits:
            axis = 0 if array.ndim == 4 else array.ndim - 1  # of the output channels
            others = tuple(one for one in range(array.ndim) if one != axis)
            scale = np.maximum(abs(array).max(axis=others, keepdims=True) / 127, 1e-12)
            kept, array = f"{name}/small", np.round(array / scale).astype(np.int8)
            small.append(numpy_helper.from_array(scale, f"{name}/scale"))
            steps.append(helper.make_node("Cast", [kept], [f"{name}/cast"], to=TensorProto.FLOAT))
            steps.append(helper.make_node("Mul", [f"{name}/cast", f"{name}/scale"], [name]))
        elif array.size > EXACT or _is_half(array):
            kept, array = f"{name}/small", array.astype(np.float16)
            steps.append(helper.make_node("Cast", [kept], [name], to=TensorProto.FLOAT))
        small.append(numpy_helper.from_array(array, kept))
    result = ModelProto()
    result.CopyFrom(whole)
    del result.graph.initializer[:], result.graph.node[:]
    result.graph.initializer.extend(small)
    result.graph.node.extend([*steps, *whole.graph.node])
    return result.SerializeToString()


def _is_half(array: np.ndarray) -> bool:
    """Tell whether float16 holds an array without rounding."""
    with np.errstate(over="ignore"):
        return bool((array.astype(np.float16) == array).all())


def _runtime() -> Path:
    """Return the folder of what runs ONNX in a browser, in the version that package.json names."""
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"][RUNTIME]
    home = ROOT / "node_modules" / RUNTIME
    about = home / "package.json"
    if not about.exists() or json.loads(about.read_text("utf-8"))["version"] != wanted:
        npm = shutil.which("npm")
        if npm is None:
            raise ShareError(
                f"The page needs {RUNTIME}, which npm fetches, and there is no npm here: install "
                "Node.js (with apt, brew or its installer), then run this again."
            )
        quiet = ["--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        if subprocess.run([npm, "install", *quiet], cwd=ROOT).returncode:
            raise ShareError(f"npm cannot fetch {RUNTIME} {wanted}: look at your connection.")
    return home / "dist"


if __name__ == "__main__":
    sys.exit(main())
