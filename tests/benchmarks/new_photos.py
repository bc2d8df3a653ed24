"""Time a photo of 12 million pixels: the small copy against the network at full size.

Run with ``make bench``. The ratios travel, the seconds do not. Each way runs in its own process,
whose peak memory, TensorFlow included, counts.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from helpers import color, colorizer, metrics, photos

HEIGHT, WIDTH = 3000, 4000


def main() -> None:
    """Print a line for each way, then the ratio of their times."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.jpg"
        photos.save(photos.resize(photos.hero("castle"), HEIGHT, WIDTH), file)
        seconds = {}
        for way in ("full size", "small copy"):
            command = [sys.executable, __file__, way, str(file)]
            run = subprocess.run(command, capture_output=True, check=True, text=True)
            time_taken, gigabytes, difference, colorful = map(float, run.stdout.split()[-4:])
            seconds[way] = time_taken
            print(
                f"12 megapixels, {way}: {time_taken:.1f} s, peak memory {gigabytes:.2f} GB, "
                f"color difference {difference:.1f}, colorfulness {colorful:.0f}",
                flush=True,
            )
    print(f"small copy against full size: ratio {seconds['full size'] / seconds['small copy']:.1f}")
    print_enlarging()


def color_one(way: str, file: str) -> None:
    """Color a file in one way and print seconds, GB, and scores of a quarter of the size."""
    network = colorizer.Colorizer("unet")
    network.color(np.full((200, 300, 3), 0.5, np.float32))  # the first call sets things up
    photo = photos.load(file)
    start = time.perf_counter()
    colored = (
        colorizer.colorize(network.model, photo) if way == "full size" else network.color(photo)
    )
    seconds = time.perf_counter() - start
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    colored, truth = (photos.resize(one, HEIGHT // 4, WIDTH // 4) for one in (colored, photo))
    print(seconds, gigabytes, metrics.ciede2000(colored, truth), metrics.colorfulness(colored))


def print_enlarging() -> None:
    """Print how far enlarged chroma is from the truth: true chroma and guessed, in two ways."""
    network = colorizer.Colorizer("unet")
    for size in (64, 128, 256):
        rows = {(of, way): [] for of in ("true", "guessed") for way in ("bicubic", "guided")}
        for name in photos.heroes():
            photo = photos.hero(name)
            small = colorizer.small_copy(photo, size)
            guess = colorizer.predict(network.model, color.split(small)[0])
            for of, ab in {"true": color.split(small)[1], "guessed": guess}.items():
                bicubic = colorizer.add_color(photo, ab)
                L, enlarged = color.split(bicubic)
                guided = color.join(L, colorizer.guided(L, enlarged, radius=8))
                for way, colored in {"bicubic": bicubic, "guided": guided}.items():
                    rows[of, way].append(metrics.ciede2000(colored, photo))
        for (of, way), differences in rows.items():
            print(f"{of} chroma of {size} points, {way}: difference {np.mean(differences):.2f}")


if __name__ == "__main__":
    color_one(*sys.argv[1:]) if len(sys.argv) > 1 else main()
