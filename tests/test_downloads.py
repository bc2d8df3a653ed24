import csv
import errno
import gzip
import hashlib
import io
import itertools
import os
import re
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image
from test_datasets import flat, jpeg

from helpers import datasets, downloads, photos

# ---- flowers: the download ----

FLOWERS = {
    "flower_photos/LICENSE.txt": b"CC BY 2.0",
    "flower_photos/daisy/1.jpg": jpeg(flat((1, 1, 0))),
    "flower_photos/daisy/2.jpg": jpeg(flat((1, 1, 1))),
    "flower_photos/roses/1.jpg": jpeg(flat((1, 0, 0))),
}
PHOTOS = sorted(name for name in FLOWERS if name.endswith(".jpg"))


def archive(files: dict[str, bytes], *links: tuple[str, str]) -> bytes:
    """Pack files, and links as pairs of name and target, into a .tgz."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        for name, target in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return file.getvalue()


class Server(ThreadingHTTPServer):
    """A server on this machine that offers one archive."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.archive = archive(FLOWERS)
        self.status = 200
        self.sent = None  # so many bytes only
        self.pause = 0  # seconds after each byte
        self.visitors = 1  # so many must have come before the first is served
        self.requests = 0
        self.sending = False  # to somebody
        self.arrived = threading.Condition()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        with server.arrived:
            server.requests += 1
            server.arrived.notify_all()
            server.arrived.wait_for(lambda: server.requests >= server.visitors, timeout=5)
        self.send_response(server.status)
        self.send_header("Content-Length", str(len(server.archive)))
        self.end_headers()
        with server.arrived:
            server.sending = True
            server.arrived.notify_all()
        content = server.archive[: server.sent]
        step = 1 if server.pause else len(content)
        with suppress(ConnectionError):
            for start in range(0, len(content), step):
                self.wfile.write(content[start : start + step])
                time.sleep(server.pause)

    def log_message(self, *_: object) -> None:
        pass


