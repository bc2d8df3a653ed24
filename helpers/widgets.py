"""Sliders around the course's figures; each line that shows one has a fixed figure beside it.

They use what ipywidgets 7.7 (Colab) and 8 (JupyterLab) both have.
"""

import io
from collections.abc import Callable

import keras
import numpy as np
from IPython.display import display
from ipywidgets import Image, IntSlider, Layout, VBox
from matplotlib.figure import Figure

from helpers import figures


def before_after(before: np.ndarray, after: np.ndarray) -> None:
    """Show two photos of one size with a line between them to drag."""
    _slide(
        lambda position: figures.before_after(before, after, position),
        position=_slider("before | after", 50, 0, 100),
    )


def lab_explorer(photo: np.ndarray) -> None:
    """Show the colors that exist at a lightness, and which of them the photo uses."""
    _slide(lambda L: figures.ab_plane(L, photo), L=_slider("L", 50, 1, 99))


def lab_mixer() -> None:
    """Show the color of three numbers L, a, b, or that no screen can show it."""
    _slide(
        figures.patch,
        L=_slider("L", 60, 0, 100),
        a=_slider("a", 40, -110, 110),
        b=_slider("b", 30, -110, 110),
    )


def feature_maps(model: keras.Model, L: np.ndarray) -> None:
    """Show what each layer of a network makes of L, shape (1, H, W, 1)."""
    watch = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
    maps = [np.asarray(output[0]) for output in watch(L)]

    def draw(layer: int) -> Figure:
        height, width, channels = maps[layer].shape
        kind = type(model.layers[layer]).__name__
        title = f"layer {layer}, {kind}: {height} x {width}, channels: {channels}"
        return figures.feature_maps(maps[layer], title)

    _slide(draw, layer=_slider("layer", 0, 0, len(maps) - 1))


def _slide(draw: Callable[..., Figure], **sliders: IntSlider) -> None:
    """Show sliders above the figure that ``draw`` makes of their values."""
    picture = Image(format="png", layout=Layout(max_width="100%"))

    def redraw(change: object = None) -> None:
        png = io.BytesIO()
        draw(**{name: slider.value for name, slider in sliders.items()}).savefig(png)
        picture.value = png.getvalue()

    for slider in sliders.values():
        slider.observe(redraw, names="value")
    redraw()
    align = Layout(align_items="flex-start")  # else a small picture is stretched
    display(VBox([*sliders.values(), picture], layout=align))


def _slider(name: str, value: int, low: int, high: int) -> IntSlider:
    return IntSlider(
        value,
        low,
        high,
        description=name,
        continuous_update=False,  # draw when the slider is let go
        layout=Layout(width="min(100%, 500px)"),
        style={"description_width": "initial"},
    )
