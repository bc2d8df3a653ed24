"""The command line colors what it can, loses nothing, and says what it could not."""

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from helpers import __main__ as command_line
from helpers import color, colorizer, engine, metrics, photos, share

ROOT = Path(__file__).parent.parent
UNET = colorizer.load("unet")
GRAY = color.to_gray(photos.hero("castle", 48))


@pytest.fixture(autouse=True)
def one_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load the shipped network once for all tests, and keep it nowhere."""
    monkeypatch.setattr(colorizer, "load", lambda name: UNET)
    monkeypatch.setattr(engine, "find", lambda name: None)
    monkeypatch.setattr(engine, "wanted", lambda name: None)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: command_line.main([str(argument) for argument in arguments])


def write(file: Path, photo: np.ndarray = GRAY) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    photos.save(photo, file)
    return file


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_photo_is_colored_and_labeled_and_its_light_stays(tmp_path: Path, run: Callable) -> None:
    source = write(tmp_path / "old.png")
    before = source.read_bytes()
    assert run(source, "-o", "out") == 0
    assert source.read_bytes() == before
    result = photos.load(tmp_path / "out" / "old-colored.png")
    assert result.shape == GRAY.shape and metrics.colorfulness(result) > 5
    assert np.abs(color.split(result)[0] - color.split(GRAY)[0]).mean() < 0.5
    with Image.open(tmp_path / "out" / "old-colored.png") as image:
        assert "colors are a guess" in image.getexif()[0x010E]


def test_all_networks_but_that_of_dots_can_be_chosen_and_the_best_one_is_the_default() -> None:
    assert {*command_line.NETWORKS, "hints"} == set(colorizer.NETWORKS)
    assert command_line.NETWORKS[0] == colorizer.DEFAULT


def test_the_page_that_colors_photos_labels_them_alike(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    code = (share.PAGE / "label.js").read_text("utf-8")
    assert f'LABEL = "{command_line.LABEL}"' in code
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = command_line.LABEL
    for name in ("a.png", "saved in the page-colored.png"):
        photos.to_image(GRAY).save(tmp_path / name, exif=exif if "page" in name else None)
    assert run(".", "-o", "out") == 0
    assert names(tmp_path / "out") == ["a-colored.png"]


@pytest.mark.parametrize("name", command_line.NETWORKS)
def test_a_network_is_chosen_by_its_name(
    name: str, tmp_path: Path, run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(colorizer, "load", lambda name: asked.append(name) or UNET)
    assert run(write(tmp_path / "old.png"), "--network", name) == 0
    assert asked == [name] and (colorizer.MODELS / f"{name}.npz").exists()


def test_a_folder_keeps_its_structure_and_bad_files_are_listed(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    write(tmp_path / "box" / "a.jpg")
    write(tmp_path / "box" / "aunt" / "a.jpg")
    (tmp_path / "box" / "cut.jpg").write_bytes((tmp_path / "box" / "a.jpg").read_bytes()[:300])
    (tmp_path / "box" / "empty.png").touch()
    (tmp_path / "box" / "text.jpg").write_text("not a photo")
    (tmp_path / "box" / "notes.txt").write_text("skipped and named: it claims to be no photo")
    assert run("box", "missing.jpg", "-o", "out") == 1
    assert names(tmp_path / "out") == ["a-colored.jpg", "aunt/a-colored.jpg"]
    said = capsys.readouterr().out
    assert (
        "Photos colored: 2, in out, by the network pretrained." in said
        and "Not colored: 4." in said
    )
    for file in ("cut.jpg is damaged", "empty.png is empty", "text.jpg is not an image"):
        assert file in said
    assert "There is no file" in said and "missing.jpg" in said
    assert "Skipped, for it cannot be read as a photo: notes.txt." in said


def test_photos_of_one_name_both_survive(tmp_path: Path, run: Callable) -> None:
    light = np.clip(GRAY + 0.3, 0, 1)
    paths = write(tmp_path / "1" / "a.jpg"), write(tmp_path / "2" / "a.jpg", light)
    assert run(*paths, paths[0], "-o", "out") == 0
    assert names(tmp_path / "out") == ["a-colored-2.jpg", "a-colored.jpg"]
    means = [photos.load(file).mean() for file in sorted((tmp_path / "out").iterdir())]
    assert means[0] > means[1] + 0.1


@pytest.mark.parametrize("name", ["a-colored.jpg", "A-COLORED.jpg"])
def test_a_source_is_never_overwritten(name: str, tmp_path: Path, run: Callable) -> None:
    sources = write(tmp_path / "a.jpg"), write(tmp_path / name, np.clip(GRAY + 0.3, 0, 1))
    before = [source.read_bytes() for source in sources]
    assert run(".", "-o", ".") == 0
    assert [source.read_bytes() for source in sources] == before
    assert len(names(tmp_path)) == 4


def test_a_picture_of_someone_else_is_never_overwritten(tmp_path: Path, run: Callable) -> None:
    by_hand = write(tmp_path / "out" / "a-colored.jpg")
    before = by_hand.read_bytes()
    assert run(write(tmp_path / "a.jpg"), "-o", "out") == 0
    assert by_hand.read_bytes() == before
    assert names(tmp_path / "out") == ["a-colored-2.jpg", "a-colored.jpg"]


def test_a_link_in_the_output_does_not_lead_to_a_source(tmp_path: Path, run: Callable) -> None:
    source = write(tmp_path / "a.jpg")
    before = source.read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a-colored.jpg").symlink_to(source)
    assert run(source, "-o", "out") == 0
    assert source.read_bytes() == before


def test_a_second_run_replaces_results_and_colors_none_of_them(
    tmp_path: Path, run: Callable
) -> None:
    write(tmp_path / "a.jpg")
    for strength in ("1", "0"):
        assert run(".", "-o", "colored", "--strength", strength) == 0
        assert names(tmp_path) == ["a.jpg", "colored/a-colored.jpg"]
    assert metrics.colorfulness(photos.load(tmp_path / "colored" / "a-colored.jpg")) < 1


def test_the_dials(tmp_path: Path, run: Callable) -> None:
    write(tmp_path / "a.png")
    results = {}
    for dial in ("--strength=1", "--strength=0", "--saturation=2", "--temperature=40"):
        assert run("a.png", dial) == 0
        results[dial] = photos.load(tmp_path / "colored" / "a-colored.png")
    assert metrics.colorfulness(results["--strength=0"]) < 1
    vivid = metrics.colorfulness(results["--saturation=2"])
    assert vivid > 1.3 * metrics.colorfulness(results["--strength=1"])
    warm, plain = (color.split(results[d])[1].mean() for d in ("--temperature=40", "--strength=1"))
    assert warm > plain + 5


def test_compare_shows_both_halves(tmp_path: Path, run: Callable) -> None:
    write(tmp_path / "a.png")
    assert run("a.png", "--compare") == 0
    both = photos.load(tmp_path / "colored" / "a-compared.png")
    assert both.shape == (48, 97, 3)
    assert metrics.colorfulness(both[:, :48]) < 1 < metrics.colorfulness(both[:, 49:])


def test_what_has_colors_is_named(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    write(tmp_path / "tulips.jpg", photos.hero("tulips", 64))
    write(tmp_path / "sepia.png", np.clip(GRAY * np.float32([1, 0.85, 0.6]), 0, 1))
    assert run("tulips.jpg", "sepia.png") == 0
    assert (
        "Only the light was used of what has colors already: tulips.jpg." in capsys.readouterr().out
    )


def save_turned(file: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    photos.to_image(photos.resize(GRAY, 20, 40)).save(file, exif=turned)


def save_16_bit(file: Path) -> None:
    Image.fromarray((GRAY[..., 0] * 65535).astype(np.uint16)).save(file)


ODD = {
    "turned.jpg": (save_turned, (40, 20), ".jpg"),
    "deep.png": (save_16_bit, (48, 48), ".png"),
    "clear.png": (lambda file: Image.new("LA", (9, 7), (90, 128)).save(file), (7, 9), ".png"),
    "print.jpg": (lambda file: Image.new("CMYK", (9, 7), (9, 9, 9, 90)).save(file), (7, 9), ".jpg"),
    "palette.gif": (lambda file: Image.new("P", (9, 7), 3).save(file), (7, 9), ".png"),
    "scan.tif": (lambda file: Image.new("L", (9, 7), 90).save(file), (7, 9), ".png"),
    "dot.png": (lambda file: Image.new("1", (1, 1), 1).save(file), (1, 1), ".png"),
    "panorama.jpeg": (lambda file: Image.new("L", (900, 5), 90).save(file), (5, 900), ".jpeg"),
}


@pytest.mark.parametrize("name", ODD)
def test_any_kind_of_photo_comes_out_upright_and_whole(
    name: str, tmp_path: Path, run: Callable
) -> None:
    make, shape, suffix = ODD[name]
    make(tmp_path / name)
    assert run(name) == 0
    result = tmp_path / "colored" / f"{Path(name).stem}-colored{suffix}"
    assert photos.load(result).shape == (*shape, 3)
    with Image.open(result) as image:
        assert image.size == shape[::-1]


def test_a_stop_from_the_keyboard_leaves_whole_files_only(
    tmp_path: Path, run: Callable, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for name in ("a.png", "b.png"):
        write(tmp_path / name)
    replace = os.replace

    def stop_at_b(source: Path, target: Path) -> None:
        if target.stem == "b-colored":
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", stop_at_b)
    assert run(".", "-o", "out") == 130
    assert names(tmp_path / "out") == ["a-colored.png"]
    assert "Stopped. Photos colored: 1, in out." in capsys.readouterr().out


def test_an_output_that_is_a_file_is_refused_in_one_sentence(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "out").write_text("mine")
    assert run(write(tmp_path / "a.png"), "-o", "out") == 1
    assert capsys.readouterr().out == "out cannot be the folder for results: File exists.\n"
    assert (tmp_path / "out").read_text() == "mine"


def test_an_empty_folder_is_named(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "box").mkdir()
    assert run("box") == 1
    assert "box holds no images: put JPEG or PNG files into it." in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["a.jpg", "--strength", "2"], ["a.jpg", "--strength=x"]])
def test_wrong_arguments_end_with_2(arguments: list[str], run: Callable) -> None:
    with pytest.raises(SystemExit) as stop:
        run(*arguments)
    assert stop.value.code == 2


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    shutil.copy(photos.FOLDER / "historic" / "castle_clinton.jpg", tmp_path)
    command = [sys.executable, "-m", "helpers", tmp_path, "nothing.jpg", "-o", tmp_path / "out"]
    nowhere = {**os.environ, "XDG_CACHE_HOME": os.devnull}  # no network is kept
    done = subprocess.run(command, cwd=ROOT, env=nowhere, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "Photos colored: 1" in done.stdout and "nothing.jpg" in done.stdout
    assert "coloring: 100%" in done.stderr and "Traceback" not in done.stderr
    assert photos.load(tmp_path / "out" / "castle_clinton-colored.jpg").shape == (512, 649, 3)


@pytest.mark.parametrize("ending", sorted(photos.SUFFIXES & {".avif", ".jfif", ".jpe", ".jp2"}))
def test_every_format_that_can_be_read_is_found_in_a_folder(
    ending: str, tmp_path: Path, run: Callable
) -> None:
    write(tmp_path / "box" / f"a{ending}")
    assert run("box", "-o", "out") == 0
    kept = ending if ending in command_line.FORMATS else ".png"
    assert names(tmp_path / "out") == [f"a-colored{kept}"]


def test_a_folder_that_may_not_be_read_is_named(
    tmp_path: Path, run: Callable, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    write(tmp_path / "box" / "a.jpg")
    write(tmp_path / "box" / "locked" / "b.jpg")
    scan = os.scandir

    def refuse(folder: str) -> object:
        if str(folder).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert run("box", "-o", "out") == 1
    assert names(tmp_path / "out") == ["a-colored.jpg"]
    assert "locked cannot be read: Permission denied." in capsys.readouterr().out


def test_results_of_two_photos_of_one_name_never_meet(tmp_path: Path, run: Callable) -> None:
    paths = [write(tmp_path / "A" / "p.jpg"), write(tmp_path / "B" / "p.jpg", 1 - GRAY)]
    for source in paths:
        assert run(source, "-o", "out") == 0
    assert names(tmp_path / "out") == ["p-colored-2.jpg", "p-colored.jpg"]
    results = [photos.load(tmp_path / "out" / name) for name in names(tmp_path / "out")]
    assert np.abs(results[0] - results[1]).mean() > 0.1


def written(folder: Path) -> dict[str, int]:
    return {name: (folder / name).stat().st_mtime_ns for name in names(folder)}


def test_a_second_run_goes_on_where_the_first_ended(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    for name in ("a.jpg", "b.png"):
        write(tmp_path / "box" / name)
    assert run("box", "-o", "out") == 0
    before = {
        name: (tmp_path / "out" / name).stat().st_mtime_ns for name in names(tmp_path / "out")
    }
    write(tmp_path / "box" / "c.jpg")
    write(tmp_path / "box" / "a.jpg", 1 - GRAY)  # another photo under the same name
    capsys.readouterr()
    assert run("box", "-o", "out") == 0
    said = capsys.readouterr().out
    assert "Photos colored: 2" in said and "left as they are: 1." in said
    after = written(tmp_path / "out")
    assert list(after) == ["a-colored.jpg", "b-colored.png", "c-colored.jpg"]
    assert [name for name in before if before[name] == after[name]] == ["b-colored.png"]
    assert run("box", "-o", "out", "--network", "unet") == 0
    assert names(tmp_path / "out") == list(after)
    assert "Photos colored: 3" in capsys.readouterr().out


def annotated(file: Path) -> None:
    """Write a photo with what cameras and archives note in it."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Åsa".encode()
    exif[ExifTags.Base.ImageDescription] = "Aunt Emma, 1931"
    exif[ExifTags.Base.Copyright] = "The archive"
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.DateTimeOriginal: "1931:05:01 12:00:00"}
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (59.0, 51.0, 30.0), 3: "E", 4: (17.0, 38.0, 0.0)}
    file.parent.mkdir(parents=True, exist_ok=True)
    photos.to_image(GRAY).save(file, exif=exif, dpi=(600, 600))


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
@pytest.mark.parametrize("option", [[], ["--no-position"]])
def test_what_a_photo_says_of_itself_is_kept(
    name: str, option: list[str], tmp_path: Path, run: Callable
) -> None:
    annotated(tmp_path / name)
    assert run(name, *option, "-o", "out") == 0
    [result] = (tmp_path / "out").iterdir()
    with Image.open(result) as image:
        exif = image.getexif()
        assert exif[ExifTags.Base.ImageDescription].startswith(command_line.LABEL)
        assert exif[ExifTags.Base.ImageDescription].endswith("Caption: Aunt Emma, 1931")
        assert exif[ExifTags.Base.Artist].encode("latin-1").decode() == "Åsa"
        assert exif[ExifTags.Base.Copyright] == "The archive"
        taken = exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal]
        assert taken == "1931:05:01 12:00:00"
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        assert (place == {}) if option else (tuple(map(float, place[2])) == (59, 51, 30))
        assert [round(float(one)) for one in image.info["dpi"]] == [600, 600]


