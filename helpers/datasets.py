"""Data sets: find photos, clean them, split them, and feed them to a network as pairs of L and ab.

A data set is a list of files. ``clean`` and ``split`` take and return such lists; ``pairs`` turns
one into batches.
"""

import atexit
import csv
import hashlib
import math
import re
import shutil
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pooch
import requests
import tensorflow as tf
from tqdm import tqdm

from helpers import color, photos

# "Flowers", The TensorFlow Team (2019): 3,670 photos from Flickr under CC BY 2.0.
FLOWERS = "https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz"
FLOWERS_SHA256 = "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c"
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
CACHE = pooch.os_cache("color-from-gray")
TIMEOUT = 10  # seconds without an answer before a download gives up

NEAR = 4  # photos whose 64-bit hashes differ in at most so many bits count as one photo
COLORFUL = 4.0  # how far (in ab) a photo's colors must stray from what its L tells
WHITE = 0.5  # the share of white pixels from which a photo counts as a cut-out
ONE_HUE = 0.94  # the mean ab's length against the mean chroma: 1 when all colors have one hue
VIOLET = (-62, -28)  # hues from deep sky to pink roses, in degrees: rare by day, usual on stages
VIVID = 25  # the chroma that more than half of a photo has under such a light
PAPER = (80, 110)  # hues of old paper
FADED = 5.5  # as COLORFUL, for such paper: spots and mounts stray a little
DRAWN = 0.055  # the share of the eight commonest colors times that of steep steps

MEMORY = 2e9  # bytes of prepared photos that may stay in memory; more goes to a file
ZOOM = 0.65  # augmentation cuts out windows from this share of a photo's side
TURNED = 0.125  # and turns this share of the photos
TURN = math.radians(10)  # by at most this angle


