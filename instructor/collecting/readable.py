"""Is it readable: files out of folders and zip files, notebooks out of files.

Every file is opened on its own: what is wrong with one is said of that one, and stops no other.
"""

import json
import os
import re
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import nbformat

from instructor import exercises
from instructor.collecting.rebuilding import places
from instructor.collecting.records import File, Unreadable

LARGEST = 200 * 2**20  # bytes of a file, or of all that a student's zip file holds
DEEPEST = 3  # zip files in each other
_LINK = re.compile(
    r"https?://(?:colab\.research\.google\.com|drive\.google\.com|colab\.app)[^\s\"'<>)]*"
)
_KINDS = {  # what is no notebook, by its name's end
    ".py": "a Python file",
    ".pdf": "a PDF",
    ".html": "a web page",
    ".htm": "a web page",
    ".docx": "a Word file",
    ".doc": "a Word file",
    ".txt": "a text",
    ".md": "a text",
    ".zip": "a zip file",
    ".rar": "an archive that cannot be opened here",
    ".7z": "an archive that cannot be opened here",
    ".url": "a link",
    ".webloc": "a link",
    ".gdoc": "a link",
}
_ASK = "ask for the notebook (File > Download > .ipynb)"


def opened(given: Path, folder: Path) -> list[File]:
    """List the files of a folder, a zip file or a notebook; what is packed is unpacked to a folder.

    Raises:
        Unreadable: there is no such folder or file, it is empty, or no zip file at all.
    """
    if given.is_dir():
        top = [
            File(_clean(one.relative_to(given).as_posix()), one, _moment(one))
            for one in sorted(given.rglob("*"))
            if one.is_file()
        ]
    elif given.suffix == ".ipynb" and given.exists():
        return [File(_clean(given.name), given, _moment(given))]
    else:
        top = list(_of_archive(given, folder))
    # judged by its name below what was given: the course may lie in a hidden folder
    # a zip file in a folder may be the download itself: its files' own times count
    found = [
        one
        for file in top
        for one in _unpacked(file, folder, None if given.is_dir() else file.moment)
        if not _is_noise(one.name)
    ]
    if not found:
        raise Unreadable(f"{given} holds no files.")
    return _numbered(sorted(found))


def _numbered(files: list[File]) -> list[File]:
    """Give files of one name, which a zip file may hold, names of their own."""
    names: set[str] = set()
    result = []
    for file in files:
        path, number, name = PurePosixPath(file.name), 1, file.name
        while name in names:
            number += 1
            name = path.with_name(f"{path.stem} ({number}){path.suffix}").as_posix()
        names.add(name)
        result.append(file._replace(name=name))
    return result


def _of_archive(archive: Path, folder: Path) -> Iterator[File]:
    try:
        with zipfile.ZipFile(archive) as content:
            yield from _entries(content, folder, "")
    except FileNotFoundError:
        raise Unreadable(f"there is no folder and no zip file {archive}.") from None
    except (zipfile.BadZipFile, OSError) as error:
        raise Unreadable(
            f"{archive} is no zip file that can be read ({error}). Unpack it, and give its folder."
        ) from error


def _unpacked(file: File, folder: Path, handed_in: datetime | None, depth: int = 1) -> list[File]:
    """Open a zip file, handed in at some time; if that fails, it stands for itself, and why."""
    if not file.name.lower().endswith(".zip") or file.problem:
        return [file]
    try:
        if depth > DEEPEST:
            raise Unreadable(f"zip files in zip files, more than {DEEPEST} deep")
        with zipfile.ZipFile(file.place) as content:
            if sum(entry.file_size for entry in content.infolist()) > LARGEST:
                raise Unreadable(f"unpacked it would be larger than {LARGEST // 2**20} MB")
            inside = [
                one._replace(moment=handed_in or one.moment)
                for one in _entries(content, folder, f"{file.name}/")
                if not _is_noise(one.name)
            ]
        found = [
            deeper for one in inside for deeper in _unpacked(one, folder, handed_in, depth + 1)
        ]
        return found or [file._replace(problem="an empty zip file")]
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        return [file._replace(problem=f"a zip file that cannot be opened ({error})")]
    except Unreadable as why:
        return [file._replace(problem=str(why))]


def _entries(content: zipfile.ZipFile, folder: Path, above: str) -> Iterator[File]:
    for entry in content.infolist():
        if entry.is_dir():
            continue
        handle, path = tempfile.mkstemp(dir=folder)  # no name in a zip file can do harm there
        os.close(handle)
        place, problem = Path(path), ""
        try:
            if entry.file_size > LARGEST:
                raise Unreadable(f"it is larger than {LARGEST // 2**20} MB")
            with content.open(entry) as packed, open(place, "wb") as target:
                shutil.copyfileobj(packed, target)
        except Unreadable as why:
            problem = str(why)
        except RuntimeError:
            problem = "it is locked with a password"
        except Exception as error:  # zipfile, zlib, bz2 and lzma have errors of their own
            problem = f"damaged in the zip file ({error})"
        try:
            moment = (
                datetime(*entry.date_time).astimezone(UTC) if entry.date_time[0] > 1980 else None
            )
        except (ValueError, OverflowError):
            moment = None  # a date that no calendar has
        yield File(_clean(above + entry.filename), place, moment, problem)