def point_at(monkeypatch: pytest.MonkeyPatch, port: int, content: bytes = b"") -> None:
    monkeypatch.setattr(datasets, "FLOWERS", f"http://127.0.0.1:{port}/flower_photos.tgz")
    monkeypatch.setattr(datasets, "FLOWERS_SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(datasets, "FLOWERS_COUNT", len(PHOTOS))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server; keywords replace the server's attributes."""
    with ExitStack() as started:

        def start(**attributes: object) -> Server:
            server = Server()
            vars(server).update(attributes)
            started.enter_context(running(server))
            point_at(monkeypatch, server.server_port, server.archive)
            return server

        yield start


def expect_error(home: Path, advice: str) -> None:
    """Expect one sentence that tells what to do, and nothing left behind."""
    with pytest.raises(downloads.DownloadError) as caught:
        datasets.flowers(home)
    message = str(caught.value)
    assert advice in message
    assert "try again" in message
    assert message.startswith(f"{datasets.FLOWERS} ")
    rest = message.replace(datasets.FLOWERS, "").replace("datasets.outdoors()", "")
    assert rest.endswith(".")
    assert rest.count(".") == 1
    assert "\n" not in rest
    assert list(home.iterdir()) == []


def names(files: list[Path], home: Path) -> list[str]:
    return [file.relative_to(home).as_posix() for file in files]


def test_flowers_downloads_photos_and_tidies_up(tmp_path: Path, offer: Callable) -> None:
    offer()
    home = tmp_path / "not" / "there yet"
    files = datasets.flowers(home)
    assert names(files, home) == PHOTOS
    assert [file.read_bytes() for file in files] == [FLOWERS[name] for name in PHOTOS]
    assert (home / "flower_photos/LICENSE.txt").read_bytes() == b"CC BY 2.0"
    assert [path.name for path in home.iterdir()] == ["flower_photos"]


def test_flowers_downloads_once(tmp_path: Path, offer: Callable) -> None:
    server = offer()
    first = datasets.flowers(str(tmp_path))
    assert datasets.flowers(tmp_path) == first
    assert server.requests == 1


def test_flowers_shows_its_progress(
    tmp_path: Path, offer: Callable, capsys: pytest.CaptureFixture
) -> None:
    offer()
    datasets.flowers(tmp_path)
    assert "100%" in capsys.readouterr().out


def test_flowers_may_be_called_twice_at_once(tmp_path: Path, offer: Callable) -> None:
    server = offer(visitors=2)
    with ThreadPoolExecutor() as pool:
        for files in pool.map(datasets.flowers, [tmp_path] * 2):
            assert names(files, tmp_path) == PHOTOS
    assert server.requests == 2
    assert [path.name for path in tmp_path.iterdir()] == ["flower_photos"]


def test_flowers_refuses_another_archive(
    tmp_path: Path, offer: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer()
    monkeypatch.setattr(datasets, "FLOWERS_SHA256", "0" * 64)
    expect_error(tmp_path, "try again later")


def test_flowers_says_that_there_is_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = time.monotonic()
    with socket.socket() as deaf:  # bound, but not listening
        deaf.bind(("127.0.0.1", 0))
        point_at(monkeypatch, deaf.getsockname()[1])
        expect_error(tmp_path, "connect to the internet")
    assert time.monotonic() - start < 5


def test_flowers_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "TIMEOUT", 0.5)
    start = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        point_at(monkeypatch, mute.getsockname()[1])
        expect_error(tmp_path, "connect to the internet")
    assert time.monotonic() - start < 5


def test_flowers_can_be_called_again_after_a_download_was_cut_off(
    tmp_path: Path, offer: Callable
) -> None:
    server = offer()
    server.sent = len(server.archive) // 2
    expect_error(tmp_path, "try again")
    server.sent = None
    assert names(datasets.flowers(tmp_path), tmp_path) == PHOTOS


def test_flowers_can_be_called_again_after_an_interruption(
    tmp_path: Path, offer: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack = tarfile.TarFile.extractall

    def interrupted(*args: object, **options: object) -> None:
        unpack(*args, **options)
        raise KeyboardInterrupt

    offer()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(tarfile.TarFile, "extractall", interrupted)
        datasets.flowers(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert names(datasets.flowers(tmp_path), tmp_path) == PHOTOS


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "404 (Not Found)"),
        (500, "500 (Internal Server Error)"),
        (599, "599 (no reason given)"),
    ],
)
def test_flowers_says_what_the_server_answers(
    tmp_path: Path, offer: Callable, status: int, words: str
) -> None:
    offer(status=status)
    expect_error(tmp_path, f"the server answers {words}: try again later, or go on with")


def test_flowers_gives_up_when_next_to_nothing_arrives(
    tmp_path: Path, offer: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "TRICKLE", (1000, 0.5))
    server = offer(pause=0.05)
    start = time.monotonic()
    expect_error(tmp_path, "came too slowly: try again later")
    assert time.monotonic() - start < 0.05 * len(server.archive) / 2  # it did not wait for the end


def test_flowers_waits_for_a_slow_download(
    tmp_path: Path, offer: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "TRICKLE", (10, 0.2))
    offer(pause=0.001)
    assert names(datasets.flowers(tmp_path), tmp_path) == PHOTOS


FETCH = """
import sys
from helpers import datasets

datasets.FLOWERS, datasets.FLOWERS_COUNT = sys.argv[1], 3
datasets.flowers(sys.argv[2])
"""


