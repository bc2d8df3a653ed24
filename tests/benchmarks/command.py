"""Time the command on folders of photos, with TensorFlow and without: the first one, the rest.

Run with ``make bench``, on Linux. The ratios travel, the seconds do not.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from helpers import colorizer, engine, photos, share

COUNT = 100  # photos in a folder
SIZES = {"1 megapixel": (816, 1224), "12 megapixels": (3000, 4000)}  # height, width
LARGEST = (8000, 11000)  # 88 megapixels: about as many as are read
NOWHERE = {"XDG_CACHE_HOME": os.devnull}  # a cache in which no network is kept
# Linux counts a parent's memory as its child's: a small parent runs the command and asks.
MEASURES = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
WAYS = {"with TensorFlow": NOWHERE, "without": {}}


def main() -> None:
    """Print a line for each folder and way, and how much sooner the first photo comes without."""
    if file := engine.wanted(colorizer.DEFAULT):
        share.keep(colorizer.load(), file)
    names = photos.heroes()
    for name, (height, width) in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            for i in range(COUNT):
                photo = photos.resize(photos.hero(names[i % len(names)]), height, width)
                photos.save(photo, Path(folder) / f"{i:03}.jpg")
            waits = []
            for way, environment in WAYS.items():
                first, seconds, gigabytes = color_folder(Path(folder), environment)
                waits.append(first)
                print(
                    f"{COUNT} photos of {name} {way}: first after {first:.1f} s, then "
                    f"{(COUNT - 1) / seconds:.2f} photos a second, peak memory {gigabytes:.2f} GB",
                    flush=True,
                )
        print(f"The first photo comes {waits[0] / waits[1]:.1f} times as soon", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        photos.save(photos.resize(photos.hero(names[0]), *LARGEST), Path(folder) / "large.jpg")
        seconds, _, gigabytes = color_folder(Path(folder), {}, "--compare")
    print(f"88 megapixels side by side: {seconds:.0f} s, peak memory {gigabytes:.2f} GB")


def color_folder(
    folder: Path, environment: dict[str, str], *options: str
) -> tuple[float, float, float]:
    """Return seconds until the first result, seconds for all after it, and peak memory in GB."""
    with tempfile.TemporaryDirectory() as results:
        start = time.perf_counter()
        command = [sys.executable, "-m", "helpers", str(folder), "-o", results, *options]
        run = subprocess.Popen(
            [sys.executable, "-c", MEASURES, *command],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        while not list(Path(results).glob("*.jpg")) and run.poll() is None:
            time.sleep(0.02)
        first = time.perf_counter() - start
        status, kilobytes = map(int, run.communicate()[0].split())
        rest = time.perf_counter() - start - first
    if status:
        raise RuntimeError(f"The command ended with the status {status}.")
    return first, rest, kilobytes / 1e6


if __name__ == "__main__":
    main()
