"""Color photos and films from the command line: ``python -m helpers photo.jpg folder/ -o out/``."""

import argparse
import contextlib
import hashlib
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image
from tqdm import tqdm

import helpers
from helpers import canvas, datasets, engine, film, photos

LABEL = "Colored by a neural network (Color from Gray). The colors are a guess."
PROGRAM = "Color from Gray"
NETWORKS = ("pretrained", "unet", "vivid", "fusion", "adversarial")  # the best one first
GAP = 0.02  # the white stripe between gray and color, as a share of the width
FORMATS = {ending: "JPEG" for ending in (".jpg", ".jpeg", ".jpe", ".jfif")}  # others become PNG
ENDINGS = {False: "-colored", True: "-compared"}  # of results' names: alone, side by side
ROOM = 25 * 10**6  # pixels in memory at once; a photo with more of them is colored alone
NAMED = 10  # files that are skipped and named
TAG = ExifTags.Base
KEPT = (TAG.Artist, TAG.Copyright, TAG.DateTime, TAG.Make, TAG.Model)  # EXIF's tags of text
TIMES = (TAG.DateTimeOriginal, TAG.DateTimeDigitized, TAG.OffsetTime, TAG.OffsetTimeOriginal)
KEEPS = """\
Date, author, caption, copyright, camera, resolution and position are kept, as far as a photo's
EXIF holds them. Not kept: XMP and IPTC notes, color profiles (results are sRGB), more than 8 bits.
What was colored before in the same way is left as it is; results are never taken for photos.

A film (film.mp4) is colored where it is named, not in a folder. Kept: sound, times of the frames,
size. Not kept: subtitles, chapters. It takes long, up to a second for each frame of a large film:
stop it with Ctrl-C, and the same command goes on. It needs PyAV: python -m pip install av"""
NO_PYAV = "to color films, install PyAV: python -m pip install av"


class Job(NamedTuple):
    """A photo or film to color, the file for its result, and what the result is marked with."""

    source: Path
    target: Path
    mark: str


class Room:
    """Pixels that may be in memory at once; a photo that is larger than all of it goes alone."""

    def __init__(self, pixels: int) -> None:
        self._all = self._free = pixels
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def of(self, pixels: int) -> Iterator[None]:
        """Wait until there is room, and hold it."""
        pixels = min(pixels, self._all)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
        try:
            yield
        finally:
            with self._changed:
                self._free += pixels
                self._changed.notify_all()


def main(arguments: Sequence[str] | None = None) -> int:
    """Color the photos and films that are named; returns the exit code.

    0: all are colored; 1: some could not be, and are listed; 130: stopped from the keyboard.
    """
    options = _parser().parse_args(arguments)
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _say(f"{options.output} cannot be the folder for results: {error.strerror}.")
        return 1
    failed: list[str] = []
    skipped: list[str] = []
    futures: dict[Future, Job] = {}
    films: list[Path] = []
    stopped = False
    try:
        jobs, before = _jobs(options, failed, skipped)
        of_films = [job for job in jobs if _is_film(job.source)]
        of_photos = [job for job in jobs if job not in of_films]
        if not film.av:
            failed += [f"{job.source}: {NO_PYAV}" for job in of_films]
            of_films = []
        if of_photos or of_films:
            network = _painter(options.network)
            _color_all(of_photos, network, options, futures)
            _color_films(of_films, network, options, films, failed)
    except KeyboardInterrupt:
        stopped = True
    done = [future for future in futures if future.done() and not future.cancelled()]
    failed += [_failure(futures[one].source, one.exception()) for one in done if one.exception()]
    failed = [sentence for sentence in failed if sentence]
    colored = [one for one in done if not one.exception()]
    if stopped:
        _say(f"Stopped. Photos colored: {len(colored)}, in {options.output}.")
        if any(map(_is_film, options.photos)):
            _say("A film goes on where it stopped, with the same command.")
        return 130
    had_color = [futures[one].source.name for one in colored if one.result()]
    if had_color:
        _say(f"Only the light was used of what has colors already: {', '.join(had_color)}.")
    if skipped:
        more = f" and {len(skipped) - NAMED} more" if len(skipped) > NAMED else ""
        _say(f"Skipped, for it cannot be read as a photo: {', '.join(skipped[:NAMED])}{more}.")
    if any(Path(name).suffix.lower() in film.SUFFIXES for name in skipped):
        _say("There are films among these: name a film, and it is colored.")
    if before:
        _say(f"Colored before in the same way, and left as they are: {before}.")
    by = f"in {options.output}, by the network {options.network}"
    only_films = all(map(_is_film, options.photos))
    if not only_films:
        _say(f"Photos colored: {len(colored)}, {by}.")
    if films or only_films:
        _say(f"Films colored: {len(films)}, {by}.")
    if failed:
        _say("\n  ".join([f"Not colored: {len(failed)}.", *failed]))
    if colored or films:
        _prepare(options.network)
    return 1 if failed else 0