@pytest.mark.parametrize("kill", [subprocess.Popen.kill, subprocess.Popen.terminate])
def test_what_a_killed_program_leaves_goes_with_the_next_call(
    tmp_path: Path, offer: Callable, kill: Callable
) -> None:
    server = offer(pause=0.05)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", FETCH, datasets.FLOWERS, str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as program:
        with server.arrived:
            assert server.arrived.wait_for(lambda: server.sending, timeout=120)
        (left,) = tmp_path.iterdir()
        os.utime(left / downloads.IN_USE, (0, 0))
        with pytest.raises(downloads.DownloadError):  # this call leaves alone what is in use
            server.status = 404
            datasets.flowers(tmp_path)
        assert left.is_dir()
        kill(program)
    os.utime(left / downloads.IN_USE)
    with pytest.raises(downloads.DownloadError):
        datasets.flowers(tmp_path)
    assert left.is_dir()  # so young, it may be of a program that begins
    os.utime(left / downloads.IN_USE, (0, 0))
    with pytest.raises(downloads.DownloadError):
        datasets.flowers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_flowers_says_that_its_folder_cannot_be_written_to(tmp_path: Path, offer: Callable) -> None:
    offer()
    (tmp_path / "file").touch()
    homes = [tmp_path / "file", tmp_path / "file" / "folder"]
    if sys.platform == "linux":
        homes.append(Path("/proc/self/fdinfo"))  # read-only, for root too
    words = "^{} cannot be .*: name another folder"
    for home in homes:
        with pytest.raises(downloads.DownloadError, match=words.format(home)):
            datasets.flowers(home)
        with pytest.raises(downloads.DownloadError, match=words.format(home)):
            downloads.download(datasets.FLOWERS, "sha256:0", home, "")


