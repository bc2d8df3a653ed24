"""Judge a network on test photos: mean scores by what they show, scores on skin, a sheet to see."""

import csv
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import keras
import numpy as np
from matplotlib.figure import Figure

from helpers import classifier, color, datasets, figures, hints, metrics, photos

SIZE = 128  # pixels a side
Way = Callable[[keras.Model, np.ndarray], np.ndarray]  # a network and a true photo to a guess


# The ways to color a photo.


def with_dots(count: int) -> Way:
    """Return a way to color a photo with ``count`` dots of its true colors at random places."""
    places = np.random.default_rng(0).random((count, 2))
    return lambda model, truth: hints.colorize(model, truth, hints.dots_from(truth, places))


def told(model: keras.Model, truth: np.ndarray) -> np.ndarray:
    """Color a photo with what the classifier sees in it."""
    L, ab = color.split(truth)
    ab = model.predict_on_batch([L[None], classifier.logits(L[None])])[0]
    return color.join(L, color.AB_SCALE * ab)


# The groups of test photos that get scores of their own.


def by_set(parts: Mapping[str, datasets.Split]) -> dict[str, list[Path]]:
    """Return the test photos of each set; those of people and places by what a person saw there."""
    groups = {name: list(split.test) for name, split in parts.items()}
    for file in groups.pop("people", []):
        seen = seen_on_test_photos().get(file.stem, {"group": file.parent.name})  # food has no row
        groups.setdefault(seen["group"], []).append(file)
    groups.pop("odd", None)  # posters, toned prints, light of one color: no measure of anything
    return groups


def by_set_and_flower(parts: Mapping[str, datasets.Split]) -> dict[str, list[Path]]:
    """Return the test photos of each set, and once more the flowers of each kind."""
    groups = by_set(parts)
    for file in parts["flowers"].test:
        groups.setdefault(file.parent.name, []).append(file)
    return groups


@cache
def seen_on_test_photos() -> dict[str, dict[str, str]]:
    """Read what a person saw on the test photos of Open Images, by their names.

    ``group`` is people, room, street, other or odd; ``skin`` a window of even skin in the middle
    square, as shares of its side (left, top, right, bottom), or nothing.
    """
    with open(photos.DATA / "people_and_places_test.csv", encoding="utf-8", newline="") as table:
        return {row["id"]: row for row in csv.DictReader(table)}


def scores(
    ways: Mapping[str, Way], model: keras.Model, files: list[Path]
) -> dict[str, dict[str, float]]:
    """Return the mean scores of the network, and of gray, on photos of SIZE x SIZE.

    ``against gray`` is the mean difference of CIEDE2000, photo by photo, with its interval.
    """
    rows = {name: [] for name in (*ways, "gray", "truth")}
    for file in files:
        truth = photos.square(photos.load(file), SIZE)
        for name, way in ways.items():
            rows[name].append(metrics.scores(way(model, truth), truth))
        rows["gray"].append(metrics.scores(color.to_gray(truth), truth))
        rows["truth"].append({"colorfulness": metrics.colorfulness(truth)})
    means = {
        name: {key: round(float(np.mean([row[key] for row in those])), 2) for key in those[0]}
        for name, those in rows.items()
    }
    means["against gray"] = {}
    for name in ways:
        off = [row["CIEDE2000"] for row in rows[name]]
        gain = np.subtract(off, [row["CIEDE2000"] for row in rows["gray"]])
        interval = [gain.mean(), *metrics.bootstrap_interval(gain)]
        means["against gray"][name] = [round(float(value), 2) for value in interval]
    return means


def skin(way: Way, model: keras.Model, files: list[Path]) -> list[dict[str, float | list[float]]]:
    """Return CIEDE2000 on skin alone for its darkest, its middle and its lightest third by L."""
    rows = []
    for file in files:
        window = seen_on_test_photos().get(file.stem, {}).get("skin")
        if not window:
            continue
        left, top, right, bottom = (float(share) * SIZE for share in window.split())
        place = np.s_[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))]
        truth = photos.square(photos.load(file), SIZE)
        guess = way(model, truth)
        L = np.median(color.split(truth)[0][place])
        off = [metrics.ciede2000(one[place], truth[place]) for one in (guess, color.to_gray(truth))]
        rows.append((L, *off))
    thirds = np.array_split(np.array(sorted(rows)), 3)
    return [
        {
            "L": [round(float(third[0, 0])), round(float(third[-1, 0]))],
            "photos": len(third),
            "network": round(float(third[:, 1].mean()), 2),
            "gray": round(float(third[:, 2].mean()), 2),
            "against gray": [
                round(float(value), 2)
                for value in metrics.bootstrap_interval(third[:, 1] - third[:, 2])
            ],
        }
        for third in thirds
    ]


def sheet(ways: Mapping[str, Way], model: keras.Model, files: list[Path]) -> Figure:
    """Show test photos in gray, colored, and as they are, with their color difference."""
    shown = []
    for file in files:
        truth = photos.square(photos.load(file), SIZE)
        guesses = {name: way(model, truth) for name, way in ways.items()}
        for name, photo in {"gray": color.to_gray(truth), **guesses}.items():
            shown.append((f"{name}: {metrics.ciede2000(photo, truth):.1f}", photo))
        shown.append((file.stem[:10], truth))
    return figures.grid(shown, columns=6)
