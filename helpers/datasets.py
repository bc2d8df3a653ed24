"""Data sets: find photos, clean them, split them.

A data set is a list of files. ``clean`` and ``split`` take and return such lists; ``feeding``
turns one into batches.
"""

import csv
import hashlib
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import requests
from tqdm import tqdm

from helpers import color, downloads, photos

# "Flowers", The TensorFlow Team (2019): 3,670 photos from Flickr under CC BY 2.0.
FLOWERS = "https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz"
FLOWERS_SHA256 = "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c"
FLOWERS_COUNT = 3670
# Photos of people and places, and of food: the addresses where one may lie, asked in this order.
# Which of its parts an id belongs to, Open Images does not say; the food was moved to a folder.
OPEN_IMAGES = "https://s3.amazonaws.com/open-images-dataset"
FOOD = "https://raw.githubusercontent.com/feedmejefferson/images"
ADDRESSES = {
    "openimages": [f"{OPEN_IMAGES}/{part}/{{}}.jpg" for part in ("train", "validation", "test")],
    "food": [
        f"{FOOD}/cedc596c3c67957da9fee70d96e3c004b71e8240/{{}}.jpg",
        f"{FOOD}/c1503228a899c6b341ebe543270104040572899e/images/{{}}.jpg",
    ],
}
SIDE = 160  # pixels on the short side that stay of such a photo
DOWNLOADS = 8  # photos fetched at once; that many failures in a row mean: no connection
BARREN = 50  # so many photos without one that arrives mean that something is in the way
OUTDOORS_INSTEAD = "go on with datasets.outdoors(), which is here already"
CREDIT = re.compile(r"(?P<photo>\S+)\.jpg CC-BY by (?P<photographer>.+) - http")

SMALLEST = 96  # pixels that the short side of a photo must have
NEAR = 4  # photos whose 64-bit hashes differ in at most so many bits count as one photo
COLORFUL = 4.0  # how far (in ab) a photo's colors must stray from what its L tells
WHITE = 0.5  # the share of white pixels from which a photo counts as a cut-out
ONE_HUE = 0.94  # the mean ab's length against the mean chroma: 1 when all colors have one hue
VIOLET = (-62, -28)  # hues from deep sky to pink roses, in degrees: rare by day, usual on stages
VIVID = 25  # the chroma that more than half of a photo has under such a light
PAPER = (80, 110)  # hues of old paper
FADED = 5.5  # as COLORFUL, for such paper: spots and mounts stray a little
DRAWN = 0.055  # the share of the eight commonest colors times that of steep steps


class DatasetError(photos.PhotoError):
    """A data set without the photos it needs; the message says which, and what to do."""


class Split(NamedTuple):
    """The three parts of a data set: to learn from, to watch, and to judge at the end."""

    train: list[Path]
    validation: list[Path]
    test: list[Path]


def folder(path: str | Path) -> list[Path]:
    """List the image files in a folder and the folders inside it.

    Raises:
        DatasetError: there is no such folder, or no image in it.
    """
    path = Path(path)
    if not path.is_dir():
        raise DatasetError(f"There is no folder {path}: check its name.")
    files = [file for file in path.rglob("*") if file.suffix.lower() in photos.SUFFIXES]
    files = [file for file in files if file.is_file() and not _is_hidden(file.relative_to(path))]
    if not files:
        raise DatasetError(f"{path} holds no images: put JPEG or PNG files into it.")
    return sorted(files)


def _is_hidden(file: Path) -> bool:
    return any(part.startswith(".") for part in file.parts)


def outdoors() -> list[Path]:
    """List the course's own training photos: landscapes, monuments, animals, energy, plants."""
    return folder(photos.FOLDER / "outdoors")


def some_flowers() -> list[Path]:
    """List 40 small photos of flowers, eight of each kind, from the test part of ``flowers``."""
    return folder(photos.FOLDER / "flowers")