def test_nonsense_in_the_tags_stops_nothing(tmp_path: Path, run: Callable) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ann"
    content = io.BytesIO()
    photos.to_image(GRAY).save(content, "JPEG", exif=exif)
    tag = b"\x01\x3b\x00\x02"  # Artist, text
    assert content.getvalue().count(tag) == 1
    for kind in (b"\x00\x05", b"\x00\x0c", b"\xff\xff"):  # fractions, doubles, no type at all
        (tmp_path / "a.jpg").write_bytes(content.getvalue().replace(tag, tag[:2] + kind))
        assert run("a.jpg", "-o", "out") == 0
    (tmp_path / "a.jpg").write_bytes(content.getvalue().replace(b"MM\x00*", b"MM\xff*"))
    assert run("a.jpg", "-o", "out") == 0
    assert names(tmp_path / "out") == ["a-colored.jpg"]


def test_a_full_disk_leaves_no_half_a_photo(
    tmp_path: Path, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    resource = pytest.importorskip("resource")
    write(tmp_path / "a.png", np.random.default_rng(0).random((200, 200, 3), np.float32))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        assert run("a.png", "-o", "out") == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(tmp_path / "out") == []
    said = capsys.readouterr().out
    assert "the result cannot be written" in said and "Photos colored: 0" in said


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
def test_a_name_that_is_no_text_is_named_all_the_same(
    tmp_path: Path, run: Callable, capsysbinary: pytest.CaptureFixture
) -> None:
    folder = os.fsencode(tmp_path)
    shutil.copy(write(tmp_path / "a.jpg", photos.hero("tulips", 64)), folder + b"/ros\xe9.jpg")
    with open(folder + b"/bad\xe9.jpg", "wb") as file:
        file.write(b"no photo")
    assert run(".", "-o", "out") == 1
    said = capsysbinary.readouterr().out
    assert b"ros\\udce9.jpg" in said and b"bad\\udce9.jpg is not an image" in said
    assert os.path.exists(folder + b"/out/ros\xe9-colored.jpg")


@pytest.mark.parametrize("module", ["tqdm", "keras"])
def test_a_stop_while_it_loads_is_one_line(module: str, tmp_path: Path) -> None:
    stop = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    (tmp_path / f"{module}.py").write_text(stop)
    write(tmp_path / "a.jpg")
    command = [sys.executable, "-m", "helpers", "a.jpg"]
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")
    assert done.stdout == "Stopped before anything was done.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_a_stop_at_any_moment_shows_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "helpers", "a.jpg"]
    write(tmp_path / "a.jpg")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    for moment in (0, 0.05, 0.1, 0.2, 0.4, 0.8):
        run = subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes)
        while not run.stderr.readline().endswith(" helpers\n"):  # Python itself has started
            assert run.poll() is None
        time.sleep(moment)
        run.send_signal(signal.SIGINT)
        said, complaint = run.communicate(timeout=60)
        assert "Traceback" not in complaint, moment
        assert run.returncode == 130 and "Stopped" in said, moment


def test_a_room_holds_so_many_pixels_and_a_large_photo_goes_alone() -> None:
    room, inside, most = command_line.Room(10), [], []

    def enter(pixels: int) -> None:
        with room.of(pixels):
            inside.append(pixels)
            most.append(list(inside))
            time.sleep(0.01)
            inside.remove(pixels)

    threads = [threading.Thread(target=enter, args=[n]) for n in (4, 3, 2, 50, 6, 1, 10, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(most) == 8 and inside == []
    assert all(sum(one) <= 10 or one == [50] for one in most)