def _clean(name: str) -> str:
    """Write a name in letters that any file can hold, and as a path that stays where it is put."""
    name = name.replace("\\", "/").encode("utf-8", "replace").decode()
    name = "".join("?" if unicodedata.category(letter) == "Cc" else letter for letter in name)
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", "..", ".")]
    return PurePosixPath(*parts).as_posix() if parts else "unnamed"


def _moment(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _is_noise(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def notebook(file: File) -> nbformat.NotebookNode:
    """Read a notebook, in whatever state it is.

    Raises:
        Unreadable: it is no notebook.
    """
    if file.problem:
        raise Unreadable(file.problem)
    content = file.place.read_bytes()
    named = ".ipynb" in PurePosixPath(file.name).name.lower()
    try:
        return _notebook(content)
    except Unreadable as why:
        if named:
            raise
        raise Unreadable(_what(file, content)) from why


def _what(file: File, content: bytes) -> str:
    """Say what a file is that is no notebook."""
    text = content[:100_000].decode("utf-8", "replace")
    suffix = PurePosixPath(file.name).suffix.lower()
    if suffix not in (".pdf", ".docx") and (link := _LINK.search(text)):
        return f"a link to {link[0]}, and no notebook: {_ASK}"
    return f"{_KINDS.get(suffix, 'a file')}, and no notebook: {_ASK}"


def is_hand_in(name: str) -> bool:
    """Tell whether a file of this name may be an answer; Brightspace's own index.html is none."""
    file = PurePosixPath(name.lower())
    return ".ipynb" in name.lower() or (file.suffix in _KINDS and file.name != "index.html")


def _notebook(content: bytes) -> nbformat.NotebookNode:
    if not content.strip():
        raise Unreadable("the file is empty")
    try:
        found = json.loads(content)  # finds UTF-8, 16 and 32 by itself
    except UnicodeDecodeError:
        raise Unreadable("no notebook: it is no text file") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"broken JSON in line {error.lineno}: {error.msg}") from None
    except RecursionError:
        raise Unreadable("broken JSON: its brackets are nested too deeply") from None
    except ValueError as error:  # a number of too many digits
        raise Unreadable(f"broken JSON: {error}") from None
    note = ""
    if isinstance(found, dict) and "worksheets" in found:
        found, note = _of_format_3(found), "saved in the old format 3: read as format 4"
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise Unreadable("no notebook: it has no cells")
    if not found["cells"]:
        raise Unreadable("the notebook has no cells")
    cells = []
    for cell in found["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") in ("code", "markdown", "raw"):
            cells.append(_cell(cell, len(cells)))
    if any("\ufffd" in cell.source for cell in cells) and b"\xef\xbf\xbd" not in content:
        note = "a character that no text can hold was replaced"
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["note"] = note
    return made


def _of_format_3(found: dict) -> dict:
    """Convert a notebook of before 2015.

    Raises:
        Unreadable: nbformat cannot.
    """
    try:
        return nbformat.convert(nbformat.from_dict({"nbformat_minor": 0, **found}), 4)
    except Exception as error:  # it trusts what it reads
        raise Unreadable(
            "saved in the old format 3, and damaged: ask to open it in Jupyter and save it again"
        ) from error


def _cell(cell: dict, number: int) -> nbformat.NotebookNode:
    """Keep of a cell what it says, its pictures, what it is to the course, and what it showed."""
    make = getattr(nbformat.v4, f"new_{cell['cell_type']}_cell")
    made = make(_text(cell.get("source", "")), id=f"submitted-{number}")  # the same whenever read
    marks = cell["metadata"].get("nbgrader") if isinstance(cell.get("metadata"), dict) else None
    made.metadata["was"] = str(marks.get("grade_id")) if isinstance(marks, dict) else None
    made.metadata["id"] = str(cell.get("id", ""))
    outputs = cell.get("outputs")
    made.metadata["showed"] = outputs if isinstance(outputs, list) else []
    if cell["cell_type"] == "markdown" and isinstance(cell.get("attachments"), dict):
        made["attachments"] = nbformat.from_dict(
            {
                _text(name): {_text(kind): _text(data) for kind, data in picture.items()}
                for name, picture in cell["attachments"].items()
                if isinstance(picture, dict) and picture
            }
        )
    return made


def _text(content: object) -> str:
    """Join a text's lines; half a character (a lone surrogate) becomes a question mark."""
    text = "".join(map(str, content)) if isinstance(content, list) else str(content)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def exercise(notebook: nbformat.NotebookNode) -> str:
    """Tell by its content which exercise a notebook is.

    Raises:
        Unreadable: it is none of this course.
    """
    code = "\n".join(cell.source for cell in notebook.cells)
    if match := re.search(r"from helpers\.checks import (ex\d\d)", code):
        return match[1]
    best = {
        name[:4]: len(set(places(notebook, exercises.read(name)))) for name in exercises.names()
    }
    found = max(best, key=best.get)
    if best[found] < 2:
        raise Unreadable("no exercise of this course: none of its cells is known")
    return found
