"""Color photos from the command line: ``python -m helpers photo.jpg folder/ -o out/``."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from helpers import color, colorizer, datasets, photos

LABEL = "Colored by a neural network (Color from Gray). The colors are a guess."
DESCRIPTION = 0x010E  # the EXIF tag "ImageDescription"
NETWORKS = [name for name in colorizer.NETWORKS if name != "hints"]  # that one needs dots
GAP = 0.02  # the white stripe between gray and color, as a share of the width
FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG"}  # a photo of any other format becomes a PNG
ENDINGS = {False: "-colored", True: "-compared"}  # of results' names: alone, side by side


def main(arguments: Sequence[str] | None = None) -> int:
    """Color the photos that are named; returns the exit code.

    0: all are colored; 1: some could not be, and are listed; 130: stopped from the keyboard.
    """
    options = _parser().parse_args(arguments)
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"{options.output} cannot be the folder for results: {error.strerror}.")
        return 1
    failed: list[str] = []
    already_colored, done = [], 0
    jobs = _jobs(options.photos, options.output, ENDINGS[options.compare], failed)
    network = colorizer.Colorizer(options.network) if jobs else None
    dials = (options.strength, options.saturation, options.temperature)
    try:
        for source, target in tqdm(jobs, "coloring", disable=not jobs):
            try:
                photo = photos.load(source)
                if datasets.has_color(photos.resize(photo, 64, 64)):
                    already_colored.append(source.name)
                result = network.color(photo, *dials)
                _save(_side_by_side(photo, result) if options.compare else result, target)
                done += 1
            except photos.PhotoError as error:
                failed.append(str(error))
            except OSError as error:
                failed.append(f"{source}: the result cannot be written ({error}).")
            except MemoryError:
                failed.append(f"{source} is too large for this machine's memory.")
    except KeyboardInterrupt:
        print(f"Stopped. Photos colored: {done}, in {options.output}.")
        return 130
    if already_colored:
        names = ", ".join(already_colored)
        print(f"Only the light was used of what has colors already: {names}.")
    print(f"Photos colored: {done}, in {options.output}, by the network {options.network}.")
    if failed:
        print("\n  ".join([f"Not colored: {len(failed)}.", *failed]))
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m helpers", description="Color black-and-white photos at their full size."
    )
    parser.add_argument("photos", nargs="+", type=Path, help="photos, and folders of photos")
    parser.add_argument(
        *("-o", "--output"),
        type=Path,
        default=Path("colored"),
        help="the folder for the results (default: colored)",
        metavar="FOLDER",
    )
    parser.add_argument(
        "--network",
        choices=NETWORKS,
        default=colorizer.DEFAULT,
        help="which guesses: pretrained best (the default), unet carefully, fusion by what is in "
        "the photo, vivid and adversarial boldly",
    )
    dials = {
        "strength": (0, 1, 1, "from 0 (gray) to 1 (all color, the default)"),
        "saturation": (0, 5, 1, "how vivid, from 0 to 5 (default: 1, as guessed)"),
        "temperature": (-50, 50, 0, "from -50 (colder) to 50 (warmer; default: 0)"),
    }
    for name, (low, high, default, text) in dials.items():
        parser.add_argument(
            f"--{name}", type=_between(low, high), default=default, help=text, metavar="NUMBER"
        )
    parser.add_argument("--compare", action="store_true", help="show gray and color side by side")
    return parser


def _between(low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        if not low <= float(text) <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return float(text)

    return number


def _jobs(
    paths: Sequence[Path], output: Path, ending: str, failed: list[str]
) -> list[tuple[Path, Path]]:
    """List the photos to color, each with the file for its result; both are used once only.

    A folder keeps its inner structure. Results of an earlier run are no photos to color.
    """
    sources: dict[Path, Path] = {}  # the file's true path: the result's folder
    for path in paths:
        if not path.is_dir():
            sources.setdefault(path.resolve(), output)
            continue
        try:
            for file in datasets.folder(path):
                if not _is_result(file):
                    inner = file.relative_to(path).parent
                    sources.setdefault(file.resolve(), output / inner)
        except photos.PhotoError as error:
            failed.append(str(error))
    jobs, taken = [], {str(source).lower() for source in sources}  # file systems may ignore case
    for source, folder in sources.items():
        suffix = source.suffix if source.suffix.lower() in FORMATS else ".png"
        number = 1
        while True:
            again = f"-{number}" if number > 1 else ""
            target = folder / f"{source.stem}{ending}{again}{suffix}"
            key = str(target.parent.resolve() / target.name).lower()
            if key not in taken and (not target.exists() or _is_result(target)):
                break
            number += 1
        taken.add(key)
        jobs.append((source, target))
    return jobs


def _is_result(file: Path) -> bool:
    """Tell whether this program wrote a file: its name and its label say so."""
    if not any(ending in file.stem for ending in ENDINGS.values()):
        return False
    with contextlib.suppress(OSError, SyntaxError, ValueError), Image.open(file) as image:
        return image.getexif().get(DESCRIPTION) == LABEL
    return False


def _side_by_side(photo: np.ndarray, result: np.ndarray) -> np.ndarray:
    height, width = photo.shape[:2]
    gap = np.ones((height, max(1, round(GAP * width)), 3), np.float32)
    return np.concatenate([color.to_gray(photo), gap, result], axis=1)


def _save(photo: np.ndarray, target: Path) -> None:
    """Write a labeled file, which gets its name when it is whole."""
    label = Image.Exif()
    label[DESCRIPTION] = LABEL
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    kind = FORMATS.get(target.suffix.lower(), "PNG")
    try:
        photos.to_image(photo).save(unfinished, kind, quality=95, exif=label)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