class DatasetError(photos.PhotoError):
    """A data set that cannot be had; the message says which, why, and what to do."""


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

    ``home`` is this user's cache folder unless you name another. An interrupted download leaves
    nothing behind, and two programs may call this at once.

    Raises:
        DatasetError: the archive cannot be reached, or is not what it should be.
    """
    home = Path(home or CACHE)
    if not (home / "flower_photos").is_dir():
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home) as scratch:
            archive = download(FLOWERS, f"sha256:{FLOWERS_SHA256}", scratch, OUTDOORS_INSTEAD)
            _unpack(archive, Path(scratch))
            try:
                (Path(scratch) / "flower_photos").rename(home / "flower_photos")
            except OSError:  # another program was faster: its copy is as good
                if not (home / "flower_photos").is_dir():
                    raise
    return folder(home / "flower_photos")


def people_and_places(home: str | Path | None = None) -> list[Path]:
    """List up to 5,535 photos of people, places and food; the first call downloads them.

    Some 1.5 GB are fetched, a few photos at once. Scaled to 160 pixels on the short side, 60 MB
    stay in ``home``, this user's cache folder unless you name another. A call goes on where the
    last one ended, and two programs may call this at once. What no longer exists is left out, and
    not asked for again.

    Raises:
        DatasetError: the photos cannot be reached.
    """
    place = Path(home or CACHE) / "people_and_places"
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
    home = note.parent.parent
    home.mkdir(parents=True, exist_ok=True)
    fruitful = {source for source in {file.parent for file in missing} if any(source.glob("*.jpg"))}
    faults, failures = {}, 0
    try:
        with (
            tempfile.TemporaryDirectory(dir=home) as scratch,
            requests.Session() as web,
            _threads(DOWNLOADS) as pool,
        ):
            tasks = {pool.submit(_fetch_photo, web, file, scratch): file for file in missing}
            done = as_completed(tasks)
            for task in tqdm(done, "fetching photos", len(tasks), leave=False, file=sys.stdout):
                file = tasks[task]
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


def _fetch_photo(web: requests.Session, file: Path, scratch: str) -> str:
    """Fetch one photo to the place that its path names; returns what is wrong with it, if anything.

    A photo gets its name when it is complete, so that no cut leaves half of one.
    """
    if file.is_file():  # another program has fetched it meanwhile
        return ""
    for address in ADDRESSES[file.parent.name]:
        answer = web.get(address.format(file.stem), timeout=TIMEOUT)
        if answer.status_code in (403, 404, 410):  # Amazon says 403 for what is not there
            continue
        answer.raise_for_status()
        draft = Path(scratch) / f"{file.parent.name}-{file.name}"
        draft.write_bytes(answer.content)
        try:
            small = _scaled(photos.load(draft), SIDE)
        except photos.PhotoError:
            return DAMAGED
        draft.write_bytes(photos.to_jpeg(small))
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(file)
        return ""
    return GONE


def _unreachable(file: Path, error: requests.RequestException | None = None) -> DatasetError:
    """Say that a photo cannot be reached, and what to do."""
    address = ADDRESSES[file.parent.name][0].format(file.stem)
    offline = error is not None and error.response is None  # nobody answered, or not to the end
    advice = "connect to the internet and try again" if offline else "try again later"
    return DatasetError(
        f"{address} and others cannot be reached: {advice} (what has arrived stays), "
        f"or {OUTDOORS_INSTEAD}."
    )


def _scaled(photo: np.ndarray, side: int) -> np.ndarray:
    """Scale a photo to ``side`` pixels on the short side, unless it is smaller."""
    scale = min(1, side / min(photo.shape[:2]))
    return photos.resize(photo, *(max(1, round(length * scale)) for length in photo.shape[:2]))


def download(url: str, known_hash: str, into: str | Path, instead: str) -> str:
    """Fetch a file with a progress bar, unless it is there already, and return its path.

    ``known_hash`` is its checksum, like ``"sha256:4c54..."``; ``instead`` says what to do without.

    Raises:
        DatasetError: the file cannot be reached, or is not what it should be.
    """
    try:
        get = pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT, chunk_size=2**18)
        return pooch.retrieve(url, known_hash, path=into, downloader=get)
    except requests.RequestException as error:
        raise DatasetError(
            f"{url} cannot be reached: connect to the internet and try again, or {instead}."
        ) from error
    except ValueError as error:  # pooch's word for a wrong checksum
        raise DatasetError(
            f"{url} arrived damaged, or has been changed: try again later, or {instead}."
        ) from error


def _unpack(archive: str, into: Path) -> None:
    """Unpack an archive, and refuse one that would write outside of its folder."""
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(into, filter="data")
    except (tarfile.TarError, EOFError) as error:
        raise DatasetError(f"The archive cannot be unpacked: {error}.") from error


def clean(files: Sequence[Path], smallest: int = 96) -> tuple[list[Path], dict[Path, str]]:
    """Sort out what would teach wrong colors; returns the files to keep, and why others go.

    Goes: what cannot be read, is smaller than ``smallest`` pixels, is gray or of one tint (sepia
    too), is mostly white (a cut-out), lies in the violet light of a stage, is a drawing or a print
    in few colors, or looks like a larger photo of the set (difference hash, Neal Krawetz 2013,
    "Kind of like that"). What is in doubt stays.
    """
    with ThreadPoolExecutor() as pool:
        looks = pool.map(lambda file: _look(file, smallest), files)
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


def _look(file: Path, smallest: int) -> _Look:
    """Open one photo and name what is wrong with it, if anything."""
    try:
        photo = photos.load(file)
    except photos.PhotoError:
        return _Look("cannot be read")
    height, width = photo.shape[:2]
    if min(height, width) < smallest:
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


def pairs(
    files: Sequence[Path],
    size: int = 128,
    batch_size: int = 16,
    augment: bool = False,
    views: np.ndarray | None = None,
) -> tf.data.Dataset:
    """Offer batches of (L, ab / 128) from photos, cut to squares of ``size`` pixels.

    The files have to be readable: let ``clean`` look at those that you do not know.
    L is (batch, size, size, 1) in 0..100, ab / 128 is (batch, size, size, 2), both float32. Each
    file is read and converted to LAB once, then kept: in memory, or in a file when it is much.
    With ``augment`` the order is shuffled, an incomplete last batch is left out, and in every
    epoch anew each photo is cut, zoomed and flipped at random, and every eighth turned.
    With ``views``, features of each photo (photos, views, n), a batch is ((L, features), ab / 128):
    the features of the first view, or with ``augment`` of a random one.

    Raises:
        DatasetError: there are no files, or with ``augment`` fewer than a batch.
    """
    if len(files) < (batch_size if augment else 1):
        raise DatasetError(f"{len(files)} photos do not fill a batch of {batch_size}: add photos.")
    side = round(size * 1.25) if augment else size  # so that cutting loses little sharpness
    told = np.zeros((len(files), 1, 0), np.float16) if views is None else views
    prepared = tf.data.Dataset.from_tensor_slices(([str(file) for file in files], told))
    if augment:  # mix the names, too, for the buffer below does not hold every large set
        prepared = prepared.shuffle(len(files), reshuffle_each_iteration=False)
    prepared = prepared.map(partial(_read_lab, side=side), num_parallel_calls=tf.data.AUTOTUNE)
    in_memory = len(files) * side * side * 3 * 2 < MEMORY
    prepared = prepared.cache("" if in_memory else f"{_scratch_folder()}/lab")
    if not in_memory:  # TensorFlow lets one reader alone fill such a file: do it now
        for _ in tqdm(prepared, "preparing photos", len(files), leave=False, file=sys.stdout):
            pass
    if augment:
        prepared = prepared.shuffle(min(len(files), 4000))
        # Random numbers drawn inside of map would be the same in every epoch.
        seeds = tf.data.Dataset.random(rerandomize_each_iteration=True).batch(2)
        prepared = tf.data.Dataset.zip(prepared, seeds)
    finish = partial(_augmented_pair, size=size) if augment else _pair
    prepared = prepared.map(finish, num_parallel_calls=tf.data.AUTOTUNE)
    prepared = prepared.batch(batch_size, drop_remainder=augment)
    if views is None:
        prepared = prepared.map(lambda given, ab: (given[0], ab))
    return prepared.prefetch(tf.data.AUTOTUNE)


def _scratch_folder() -> str:
    """Make a folder that lasts as long as this program."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _read_lab(file: tf.Tensor, told: tf.Tensor, side: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Read a photo as a square of LAB; float16 halves the memory and errs by 0.03 at most."""

    def read(name: bytes) -> np.ndarray:
        photo = photos.square(photos.load(name.decode()), side)
        return color.rgb_to_lab(photo).astype(np.float16)

    return tf.ensure_shape(tf.numpy_function(read, [file], tf.float16), (side, side, 3)), told


