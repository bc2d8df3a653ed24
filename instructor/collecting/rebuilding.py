"""The answers of a submission, put into the course's own notebook, so that no test can change."""

import base64
import binascii
import copy
import re
from urllib.parse import quote, unquote

import nbformat

from instructor import exercises

ELSEWHERE = "(No answer here: see the cells around this one.)"
HANDED_IN = "**As handed in,** the cell above showed this to its author:"
LONGEST_OUTPUT = 3000  # characters of what a cell showed
LARGEST_PICTURE = 5 * 2**20  # characters of base64
_ATTACHED = re.compile(r"<attachment:([^>\n]+)>|attachment:([^\s)\"'>\]]+)")
_MISSING = base64.b64encode(
    b'<svg xmlns="http://www.w3.org/2000/svg" width="320" height="40"><rect width="320" height="40"'
    b' fill="#eee"/><text x="10" y="25" font-family="sans-serif" font-size="14">This picture was '
    b"not in the file.</text></svg>"
).decode()


def rebuilt(
    submission: nbformat.NotebookNode, source: nbformat.NotebookNode
) -> tuple[nbformat.NotebookNode, list[str]]:
    """Put the answers, and the cells a learner has added, into the course's own notebook.

    What the cells of the challenge showed to the learner stands below them, for a person to judge.
    Returns the notebook, and notes on what was restored.
    """
    released = exercises.learners_copy(source)
    stubs = sources(released)
    known = places(submission, source)
    notes, cells, used = [], [], set(known.values())
    showed: dict[int, list] = {}  # by the cell in the notebook made: what it showed
    copies = [
        cell for n, cell in enumerate(submission.cells) if n not in used and _copies(cell, source)
    ]
    if copies:
        notes.append(f"{len(copies)} of its cells were there twice: the last one counts")
    added = {id(cell) for cell in submission.cells} - {id(submission.cells[n]) for n in used}
    after = -1

    def take_added(until: int | None) -> None:
        for one in submission.cells[after + 1 : until]:
            if id(one) in added and one.source.strip():
                plain = _plain(one)
                showed[id(plain)] = one.metadata.get("showed", [])
                cells.append(plain)

    for cell in released.cells:
        kind = exercises.role(cell)
        if cell.id in known:
            number = known[cell.id]
            if number > after:  # what the learner has put between
                take_added(number)
                after = number
            handed_in = submission.cells[number]
            edited = handed_in.source.strip() != cell.source.strip()
            if kind in ("answer", "challenge"):
                cell.source = handed_in.source
                if cell.cell_type == "markdown" and handed_in.get("attachments"):
                    cell["attachments"] = copy.deepcopy(handed_in.attachments)
                showed[id(cell)] = handed_in.metadata.get("showed", [])
            elif kind == "test" and edited:
                notes.append(f"{cell.id} was edited: restored")
            elif edited and cell.id != "setup":  # another import, say: both run
                cells.append(cell)
                cell = _plain(handed_in)
        elif kind in ("answer", "challenge") and cell.id != "challenge_work":
            notes.append(f"{cell.id} is missing: no answer")
        elif kind == "test":
            notes.append(f"{cell.id} was deleted: restored")
        cells.append(cell)
    take_added(None)
    if _mark_challenge_elsewhere(cells, stubs):
        notes.append("the challenge's own cell is empty: see those around it")
    if lost := sum(_complete_attachments(cell) for cell in cells):
        notes.append(f"pictures that were not in the file: {lost}")
    released.cells = _with_what_was_shown(cells, showed)
    return released, notes


def places(notebook: nbformat.NotebookNode, source: nbformat.NotebookNode) -> dict[str, int]:
    """Find the cells of the course in a submission: id of the source -> number of the cell.

    By nbgrader's mark, the cell's id, or what the cell defines or calls; the last copy counts.
    """
    known = {cell.id: cell for cell in source.cells}
    found_places: dict[str, int] = {}
    for key in ("was", "id"):
        found = {}
        for number, cell in enumerate(notebook.cells):
            if cell.metadata.get(key) in known:
                found[cell.metadata[key]] = number
        found_places = {**found, **found_places}
    for id, cell in known.items():
        sign = _sign(cell)
        if id not in found_places and sign:
            for number, one in enumerate(notebook.cells):
                if number not in found_places.values() and sign.search(one.source):
                    found_places[id] = number
    return found_places


def _sign(cell: nbformat.NotebookNode) -> re.Pattern | None:
    """Return by what a cell of the course is known when it has lost its marks."""
    kind, lines = exercises.role(cell), cell.source.splitlines()
    name = re.escape(cell.id.removesuffix("_check"))
    if kind == "answer":
        return re.compile(rf"^(?:def {name}\(|{name} *=|class {name}\b)", re.M)
    if kind == "test":
        return re.compile(rf"^checks\.{name}\(", re.M)
    if kind == "challenge":  # its question stands above the answer
        return re.compile(rf"\A\s*{re.escape(lines[0])}")
    return re.compile(rf"\A{re.escape(cell.source)}\s*\Z") if cell.source else None


