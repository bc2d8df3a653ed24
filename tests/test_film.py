"""A film keeps its frames, times and sound; its colors flicker less; what was stopped goes on."""

import functools
import signal
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from helpers import __main__ as command_line
from helpers import classifier, color, colorizer, film, photos

av = pytest.importorskip("av", reason="films need the extra film: python -m pip install av")
RATE, COUNT, SIZE = 25, 24, (64, 48)  # of the films below; SIZE is width and height
TICK = Fraction(1, 1000)


class Painter:
    """A network that gives every photo one color, or with ``moods`` another one each time."""

    def __init__(self, moods: bool = False) -> None:
        self._random = np.random.default_rng(0) if moods else None

    def __call__(self, L: np.ndarray) -> np.ndarray:
        ab = self._random.uniform(-0.4, 0.4, 2) if self._random else (0.3, -0.2)
        return np.broadcast_to(np.float32(ab), (*L.shape[:3], 2))

    predict_on_batch = __call__


def network(moods: bool = False) -> colorizer.Colorizer:
    return colorizer.Colorizer(Painter(moods), size=32)


def paint(photo: np.ndarray, ab: np.ndarray) -> np.ndarray:
    pixels = np.empty(photo.shape, np.uint8)
    colorizer.add_color(photo, ab, out=pixels)
    return pixels


