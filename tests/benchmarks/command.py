"""Time the command on folders of photos: the wait for the first one, photos a second, memory.

Run with ``make bench``. The ratios travel, the seconds do not.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from helpers import photos

COUNT = 100  # photos in a folder
SIZES = {"1 megapixel": (816, 1224), "12 megapixels": (3000, 4000)}  # height, width
LARGEST = (8000, 11000)  # 88 megapixels: about as many as are read
IMPORT = [sys.executable, "-c", "import tensorflow"]


def main() -> None:
    """Print a line for each folder, then what the import of TensorFlow takes of the wait."""
    names = photos.heroes()
    waits = []
    for name, (height, width) in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            for i in range(COUNT):
                photo = photos.resize(photos.hero(names[i % len(names)]), height, width)
                photos.save(photo, Path(folder) / f"{i:03}.jpg")
            first, seconds, gigabytes = color_folder(Path(folder))
        waits.append(first)
        print(
            f"{COUNT} photos of {name}: first after {first:.1f} s, then {COUNT / seconds:.2f} "
            f"photos a second, peak memory {gigabytes:.2f} GB",
            flush=True,
        )
    with tempfile.TemporaryDirectory() as folder:
        photos.save(photos.resize(photos.hero(names[0]), *LARGEST), Path(folder) / "large.jpg")
        seconds, _, gigabytes = color_folder(Path(folder), "--compare")
    print(f"88 megapixels side by side: {seconds:.0f} s, peak memory {gigabytes:.2f} GB")
    start = time.perf_counter()
    subprocess.run(IMPORT, capture_output=True, check=True)
    share = (time.perf_counter() - start) / min(waits)
    print(f"TensorFlow's import takes {share:.0%} of the wait for the first photo")


def color_folder(folder: Path, *options: str) -> tuple[float, float, float]:
    """Return seconds until the first result, seconds for all after it, and peak memory in GB."""
    results = folder / "results"
    start = time.perf_counter()
    command = [sys.executable, "-m", "helpers", str(folder), "-o", str(results), *options]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not list(results.glob("*.jpg")) and run.poll() is None:
        time.sleep(0.05)
    first = time.perf_counter() - start
    _, status, usage = os.wait4(run.pid, 0)
    if status:
        raise RuntimeError(f"The command ended with the status {status}.")
    return first, time.perf_counter() - start - first, usage.ru_maxrss / 2**20


if __name__ == "__main__":
    main()
