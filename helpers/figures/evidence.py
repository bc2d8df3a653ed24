"""What was measured: tables of numbers, and means with their intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import Markdown
from matplotlib.figure import Figure

from helpers import metrics
from helpers.figures.gallery import WIDTH


def table(rows: Mapping[str, Mapping[str, object]], digits: int = 1, corner: str = "") -> Markdown:
    """Set numbers as a table: a row for each name in ``rows``, a column for each name in a row."""
    columns = list(next(iter(rows.values())))

    def text(value: object) -> str:
        return f"{value:,.{digits}f}" if isinstance(value, float | np.floating) else str(value)

    lines = [f"| {corner} | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(text(row[column]) for column in columns) + " |")
    return Markdown("\n".join(lines))


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
    if low.min() < 0 < high.max():
        axis.axvline(0, color="black", linewidth=0.8, zorder=0)  # neither better nor worse
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