def picture(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Draw a gray frame: a light box that moves to the right, under a light corner."""
    width, height = size
    pixels = np.full((height, width, 3), 100, np.uint8)
    pixels[20:30, number : number + 10] = 200
    pixels[:8, :8] = 240
    return pixels


def make(
    file: Path,
    size: tuple[int, int] = SIZE,
    sound: str = "aac",
    codec: str = "h264",
    pixels: str = "yuv420p",
    uneven: bool = False,
    rotation: int = 0,
    draw: Callable[[int], np.ndarray] | None = None,
) -> Path:
    """Make a small film; ``uneven`` gives its frames different lengths."""
    draw = draw or functools.partial(picture, size=size)
    with av.open(str(file), "w") as out:
        stream = out.add_stream(codec, rate=RATE)
        (stream.width, stream.height), stream.pix_fmt = size, pixels
        if uneven:
            stream.codec_context.time_base = TICK
        if rotation:
            stream.set_display_rotation(rotation)
        if sound:
            track = out.add_stream(sound, rate=44100, layout="mono")
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(draw(number), format="rgb24")
            if uneven:
                frame.pts, frame.time_base = 40 * number + 13 * (number % 3), TICK
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if sound:
            for start in range(0, COUNT * 44100 // RATE - 1024, 1024):
                wave = np.float32(np.sin(np.arange(start, start + 1024) / 16))
                samples = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
                samples.sample_rate, samples.pts = 44100, start
                out.mux(track.encode(samples))
            out.mux(track.encode())
    return file


def frames(file: Path) -> list[np.ndarray]:
    with av.open(str(file)) as opened:
        return [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]


def times(file: Path) -> list[Fraction]:
    with av.open(str(file)) as opened:
        return [frame.pts * frame.time_base for frame in opened.decode(video=0)]


def sound(file: Path) -> list[bytes]:
    with av.open(str(file)) as opened:
        tracks = opened.streams.audio
        return [bytes(one) for one in opened.demux(*tracks) if one.size] if tracks else []


def rate(file: Path) -> Fraction:
    with av.open(str(file)) as opened:
        return opened.streams.video[0].average_rate


def light(pixels: np.ndarray) -> np.ndarray:
    return color.split(np.float32(pixels) / 255)[0]


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "PART", 7)


KINDS = {
    "film.mp4": {},
    "uneven.mp4": {"uneven": True},
    "odd.mkv": {"size": (63, 47), "pixels": "yuv444p"},
    "silent.mov": {"sound": ""},
    "old.avi": {"codec": "mpeg4", "sound": "mp3"},
}


@pytest.mark.parametrize("name", KINDS)
def test_frames_times_rate_light_and_sound_are_kept(name: str, tmp_path: Path) -> None:
    source = make(tmp_path / name, **KINDS[name])
    target = tmp_path / ("colored.mkv" if name == "old.avi" else f"colored{source.suffix}")
    assert film.colored(source, target, network(), paint, "label") == COUNT
    assert max(abs(a - b) for a, b in zip(times(source), times(target), strict=True)) <= TICK
    assert abs(rate(target) - rate(source)) < 0.1
    assert sound(target) == sound(source) and bool(sound(source)) == (name != "silent.mov")
    for before, after in zip(frames(source), frames(target), strict=True):
        height, width = before.shape[:2]
        assert after.shape == (height + height % 2, width + width % 2, 3)
        assert np.abs(light(after[:height, :width]) - light(before)).mean() < 1.5
    _, ab = color.split(np.float32(frames(target)[3][40:, :]) / 255)
    np.testing.assert_allclose(ab.mean(axis=(0, 1)), [0.3 * 128, -0.2 * 128], atol=4)
    assert film.label_of(target) == "label"
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted({name, target.name})


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_a_film_that_lies_on_its_side_comes_out_upright(rotation: int, tmp_path: Path) -> None:
    source = make(tmp_path / "film.mp4", rotation=rotation)
    film.colored(source, tmp_path / "out.mp4", network(), paint, "label")
    with av.open(str(tmp_path / "out.mp4")) as opened:
        first = next(opened.decode(video=0))
        upright, turned = first.to_ndarray(format="rgb24"), first.rotation
    expected = np.rot90(picture(0), rotation // 90)  # counterclockwise, as FFmpeg counts
    assert turned == 0 and upright.shape == expected.shape
    assert np.abs(light(upright) - light(expected)).mean() < 1.5


def stopped_after(count: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Paint some frames; then a person presses Ctrl-C."""
    painted: Iterator[int] = iter(range(count))

    def paint_some(photo: np.ndarray, ab: np.ndarray) -> np.ndarray:
        if next(painted, None) is None:
            signal.raise_signal(signal.SIGINT)
        return paint(photo, ab)

    return paint_some


def test_a_stopped_run_goes_on_and_comes_to_the_same_film(tmp_path: Path) -> None:
    source, target = make(tmp_path / "film.mp4"), tmp_path / "out.mp4"
    film.colored(source, tmp_path / "whole.mp4", network(), paint, "label")
    with pytest.raises(KeyboardInterrupt):
        film.colored(source, target, network(), stopped_after(17), "label")
    assert not target.exists()
    painted = []
    film.colored(source, target, network(), lambda *one: painted.append(1) or paint(*one), "label")
    assert len(painted) == COUNT - 14  # two parts of seven were whole
    for one, other in zip(frames(tmp_path / "whole.mp4"), frames(target), strict=True):
        np.testing.assert_array_equal(one, other)
    assert sound(target) == sound(source) and times(target) == times(source)


def test_work_that_tells_another_label_is_begun_anew(tmp_path: Path) -> None:
    source, target = make(tmp_path / "film.mp4"), tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        film.colored(source, target, network(), stopped_after(17), "boldly")
    painted = []
    film.colored(source, target, network(), lambda *one: painted.append(1) or paint(*one), "label")
    assert len(painted) == COUNT and film.label_of(target) == "label"


def flicker(file: Path) -> float:
    """Return how much the colors of still places change from frame to frame."""
    ab = np.stack([color.split(np.float32(one[32:]) / 255)[1] for one in frames(file)])
    return float(np.linalg.norm(np.diff(ab, axis=0), axis=-1).mean())


def test_colors_flicker_less_than_frame_by_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make(tmp_path / "film.mp4")
    film.colored(source, tmp_path / "steady.mp4", network(moods=True), paint, "label")
    monkeypatch.setattr(film, "steadied", lambda ab, L, before: ab)
    film.colored(source, tmp_path / "each.mp4", network(moods=True), paint, "label")
    assert flicker(tmp_path / "steady.mp4") < 0.4 * flicker(tmp_path / "each.mp4")


def test_colors_stay_where_the_light_stays_and_are_new_where_it_changes() -> None:
    L = np.full((20, 20, 1), 50, np.float32)
    red, blue = np.full((20, 20, 2), [60, 30], np.float32), np.full((20, 20, 2), [0, -60])
    assert (film.steadied(red, L, None) == red).all()
    moved = L.copy()
    moved[:, 10:] = 80
    mixed = film.steadied(blue, moved, (red, L))
    np.testing.assert_allclose(mixed[10, 2], [48, 12], atol=0.01)  # a fifth of the way
    np.testing.assert_allclose(mixed[10, 17], [0, -60])
    grain = L + np.random.default_rng(0).normal(0, 2, L.shape)
    np.testing.assert_allclose(film.steadied(blue, grain, (red, L)).mean((0, 1)), [48, 12], atol=1)
    np.testing.assert_array_equal(film.steadied(blue, L + 20, (red, L)), blue)  # a cut


def test_colors_go_along_with_a_camera_that_turns() -> None:
    scene = photos.hero("castle", 80)
    L, ab = color.split(np.stack([scene[i : i + 64, 2 * i : 2 * i + 64] for i in (0, 1)]))
    moved = film.steadied(0 * ab[1], L[1], (ab[0], L[0]))
    inner = np.s_[2:-4, 2:-4]
    np.testing.assert_allclose(moved[inner], 0.8 * ab[1][inner], atol=0.5)


def test_asking_the_key_frame_gives_its_colors_to_all_frames() -> None:
    scene = photos.hero("castle", 80)
    L, ab = color.split(np.stack([scene[i : i + 64, i : i + 64] for i in (0, 4)]))
    asked = film.ask_key_frame(classifier.encoder(), L, ab)
    assert asked.shape == ab.shape
    assert np.abs(asked[0] - ab[0]).mean() < 6  # soft, for places are 2 x 2 points
    plain = film.ask_key_frame(classifier.encoder(), L, np.stack([ab[0] * 0 + 9, ab[1]]))
    np.testing.assert_allclose(plain, 9, atol=1e-3)


def test_a_film_with_broken_packets_is_colored_as_far_as_it_plays(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (COUNT, 48, 64, 3), np.uint8)
    source = make(tmp_path / "film.mkv", draw=lambda number: noise[number])
    content = bytearray(source.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    source.write_bytes(content)
    assert 1 <= film.colored(source, tmp_path / "out.mkv", network(), paint, "label") <= COUNT


# The command.


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(colorizer, "load", lambda name: Painter())
    return lambda *arguments: command_line.main([str(argument) for argument in arguments])


def test_the_command_colors_a_film_once_and_labels_it(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    make(tmp_path / "film.mp4")
    photos.save(np.float32(picture(0)) / 255, tmp_path / "photo.png")
    assert run("film.mp4", "photo.png") == 0
    said = capsys.readouterr().out
    assert "Photos colored: 1, in colored" in said and "Films colored: 1, in colored" in said
    result = tmp_path / "colored" / "film-colored.mp4"
    assert "colors are a guess" in film.label_of(result)
    before = result.stat().st_mtime_ns
    assert run("film.mp4") == 0
    assert "Colored before in the same way, and left as they are: 1." in capsys.readouterr().out
    assert result.stat().st_mtime_ns == before
    assert run("film.mp4", "--strength", "0") == 0
    assert result.stat().st_mtime_ns > before
    assert len(list((tmp_path / "colored").iterdir())) == 2


def test_a_film_in_a_folder_is_colored_only_when_it_is_named(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    make(tmp_path / "film.mp4")
    photos.save(np.float32(picture(0)) / 255, tmp_path / "photo.png")
    assert run(".", "-o", "out") == 0
    assert "name a film, and it is colored" in capsys.readouterr().out
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["photo-colored.png"]


def test_the_command_puts_gray_and_color_side_by_side(tmp_path: Path, run: Callable) -> None:
    assert run(make(tmp_path / "old.avi", codec="mpeg4", sound=""), "--compare") == 0
    (first, *_) = frames(tmp_path / "colored" / "old-compared.mkv")
    assert first.shape == (48, 2 * 64 + 2, 3)  # one pixel of white, and one to be even
    assert np.ptp(first[40, 10].astype(int)) <= 4 < 20 < np.ptp(first[40, 100].astype(int))


def test_a_film_of_someone_else_is_never_overwritten(tmp_path: Path, run: Callable) -> None:
    (tmp_path / "out").mkdir()
    by_hand = make(tmp_path / "out" / "film-colored.mp4")
    before = by_hand.read_bytes()
    assert run(make(tmp_path / "film.mp4"), "-o", "out") == 0
    assert by_hand.read_bytes() == before
    assert (tmp_path / "out" / "film-colored-2.mp4").exists()


def test_the_command_stopped_says_that_it_goes_on(
    tmp_path: Path,
    run: Callable,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    make(tmp_path / "film.mp4")
    picture_of = command_line._picture
    stop = stopped_after(17)
    monkeypatch.setattr(command_line, "_picture", lambda photo, ab, options: stop(photo, ab))
    signal.signal(signal.SIGINT, lambda *_: pytest.fail("This is for a stop while it loads."))
    assert run("film.mp4") == 130
    assert "goes on where it stopped, with the same command" in capsys.readouterr().out
    assert list((tmp_path / "colored").glob("*.mp4")) == []
    monkeypatch.setattr(command_line, "_picture", picture_of)
    assert run("film.mp4") == 0
    assert len(frames(tmp_path / "colored" / "film-colored.mp4")) == COUNT


def test_what_is_no_film_gets_one_sentence(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    whole = make(tmp_path / "film.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.mov").touch()
    (tmp_path / "text.mkv").write_text("not a film")
    with av.open(str(tmp_path / "sound.mkv"), "w") as out:
        track = out.add_stream("aac", rate=44100, layout="mono")
        silence = np.zeros((1, 1024), np.float32)
        samples = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        samples.sample_rate = 44100
        out.mux(track.encode(samples))
        out.mux(track.encode())
    bad = ["cut.mp4", "empty.mov", "text.mkv", "sound.mkv", "missing.mp4"]
    assert run(*bad, "film.mp4", "-o", "out") == 1
    said = capsys.readouterr().out
    assert "Films colored: 1" in said and "Not colored: 5." in said
    for name in ("cut.mp4", "empty.mov", "text.mkv"):
        assert f"{name} is no film that can be read, or it is damaged." in said
    assert "sound.mkv holds no picture." in said
    assert "There is no file" in said and "missing.mp4" in said
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["film-colored.mp4"]


def test_without_pyav_the_command_says_what_to_install(
    tmp_path: Path,
    run: Callable,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    make(tmp_path / "film.mp4")
    monkeypatch.setattr(film, "av", None)
    assert run("film.mp4") == 1
    assert "to color films, install PyAV: python -m pip install av" in capsys.readouterr().out
