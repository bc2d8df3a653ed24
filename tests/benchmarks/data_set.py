"""Time training on a data set: the pipeline, the networks, the wait for data, the memory.

Run with ``make bench``. The ratios travel, the seconds do not.
"""

import itertools
import resource
import subprocess
import sys
import time

import keras
import numpy as np
import tensorflow as tf
from skimage.color import rgb2lab
from tensorflow.keras.preprocessing.image import ImageDataGenerator

from helpers import datasets, feeding, networks, photos, training

FILES = datasets.outdoors()
FLOWERS = 3670  # photos in the flowers data set


def main() -> None:
    """Print a line for each measurement."""
    ours, articles = pipeline(), article_pipeline()
    print(
        f"pipeline, 256 px, batch 20: {ours:.0f} photos/s; the article's generator "
        f"{articles:.0f}; ratio {ours / articles:.1f}"
    )
    policies = dict.fromkeys(("float32", training.precision()))
    speeds = {}
    for policy in policies:
        for name, build in {
            "beta": lambda: networks.beta(scaled=True),
            "U-Net": networks.unet,
        }.items():
            speed, wait = train_speed(build, policy)
            speeds[name, policy] = speed
            print(
                f"{name}, 128 px, batch 16, {policy}: {speed:.0f} photos/s, "
                f"{wait:.1%} of the time spent waiting for data"
            )
        ratio = speeds["U-Net", policy] / speeds["beta", policy]
        print(f"U-Net against beta, {policy}: ratio {ratio:.1f}")
    for name in ("beta", "U-Net"):
        ratios = [speeds[name, policy] / speeds[name, "float32"] for policy in policies]
        print(f"{name}, {policy} against float32: ratio {ratios[-1]:.2f}")
    run = subprocess.run([sys.executable, __file__, "memory"], capture_output=True, check=True)
    print(run.stdout.decode().strip())


def rate(batches: object, count: int) -> float:
    """Return photos a second over ``count`` batches, after one that sets things up."""
    batches = iter(batches)
    next(batches)
    start = time.perf_counter()
    seen = sum(len(L) for L, _ in itertools.islice(batches, count))
    return seen / (time.perf_counter() - start)


def pipeline() -> float:
    """Return the speed of the course's pipeline, once all photos are cached."""
    batches = feeding.pairs(FILES, 256, 20, augment=True)
    for _ in batches:
        pass
    return max(rate(batches.repeat(), 60) for _ in range(3))


def article_pipeline() -> float:
    """Return the speed of the article's way: augment, then rgb2lab for each batch, in Python."""
    some = np.stack([photos.square(photos.load(file), 256) for file in FILES[:100]])
    generator = ImageDataGenerator(
        shear_range=0.2, zoom_range=0.2, rotation_range=20, horizontal_flip=True
    )

    def batches() -> object:
        for batch in generator.flow(some, batch_size=20):
            lab = rgb2lab(batch)
            yield lab[..., :1], lab[..., 1:] / 128

    return max(rate(batches(), 15) for _ in range(3))


def train_speed(build: object, policy: str) -> tuple[float, float]:
    """Return photos a second of training, and the share of the time spent waiting for a batch."""
    keras.config.set_dtype_policy(policy)
    try:
        model = build()
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile("adam", "mae")
    batches = iter(feeding.pairs(FILES, 128, 16, augment=True).repeat())
    for _ in range(len(FILES) // 16 + 3):  # fill the cache, and let Keras set things up
        first = next(batches)
    for _ in range(2):
        model.train_on_batch(*first)
    waiting = training_time = 0.0
    for _ in range(25):
        start = time.perf_counter()
        batch = next(batches)
        ready = time.perf_counter()
        model.train_on_batch(*batch)
        waiting += ready - start
        training_time += time.perf_counter() - ready
    total = waiting + training_time
    return 25 * 16 / total, waiting / total


def memory() -> None:
    """Print the peak memory of training on as many photos as the flowers are."""
    files = list(itertools.islice(itertools.cycle(FILES), FLOWERS))
    model = networks.unet()
    model.compile("adam", "mae")
    model.fit(feeding.pairs(files, 128, 16, augment=True), epochs=1, shuffle=False, verbose=0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory, {FLOWERS} photos at 128 px, TensorFlow {tf.__version__}: {peak:.2f} GiB")


if __name__ == "__main__":
    memory() if sys.argv[1:] == ["memory"] else main()
