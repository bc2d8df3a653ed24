"""Downloads: fetch a file whole or not at all, and say in one sentence what came in the way."""

import errno
import http.client
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pooch
import requests
import urllib3
from tqdm import tqdm

from helpers import photos

try:
    import fcntl
except ImportError:  # on Windows, where a file that is open cannot be deleted
    fcntl = None

CACHE = pooch.os_cache("color-from-gray")
TIMEOUT = 10  # seconds without an answer before a download gives up
TRICKLE = (30_000, 30)  # and so does one that gets fewer bytes than that in so many seconds
UNFINISHED, IN_USE = "unfinished-", "in use"  # the name of a folder to work in, and its mark
YOUNG = 60  # seconds in which a program may have made a folder, and not yet hold it


class DownloadError(photos.PhotoError):
    """What cannot be fetched or kept; the message says what, why, and what to do."""


class TooSlow(requests.Timeout):
    """A download of which next to nothing arrives."""


def download(url: str, known_hash: str, into: str | Path, instead: str) -> Path:
    """Fetch a file with a progress bar, unless it is there already, and return its path.

    ``known_hash`` is its checksum, like ``"sha256:4c54..."``; ``instead`` says what to do without.

    Raises:
        DownloadError: the file cannot be reached or kept, or is not what it should be.
    """
    into = Path(into)
    file = into / url.rsplit("/", 1)[-1]
    algorithm, checksum = known_hash.split(":")
    if not file.is_file() or pooch.file_hash(file, algorithm) != checksum:
        with workplace(into, instead) as scratch:
            fetch(url, known_hash, scratch, instead).replace(file)
    return file


def fetch(url: str, known_hash: str, into: Path, instead: str) -> Path:
    """Fetch a file with a progress bar, see that it is whole, and return its path.

    Raises:
        DownloadError: the file cannot be reached, or is not what it should be.
        OSError: it cannot be kept.
    """

    def write(url: str, draft: str, _: object) -> None:
        with requests.get(url, timeout=TIMEOUT, stream=True) as answer, open(draft, "wb") as file:
            answer.raise_for_status()
            size = int(answer.headers.get("Content-Length", 0)) or None
            with tqdm(total=size, unit="B", unit_scale=True, file=sys.stdout) as progress:
                for piece in pieces(answer):
                    file.write(piece)
                    progress.update(len(piece))

    try:
        name = url.rsplit("/", 1)[-1]
        return Path(pooch.retrieve(url, known_hash, name, into, downloader=write))
    except requests.RequestException as error:
        raise DownloadError(f"{url} {fault(error)}, or {instead}.") from error
    except ValueError as error:  # pooch's word for a wrong checksum
        raise DownloadError(
            f"{url} arrived damaged, or has been changed: try again later, or {instead}."
        ) from error


def pieces(answer: requests.Response) -> Iterator[bytes]:
    """Yield the bytes of an answer as they arrive.

    Raises:
        requests.RequestException: the connection broke, or so little comes that none will do.
    """
    least, seconds = TRICKLE
    count, since = 0, time.monotonic()
    try:
        while piece := answer.raw.read1(2**18, decode_content=True):
            yield piece
            count += len(piece)
            if time.monotonic() - since > seconds:
                if count < least:
                    raise TooSlow
                count, since = 0, time.monotonic()
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError from error


def fault(error: requests.RequestException) -> str:
    """Say what came in the way of a download, and what to do."""
    if isinstance(error, TooSlow):
        return "came too slowly: try again later"
    if error.response is None:  # nobody answered, or not to the end
        return "cannot be reached: connect to the internet and try again"
    status = error.response.status_code
    words = http.client.responses.get(status, "no reason given")
    return f"cannot be had, for the server answers {status} ({words}): try again later"


def unpack(archive: Path, into: Path, instead: str) -> None:
    """Unpack an archive into a folder.

    Raises:
        DownloadError: the archive is broken, or would write outside of the folder.
        OSError: there is no room.
    """
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(into, filter="data")
    except Exception as error:  # tarfile has many words for what can be wrong
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DownloadError(
            f"{archive.name} cannot be unpacked ({type(error).__name__}): try again later, "
            f"or {instead}."
        ) from error


@contextmanager
def workplace(home: Path, instead: str) -> Iterator[Path]:
    """Lend a folder inside ``home``, which goes when the work is done.

    Raises:
        DownloadError: ``home`` cannot be written to, or has no room.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=home) as scratch:
            with open(Path(scratch) / IN_USE, "w") as mark:
                with suppress(OSError):  # some network drives know no locks
                    _hold(mark)
                yield Path(scratch)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            words = "has no room for a download: free 500 MB and try again"
        else:
            words = f"cannot be written to ({error.strerror}): name another folder as home"
        raise DownloadError(f"{home} {words}, or {instead}.") from error


def _sweep(home: Path) -> None:
    """Remove the folders that programs left in ``home`` when they were killed."""
    for mark in home.glob(f"{UNFINISHED}*/{IN_USE}"):
        with suppress(OSError):  # a program that runs still holds its mark
            if time.time() - mark.stat().st_mtime < YOUNG:
                continue
            with open(mark) as file:
                _hold(file)
            mark.unlink()
            shutil.rmtree(mark.parent)


def _hold(file: IO) -> None:
    """Hold a file until it is closed or the program ends; an OSError, if another holds it."""
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