def _mark_challenge_elsewhere(cells: list[nbformat.NotebookNode], stubs: dict[str, str]) -> bool:
    """Mark the challenge for a person if its cell is empty, but not what stands around it.

    nbgrader gives an untouched cell no points, and shows it to nobody. Returns whether it did.
    """
    ids = [cell.id for cell in cells]
    [place] = [n for n, cell in enumerate(cells) if exercises.role(cell) == "challenge"]
    around = cells[ids.index("about-challenge") + 1 :]
    if cells[place].source.strip() != stubs[ids[place]].strip() or all(
        cell.source.strip() == stubs.get(cell.id, "").strip() for cell in around
    ):
        return False
    cells[place].source += f"\n\n{ELSEWHERE}"
    return True


def _complete_attachments(cell: nbformat.NotebookNode) -> int:
    """Let every picture that a text names be found; return how many are not there.

    nbconvert takes names as they are written, and stops at one that is missing.
    """
    if cell.cell_type != "markdown":
        return 0
    lost = 0
    for match in _ATTACHED.finditer(cell.source):
        name = match[1] or match[2]
        kept = cell.setdefault("attachments", nbformat.NotebookNode())
        picture = next((kept[one] for one in (name, unquote(name)) if one in kept), None)
        lost += picture is None
        for spelling in {name, unquote(name), quote(unquote(name))}:
            kept.setdefault(spelling, picture or {"image/svg+xml": _MISSING})
    return lost


def _with_what_was_shown(
    cells: list[nbformat.NotebookNode], showed: dict[int, list]
) -> list[nbformat.NotebookNode]:
    """Put what the challenge's cells showed below them: a graded run may end before it shows it."""
    result, in_challenge = [], False
    for cell in cells:
        result.append(cell)
        in_challenge = in_challenge or cell.id == "about-challenge"
        outputs = showed.get(id(cell), []) if cell.cell_type == "code" and in_challenge else []
        if made := _shown(outputs, f"{cell.id}-handed-in"):
            result.append(made)
    return result


def _shown(outputs: list, id: str) -> nbformat.NotebookNode | None:
    """Make a text of what a cell showed: only words and pictures, for nothing else is harmless."""
    words, pictures = "", {}
    for output in outputs:
        if not isinstance(output, dict):
            continue
        data = output.get("data") if isinstance(output.get("data"), dict) else {}
        picture = next((kind for kind in ("image/png", "image/jpeg") if kind in data), None)
        if picture:
            content = "".join(_lines(data[picture]).split())
            if len(content) <= LARGEST_PICTURE and _is_base64(content):
                name = f"picture-{len(pictures) + 1}.{picture[6:]}"
                pictures[name] = {picture: content}
        elif output.get("output_type") == "error":
            words += f"{_lines(output.get('ename', ''))}: {_lines(output.get('evalue', ''))}\n"
        else:
            words += _lines(output.get("text", data.get("text/plain", "")))
    if not words.strip() and not pictures:
        return None
    parts = [HANDED_IN]
    if words.strip():
        fence = "~" * (max(map(len, re.findall("~+", words)), default=2) + 1)
        words = words[:LONGEST_OUTPUT] + ("\n..." if len(words) > LONGEST_OUTPUT else "")
        parts.append(f"{fence}\n{words.strip()}\n{fence}")
    parts += [
        f"![Picture {number} of the author's own run](attachment:{name})"
        for number, name in enumerate(pictures, 1)
    ]
    made = nbformat.v4.new_markdown_cell("\n\n".join(parts), id=id[:64])
    if pictures:
        made["attachments"] = nbformat.from_dict(pictures)
    return made


def _lines(content: object) -> str:
    text = "".join(map(str, content)) if isinstance(content, list) else str(content)
    return text.encode("utf-8", "replace").decode()


def _is_base64(content: str) -> bool:
    try:
        return bool(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        return False


def challenge_of(notebook: nbformat.NotebookNode, stubs: dict[str, str]) -> str:
    """Return the learner's words in the challenge of a collected notebook, or nothing."""
    for cell in notebook.cells:
        own = cell.source != stubs.get(cell.id) and ELSEWHERE not in cell.source
        if exercises.role(cell) == "challenge" and own:
            return cell.source
    return ""


def sources(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Return what the cells hold, by their ids."""
    return {cell.id: cell.source for cell in notebook.cells}


def _copies(cell: nbformat.NotebookNode, source: nbformat.NotebookNode) -> bool:
    known = {one.id for one in source.cells if exercises.role(one)}
    return bool({cell.metadata.get("was"), cell.metadata.get("id")} & known)


def _plain(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    plain = copy.deepcopy(cell)
    plain.metadata = nbformat.NotebookNode()
    return plain
