import ast
import csv
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from helpers import datasets, workers

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
README = (ROOT / "README.md").read_text("utf-8")
ORDER = re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)  # its table of modules
MODULES = sorted(
    path.relative_to(ROOT / "helpers").as_posix()
    for path in (ROOT / "helpers").rglob("*.py")
    if path != ROOT / "helpers" / "__init__.py"
)
GIT = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
LISTED = [name for name in GIT.stdout.decode().split("\0") if (ROOT / name).is_file()]
WORKERS = "helpers/workers.py"
PROGRAMS = [
    name
    for name in LISTED
    if re.match(r"(helpers|instructor|data)/.*\.py$", name) and name != WORKERS
]


def name_of(module: str) -> str:
    """Return what ORDER calls a file of helpers: a folder counts as one module."""
    return module.split("/")[0].removesuffix(".py")


def credits() -> list[dict[str, str]]:
    with open(DATA / "credits.csv", encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def test_every_photo_has_a_credit_and_every_credit_a_photo() -> None:
    folder = DATA / "photos"
    photos = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert sorted(row["file"] for row in credits()) == photos


def test_no_two_photos_share_a_name() -> None:
    names = [Path(row["file"]).stem for row in credits()]
    assert sorted(names) == sorted(set(names))


def test_no_training_photo_is_a_copy_of_a_hero() -> None:
    heroes = datasets.folder(DATA / "photos" / "heroes")
    _, removed = datasets.clean([*datasets.outdoors(), *heroes])
    copies = {file.name: why for file, why in removed.items() if why.startswith("looks like")}
    assert copies == {}


def test_every_credit_is_complete() -> None:
    for row in credits():
        assert list(row) == ["file", "author", "licence", "source", "changes", "subject"]
        assert all(value.strip() for value in row.values()), row["file"]


def test_data_is_small() -> None:
    photos = [path for path in (DATA / "photos").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in photos) <= 8 * 2**20
    assert all(path.stat().st_size <= 10 * 2**20 for path in (DATA / "models").iterdir())


def test_conda_environment_only_points_to_pyproject() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    python = "python" + PYPROJECT["project"]["requires-python"]
    assert environment["dependencies"] == [python, "pip", {"pip": ["-e ."]}]


@pytest.mark.parametrize("line", LOCK)
def test_lock_has_names_and_versions_only(line: str) -> None:
    assert re.fullmatch(r"[a-z0-9.-]+==[0-9][\w.+!]*( ; [\w.'<>=!()* ]+)?", line)


def test_lock_has_every_dependency() -> None:
    locked = {line.split("==")[0] for line in LOCK}
    project = PYPROJECT["project"]
    needed = sum(project["optional-dependencies"].values(), project["dependencies"])
    names = {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in needed}
    assert names - {project["name"]} <= locked


def test_several_workers_are_tried_with_the_oldest_keras_that_is_allowed() -> None:
    (keras,) = (one for one in PYPROJECT["project"]["dependencies"] if one.startswith("keras"))
    assert keras.startswith(f"keras>={workers.CHECKED[0]}")


def test_no_file_holds_download_addresses() -> None:
    files = [ROOT / name for name in LISTED]
    contents = {file: file.read_bytes() for file in files}
    assert contents
    address = b"files." + b"pythonhosted"  # in two parts: this file is searched as well
    assert [file for file, content in contents.items() if address in content] == []


def test_every_module_has_its_place() -> None:
    assert sorted({name_of(module) for module in MODULES}) == sorted(ORDER)


@pytest.mark.parametrize("module", MODULES)
def test_modules_import_downwards_only(module: str) -> None:
    tree = ast.parse((ROOT / "helpers" / module).read_text("utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = f"helpers.{node.module or ''}".rstrip(".") if node.level else node.module
            names = [f"{source}.{alias.name}" for alias in node.names]
        else:
            continue
        imported |= {name.split(".")[1] for name in names if name.startswith("helpers.")}
    assert imported - {name_of(module)} <= set(ORDER[: ORDER.index(name_of(module))])


@pytest.mark.parametrize("file", PROGRAMS)
def test_only_workers_reach_into_private_parts_of_a_library(file: str) -> None:
    for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [part for alias in node.names for part in alias.name.split(".")]
        elif isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Attribute) and not _is_own(node.value):
            names = [node.attr]
        private = {name for name in names if re.match(r"_(?!_)", name)}
        assert private <= PUBLIC, (file, private)


def test_nothing_else_names_the_inside_of_keras_or_tensorflow() -> None:
    programs = [name for name in LISTED if name.endswith((".py", ".ipynb"))]
    inside = re.compile(r"keras\.src|tensorflow\.python")
    assert [one for one in programs if inside.search((ROOT / one).read_text("utf-8"))] == [WORKERS]


PUBLIC = {"_fields", "_asdict", "_replace", "_exit"}  # and named so to keep out of the way


def _is_own(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")