@pytest.mark.parametrize("full", ["retrieve", "unpack", "_fill"])
def test_flowers_says_that_there_is_no_room(
    tmp_path: Path, offer: Callable, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_up(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    offer()
    place = {"retrieve": downloads.pooch, "unpack": downloads, "_fill": datasets}[full]
    monkeypatch.setattr(place, full, fill_up)
    with pytest.raises(downloads.DownloadError, match=f"^{tmp_path} has no room .*: free 500 MB"):
        datasets.flowers(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("here", [[], PHOTOS[:1], ["flower_photos/mine.txt", PHOTOS[1]]])
def test_flowers_fills_up_a_folder_that_is_not_whole(
    tmp_path: Path, offer: Callable, here: list[str]
) -> None:
    (tmp_path / "flower_photos").mkdir()
    for name in here:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"what was here")
    server = offer()
    for _ in range(2):
        assert names(datasets.flowers(tmp_path), tmp_path) == PHOTOS
    assert server.requests == 1
    assert all((tmp_path / name).read_bytes() == b"what was here" for name in here)


def special(name: str, kind: bytes = tarfile.REGTYPE, **attributes: object) -> bytes:
    """Pack the flowers and, before them, an entry of an uncommon kind."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.type = kind
        for attribute, value in attributes.items():
            setattr(entry, attribute, value)
        tar.addfile(entry)
        for other in tarfile.open(fileobj=io.BytesIO(archive(FLOWERS))):
            tar.addfile(other, io.BytesIO(FLOWERS[other.name]))
    return file.getvalue()


def packed(content: bytes) -> bytes:
    return gzip.compress(content, 1)


BROKEN = {
    "empty": b"",
    "text": b"<html>Log in</html>",
    "zip": b"PK\3\4" + bytes(100),
    "text in gzip": packed(b"Dear diary" * 100),
    "cut": archive(FLOWERS)[:-600],
    "cut in the first header": packed(gzip.decompress(archive(FLOWERS))[:300]),
    "cut in a photo": packed(gzip.decompress(archive(FLOWERS))[:2000]),
    "bad deflate": archive(FLOWERS)[:60] + bytes(50) + archive(FLOWERS)[110:],
    "pipe": special("flower_photos/pipe", tarfile.FIFOTYPE),
    "device": special("flower_photos/zero", tarfile.CHRTYPE, devmajor=1, devminor=5),
    "hard link to nothing": special("flower_photos/1.jpg", tarfile.LNKTYPE, linkname="nothing"),
    "hard link above": special("flower_photos/1.jpg", tarfile.LNKTYPE, linkname="../../x"),
    "file where a folder is needed": special("flower_photos/daisy"),
    "folder where a photo is": special("flower_photos/daisy/1.jpg", tarfile.DIRTYPE),
    "name that is too long": special("flower_photos/" + "x" * 300),
    "unknown kind": special("flower_photos/odd", b"Z"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_flowers_refuses_an_archive_that_cannot_be_unpacked(
    tmp_path: Path, offer: Callable, content: bytes
) -> None:
    offer(archive=content)
    message = r"^flower_photos\.tgz cannot be unpacked \(\w+\): try again later, or .*\.$"
    with pytest.raises(downloads.DownloadError, match=message):
        datasets.flowers(tmp_path)
    assert list(tmp_path.iterdir()) == []


HARMLESS = {
    "twice": special(PHOTOS[0]),
    "nobody may read it": special("flower_photos/closed", mode=0),
    "a closed folder": special("flower_photos/daisy", tarfile.DIRTYPE, mode=0),
    "setuid": special("flower_photos/tool", mode=0o4777),
    "of somebody else": special("flower_photos/his", uid=2**20, gname="nobody-here"),
    "a name in Latin-1": special("flower_photos/f\udcfcr"),
    "of a time before all others": special("flower_photos/old", mtime=-(2**62)),
    "not compressed": gzip.decompress(archive(FLOWERS)),
}


@pytest.mark.parametrize("content", HARMLESS.values(), ids=HARMLESS)
def test_flowers_takes_an_archive_with_harmless_oddities(
    tmp_path: Path, offer: Callable, content: bytes
) -> None:
    offer(archive=content)
    files = datasets.flowers(tmp_path)
    assert names(files, tmp_path) == PHOTOS
    assert [file.read_bytes() for file in files] == [FLOWERS[name] for name in PHOTOS]
    assert [path.name for path in tmp_path.iterdir()] == ["flower_photos"]
    assert all(path.stat().st_mode & 0o7000 == 0 for path in tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("files", "links"),
    [
        pytest.param({"../evil.jpg": b""}, [], id="above"),
        pytest.param({"flower_photos/../../../evil.jpg": b""}, [], id="far above"),
        pytest.param({}, [("flower_photos/tulips", "../../..")], id="link above"),
        pytest.param({}, [("flower_photos/tulips", "/")], id="link to the root"),
    ],
)
def test_flowers_refuses_an_archive_that_leaves_its_folder(
    tmp_path: Path, offer: Callable, files: dict, links: list
) -> None:
    offer(archive=archive(FLOWERS | files, *links))
    with pytest.raises(downloads.DownloadError, match="cannot be unpacked"):
        datasets.flowers(tmp_path / "home")
    assert list(tmp_path.rglob("*")) == [tmp_path / "home"]


def test_flowers_writes_no_file_to_an_absolute_path(tmp_path: Path, offer: Callable) -> None:
    offer(archive=archive(FLOWERS | {f"{tmp_path}/evil.jpg": b""}))
    datasets.flowers(tmp_path / "home")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["flower_photos"]


# ---- people and places: one download a photo ----

LISTED = [f"openimages/{i:016x}" for i in range(12)] + [f"food/{i:07}" for i in range(4)]
PHOTO = jpeg(flat((1, 0.5, 0), 200, 300))


class PhotoServer(ThreadingHTTPServer):
    """A server on this machine that offers photos at the addresses that the sources use."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), PhotoAnswer)
        parts = ["train", "validation", "test"]
        self.offers = {
            f"/{parts[i % 3] if source == 'openimages' else 'root'}/{name}.jpg": PHOTO
            for i, (source, name) in enumerate(entry.split("/") for entry in LISTED)
        }
        self.sent = None  # so many bytes only
        self.missing = 404  # the answer for what is not there
        self.asked = []

    def lose(self, entry: str) -> None:
        """Offer a photo no longer."""
        name = entry.split("/")[1]
        self.offers = {path: photo for path, photo in self.offers.items() if name not in path}


class PhotoAnswer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for many photos

    def do_GET(self) -> None:
        server = self.server
        server.asked.append(self.path)
        content = server.offers.get(self.path, server.missing)
        status, content = (content, b"") if isinstance(content, int) else (200, content)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: server.sent])
        self.close_connection = server.sent is not None

    def log_message(self, *_: object) -> None:
        pass