def flowers(home: str | Path | None = None) -> list[Path]:
    """List 3,670 photos of flowers; the first call downloads them (218 MB) into ``home``.

    ``home`` is this user's cache folder unless you name another. What is missing there comes anew,
    and two programs may call this at once. An interrupted download leaves nothing behind; what one
    that was killed has left, the next call removes.

    Raises:
        DownloadError: the archive cannot be reached or kept, or is not what it should be.
    """
    home = Path(home or downloads.CACHE)
    place = home / "flower_photos"
    if sum(1 for _ in place.glob("*/*.jpg")) < FLOWERS_COUNT:
        with downloads.workplace(home, OUTDOORS_INSTEAD) as scratch:
            known_hash = f"sha256:{FLOWERS_SHA256}"
            archive = downloads.fetch(FLOWERS, known_hash, scratch, OUTDOORS_INSTEAD)
            downloads.unpack(archive, scratch, OUTDOORS_INSTEAD)
            _fill(place, scratch / "flower_photos")
    return folder(place)


def _fill(place: Path, source: Path) -> None:
    """Move into a folder what it lacks of another: what lies there stays."""
    for file in source.rglob("*"):
        target = place / file.relative_to(source)
        if file.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)


def people_and_places(home: str | Path | None = None) -> list[Path]:
    """List up to 5,535 photos of people, places and food; the first call downloads them.

    Some 1.5 GB are fetched, a few photos at once. Scaled to 160 pixels on the short side, 60 MB
    stay in ``home``, this user's cache folder unless you name another. A call goes on where the
    last one ended, and two programs may call this at once. What no longer exists is left out, and
    not asked for again.

    Raises:
        DownloadError: the photos cannot be reached, or kept.
    """
    home = Path(home or downloads.CACHE)
    place = home / "people_and_places"
    with open(photos.DATA / "people_and_places.csv", encoding="utf-8", newline="") as table:
        files = [place / row["source"] / f"{row['id']}.jpg" for row in csv.DictReader(table)]
    note = place / "gone.txt"
    gone = note.read_text("utf-8").split() if note.is_file() else []
    wanted = {f"{file.parent.name}/{file.stem}": file for file in files if not file.is_file()}
    missing = [wanted[name] for name in wanted.keys() - gone]  # a set: the sources are mixed
    if missing:
        _fetch_photos(missing, note)
    return sorted(file for file in files if file.is_file())


GONE = "no longer there"
DAMAGED = "damaged, and left out"
LATE = "still missing: call this again"


def _fetch_photos(missing: list[Path], note: Path) -> None:
    """Fetch photos, write into ``note`` which are gone, and say how many did not come."""
    fruitful = {source for source in {file.parent for file in missing} if any(source.glob("*.jpg"))}
    faults, failures = {}, 0
    with (
        downloads.workplace(note.parent.parent, OUTDOORS_INSTEAD) as scratch,
        requests.Session() as web,
        _threads(DOWNLOADS) as pool,
    ):
        fetch = partial(_fetch_photo, web, scratch)
        done = _as_done(pool, fetch, missing)
        try:
            for file, task in tqdm(
                done, "fetching photos", len(missing), leave=False, file=sys.stdout
            ):
                try:
                    fault, failures = task.result(), 0
                except requests.RequestException as error:
                    fault, failures = LATE, failures + 1
                    if failures == DOWNLOADS:
                        raise _unreachable(file, error) from error
                if fault:
                    faults[file] = fault
                else:
                    fruitful.add(file.parent)
                if len(faults) == BARREN and not fruitful:
                    raise _unreachable(file)
        finally:  # of a source that gives nothing nobody knows what is gone
            gone = [file for file in faults if faults[file] == GONE and file.parent in fruitful]
            if gone:
                with open(note, "a", encoding="utf-8") as lines:
                    lines.writelines(f"{file.parent.name}/{file.stem}\n" for file in gone)
    for fault, count in sorted(Counter(faults.values()).items()):
        print("1 photo is" if count == 1 else f"{count:,} photos are", f"{fault}.")


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Lend threads; an error or Ctrl-C drops what they have not begun."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _as_done(
    pool: ThreadPoolExecutor, work: Callable[[Path], str], files: list[Path]
) -> Iterator[tuple[Path, Future[str]]]:
    """Give each file with its work, done; few begin before the last results were looked at."""
    waiting, begun = iter(files), {}
    while True:
        for file in islice(waiting, 2 * DOWNLOADS - len(begun)):
            begun[pool.submit(work, file)] = file
        if not begun:
            return
        for task in wait(begun, return_when=FIRST_COMPLETED).done:
            yield begun.pop(task), task


