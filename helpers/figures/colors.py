"""Colors in LAB: a photo's planes, the colors of a lightness, how often and how likely each is."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure

from helpers import bins, color
from helpers.figures.gallery import WIDTH, grid

ABOUT_AB = {"a": "a: green (-) to red (+)", "b": "b: blue (-) to yellow (+)"}


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


def clouds(sets: Mapping[str, np.ndarray], origin: np.ndarray | None = None) -> Figure:
    """Show arrays of ab (count, 2) side by side, a dot for each, in its own color at L = 60.

    With ``origin``, ab too, each dot keeps in all of them the color from which it came.
    """
    figure = Figure(figsize=(WIDTH, WIDTH / len(sets) + 0.6), layout="constrained")
    for axis, (name, ab) in zip(figure.subplots(1, len(sets)), sets.items(), strict=True):
        shown = np.float32(ab if origin is None else origin)
        colors = color.lab_to_rgb(np.insert(shown, 0, 60, axis=1))
        axis.scatter(*np.transpose(ab), s=9, c=colors, linewidths=0)
        axis.set(xlim=(-110, 110), ylim=(-110, 110), aspect="equal", xticks=[], yticks=[])
        axis.axhline(0, color="black", linewidth=0.4)
        axis.axvline(0, color="black", linewidth=0.4)
        axis.set_title(name, fontsize=11)
    figure.axes[0].set(xlabel=ABOUT_AB["a"], ylabel=ABOUT_AB["b"])
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


def _label_ab(axis: Axes) -> None:
    """Name the axes of an ab plane and mark its gray center."""
    axis.set_xlabel(ABOUT_AB["a"])
    axis.set_ylabel(ABOUT_AB["b"])
    axis.axhline(0, color="black", linewidth=0.4)
    axis.axvline(0, color="black", linewidth=0.4)
