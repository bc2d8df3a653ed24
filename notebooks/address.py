"""Stamp a fork's address into pyproject.toml, the README, and all badges and setup cells."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
BEFORE = r"(github\.com/|colab\.research\.google\.com/github/|mybinder\.org/v2/gh/)"


def stamp(root: Path, new: str) -> list[Path]:
    """Replace the course's address, "owner/name", by a new one; return the files that changed.

    Raises:
        ValueError: the new address has another form.
    """
    if not re.fullmatch(r"[\w-]+/[\w.-]+", new):
        raise ValueError(f"{new!r} is no address. Say for example: make address REPO=owner/name")
    project = root / "pyproject.toml"
    address = tomllib.loads(project.read_text("utf-8"))["project"]["urls"]["Repository"]
    old = address.removeprefix("https://github.com/")
    known = re.compile(BEFORE + re.escape(old) + r"(?![\w.-])")
    changed = []
    for file in [project, root / "README.md", *sorted((root / "notebooks").rglob("*.ipynb"))]:
        text = file.read_bytes().decode()
        stamped = known.sub(rf"\g<1>{new}", text)
        if stamped != text:
            file.write_bytes(stamped.encode())
            changed.append(file)
    return changed


if __name__ == "__main__":
    try:
        files = stamp(ROOT, " ".join(sys.argv[1:]))
    except ValueError as error:
        sys.exit(str(error))
    print(f"{len(files)} files now name {sys.argv[1]}.")
