"""Tables as CSV files: for Excel, which must run nothing, and from any LMS."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

# Excel and LibreOffice run a cell that begins so; "-3" and "+1.5" are numbers
_FORMULA = re.compile(r"'*[=+\-@\t\r](?![\d.,]*$)")


def escaped(value: object) -> object:
    """Put an apostrophe before what a spreadsheet would run."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def plain(value: str) -> str:
    """Take the apostrophe away again."""
    return value[1:] if value.startswith("'") and _FORMULA.match(value[1:]) else value


def write(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Path:
    """Write a table, under another name first, so that it is never half a table."""
    new = file.with_name(f"{file.name}.new")
    # with a mark at its beginning, by which Excel knows its letters
    with open(new, "w", encoding="utf-8-sig", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(columns)
        writer.writerows([escaped(row.get(column, "")) for column in columns] for row in rows)
    return new.replace(file)


def read(file: Path) -> list[dict[str, str]]:
    """Read a table, with commas, semicolons or tabs between; no file is an empty table."""
    if not file.exists():
        return []
    text = file.read_bytes().decode("utf-8-sig", "replace")
    first = text.partition("\n")[0]
    between = max(",;\t", key=first.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=between)
    return [
        {name.strip(): plain((value or "").strip()) for name, value in row.items() if name}
        for row in rows
    ]