def lead_to(monkeypatch: pytest.MonkeyPatch, port: int, data: Path) -> None:
    """Point the sources to this machine, with a list of few photos."""
    host = f"http://127.0.0.1:{port}"
    parts = [f"{host}/{part}/{{}}.jpg" for part in ("train", "validation", "test")]
    food = [f"{host}/root/{{}}.jpg", f"{host}/images/{{}}.jpg"]
    monkeypatch.setattr(datasets, "ADDRESSES", {"openimages": parts, "food": food})
    monkeypatch.setattr(downloads, "TIMEOUT", 30)
    monkeypatch.setattr(photos, "DATA", data)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    lines = [",".join(reversed(entry.split("/"))) for entry in LISTED]
    (data / "people_and_places.csv").write_text("\n".join(["id,source", *lines]))


@pytest.fixture
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, listed: Path) -> Iterator[PhotoServer]:
    server = PhotoServer()
    lead_to(monkeypatch, server.server_port, listed)
    with running(server):
        yield server


def entries(files: list[Path]) -> list[str]:
    return [f"{file.parent.name}/{file.stem}" for file in files]


def left_behind(home: Path) -> set[str]:
    """Name what lies in a home besides the photos."""
    paths = [path for path in home.rglob("*") if path.is_file()]
    folders = {home, home / "people_and_places"}
    strays = {path.name for path in home.iterdir()} - {"people_and_places"}
    return strays | {p.name for p in paths if p.suffix != ".jpg" or p.parent in folders}


def expect_no_photos(home: Path, advice: str) -> None:
    """Expect one sentence that tells what to do, and nothing left behind."""
    with pytest.raises(downloads.DownloadError) as caught:
        datasets.people_and_places(home)
    message = str(caught.value)
    assert advice in message
    assert message.startswith("http://127.0.0.1:")
    assert message.endswith("or go on with datasets.outdoors(), which is here already.")
    assert message.count(". ") == 0
    assert "\n" not in message
    assert list(home.iterdir()) == []


def test_the_list_of_people_and_places_is_whole() -> None:
    with open(photos.DATA / "people_and_places.csv", newline="") as table:
        rows = list(csv.DictReader(table))
    counts = Counter(row["source"] for row in rows)
    assert counts == {"openimages": 4590, "food": 945}
    assert set(counts) == set(datasets.ADDRESSES)
    assert len({row["id"] for row in rows}) == len(rows)
    pattern = {"openimages": r"[0-9a-f]{16}", "food": r"\d{7}"}
    assert all(re.fullmatch(pattern[row["source"]], row["id"]) for row in rows)


def test_every_address_names_a_photo() -> None:
    for addresses in datasets.ADDRESSES.values():
        for address in addresses:
            assert re.fullmatch(r"https://[\w./-]+/\{\}\.jpg", address)


def test_people_and_places_arrive_small(tmp_path: Path, web: PhotoServer) -> None:
    home = tmp_path / "not" / "there yet"
    files = datasets.people_and_places(home)
    assert entries(files) == sorted(LISTED)
    for file in files:
        assert file.parent.parent == home / "people_and_places"
        with Image.open(file) as image:
            assert (image.format, image.size) == ("JPEG", (240, 160))
        np.testing.assert_allclose(photos.load(file)[80, 120], (1, 0.5, 0), atol=0.02)
    assert left_behind(home) == set()


