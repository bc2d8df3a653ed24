"""How networks learn: losses by step and by epoch, and the way down a valley."""

import textwrap
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from helpers.figures.gallery import WIDTH

STYLES = ("-", "--", ":", "-.")


def loss_curves(losses: Mapping[str, Sequence[float]], **levels: float) -> Figure:
    """Plot losses by step on a logarithmic scale; ``levels`` are named horizontal lines."""
    figure = Figure(figsize=(WIDTH * 0.7, WIDTH * 0.35), layout="constrained")
    axis = figure.subplots()
    for style, (name, loss) in zip(STYLES * len(losses), losses.items(), strict=False):
        axis.plot(np.arange(1, len(loss) + 1), loss, style, label=name)
    for name, level in levels.items():
        _level(axis, name, level)
    axis.set(yscale="log", xlabel="training step", ylabel="loss (mse)")
    axis.yaxis.set_minor_formatter(NullFormatter())  # label the powers of ten alone
    axis.legend()
    return figure


def learning_curves(
    histories: Mapping[str, Mapping[str, Sequence[float]]], **levels: float
) -> Figure:
    """Plot each training's loss by epoch: dashed on the photos it learns from, solid on others.

    A history holds ``loss`` and ``val_loss``, and may hold the ``epoch`` of each, if it is not
    1, 2, 3 and so on, or the ``minutes`` for the axis below.
    ``levels`` are named horizontal lines.
    """
    figure = Figure(figsize=(WIDTH * 0.7, WIDTH * 0.4), layout="constrained")
    axis = figure.subplots()
    for i, (name, history) in enumerate(histories.items()):
        epochs = history.get("epoch", np.arange(1, len(history["loss"]) + 1))
        x = history.get("minutes", epochs)
        prefix = f"{name}, " if name else ""
        look = {"color": f"C{i}", "marker": "os^D"[i % 4], "markersize": 4}  # not by color alone
        axis.plot(x, history["loss"], "--", **look, label=f"{prefix}training photos")
        axis.plot(x, history["val_loss"], "-", **look, label=f"{prefix}validation")
    for name, level in levels.items():
        _level(axis, name, level)
    by_time = any("minutes" in history for history in histories.values())
    axis.set(xlabel="minutes of training" if by_time else "epoch", ylabel="loss")
    if not by_time:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    watched = np.concatenate([history["val_loss"] for history in histories.values()])
    learned = np.concatenate([history["loss"] for history in histories.values()])
    lowest = min(watched.min(), learned.min())
    if lowest < watched.max() < np.inf:  # the first epoch's training loss may tower above
        axis.set_ylim(0.95 * lowest, 1.15 * watched.max())
    axis.legend(fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)  # above all lines
    return figure


def descent(
    losses: Mapping[str, Sequence[float]], photos: Mapping[int, np.ndarray], **levels: float
) -> Figure:
    """Plot losses by step, and above them what the last of the networks paints after some steps.

    ``photos`` maps a step, counted from 1, to the photo (H, W, 3) after it. A loss is measured
    before the step, as Keras does it: so the second one is that after the first step.
    """
    figure = Figure(figsize=(WIDTH, WIDTH * 0.68), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[1, 1.7])
    for axis, (step, photo) in zip(
        above.subplots(1, len(photos), squeeze=False)[0], photos.items(), strict=True
    ):
        axis.imshow(photo)
        axis.axis("off")
        axis.set_title(f"step {step}" if step > 1 else "after 1 step", fontsize=11)
    axis = below.subplots()
    for style, (name, loss) in zip(STYLES * len(losses), losses.items(), strict=False):
        axis.plot(np.arange(1, len(loss)), loss[1:], style, linewidth=2.2, label=name)
    for step in photos:
        last = min(step, len(loss) - 1)  # nobody measures after the last step
        axis.plot(last, loss[last], "o", color="black", markersize=8, zorder=5)
    for name, level in levels.items():
        _level(axis, name, level)
    axis.set(xscale="log", yscale="log", xlabel="step", ylabel="loss (mse)")
    axis.set_xticks(list(photos), [str(step) for step in photos])
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="lower left")
    return figure


