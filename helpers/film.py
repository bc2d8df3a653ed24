"""Color a film: frame by frame, the colors steadied over time, the sound and the times kept.

A film is colored in parts, each a finished file in a work folder beside the result, so that a run
that was stopped goes on. The files are read and written by PyAV, which is an extra: ``av`` is None
where it is missing.
"""

import contextlib
import heapq
import itertools
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, shift
from scipy.special import softmax
from skimage.registration import phase_cross_correlation
from tqdm import tqdm

from helpers import canvas, color, photos

if TYPE_CHECKING:
    import keras

try:
    import av
except ImportError:  # the extra "film" is not installed
    av = None

KEEPS_ITS_KIND = {".mp4", ".m4v", ".mov", ".mkv"}  # the result of another kind becomes .mkv
SUFFIXES = KEEPS_ITS_KIND | {".avi", ".webm", ".mpg", ".mpeg", ".wmv", ".ogv", ".mts", ".flv"}
PART = 100  # frames: what a run that is stopped loses at most
NEW = 0.2  # how much of a frame's own guess enters the colors where the light stays
STAYS = 4.0  # a change of L that is grain, or none; above it, something else is there
KEPT = ("title", "artist", "date", "creation_time", "copyright", "description")
RATE = 25  # frames a second, where a film does not say
BT709, LIMITED = 1, 1  # how colors become numbers, by the standard of HD television
QUALITY = {"crf": "18", "preset": "medium", "bf": "0"}  # hardly seen from the source


class FilmError(photos.PhotoError):
    """What is wrong with a film, in a sentence for its owner."""


def steadied(
    ab: np.ndarray, L: np.ndarray, before: tuple[np.ndarray, np.ndarray] | None
) -> np.ndarray:
    """Return a frame's guessed ab (h, w, 2), mixed with the colors before where L agrees.

    L has the shape (h, w, 1); ``before`` holds what this returned for the frame before, and its L.
    Both are moved by the one shift that fits best, for a camera may turn. Where something else
    moved, or all changed in a cut, the new guess counts alone.
    """
    if before is None or before[1].shape != L.shape:
        return ab
    ab_before, L_before = _moved(*before, L)
    change = gaussian_filter(np.abs(L - L_before), (1, 1, 0))  # (h, w, 1); grain is none
    return np.where(change < STAYS, ab_before + NEW * (ab - ab_before), ab)


