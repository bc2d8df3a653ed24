"""A fork's address: one command stamps it into the files, and by it Colab fetches the course."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
OLD, NEW = REPOSITORY.removeprefix("https://github.com/"), "ada-l/my-course.2"


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """Copy what carries the address, with a notebook in a folder further down."""
    (tmp_path / "notebooks" / "exercises").mkdir(parents=True)
    for file in (ROOT / "notebooks").glob("*.[ip]*"):
        shutil.copy(file, tmp_path / "notebooks")
    shutil.copy(ROOT / "notebooks" / "00_start_here.ipynb", tmp_path / "notebooks" / "exercises")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def stamp(fork: Path, *address: str) -> subprocess.CompletedProcess:
    program = [sys.executable, fork / "notebooks" / "address.py"]
    return subprocess.run([*program, *address], capture_output=True, text=True)


def contents(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_an_address_is_stamped_everywhere_and_back(fork: Path) -> None:
    before = contents(fork)
    assert stamp(fork, NEW).returncode == 0
    after = contents(fork)
    notebooks = sorted(fork.rglob("*.ipynb"))
    assert len(notebooks) > 4
    for file in [fork / "pyproject.toml", fork / "README.md", *notebooks]:
        text = after[file].decode()
        assert f"github.com/{NEW}" in text
        assert OLD not in text.replace(f"my-{OLD}", "")
    for file in notebooks:
        text = after[file].decode()
        assert f"colab.research.google.com/github/{NEW}/blob/main/notebooks/" in text
        assert f"mybinder.org/v2/gh/{NEW}/main" in text
        nbformat.validate(nbformat.reads(text, 4))
    assert stamp(fork, OLD).returncode == 0
    assert contents(fork) == before


def test_links_to_other_repositories_stay(fork: Path) -> None:
    others = f"https://github.com/{OLD}-2/x https://github.com/emilwallner/y data/{OLD}"
    (fork / "notebooks" / "other.ipynb").write_text(others)
    stamp(fork, NEW)
    assert (fork / "notebooks" / "other.ipynb").read_text() == others


@pytest.mark.parametrize(
    "address", [(), ("name",), ("https://github.com/a/b",), ("a/b/c",), ("a b/c",), ("a", "b/c")]
)
def test_a_wrong_address_gets_a_sentence_and_changes_nothing(fork: Path, address: tuple) -> None:
    before = contents(fork)
    run = stamp(fork, *address)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "make address REPO=owner/name" in run.stderr
    assert contents(fork) == before


class Colab:
    """Google Colab's kernel as far as the setup cell meets it, and the course on a Git server."""

    def __init__(self, folder: Path) -> None:
        self.content, self.remote = folder / "content", folder / "remote"
        self.content.mkdir()
        shutil.copytree(ROOT / "helpers", self.remote / "helpers")
        for words in ("init --quiet", "add .", "commit --quiet --message=course"):
            name = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
            subprocess.run(["git", *name, *words.split()], cwd=self.remote, check=True)

    def session(self, *cells: str) -> subprocess.CompletedProcess:
        """Run cells in a fresh kernel; the course's address leads to the server above."""
        start = "import sys, types; sys.modules['google.colab'] = types.ModuleType('colab')"
        program = "\n".join([start, *cells]).replace("/content/", f"{self.content.as_posix()}/")
        redirect = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.remote.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": REPOSITORY,
        }
        run = [sys.executable, "-c", program]
        environment = {**os.environ, **redirect, "PYTHONPATH": "", "COURSE_FAST": "0"}
        return subprocess.run(
            run, cwd=self.content, env=environment, capture_output=True, text=True
        )


SETUP = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", 4).cells[2].source
WHERE = "print(root, [folder for folder in sys.path if folder == str(root)])"


def test_in_colab_the_course_is_fetched_once_and_then_works_offline(tmp_path: Path) -> None:
    colab = Colab(tmp_path)
    fetched = tmp_path / "content" / "color-from-gray"
    found = f"{fetched} {[str(fetched)]}"

    fresh = colab.session(SETUP, WHERE, "from helpers import course; course.start()")
    assert fresh.returncode == 0, fresh.stderr
    assert fresh.stdout.startswith(found)
    assert "Ready: " in fresh.stdout

    (fetched / "mine.txt").touch()
    shutil.rmtree(colab.remote)  # from here on, offline
    restarted = colab.session(SETUP, SETUP, WHERE)  # the cell runs twice
    assert restarted.returncode == 0, restarted.stderr
    assert restarted.stdout == found + "\n"
    assert (fetched / "mine.txt").exists()


def test_in_colab_a_fetch_that_fails_leaves_nothing_in_the_way_of_the_next(tmp_path: Path) -> None:
    colab = Colab(tmp_path)
    colab.remote.rename(tmp_path / "away")
    assert colab.session(SETUP).returncode != 0
    (tmp_path / "away").rename(colab.remote)
    assert colab.session(SETUP, WHERE).returncode == 0


def test_a_notebook_away_from_the_course_says_so(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", SETUP], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.stderr.splitlines()[-1] == (
        "FileNotFoundError: The course is not here: put this notebook into its folder."
    )
