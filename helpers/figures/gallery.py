"""Photos side by side, under captions."""

import textwrap
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from helpers import color, metrics

WIDTH = 10.0  # inches: the width of a notebook's column
ORANGE = np.array([1, 0.6, 0])  # marks a place that asks, and those that it looks at


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


def asking(photo: np.ndarray, y: int, x: int, places: int = 32) -> np.ndarray:
    """Return an RGB photo in gray, the place in row y and column x of ``places`` marked orange."""
    view, side = color.to_gray(photo), len(photo) // places
    top, left = max(0, side * y - side // 2), max(0, side * x - side // 2)
    view[top : top + 2 * side, left : left + 2 * side] = ORANGE
    return view


def looked_at(reference: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return a square RGB photo in gray, with orange where one place's shares are large.

    ``shares`` (places,) are those of the reference's places, row by row. The orange is as strong
    as their root, so that small shares can be seen.
    """
    places = round(len(shares) ** 0.5)
    light = np.sqrt(shares / shares.max()).reshape(places, places)
    light = np.kron(light, np.ones((len(reference) // places,) * 2))[..., None]
    return (1 - light) * color.to_gray(reference) + light * ORANGE


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