def test_people_and_places_keep_the_size_of_a_smaller_photo(
    tmp_path: Path, web: PhotoServer
) -> None:
    web.offers = dict.fromkeys(web.offers, jpeg(flat((0, 0, 1), 90, 120)))
    assert photos.load(datasets.people_and_places(tmp_path)[0]).shape == (90, 120, 3)


def test_people_and_places_are_asked_for_in_order(tmp_path: Path, web: PhotoServer) -> None:
    datasets.people_and_places(tmp_path)
    for name, parts in ((0, "train"), (1, "train validation"), (2, "train validation test")):
        asked = [path for path in web.asked if path.endswith(f"/{name:016x}.jpg")]
        assert asked == [f"/{part}/{name:016x}.jpg" for part in parts.split()]


def test_people_and_places_are_fetched_once(tmp_path: Path, web: PhotoServer) -> None:
    first = datasets.people_and_places(str(tmp_path))
    web.asked.clear()
    first[3].unlink()
    assert datasets.people_and_places(tmp_path) == first
    assert {path.split("/")[-1] for path in web.asked} == {first[3].name}
    web.asked.clear()
    assert datasets.people_and_places(tmp_path) == first
    assert web.asked == []


def test_people_and_places_show_their_progress(
    tmp_path: Path, web: PhotoServer, capsys: pytest.CaptureFixture
) -> None:
    datasets.people_and_places(tmp_path)
    assert "fetching photos: " in capsys.readouterr().out


@pytest.mark.parametrize("missing", [403, 404, 410])
def test_people_and_places_remember_what_is_gone(
    tmp_path: Path, web: PhotoServer, missing: int, capsys: pytest.CaptureFixture
) -> None:
    web.missing = missing
    for entry in LISTED[2:4]:
        web.lose(entry)
    files = datasets.people_and_places(tmp_path)
    assert set(LISTED) - set(entries(files)) == set(LISTED[2:4])
    assert "2 photos are no longer there.\n" in capsys.readouterr().out
    web.asked.clear()
    assert datasets.people_and_places(tmp_path) == files
    assert web.asked == []
    assert left_behind(tmp_path) == {"gone.txt"}


def test_people_and_places_do_not_believe_that_a_whole_source_is_gone(
    tmp_path: Path, web: PhotoServer
) -> None:
    whole = web.offers
    web.offers = {path: photo for path, photo in whole.items() if not path.startswith("/root")}
    assert entries(datasets.people_and_places(tmp_path)) == LISTED[:12]
    web.offers = whole
    assert entries(datasets.people_and_places(tmp_path)) == sorted(LISTED)


@pytest.mark.parametrize("answer", [b"<html>Log in</html>", 404, 403])
def test_people_and_places_stop_when_something_is_in_the_way(
    tmp_path: Path, web: PhotoServer, answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "BARREN", 10)
    whole = web.offers
    web.offers = dict.fromkeys(whole, answer)
    expect_no_photos(tmp_path, "try again later")
    web.offers = whole
    assert entries(datasets.people_and_places(tmp_path)) == sorted(LISTED)


def test_people_and_places_skip_what_is_damaged(
    tmp_path: Path, web: PhotoServer, capsys: pytest.CaptureFixture
) -> None:
    web.offers[f"/train/{0:016x}.jpg"] = PHOTO[:-100]
    assert set(LISTED) - set(entries(datasets.people_and_places(tmp_path))) == {LISTED[0]}
    assert "1 photo is damaged, and left out.\n" in capsys.readouterr().out
    assert left_behind(tmp_path) == set()


def test_people_and_places_ask_again_for_what_did_not_arrive(
    tmp_path: Path, web: PhotoServer, capsys: pytest.CaptureFixture
) -> None:
    web.offers[f"/train/{0:016x}.jpg"] = 503
    assert set(LISTED) - set(entries(datasets.people_and_places(tmp_path))) == {LISTED[0]}
    assert "1 photo is still missing: call this again.\n" in capsys.readouterr().out
    web.offers[f"/train/{0:016x}.jpg"] = PHOTO
    assert entries(datasets.people_and_places(tmp_path)) == sorted(LISTED)