def _pair(lab: tf.Tensor, told: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
    lab = tf.cast(lab, tf.float32)
    return (lab[..., :1], tf.cast(told[0], tf.float32)), lab[..., 1:] / color.AB_SCALE


def _augmented_pair(
    photo: tuple[tf.Tensor, tf.Tensor], seed: tf.Tensor, size: int
) -> tuple[tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Cut a random window out of a photo, flipped or not; turn some.

    Every window lies inside its photo, so that no corner has to be invented. Turning takes three
    times as long as cutting, so it is for every eighth photo.
    """
    lab, told = photo
    turned, angle, side, y, x, flip = tf.unstack(tf.random.stateless_uniform([6], seed))
    angle = tf.where(turned < TURNED, TURN * (2 * angle - 1), 0.0)
    reach = tf.cos(angle) + tf.sin(tf.abs(angle))  # a turned window needs more room
    height = (ZOOM + (1 - ZOOM) * side) / reach  # all as shares of the photo's side
    y, x = (0.5 + (1 - height * reach) * (place - 0.5) for place in (y, x))  # the center
    width = tf.where(flip < 0.5, -height, height)
    lab = tf.cast(lab[None], tf.float32)
    lab = tf.cond(
        turned < TURNED,
        lambda: _turn(lab, size, angle, (y, x, height, width)),
        lambda: _cut(lab, size, (y, x, height, width)),
    )
    view = tf.random.stateless_uniform([], seed + 1, 0, tf.shape(told)[0], tf.int32)
    return _pair(lab[0], told[view][None])


def _cut(lab: tf.Tensor, size: int, window: tuple[tf.Tensor, ...]) -> tf.Tensor:
    """Scale an upright window to ``size``."""
    y, x, height, width = window
    box = tf.stack([y - height / 2, x - width / 2, y + height / 2, x + width / 2])
    return tf.image.crop_and_resize(lab, box[None], [0], [size, size])


def _turn(lab: tf.Tensor, size: int, angle: tf.Tensor, window: tuple[tf.Tensor, ...]) -> tf.Tensor:
    """Scale a turned window to ``size``: each output pixel looks up its place in the photo."""
    y, x, height, width = window
    last = lab.shape[1] - 1.0  # a photo reaches from pixel 0 to this one
    step = last / (size - 1)
    xx, xy = width * tf.cos(angle) * step, -height * tf.sin(angle) * step
    yx, yy = width * tf.sin(angle) * step, height * tf.cos(angle) * step
    x0 = x * last - (xx + xy) * (size - 1) / 2
    y0 = y * last - (yx + yy) * (size - 1) / 2
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=lab,
        transforms=tf.stack([xx, xy, x0, yx, yy, y0, 0.0, 0.0])[None],
        output_shape=[size, size],
        fill_value=0.0,
        interpolation="BILINEAR",
    )