def ask_key_frame(eye: "keras.Model", L: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Give all frames the colors of the first: each place asks its places, near ones first.

    ``eye`` is ``classifier.encoder()``, L has the shape (frames, h, w, 1), ab (frames, h, w, 2).
    """
    from keras import ops  # noqa: PLC0415  (the command does without)

    notes = []
    for maps in eye.predict(color.join(L, 0 * ab), verbose=0)[1:4]:
        rows = np.reshape(ops.image.resize(maps, (32, 32)), (len(L), 1024, -1))
        rows = (rows - rows.mean(1, keepdims=True)) / (rows.std(1, keepdims=True) + 1e-6)
        notes.append(rows / np.linalg.norm(rows, axis=-1, keepdims=True))
    notes = np.concatenate(notes, axis=-1)  # (frames, 1024, channels)
    y, x = np.mgrid[0:1:32j, 0:1:32j].reshape(2, -1)
    far = (y[:, None] - y) ** 2 + (x[:, None] - x) ** 2
    values = np.reshape(ops.image.resize(ab[:1], (32, 32)), (1024, 2))
    asked = [softmax((one @ notes[0].T - 3 * far) / 0.1, axis=1) @ values for one in notes]
    small = np.float32(asked).reshape(-1, 32, 32, 2)
    return np.asarray(ops.image.resize(small, L.shape[1:3]))


def _moved(ab: np.ndarray, L: np.ndarray, onto: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move ab and L by the shift, in quarters of a point, that brings L nearest to another L.

    Source: Guizar-Sicairos et al., "Efficient subpixel image registration algorithms" (2008).
    """
    found, _, _ = phase_cross_correlation(onto[..., 0], L[..., 0], upsample_factor=4)
    moved_L = shift(L, (*found, 0), order=1, mode="nearest")
    if np.abs(moved_L - onto).mean() >= np.abs(L - onto).mean():
        return ab, L
    return shift(ab, (*found, 0), order=1, mode="nearest"), moved_L


def colored(
    source: Path,
    target: Path,
    network: canvas.Painter,
    paint: Callable[[np.ndarray, np.ndarray], np.ndarray],
    label: str,
) -> int:
    """Color a film into ``target``, which gets its name when it is whole; return its frames.

    ``paint`` makes of a frame (H, W, 3) and its ab (h, w, 2) the pixels that are shown, in bytes.
    ``label`` is written into the film; work that was stopped goes on where it tells the same.

    Raises:
        FilmError: the film cannot be read.
    """
    work = target.with_name(f".{target.name}.unfinished")
    with _opened(source) as film:
        _begin(work, label)
        parts, count = _paint_parts(film, work, network, paint)
    if not count:
        shutil.rmtree(work)
        raise FilmError(f"{source} holds no picture that can be read.")
    whole = work / f"whole{target.suffix}"
    _join(parts, source, whole, label)
    whole.replace(target)
    shutil.rmtree(work)
    return count


def label_of(file: Path) -> str:
    """Return what stands as a comment in a film, or nothing."""
    with contextlib.suppress(Exception), av.open(str(file)) as film:  # a file may hold anything
        return film.metadata.get("comment") or film.metadata.get("COMMENT") or ""
    return ""


def _begin(work: Path, label: str) -> None:
    """Make the work folder; what another film or another way left in it goes."""
    told = work / "label.txt"
    if work.exists() and not (told.exists() and told.read_text("utf-8") == label):
        shutil.rmtree(work)
    work.mkdir(parents=True, exist_ok=True)
    told.write_text(label, "utf-8")


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[object]:
    """Open a film for reading; its errors become sentences."""
    if not source.exists():
        raise FilmError(f"There is no file {source}.")
    unreadable = f"{source} is no film that can be read, or it is damaged."
    try:
        film = av.open(str(source))
    except av.error.FFmpegError as error:
        raise FilmError(unreadable) from error
    with film:
        if not film.streams.video:
            raise FilmError(f"{source} holds no picture.")
        try:
            yield film
        except av.error.InvalidDataError as error:
            raise FilmError(unreadable) from error


def _frames(film: object) -> Iterator[object]:
    """Give the frames with rising times; packets that are broken are left out, as players do."""
    stream = film.streams.best("video")
    stream.thread_type = "AUTO"
    step = max(1, round(1 / (stream.time_base * (stream.average_rate or RATE))))
    last = None
    for packet in film.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            if frame.pts is None:
                frame.pts = 0 if last is None else last + step
            elif last is not None:
                frame.pts = max(frame.pts, last + 1)
            last = frame.pts
            yield frame


def _paint_parts(
    film: object, work: Path, network: canvas.Painter, paint: Callable
) -> tuple[list[Path], int]:
    """Color the parts that are not there yet; return all, in their order, and how many frames."""
    stream = film.streams.best("video")
    expected = stream.frames or round((film.duration or 0) / 1e6 * (stream.average_rate or RATE))
    frames, parts, before = _frames(film), [], None
    with tqdm(desc="coloring", total=expected or None, unit=" frames") as bar:
        for first in frames:
            some = itertools.chain([first], itertools.islice(frames, PART - 1))
            part, memory = (work / f"{len(parts):05}.{kind}" for kind in ("nut", "npz"))
            if part.exists():
                bar.update(sum(1 for _ in some))
                with np.load(memory) as kept:
                    before = kept["ab"], kept["L"]
            else:
                unfinished = work / "unfinished.nut"
                for frame_colors in _write(some, unfinished, stream, network, paint, before):
                    before = frame_colors
                    bar.update()
                np.savez(memory, ab=before[0], L=before[1])
                unfinished.replace(part)
            parts.append(part)
        return parts, bar.n


def _write(
    frames: Iterator[object],
    file: Path,
    source: object,
    network: canvas.Painter,
    paint: Callable,
    before: tuple[np.ndarray, np.ndarray] | None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Color frames and write them as a part; give the ab and the L of each, for the next."""
    # Keras compiles that once, for all frames have one size.
    guess = getattr(network.model, "predict_on_batch", network.model)
    with av.open(str(file), "w") as part:
        stream = None
        for frame in frames:
            turned = round(frame.rotation / 90) % 4
            photo = np.float32(np.rot90(frame.to_ndarray(format="rgb24"), turned)) / 255
            L, _ = color.split(canvas.small_copy(photo, network.size))
            before = steadied(canvas.predict(guess, L), L, before), L
            pixels = _even(paint(photo, before[0]))
            stream = stream or _stream(part, pixels.shape, source, turned)
            part.mux(stream.encode(_as_frame(pixels, frame, stream)))
            yield before
        part.mux(stream.encode())


def _even(pixels: np.ndarray) -> np.ndarray:
    """Repeat the last row or column of a picture of odd sides, which H.264 does not take."""
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _stream(part: object, shape: tuple[int, ...], source: object, turned: int) -> object:
    """Add a stream for pictures of a shape (H, W, 3), with the source's times."""
    stream = part.add_stream("h264", rate=source.average_rate or RATE, options=QUALITY)
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = stream.time_base = source.time_base
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.color_range = LIMITED
    aspect = source.sample_aspect_ratio
    if aspect:
        context.sample_aspect_ratio = 1 / aspect if turned % 2 else aspect
    return stream


def _as_frame(pixels: np.ndarray, source: object, stream: object) -> object:
    """Make a frame of pixels (H, W, 3), of the stream's size, with the time of its source."""
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame = frame.reformat(stream.width, stream.height, "yuv420p", dst_colorspace=BT709)
    frame.pts, frame.time_base, frame.duration = source.pts, source.time_base, source.duration
    return frame


def _join(parts: list[Path], source: Path, whole: Path, label: str) -> None:
    """Put the parts together, with the sound of the source, as it is there."""
    with av.open(str(source)) as film, av.open(str(whole), "w") as result:
        result.metadata.update({key: film.metadata[key] for key in KEPT if key in film.metadata})
        result.metadata["comment"] = label
        with av.open(str(parts[0])) as first:
            picture = result.add_stream_from_template(first.streams.video[0])
        picture.codec_context.framerate = film.streams.best("video").average_rate or RATE
        sounds = {one.index: result.add_stream_from_template(one) for one in film.streams.audio}
        for old in film.streams.audio:
            sounds[old.index].metadata.update(old.metadata)
        both = heapq.merge(_pictures(parts, picture), _sound(film, sounds), key=_time)
        for packet in both:
            result.mux(packet)


def _pictures(parts: list[Path], to: object) -> Iterator[object]:
    for part in parts:
        with av.open(str(part)) as file:
            for packet in file.demux(video=0):
                if packet.size:
                    packet.dts = packet.pts  # no frame waits for a later one (bf=0)
                    packet.stream = to
                    yield packet


def _sound(film: object, to: dict[int, object]) -> Iterator[object]:
    if not to:
        return
    for packet in film.demux(*film.streams.audio):
        if packet.size and packet.dts is not None:
            packet.stream = to[packet.stream.index]
            yield packet


def _time(packet: object) -> Fraction:
    return packet.dts * packet.time_base
