"""Time the one-photo network until the article's final loss, against the article's own fit.

Run with ``make bench`` (about ten minutes on two cores). The ratios travel, the seconds do not.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import keras
import numpy as np

from helpers import color, networks, photos, training

HEROES = ("kingfisher", "coffee", "tulips")
SEEDS = (0, 1, 2)
STEPS = 250


def main() -> None:
    """Print the table of ratios, then the time that the course adds to TensorFlow's import."""
    print("photo       seed   article: s     mse   quick: s     mse  steps   ratio")
    ratios = []
    for name in HEROES:
        L, ab = color.split(photos.hero(name, 400))
        X, Y = L[None], ab[None] / color.AB_SCALE
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            seconds, mse = article(X, Y)
            keras.utils.set_random_seed(seed)
            quick_seconds, quick_mse, steps = quick(X, Y, goal=mse)
            ratios.append(seconds / quick_seconds)
            print(
                f"{name:<11} {seed:>4} {seconds:>12.1f} {mse:>7.5f} {quick_seconds:>10.1f} "
                f"{quick_mse:>7.5f} {steps:>6} {ratios[-1]:>7.1f}",
                flush=True,
            )
    print(f"ratio: median {statistics.median(ratios):.1f}, smallest {min(ratios):.1f}")
    print_import_time()


def article(X: np.ndarray, Y: np.ndarray) -> tuple[float, float]:
    """Train as the article does: fit, one photo a batch, 1000 epochs, rmsprop."""
    model = networks.alpha()
    model.compile(optimizer="rmsprop", loss="mse")
    seconds = timed(lambda: model.fit(X, Y, batch_size=1, epochs=1000, verbose=0))
    return seconds, model.evaluate(X, Y, verbose=0)


def quick(X: np.ndarray, Y: np.ndarray, goal: float) -> tuple[float, float, int]:
    """Train by lesson 02's recipe; a run that misses the goal counts, and doubles the steps."""
    seconds, mse, steps = 0.0, np.inf, STEPS // 2
    while mse > goal:
        steps *= 2
        model = networks.alpha_scaled()
        seconds += timed(lambda: training.fit_quick(model, X, Y, steps))  # noqa: B023
        mse = model.evaluate(X, Y, verbose=0)
    return seconds, mse, steps


def print_import_time() -> None:
    """Compare importing the course, and starting a lesson, with importing TensorFlow alone."""
    course = "from helpers import course, figures, training, widgets; course.start()"
    tensorflow, lesson = (
        min(timed(lambda: run_python(code)) for _ in range(3))  # noqa: B023
        for code in ("import tensorflow", course)
    )
    print(f"import TensorFlow {tensorflow:.1f} s; the course adds {lesson - tensorflow:.1f} s")


def run_python(code: str) -> None:
    """Run code in a new Python process."""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