def _fetch_photo(web: requests.Session, scratch: Path, file: Path) -> str:
    """Fetch one photo to the place that its path names; returns what is wrong with it, if anything.

    A photo gets its name when it is complete, so that no cut leaves half of one.
    """
    if file.is_file():  # another program has fetched it meanwhile
        return ""
    for address in ADDRESSES[file.parent.name]:
        with web.get(address.format(file.stem), timeout=downloads.TIMEOUT, stream=True) as answer:
            content = b"".join(downloads.pieces(answer))
        if answer.status_code in (403, 404, 410):  # Amazon says 403 for what is not there
            continue
        answer.raise_for_status()
        draft = scratch / f"{file.parent.name}-{file.name}"
        draft.write_bytes(content)
        try:
            small = _scaled(photos.load(draft), SIDE)
        except photos.PhotoError:
            return DAMAGED
        draft.write_bytes(photos.to_jpeg(small))
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(file)
        return ""
    return GONE


def _unreachable(
    file: Path, error: requests.RequestException | None = None
) -> downloads.DownloadError:
    """Say that a photo cannot be reached, and what to do."""
    address = ADDRESSES[file.parent.name][0].format(file.stem)
    fault = downloads.fault(error) if error else "cannot be reached: try again later"
    return downloads.DownloadError(
        f"{address} and others {fault} (what has arrived stays), or {OUTDOORS_INSTEAD}."
    )


def _scaled(photo: np.ndarray, side: int) -> np.ndarray:
    """Scale a photo to ``side`` pixels on the short side, unless it is smaller."""
    scale = min(1, side / min(photo.shape[:2]))
    return photos.resize(photo, *(max(1, round(length * scale)) for length in photo.shape[:2]))


def clean(files: Sequence[Path]) -> tuple[list[Path], dict[Path, str]]:
    """Sort out what would teach wrong colors; returns the files to keep, and why others go.

    Goes: what cannot be read, is smaller than ``SMALLEST`` pixels, is gray or of one tint (sepia
    too), is mostly white (a cut-out), lies in the violet light of a stage, is a drawing or a print
    in few colors, or looks like a larger photo of the set (difference hash, Neal Krawetz 2013,
    "Kind of like that"). What is in doubt stays.
    """
    with ThreadPoolExecutor() as pool:
        looks = pool.map(_look, files)
        looks = list(tqdm(looks, "looking at photos", len(files), leave=False, file=sys.stdout))
    removed = {file: look.fault for file, look in zip(files, looks, strict=True) if look.fault}
    good = [(file, look) for file, look in zip(files, looks, strict=True) if not look.fault]
    seen, owners = np.zeros(len(good), np.uint64), []
    for file, look in sorted(good, key=lambda pair: (-pair[1].pixels, pair[0])):
        distances = np.bitwise_count(seen[: len(owners)] ^ look.hash)
        if len(owners) and distances.min() <= NEAR:
            removed[file] = f"looks like {owners[distances.argmin()].name}"
        else:
            seen[len(owners)] = look.hash
            owners.append(file)
    return sorted(owners), removed


class _Look(NamedTuple):
    fault: str
    pixels: int = 0
    hash: np.uint64 = np.uint64(0)


def _look(file: Path) -> _Look:
    """Open one photo and name what is wrong with it, if anything."""
    try:
        photo = photos.load(file)
    except photos.PhotoError:
        return _Look("cannot be read")
    height, width = photo.shape[:2]
    if min(height, width) < SMALLEST:
        return _Look(f"too small: {width} x {height}")
    small = photos.resize(photo, 64, 64)
    if (small.min(axis=-1) > 0.95).mean() > WHITE:
        return _Look("mostly white")
    if not has_color(small):
        return _Look("gray, or of one tint")
    if fault := _one_hue(small):
        return _Look(fault)
    if _is_drawn(photo):
        return _Look("a drawing, or a print")
    return _Look("", height * width, _difference_hash(small))


def has_color(photo: np.ndarray) -> bool:
    """Tell a color photo (H, W, 3) from a gray one and from one of a single tint, like sepia."""
    return bool(np.percentile(_strays(photo), 95) >= COLORFUL)