def _say(text: str) -> None:
    """Print, also a name that is no text in any encoding."""
    kind = sys.stdout.encoding or "utf-8"
    print(text.encode(kind, "backslashreplace").decode(kind))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m helpers",
        description="Color black-and-white photos and films at their full size.",
        epilog=KEEPS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("photos", nargs="+", type=Path, help="photos, folders of photos, films")
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
        default=NETWORKS[0],
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
    parser.add_argument(
        "--no-position", action="store_true", help="leave out where a photo was taken"
    )
    return parser


def _between(low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        if not low <= float(text) <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return float(text)

    return number


def _jobs(
    options: argparse.Namespace, failed: list[str], skipped: list[str]
) -> tuple[list[Job], int]:
    """List what is to color, each with the file for its result; both are used once only.

    A folder keeps its inner structure. A file that is there already is replaced only where it is
    an earlier result of the same photo; where that was made in the same way, nothing is to do.
    Returns the jobs, and how many were colored before.
    """
    sources: dict[Path, Path] = {}  # the file's true path: the result's folder
    for path in options.photos:
        if path.is_dir():
            for file in _found(path, failed, skipped):
                inner = file.relative_to(path).parent
                sources.setdefault(file.resolve(), options.output / inner)
        else:
            sources.setdefault(path.resolve(), options.output)
    jobs, before = [], 0
    taken = {str(source).lower() for source in sources}  # file systems may ignore case
    for source, folder in sources.items():
        mark = _mark(source, options)
        suffix = _suffix(source)
        number = 1
        while True:
            again = f"-{number}" if number > 1 else ""
            target = folder / f"{source.stem}{ENDINGS[options.compare]}{again}{suffix}"
            key = str(target.parent.resolve() / target.name).lower()
            there = _mark_in(target) if key not in taken else None
            if key not in taken and (
                not os.path.lexists(target) or _origin(there) == _origin(mark)
            ):
                break
            number += 1
        taken.add(key)
        if there == mark:
            before += 1
        else:
            jobs.append(Job(source, target, mark))
    return jobs, before


def _is_film(file: Path) -> bool:
    return file.suffix.lower() in film.SUFFIXES and not file.is_dir()


def _suffix(source: Path) -> str:
    """Return how the name of a result ends: as its source's where that kind can be written."""
    if _is_film(source):
        return source.suffix if source.suffix.lower() in film.KEEPS_ITS_KIND else ".mkv"
    return source.suffix if source.suffix.lower() in FORMATS else ".png"


def _found(folder: Path, failed: list[str], skipped: list[str]) -> list[Path]:
    """List the photos in a folder and the folders inside it, without results of earlier runs."""

    def unreadable(error: OSError) -> None:
        failed.append(f"{error.filename} cannot be read: {error.strerror}.")

    found, count = [], 0
    for where, inner, names in os.walk(folder, onerror=unreadable):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            file = Path(where) / name
            if name.startswith("."):
                continue
            if file.suffix.lower() not in photos.SUFFIXES:
                skipped.append(name)
                continue
            count += 1
            if not _is_result(file):
                found.append(file)
    if not count:
        failed.append(f"{folder} holds no images: put JPEG or PNG files into it.")
    return found


def _mark(source: Path, options: argparse.Namespace) -> str:
    """Return what tells a result's photo, and the way in which it was colored."""
    origin = hashlib.sha256(os.fsencode(source)).hexdigest()[:16]
    way = [options.network, options.strength, options.saturation, options.temperature]
    with contextlib.suppress(OSError, ValueError):
        status = source.stat()
        way += [status.st_size, status.st_mtime_ns, options.no_position]
    return f"{PROGRAM} {origin} {hashlib.sha256(repr(way).encode()).hexdigest()[:16]}"


def _origin(mark: str | None) -> str | None:
    return mark and mark.rpartition(" ")[0]


def _mark_in(file: Path) -> str | None:
    """Return the mark of a result, None of any other file."""
    if not _is_result(file):
        return None
    return film.label_of(file)[len(LABEL) + 1 :] if _is_film(file) else _note(file, TAG.Software)


def _is_result(file: Path) -> bool:
    """Tell whether this program wrote a file: its name and its label say so."""
    if not any(ending in file.stem for ending in ENDINGS.values()):
        return False
    label = film.label_of(file) if _is_film(file) else _note(file, TAG.ImageDescription)
    return (label or "").startswith(LABEL)


def _note(file: Path, tag: int) -> str | None:
    """Return the text of an EXIF tag."""
    with contextlib.suppress(Exception):  # a file may hold anything
        if file.is_file() and not file.is_symlink():
            with Image.open(file) as image:
                text = image.getexif().get(tag)
                return text if isinstance(text, str) else None
    return None


def _color_all(
    jobs: list[Job],
    network: canvas.Painter,
    options: argparse.Namespace,
    futures: dict[Future, Job],
) -> None:
    """Color photos on all cores; ``futures`` tell whether each had colors before, or its error."""
    if not jobs:
        return
    room, one_at_a_time, stop = Room(ROOM), threading.Lock(), threading.Event()

    def color(job: Job) -> bool:
        with room.of(_pixels(job.source)):
            if stop.is_set():
                raise KeyboardInterrupt
            photo = photos.load(job.source)
            has_color = datasets.has_color(photos.resize(photo, 64, 64))
            small = canvas.small_copy(photo, network.size)
            with one_at_a_time:
                ab = network.chroma(small)
            pixels = _picture(photo, ab, options)
            del photo  # each of these is a gigabyte, of the largest photos
            picture = Image.fromarray(pixels)
            del pixels
            _save(picture, job, options.no_position)
        return has_color

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            futures |= {pool.submit(color, job): job for job in jobs}
            for future in tqdm(as_completed(futures), "coloring", len(futures)):
                if isinstance(future.exception(), KeyboardInterrupt):
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def _color_films(
    jobs: list[Job],
    network: canvas.Painter,
    options: argparse.Namespace,
    films: list[Path],
    failed: list[str],
) -> None:
    """Color one film after the other; ``films`` and ``failed`` tell what came of each."""
    paint = partial(_picture, options=options)
    for job in jobs:
        try:
            job.target.parent.mkdir(parents=True, exist_ok=True)
            film.colored(job.source, job.target, network, paint, f"{LABEL} {job.mark}")
            films.append(job.source)
        except Exception as error:
            failed.append(_failure(job.source, error))


def _painter(name: str) -> canvas.Painter:
    """Return what colors, without TensorFlow where that can be, and let Ctrl-C stop it."""
    if network := engine.find(name):
        painter = canvas.Painter(network)
    else:
        helpers.load_keras()
        from helpers import colorizer  # noqa: PLC0415  (it takes seconds)

        painter = colorizer.Colorizer(name)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # till here helpers._stop was it
    return painter


def _prepare(name: str) -> None:
    """Keep a network so that it starts without TensorFlow; what hinders that is no one's worry."""
    if "keras" not in sys.modules or not (file := engine.wanted(name)):
        return
    _say("The next run will start faster: that is prepared now, once, in some seconds.")
    with contextlib.suppress(Exception, KeyboardInterrupt):
        from helpers import colorizer, share  # noqa: PLC0415

        share.keep(colorizer.load(name), file)


def _pixels(source: Path) -> int:
    with contextlib.suppress(Exception):  # the reader will say what is wrong
        if source.is_file():
            with Image.open(source) as image:
                return image.width * image.height
    return 0


def _failure(source: Path, error: BaseException) -> str:
    """Say why a photo or film is not colored; nothing where it was stopped."""
    match error:
        case KeyboardInterrupt():
            return ""
        case photos.PhotoError():
            return str(error)
        case MemoryError():
            return f"{source} is too large for this machine's memory."
        case OSError():
            return f"{source}: the result cannot be written ({error})."
    return f"{source} cannot be colored ({type(error).__name__}: {error})."


def _picture(photo: np.ndarray, ab: np.ndarray, options: argparse.Namespace) -> np.ndarray:
    """Put the color onto the photo's light, beside the gray photo where that was asked for."""
    height, width = photo.shape[:2]
    left = width + max(1, round(GAP * width)) if options.compare else 0
    pixels = np.full((height, left + width, 3), 255, np.uint8)
    dials = (options.strength, options.saturation, options.temperature)
    canvas.add_color(photo, ab, *dials, out=pixels[:, left:])
    if options.compare:
        canvas.add_color(photo, 0 * ab, out=pixels[:, :width])
    return pixels


def _save(picture: Image.Image, job: Job, no_position: bool) -> None:
    """Write a labeled file, which gets its name when it is whole."""
    exif, resolution = _notes(job, no_position)
    content = io.BytesIO()  # Pillow, writing to a file, does not see a disk that is full
    kind = FORMATS.get(job.target.suffix.lower(), "PNG")
    picture.save(content, kind, quality=95, exif=exif, **resolution)
    job.target.parent.mkdir(parents=True, exist_ok=True)
    photos.write(content.getbuffer(), job.target)


def _notes(job: Job, no_position: bool) -> tuple[bytes, dict]:
    """Return the EXIF of a result, with what is worth keeping of its photo's, and the resolution.

    A photo's tags may hold anything; what cannot be written again is left out.
    """
    exif, resolution, parts = Image.Exif(), {}, {}
    caption = ""
    with contextlib.suppress(Exception), Image.open(job.source) as image:
        given = image.getexif()
        caption = _text(given.get(TAG.ImageDescription))
        parts |= {tag: _text(given.get(tag)) for tag in KEPT}
        inner = given.get_ifd(ExifTags.IFD.Exif)
        parts[ExifTags.IFD.Exif] = {
            tag: _text(inner[tag]) for tag in TIMES if _text(inner.get(tag))
        }
        if not no_position:
            parts[ExifTags.IFD.GPSInfo] = dict(given.get_ifd(ExifTags.IFD.GPSInfo))
        dots = tuple(map(float, image.info["dpi"]))
        if all(1 <= number <= 65535 for number in dots):
            resolution = {"dpi": dots}
    description = f"{LABEL} Caption: {caption}" if caption else LABEL
    exif[TAG.ImageDescription] = description.encode("latin-1", "replace")
    exif[TAG.Software] = job.mark
    for tag, value in parts.items():
        if value:
            exif[tag] = value.encode("latin-1", "replace") if isinstance(value, str) else value
            try:
                exif.tobytes()
            except Exception:
                del exif[tag]
    return exif.tobytes(), resolution


def _text(value: object) -> str:
    """Return the text of a tag, in which each character stands for a byte; of others nothing."""
    return value.strip("\0 ") if isinstance(value, str) else ""


if __name__ == "__main__":
    sys.exit(main())
