"""The course's pictures: functions that return a matplotlib Figure and change nothing else."""

import textwrap
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
from IPython.display import Markdown
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.ticker import MaxNLocator, NullFormatter

from helpers import bins, color, metrics

WIDTH = 10.0  # inches: the width of a notebook's column
STYLES = ("-", "--", ":", "-.")
MAPS = {  # what a layer does to its map, with a color and a hatch
    keras.layers.InputLayer: ("given", "white", ""),
    keras.layers.UpSampling2D: ("doubles the sides", "#fdae6b", ""),
    keras.layers.Conv2DTranspose: ("doubles the sides", "#fdae6b", ""),
    keras.layers.Concatenate: ("one beside the other", "#e0e0e0", "///"),
    keras.layers.Dense: ("each number sees all", "#c7b5e3", "..."),
    keras.layers.Conv2D: ("convolution", "#9ecae1", ""),
    keras.layers.AveragePooling2D: ("mean of neighbors", "#deebf7", ""),
}
ABOUT_AB = {"a": "a: green (-) to red (+)", "b": "b: blue (-) to yellow (+)"}


def grid(
    photos: Mapping[str, np.ndarray] | Sequence[tuple[str, np.ndarray]], columns: int | None = None
) -> Figure:
    """Show photos (H, W, 3) or planes (H, W) in rows, each under its caption.

    ``photos`` maps captions to photos; where captions repeat, it lists pairs of both.
    """
    pairs = list(photos.items()) if isinstance(photos, Mapping) else photos
    columns = columns or min(len(pairs), 4)
    pairs = [(_wrapped(caption, WIDTH / columns), photo) for caption, photo in pairs]
    rows = -(-len(pairs) // columns)
    tallest = max(photo.shape[0] / photo.shape[1] for _, photo in pairs)
    lines = max(caption.count("\n") + 1 for caption, _ in pairs)
    height = rows * (WIDTH / columns * tallest + 0.22 * lines + 0.1)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, (caption, photo) in zip(axes, pairs, strict=False):
        axis.imshow(photo, cmap="gray")
        axis.set_title(caption, fontsize=11)
    return figure


def _wrapped(caption: str, inches: float) -> str:
    """Break the lines of a caption that do not fit over a picture."""
    lines = caption.split("\n")
    return "\n".join(textwrap.fill(line, max(8, int(inches * 12.5))) for line in lines)


def against_truth(photos: Mapping[str, np.ndarray], truth: np.ndarray) -> Figure:
    """Show guesses beside the true photo, with PSNR and CIEDE2000 under each name."""
    scored = {
        f"{name}\n{metrics.psnr(photo, truth):.1f} dB, "
        f"color difference {metrics.ciede2000(photo, truth):.1f}": photo
        for name, photo in photos.items()
    }
    return grid({**scored, "the truth\n": truth})


def judged(
    metric: Callable[[np.ndarray, np.ndarray], float],
    photos: Mapping[str, np.ndarray],
    truth: np.ndarray,
) -> Figure:
    """Show photos, each with the number that a metric of (guess, truth) gives it."""
    numbers = {name: metric(photo, truth) for name, photo in photos.items()}
    captions = [f"{name}\n{number:.3g}" for name, number in numbers.items()]
    return grid(list(zip(captions, photos.values(), strict=True)))


def before_after(before: np.ndarray, after: np.ndarray, position: float = 50) -> Figure:
    """Show ``before`` left and ``after`` right of a line at ``position`` percent of the width."""
    height, width = before.shape[:2]
    column = round(width * position / 100)
    both = np.concatenate([before[:, :column], after[:, column:]], axis=1)
    shown = min(WIDTH, 6.0 * width / height)
    size = max(0.1, shown), max(0.1, shown * height / width)  # a strip of 1 x 3,000 shows, too
    figure = Figure(figsize=size)
    axis = figure.add_axes((0, 0, 1, 1))
    axis.imshow(both, aspect="auto")
    axis.axvline(column - 0.5, color="white", linewidth=2)
    axis.axis("off")
    return figure


def rgb_planes(photo: np.ndarray) -> Figure:
    """Show a photo and its three RGB channels as gray pictures."""
    names = ("red", "green", "blue")
    planes = {f"{name} channel": photo[..., i] for i, name in enumerate(names)}
    return grid({"the photo": photo, **planes}, columns=4)


def lab_planes(photo: np.ndarray) -> Figure:
    """Show a photo with its L, a and b, each in its own colors, the higher the lighter."""
    lab = color.rgb_to_lab(photo)
    height = WIDTH / 4 * photo.shape[0] / photo.shape[1] + 0.7
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    (picture, *planes), (below, *scales) = figure.subplots(2, 4, height_ratios=[20, 1])
    picture.imshow(photo)
    picture.set_title("the photo", fontsize=11)
    for axis in (picture, below, *planes):
        axis.axis("off")
    titles = {"L": "L: dark (0) to light (100)", **ABOUT_AB}
    for i, (name, title) in enumerate(titles.items()):
        low, high = (0, 100) if name == "L" else (-100, 100)
        scale = _lab_scale(i, low, high)
        shown = planes[i].imshow(lab[..., i], cmap=scale, vmin=low, vmax=high)
        planes[i].set_title(title, fontsize=11)
        figure.colorbar(
            shown, cax=scales[i], orientation="horizontal", ticks=[low, (low + high) / 2, high]
        )
    return figure


def _lab_scale(channel: int, low: float, high: float) -> ListedColormap:
    """Make a scale of colors in which one LAB channel runs, and L with it, for color-blind eyes."""
    lab = np.zeros((256, 3), np.float32)
    lab[:, 0] = np.linspace(40, 75, 256)
    lab[:, channel] = np.linspace(low, high, 256)
    return ListedColormap(color.lab_to_rgb(lab))


def ab_plane(L: float, photo: np.ndarray | None = None) -> Figure:
    """Show which colors a screen has at lightness L, and the photo's pixels near that lightness."""
    steps = np.arange(-110, 111)
    a, b = np.meshgrid(steps, steps)
    lab = np.stack([np.full_like(a, L), a, b], axis=-1).astype(np.float32)
    plane = color.lab_to_rgb(lab)
    plane[~color.in_gamut(lab)] = 0.93
    columns = 1 if photo is None else 2
    figure = Figure(figsize=(WIDTH * 0.5 * columns, WIDTH * 0.5), layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False)[0]
    axes[-1].imshow(plane, origin="lower", extent=(-110, 110, -110, 110))
    _label_ab(axes[-1])
    axes[-1].set_title(f"colors a screen can show at L = {L:.0f}", fontsize=11)
    if photo is not None:
        _mark_lightness(axes[0], axes[1], L, photo)
    return figure


def _mark_lightness(picture: Axes, plane: Axes, L: float, photo: np.ndarray) -> None:
    """Keep the color of the pixels within 2 of L, gray out the others, and plot their ab."""
    lab = color.rgb_to_lab(photo)
    near = np.abs(lab[..., 0] - L) < 2
    shown = np.where(near[..., None], photo, 0.35 * color.to_gray(photo))
    picture.imshow(shown)
    picture.axis("off")
    picture.set_title(f"{near.mean():.1%} of the pixels have this lightness", fontsize=11)
    ab = lab[near][:: max(1, near.sum() // 3000), 1:]
    plane.scatter(*ab.T, s=5, c="black", linewidths=0)


def _label_ab(axis: Axes) -> None:
    """Name the axes of an ab plane and mark its gray center."""
    axis.set_xlabel(ABOUT_AB["a"])
    axis.set_ylabel(ABOUT_AB["b"])
    axis.axhline(0, color="black", linewidth=0.4)
    axis.axvline(0, color="black", linewidth=0.4)


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


def _level(axis: Axes, name: str, level: float) -> None:
    """Draw a horizontal line, with its name beside it."""
    axis.axhline(level, color="gray", linewidth=1)
    place = {"xycoords": ("axes fraction", "data"), "ha": "left", "va": "center"}
    axis.annotate(textwrap.fill(name, 18), (1.01, level), **place)


def mosaic(photos: Sequence[np.ndarray], columns: int = 12) -> Figure:
    """Show many photos of one size (H, W, 3) side by side, without captions: a contact sheet."""
    rows = -(-len(photos) // columns)
    height, width = photos[0].shape[:2]
    sheet = np.ones((rows, height, columns, width, 3), np.float32)
    for i, photo in enumerate(photos):
        sheet[i // columns, :, i % columns] = photo
    shown = WIDTH * rows * height / (columns * width)
    figure = Figure(figsize=(WIDTH, shown))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.imshow(sheet.reshape(rows * height, columns * width, 3), aspect="auto")
    axis.axis("off")
    return figure


def ab_histogram(sets: Mapping[str, np.ndarray]) -> Figure:
    """Show how often each color occurs in arrays of ab (..., 2): the more often, the darker."""
    figure = Figure(figsize=(WIDTH / 2 * len(sets), WIDTH / 2), layout="constrained")
    edges = np.arange(-110, 111, 4)
    for axis, (name, ab) in zip(
        figure.subplots(1, len(sets), squeeze=False)[0], sets.items(), strict=True
    ):
        counts, _, _ = np.histogram2d(*ab.reshape(-1, 2).T, bins=(edges, edges))
        share = counts.T / counts.sum()
        shown = axis.imshow(
            np.where(share > 0, share, np.nan),
            origin="lower",
            extent=(-110, 110, -110, 110),
            cmap="Blues",
            norm=LogNorm(1e-6, 1e-1),
        )
        _label_ab(axis)
        axis.set_title(name, fontsize=11)
    figure.colorbar(shown, ax=figure.axes, label="share of all pixels", shrink=0.8)
    return figure


def color_bins(sets: Mapping[str, np.ndarray]) -> Figure:
    """Show a number per bin (Q,) as a dot in the bin's color, its area in proportion.

    The largest number of each set stands in its title. Colors are shown at L = 65, those that a
    screen has not at that lightness as near as it can.
    """
    figure = Figure(figsize=(WIDTH / max(2, len(sets)) * len(sets), WIDTH / 2.2))
    figure.set_layout_engine("constrained")
    lab = np.concatenate([np.full((len(bins.CENTERS), 1), 65, np.float32), bins.CENTERS], axis=1)
    for axis, (name, values) in zip(
        figure.subplots(1, len(sets), squeeze=False)[0], sets.items(), strict=True
    ):
        values = np.asarray(values)
        area = (380 / max(2, len(sets)) * values / values.max()).clip(1)
        colors = color.lab_to_rgb(lab)
        axis.scatter(*bins.CENTERS.T, s=area, c=colors, edgecolors="black", linewidths=0.4)
        axis.set(xlim=(-110, 110), ylim=(-110, 110), aspect="equal")
        _label_ab(axis)
        largest = f"\nthe largest: {values.max():.2g}" if np.ptp(values) else ""
        axis.set_title(name + largest, fontsize=11)
    return figure


def shares_at(
    photo: np.ndarray, spots: Mapping[str, tuple[float, float]], shares: np.ndarray
) -> Figure:
    """Show a gray photo with numbered spots, and how a network's shares there fall on the bins.

    Spots are named places x, y in 0..1; ``shares`` has the shape (h, w, Q). A dot's area goes by
    the share, its color is the bin's at the spot's own L, or the nearest that a screen can show.
    """
    figure = Figure(figsize=(WIDTH, WIDTH / (1 + len(spots)) + 0.6), layout="constrained")
    picture, *planes = figure.subplots(1, 1 + len(spots))
    picture.imshow(
        color.to_gray(photo), extent=(0, 1, 1, 0), aspect=photo.shape[0] / photo.shape[1]
    )
    picture.axis("off")
    L, _ = color.split(photo)
    for number, (axis, (name, (x, y))) in enumerate(zip(planes, spots.items(), strict=True), 1):
        here = shares[int(y * shares.shape[0]), int(x * shares.shape[1])]
        light = L[int(y * L.shape[0]), int(x * L.shape[1])].clip(25, 80)  # else all look alike
        lab = np.insert(bins.CENTERS, 0, light, axis=1)
        colors = color.lab_to_rgb(lab)
        area = (420 * here / here.max()).clip(1)
        axis.scatter(*bins.CENTERS.T, s=area, c=colors, edgecolors="black", linewidths=0.4)
        axis.set(xlim=(-110, 110), ylim=(-110, 110), aspect="equal")
        _label_ab(axis)
        axis.set_title(f"{number}, {name}\nthe largest share: {here.max():.0%}", fontsize=11)
        picture.plot(x, y, "o", color="white", markeredgecolor="black", markersize=16)
        picture.text(x, y, str(number), ha="center", va="center", fontsize=10)
    return figure


def dots(
    photo: np.ndarray,
    dots: Sequence[tuple[float, float, tuple[float, float, float]]],
    cross: tuple[float, float] | None = None,
) -> Figure:
    """Show a photo in gray with colored dots (x, y, RGB), x and y in 0..1, and a cross at x, y."""
    height, width = photo.shape[:2]
    shown = min(WIDTH, 4.5 * width / height)
    figure = Figure(figsize=(shown, shown * height / width))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.imshow(color.to_gray(photo), aspect="auto", extent=(0, 1, 1, 0))
    axis.axis("off")
    for number, (x, y, rgb) in enumerate(dots, 1):
        ring = {"markeredgecolor": "white", "markeredgewidth": 2}
        axis.plot(x, y, "o", color=rgb, markersize=13, **ring)
        axis.annotate(str(number), (x, y), xytext=(9, 5), textcoords="offset points", color="white")
    if cross is not None:
        axis.axvline(cross[0], color="white", linewidth=0.8)
        axis.axhline(cross[1], color="white", linewidth=0.8)
    return figure


def intervals(rows: Mapping[str, tuple[float, float, float]], label: str) -> Figure:
    """Show a value for each name, with its interval (value, low, high), and all three numbers."""
    figure = Figure(figsize=(WIDTH * 0.8, 0.45 * len(rows) + 0.9), layout="constrained")
    axis = figure.subplots()
    places = np.arange(len(rows))[::-1]
    values, low, high = np.array(list(rows.values()), float).T
    reach = np.stack([np.maximum(values - low, 0), np.maximum(high - values, 0)])
    axis.errorbar(values, places, xerr=reach, fmt="o", capsize=4, color="C0")
    digits = 2 if np.abs([low, high]).max() < 10 else 1
    names = [
        f"{name}   {value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
        for name, (value, low, high) in rows.items()
    ]
    axis.set_yticks(places, names)
    axis.set(xlabel=label, ylim=(-0.6, len(rows) - 0.4))
    axis.grid(axis="x", linewidth=0.4)
    return figure


def gains(each: Mapping[str, Sequence[float]], label: str) -> Figure:
    """Show the mean of paired differences, one a photo, with its interval, and how many gain."""
    rows = {}
    for name, values in each.items():
        winners = np.sum(np.asarray(values) > 0)
        rows[f"{name}: better on {winners} of {len(values)}, by"] = (
            np.mean(values),
            *metrics.bootstrap_interval(values),
        )
    return intervals(rows, label)


def matrix(
    values: np.ndarray, rows: Sequence[str], columns: Sequence[str], title: str = ""
) -> Figure:
    """Show a table of numbers (rows, columns): the larger, the darker.

    Where there are numbers above and below zero, orange is above and purple below.
    """
    size = (1.2 + 1.15 * len(columns), 1.1 + 0.45 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    axis = figure.subplots()
    low, high = np.nanmin(values), np.nanmax(values)
    two_sided = low < 0 < high
    reach = max(high, -low)
    if two_sided:
        axis.imshow(values, cmap="PuOr_r", vmin=-reach, vmax=reach, aspect="auto")
    else:
        axis.imshow(values, cmap="Blues", aspect="auto")
    axis.set_xticks(range(len(columns)), columns)
    axis.set_yticks(range(len(rows)), rows)
    axis.xaxis.tick_top()
    axis.set_title(title, fontsize=11)
    for (i, j), value in np.ndenumerate(values):
        dark = abs(value) > 0.6 * reach if two_sided else value > (low + high) / 2
        shade = "white" if dark else "black"
        axis.text(j, i, f"{round(value, 2) + 0.0:g}", ha="center", va="center", color=shade)
    return figure


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


def verdicts(photos: Mapping[str, np.ndarray], maps: Sequence[np.ndarray]) -> Figure:
    """Show photos, and below each a critic's map (h, w): 0 (painted) is dark, 1 (true) is light.

    Above each map stands its mean.
    """
    side = (WIDTH - 1.4) / len(photos)
    figure = Figure(figsize=(WIDTH, 2 * (side + 0.35)), layout="constrained")
    ratios = [side] * len(photos) + [0.15]
    above, below = figure.subplots(2, len(photos) + 1, squeeze=False, width_ratios=ratios)
    for axis, (name, photo) in zip(above, photos.items(), strict=False):
        axis.imshow(photo)
        axis.set_title(name, fontsize=11)
    for axis, shares in zip(below, maps, strict=False):
        shown = axis.imshow(shares, cmap="cividis", vmin=0, vmax=1)
        axis.set_title(f"taken for true: {np.mean(shares):.0%}", fontsize=11)
    for axis in figure.axes:
        axis.axis("off")
    below[-1].axis("on")
    scale = figure.colorbar(shown, cax=below[-1], ticks=[0, 0.5, 1])
    scale.ax.set_yticklabels(["painted", "cannot tell", "true"])
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


def patch(L: float, a: float, b: float) -> Figure:
    """Show the color L, a, b as a square, with its RGB numbers, or say that no screen has it."""
    lab = np.array([L, a, b], np.float32)
    exists = bool(color.in_gamut(lab))
    rgb = color.lab_to_rgb(lab)
    figure = Figure(figsize=(3.4, 2.4), facecolor="white")
    axis = figure.add_axes((0.01, 0.24, 0.97, 0.75))
    axis.set_facecolor(rgb if exists else "white")
    axis.set(xticks=[], yticks=[])
    if not exists:
        axis.text(0.5, 0.5, "no screen can show this", ha="center", transform=axis.transAxes)
    screen = ", ".join(f"{channel:.0%}" for channel in rgb) if exists else "outside the gamut"
    caption = f"L {L}, a {a}, b {b}\nred, green, blue: {screen}"
    figure.text(0.5, 0.03, caption, ha="center", fontsize=10)
    return figure


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


def table(rows: Mapping[str, Mapping[str, object]], digits: int = 1, corner: str = "") -> Markdown:
    """Set numbers as a table: a row for each name in ``rows``, a column for each name in a row."""
    columns = list(next(iter(rows.values())))

    def text(value: object) -> str:
        return f"{value:,.{digits}f}" if isinstance(value, float | np.floating) else str(value)

    lines = [f"| {corner} | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(text(row[column]) for column in columns) + " |")
    return Markdown("\n".join(lines))