def test_people_and_places_keep_no_half_photo(tmp_path: Path, web: PhotoServer) -> None:
    web.sent = len(PHOTO) // 2
    expect_no_photos(tmp_path, "connect to the internet and try again")
    web.sent = None
    assert entries(datasets.people_and_places(tmp_path)) == sorted(LISTED)


def test_people_and_places_say_that_there_is_no_connection(
    tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []
    get = requests.Session.get

    def counted(*args: object, **options: object) -> requests.Response:
        tries.append(args)
        return get(*args, **options)

    with socket.socket() as deaf:  # bound, but not listening
        deaf.bind(("127.0.0.1", 0))
        lead_to(monkeypatch, deaf.getsockname()[1], listed)
        monkeypatch.setattr(requests.Session, "get", counted)
        lines = "".join(f"{i:016x},openimages\n" for i in range(5535))
        (listed / "people_and_places.csv").write_text(f"id,source\n{lines}")
        expect_no_photos(tmp_path, "connect to the internet and try again")
    assert len(tries) < 100  # some more begin before the first few are counted


def test_people_and_places_do_not_wait_for_ever(
    tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        lead_to(monkeypatch, mute.getsockname()[1], listed)
        monkeypatch.setattr(downloads, "TIMEOUT", 0.5)
        expect_no_photos(tmp_path, "connect to the internet and try again")
    assert time.monotonic() - start < 20


def test_people_and_places_keep_what_came_before_the_connection_broke(
    tmp_path: Path, web: PhotoServer
) -> None:
    whole = web.offers
    web.offers = dict.fromkeys(whole, 500) | dict(list(whole.items())[:5])
    with pytest.raises(downloads.DownloadError, match="what has arrived stays"):
        for _ in range(20):  # the order is random
            datasets.people_and_places(tmp_path)
    web.offers = whole
    here = {file.name for file in tmp_path.rglob("*.jpg")}
    web.asked.clear()
    assert entries(datasets.people_and_places(tmp_path)) == sorted(LISTED)
    assert not here & {path.split("/")[-1] for path in web.asked}


def test_people_and_places_go_on_after_an_interruption(
    tmp_path: Path, web: PhotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(done: Iterator, *_: object, **__: object) -> Iterator:
        yield from itertools.islice(done, 3)
        raise KeyboardInterrupt

    for entry in LISTED[2:4]:
        web.lose(entry)
    with monkeypatch.context() as patch:
        patch.setattr(datasets, "DOWNLOADS", 2)
        patch.setattr(datasets, "tqdm", interrupted)
        with pytest.raises(KeyboardInterrupt):
            datasets.people_and_places(tmp_path)
    assert left_behind(tmp_path) <= {"gone.txt"}
    here = {file.name for file in tmp_path.rglob("*.jpg")}
    assert len(here) < len(LISTED) - 2
    web.asked.clear()
    files = datasets.people_and_places(tmp_path)
    assert set(LISTED) - set(entries(files)) == set(LISTED[2:4])
    assert not here & {path.split("/")[-1] for path in web.asked}


def test_people_and_places_may_be_called_twice_at_once(tmp_path: Path, web: PhotoServer) -> None:
    web.lose(LISTED[2])
    with ThreadPoolExecutor() as pool:
        for files in pool.map(datasets.people_and_places, [tmp_path] * 2):
            assert set(LISTED) - set(entries(files)) == {LISTED[2]}
    web.asked.clear()
    assert len(datasets.people_and_places(tmp_path)) == len(LISTED) - 1
    assert web.asked == []
    assert left_behind(tmp_path) == {"gone.txt"}
