"""The inside of a network: its layers drawn as boxes, and what one of them finds in a photo."""

from collections.abc import Sequence

import keras
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from helpers.figures.gallery import WIDTH

MAPS = {  # what a layer does to its map, with a color and a hatch
    keras.layers.InputLayer: ("given", "white", ""),
    keras.layers.UpSampling2D: ("doubles the sides", "#fdae6b", ""),
    keras.layers.Conv2DTranspose: ("doubles the sides", "#fdae6b", ""),
    keras.layers.Concatenate: ("one beside the other", "#e0e0e0", "///"),
    keras.layers.Dense: ("each number sees all", "#c7b5e3", "..."),
    keras.layers.Conv2D: ("convolution", "#9ecae1", ""),
    keras.layers.AveragePooling2D: ("mean of neighbors", "#deebf7", ""),
}


def network(model: keras.Model, size: int = 128, title: str = "") -> Figure:
    """Draw a network's maps from left to right, for square photos of ``size`` points.

    A box is a map: the higher, the more points; the wider, the more channels. Below it stand the
    points of a side and the channels. Arcs are skips: maps that a later layer takes once more.
    """
    whole = keras.Model(model.inputs, model.outputs)  # a Sequential hides its input
    layers = [layer for layer in whole.layers if isinstance(_unwrapped(layer), tuple(MAPS))]
    shapes = _map_shapes(whole, layers, size)
    sides = [shape[0] if len(shape) > 1 else 1 for shape in shapes]
    widths = np.array([0.12 + np.sqrt(shape[-1]) / 28 for shape in shapes])
    heights = np.array([0.3 + 1.7 * np.log2(side) / np.log2(size) for side in sides])
    ends = np.cumsum(np.maximum(widths + 0.16, 0.42))
    middles = ends - widths / 2
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    axis = figure.subplots()
    for i, layer in enumerate(layers):
        kind, fill, hatch = _kind_of(layer)
        corner = (middles[i] - widths[i] / 2, -heights[i] / 2)
        look = {"facecolor": fill, "hatch": hatch, "edgecolor": "black", "label": kind}
        axis.add_patch(Rectangle(corner, widths[i], heights[i], **look))
        text = f"{sides[i]}\n{shapes[i][-1]}"
        axis.text(middles[i], corner[1] - 0.06, text, ha="center", va="top", fontsize=8)
    for start, end in _skips(layers):
        places = [(middles[i], heights[i] / 2) for i in (start, end)]
        bend = f"arc3,rad=-{0.05 + 0.6 / (middles[end] - middles[start]):.3f}"
        arc = FancyArrowPatch(*places, connectionstyle=bend, arrowstyle="-|>", mutation_scale=10)
        axis.add_patch(arc)
    handles, names = axis.get_legend_handles_labels()
    known = dict(zip(names, handles, strict=True))
    figure.legend(known.values(), known.keys(), loc="outside lower center", ncols=4)
    beside = max(0, 6 - ends[-1]) / 2  # a short network stands in the middle
    axis.set(xlim=(-beside, ends[-1] + 0.2 + beside), ylim=(-1.45, 1.75))
    axis.set_title(title, fontsize=11)
    axis.axis("off")
    return figure


def _kind_of(layer: keras.Layer) -> tuple[str, str, str]:
    """Name what a layer does, with a color and a hatch."""
    layer = _unwrapped(layer)
    enlarges = isinstance(layer, keras.layers.Conv2DTranspose)
    if max(np.ravel(getattr(layer, "strides", 1))) > 1 and not enlarges:
        return "halves the sides", "#3182bd", ""
    return next(look for kind, look in MAPS.items() if isinstance(layer, kind))


def _unwrapped(layer: keras.Layer) -> keras.Layer:
    """Return what a wrapper, such as SpectralNormalization, holds."""
    return getattr(layer, "layer", layer)


def _map_shapes(model: keras.Model, layers: Sequence, size: int) -> list[tuple[int, ...]]:
    """Return the shape of each layer's map for photos of ``size`` points a side."""
    inputs = [
        keras.KerasTensor([1, *(side or size for side in tensor.shape[1:])])
        for tensor in model.inputs
    ]
    maps = keras.Model(model.inputs, [layer.output for layer in layers])
    found = maps.compute_output_spec(inputs if len(inputs) > 1 else inputs[0])
    return [tuple(one.shape[1:]) for one in found]


def _skips(layers: Sequence) -> list[tuple[int, int]]:
    """Find the maps that a Concatenate takes from further back than the layer before it."""
    places = {id(layer.output): place for place, layer in enumerate(layers)}
    found = []
    for end, layer in enumerate(layers):
        if isinstance(layer, keras.layers.Concatenate):
            starts = [places[id(one)] for one in layer.input if id(one) in places]
            found += [(start, end) for start in starts if start < end - 1]
    return found


def feature_maps(maps: np.ndarray, title: str = "") -> Figure:
    """Show every channel of a layer's output (H, W, channels), each on its own gray scale."""
    channels = maps.shape[-1]
    columns = min(channels, 8)
    rows = -(-channels // columns)
    cell = WIDTH / columns
    height = rows * cell * maps.shape[0] / maps.shape[1] + 0.4
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.suptitle(title, fontsize=11)
    for i, axis in enumerate(figure.subplots(rows, columns, squeeze=False).ravel()):
        axis.axis("off")
        if i < channels:
            axis.imshow(maps[..., i], cmap="gray", interpolation="nearest")
    return figure