def _strays(photo: np.ndarray) -> np.ndarray:
    """Return how far each pixel's ab is from the mean ab of the pixels that are as light.

    In a gray photo, or one in sepia, the lightness tells the color.
    """
    L, ab = (plane.reshape(photo.shape[0] * photo.shape[1], -1) for plane in color.split(photo))
    _, level = np.unique(np.int32(L[:, 0]), return_inverse=True)
    means = [np.bincount(level, channel) / np.bincount(level) for channel in ab.T]
    return np.linalg.norm(ab - np.stack(means, axis=-1)[level], axis=-1)


def _one_hue(photo: np.ndarray) -> str:
    """Name the light or the tint that gives a photo (H, W, 3) one hue, where no daylight does.

    Lawns, skies, oranges and red tulips have one hue as well: only the hues named above count.
    """
    ab = color.split(photo)[1].reshape(-1, 2)
    chroma = np.linalg.norm(ab, axis=-1)
    a, b = ab.mean(axis=0)
    hue = math.degrees(math.atan2(b, a))
    if math.hypot(a, b) < ONE_HUE * chroma.mean():
        return ""
    if VIOLET[0] < hue < VIOLET[1] and (chroma > VIVID).mean() > 0.5:
        return "lit in one color"
    faded = chroma.mean() < VIVID and np.percentile(_strays(photo), 95) < FADED
    return "like sepia" if faded and PAPER[0] < hue < PAPER[1] else ""


def _is_drawn(photo: np.ndarray) -> bool:
    """Tell drawings and screenshots: few colors, exactly the same in many places, and hard edges.

    Black does not count as such a color: many photos have a black ground.
    """
    levels = np.round(_scaled(photo, 256) * 255).astype(np.int32)  # when large, all edges are soft
    steps = [np.abs(np.diff(levels, axis=axis)).max(axis=-1) for axis in (0, 1)]
    steep = np.maximum(steps[0][:, 1:], steps[1][1:]) > 60
    inks = levels[levels.max(axis=-1) > 48] // 4 @ [64 * 64, 64, 1]
    common = np.sort(np.bincount(inks, minlength=64**3))[-8:].sum() / levels[..., 0].size
    return bool(common * steep.mean() > DRAWN)


def _difference_hash(photo: np.ndarray) -> np.uint64:
    """Note for 8 x 8 places whether the photo gets lighter to the right: 64 bits."""
    L = color.split(photos.resize(photo, 8, 9))[0][..., 0]
    return np.packbits(np.diff(L) > 0).view(np.uint64)[0]


def split(files: Iterable[Path]) -> Split:
    """Deal files into training (80 %), validation (10 %) and test (10 %) by their subjects.

    All photos of one subject (a building, an animal, a series, a photographer) go to one part,
    which a hash of the subject's name decides. What the course's own photos show stands in
    data/credits.csv, who took the flowers in their archive's LICENSE.txt; subjects of which the
    course has a photo outside of ``outdoors`` are for testing. Any other file is a subject of its
    own: its name without folder and suffix. So new files move no old one.
    """
    own, for_testing = _own_subjects()
    parts = Split([], [], [])
    for file in files:
        inner = f"{file.absolute().parent.name}/{file.stem}"
        subject = own.get(inner) or _photographers(file.parent.parent).get(inner, file.stem)
        share = int(hashlib.sha256(subject.encode()).hexdigest()[:8], 16) / 2**32
        tests = subject in for_testing or share >= 0.9
        parts[2 if tests else 1 if share >= 0.8 else 0].append(file)
    return parts


@cache
def _own_subjects() -> tuple[dict[str, str], set[str]]:
    """Read what each of the course's photos shows, and which subjects are for testing.

    A photo is known by its innermost folder and its name, so that copies are known as well.
    """
    with open(photos.DATA / "credits.csv", encoding="utf-8", newline="") as table:
        rows = [(Path(row["file"]), row["subject"]) for row in csv.DictReader(table)]
    for_testing = {subject for file, subject in rows if file.parts[0] != "outdoors"}
    return {f"{file.parent.name}/{file.stem}": subject for file, subject in rows}, for_testing


@cache
def _photographers(folder: Path) -> dict[str, str]:
    """Read who took each photo of ``flowers`` from its archive's own list, where there is one."""
    file = folder / "LICENSE.txt"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    found = filter(None, (CREDIT.match(line) for line in lines))
    return {credit["photo"]: credit["photographer"] for credit in found}
