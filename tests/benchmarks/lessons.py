"""Time each lesson in the learner's budget, as "Run all" does, against its trainings alone.

Run with ``make bench``, or name lessons: ``python tests/benchmarks/lessons.py 01 04``. What is no
training is import, reading, figures and what trained networks paint. ``CPU s`` counts all cores.
"""

import json
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
LONGEST = 180  # seconds that a lesson may take on two cores
WATCH = """
import functools, time, helpers, keras  # helpers first: they keep TensorFlow quiet

def timed(train):
    @functools.wraps(train)
    def watched(*arguments, **options):
        start = time.perf_counter()
        try:
            return train(*arguments, **options)
        finally:
            seconds_of_trainings.append(time.perf_counter() - start)
    return watched

seconds_of_trainings = []
keras.Model.fit = timed(keras.Model.fit)
keras.Model.train_on_batch = timed(keras.Model.train_on_batch)
"""
TELL = """
import json, os
print(json.dumps([sum(os.times()[:4]), sum(seconds_of_trainings)]))
"""


def main() -> None:
    """Print a row for each lesson when it is done, then their sum."""
    os.environ.pop("COURSE_FAST", None)
    files = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    files = [file for file in files if not sys.argv[1:] or file.name[:2] in sys.argv[1:]]
    if not files:
        sys.exit("There is no such lesson: name them as 01 04.")
    print(f"{'lesson':<32} {'s':>6} {'CPU s':>7} {'training s':>11} {'ratio':>6}")
    times = []
    for file in files:
        times.append(run(file))
        row(file.stem, *times[-1])
    row("sum", *map(sum, zip(*times, strict=True)))
    late = [file.name[:2] for file, (wall, *_) in zip(files, times, strict=True) if wall > LONGEST]
    print(f"over {LONGEST} s: {', '.join(late) or 'none'}")


def run(file: Path) -> tuple[float, float, float]:
    """Run a lesson; returns its seconds, those of its processors, and those of its trainings."""
    notebook = nbformat.read(file, 4)
    cell = nbformat.v4.new_code_cell
    notebook.cells = [cell(WATCH), *notebook.cells, cell(TELL)]
    start = time.perf_counter()
    NotebookClient(notebook, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    wall = time.perf_counter() - start
    return wall, *json.loads(notebook.cells[-1].outputs[-1].text)


def row(name: str, wall: float, cpu: float, trainings: float) -> None:
    """Print one line of the table; a ratio has no meaning where nothing trains."""
    ratio = f"{wall / trainings:.1f}" if trainings > 1 else "-"
    print(f"{name:<32} {wall:>6.0f} {cpu:>7.0f} {trainings:>11.0f} {ratio:>6}", flush=True)


if __name__ == "__main__":
    main()