def fooled(games: Mapping[str, Sequence[float]]) -> Figure:
    """Plot by step which share of painted patches a critic took for true, in means of 20 steps."""
    figure = Figure(figsize=(WIDTH * 0.7, WIDTH * 0.32), layout="constrained")
    axis = figure.subplots()
    for style, (name, shares) in zip(STYLES * len(games), games.items(), strict=False):
        width = min(20, (len(shares) + 1) // 2)
        means = np.convolve(shares, np.ones(width) / width, "valid")
        axis.plot(np.arange(width, len(shares) + 1), means, style, linewidth=2.2, label=name)
    _level(axis, "a perfect painter", 0.5)
    axis.set(xlabel="step", ylabel="share that fooled", ylim=(0, 1))
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend()
    return figure


def _level(axis: Axes, name: str, level: float) -> None:
    """Draw a horizontal line, with its name beside it."""
    axis.axhline(level, color="gray", linewidth=1)
    place = {"xycoords": ("axes fraction", "data"), "ha": "left", "va": "center"}
    axis.annotate(textwrap.fill(name, 18), (1.01, level), **place)


def valley(
    loss: Callable[[float], float],
    weights: tuple[float, float],
    walks: Mapping[str, Sequence[float]] = {},
    weight: str = "weight",
    colors: np.ndarray | None = None,
) -> Figure:
    """Draw a loss over one weight, from the first of ``weights`` to the second.

    Each of ``walks`` gets a panel: its weights are dots on the curve, joined in their order, and
    its title says the loss where it ends; steps that leave the picture are cut off. ``colors``
    (n, 3) color the ground from left to right.
    """
    places = np.linspace(*weights, 201)
    heights = np.array([loss(place) for place in places])
    low, high = heights.min(), heights.max()
    room = 0.06 * (high - low)
    count = max(1, len(walks))
    figure = Figure(figsize=(WIDTH * (0.62 if count == 1 else 1), WIDTH * 0.38))
    figure.set_layout_engine("constrained")
    panels = figure.subplots(1, count, sharey=True, squeeze=False)[0]
    for axis, (name, walk) in zip(panels, list(walks.items()) or [("", [])], strict=True):
        axis.plot(places, heights, color="#6b8fb5", linewidth=3)
        if colors is not None:
            ground = (*weights, low - 4 * room, low - room)
            axis.imshow(np.asarray(colors)[None], extent=ground, aspect="auto")
        if len(walk):
            _walk(axis, np.asarray(walk, float), [loss(place) for place in walk])
            axis.set_title(f"{name}: ends at loss {loss(walk[-1]):.4f}")
        bottom = low - (room if colors is None else 4 * room)
        axis.set(xlim=weights, ylim=(bottom, high + room), xlabel=weight)
        axis.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("loss")
    return figure


def valleys_from_above(
    loss: Callable[[float, float], float],
    walks: Mapping[str, np.ndarray],
    first: tuple[float, float] = (-0.8, 2.6),
    second: tuple[float, float] = (-1.2, 1.4),
    names: tuple[str, str] = ("weight", "shift"),
) -> Figure:
    """Draw a loss over two weights as a map, the deeper the darker, with a panel for each walk.

    A walk lists pairs of weights, shape (steps + 1, 2); its title says the loss where it ends. The
    map reaches from ``first[0]`` to ``first[1]`` and up from ``second[0]`` to ``second[1]``.
    """
    x, y = np.linspace(*first, 90), np.linspace(*second, 90)
    heights = np.array([[loss(one, other) for one in x] for other in y])
    deepest = np.unravel_index(heights.argmin(), heights.shape)
    levels = heights.min() + np.ptp(heights) * np.linspace(0, 1, 22) ** 3
    columns = min(2, len(walks))
    rows = -(-len(walks) // columns)
    share = 0.62 if columns == 1 else 1
    figure = Figure(figsize=(WIDTH * share, WIDTH * (0.5 if columns == 1 else 0.42 * rows)))
    figure.set_layout_engine("constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axis in panels.ravel()[len(walks) :]:
        axis.axis("off")
    for axis, (name, walk) in zip(panels.ravel(), walks.items(), strict=False):
        # few tones between white and blue, so that the walk stays in the foreground
        axis.contourf(x, y, heights, levels, cmap="Blues_r", norm=PowerNorm(0.25), alpha=0.75)
        axis.contour(x, y, heights, levels, colors="white", linewidths=0.6)
        axis.plot(x[deepest[1]], y[deepest[0]], "*", color="white", markersize=17)
        _walk(axis, *np.asarray(walk, float).T)
        axis.set(xlim=first, ylim=second, title=f"{name}: ends at loss {loss(*walk[-1]):.4f}")
    for axis in panels[-1]:
        axis.set_xlabel(names[0])
    for axis in panels[:, 0]:
        axis.set_ylabel(names[1])
    return figure


def _walk(axis: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """Draw steps as dots that are joined in their order, with a ring around the first."""
    axis.plot(x, y, "o-", color="#d1495b", linewidth=1.6, markersize=5, zorder=4)
    ring = {"markerfacecolor": "white", "markeredgecolor": "#d1495b", "markeredgewidth": 2}
    axis.plot(x[:1], y[:1], "o", markersize=11, zorder=5, **ring)
