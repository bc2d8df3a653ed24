"""Hints at answers that are alike: to each other, to the model answer, to earlier terms.

Code is compared by its tokens, with the learner's own names made one, so that renaming hides
nothing; challenges by their words. What many have in common (there are few ways to split a photo)
does not count. A hint is a reason to talk, never a verdict.
"""

import builtins
import difflib
import html
import io
import itertools
import keyword
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import nbformat

from instructor import collecting, exercises, pages, tables
from instructor.collecting import rebuilding

MODEL = "model answer"
FEWEST = 15  # runs of tokens or words that a text must have of its own
LEAST = 0.5  # share of the shorter one's runs that the longer one has too
MOST = 60  # pairs that are shown, the most alike first
_LENGTH = {"code": 6, "challenge": 4}  # of a run
_STYLE = """
table.diff { font: .8rem/1.3 monospace; }
table.diff td { border: 0; padding: 0 .3rem; white-space: pre-wrap; word-break: break-word; }
.diff_add, .diff_sub, .diff_chg { background: #ffe08a; text-decoration: underline; }
.diff_next { display: none; }
td.diff_header { white-space: nowrap; word-break: normal; }
summary { cursor: pointer; padding: .3rem 0; }
"""


class Text(NamedTuple):
    """An answer: whose, of what kind ("code" or "challenge"), and its runs of tokens."""

    owner: str
    kind: str
    source: str
    runs: frozenset[tuple[str, ...]]


class Pair(NamedTuple):
    """Two answers that are alike, and the share of the shorter one that is in the other."""

    exercise: str
    one: Text
    other: Text
    share: float


def write(course: Path, which: Sequence[str], earlier: Sequence[Path]) -> list[Pair]:
    """Write similar.csv and similar.html into the course, and return the pairs."""
    found = [pair for exercise in which for pair in pairs(course, exercise, earlier)]
    found = sorted(found, key=lambda pair: -pair.share)[:MOST]
    rows = [
        {
            "exercise": pair.exercise,
            "of": pair.one.kind,
            "one": pair.one.owner,
            "other": pair.other.owner,
            "alike": f"{pair.share:.2f}",
        }
        for pair in found
    ]
    tables.write(course / "similar.csv", ["exercise", "of", "one", "other", "alike"], rows)
    page = pages.page("Answers that are alike", _body(found), _STYLE)
    (course / "similar.html").write_text(page, "utf-8")
    return found


def pairs(course: Path, exercise: str, earlier: Sequence[Path] = ()) -> list[Pair]:
    """Compare this term's answers with each other, the model answer and earlier terms' answers."""
    source = nbformat.read(collecting.source_of(course, exercise), 4)
    ours = list(_of_course(course, source, exercise, ""))
    theirs = list(_texts(source, source, MODEL))
    for folder in earlier:
        theirs += _of_course(folder, source, exercise, f"{folder.name}: ")
    seen = Counter(run for text in ours for run in text.runs)
    usual = {run for run, count in seen.items() if count > max(3, len(ours) // 8)}
    ours, theirs = (
        [text._replace(runs=text.runs - usual) for text in texts] for texts in (ours, theirs)
    )
    candidates = itertools.chain(itertools.combinations(ours, 2), itertools.product(ours, theirs))
    found = []
    for one, other in candidates:
        shorter = min(len(one.runs), len(other.runs))
        if one.kind != other.kind or one.owner == other.owner or shorter < FEWEST:
            continue
        share = len(one.runs & other.runs) / shorter
        if share >= LEAST:
            found.append(Pair(exercise, one, other, share))
    return found


def _of_course(
    course: Path, source: nbformat.NotebookNode, exercise: str, before: str
) -> Iterator[Text]:
    for file in sorted((course / "submitted").glob(f"*/{exercise}/*.ipynb")):
        notebook = nbformat.read(file, 4)
        yield from _texts(notebook, source, before + file.parent.parent.name)


def _texts(
    notebook: nbformat.NotebookNode, source: nbformat.NotebookNode, owner: str
) -> Iterator[Text]:
    """Take out of a notebook what its author has written: code, and the challenge's words."""
    released = exercises.learners_copy(source)
    given = set(rebuilding.sources(released).values())
    known = {
        name
        for cell in released.cells
        if cell.cell_type == "code"
        for name, is_name in _tokens(cell.source)
        if is_name
    }
    code, words = [], []
    for cell in notebook.cells:
        if cell.source in given or cell.source.startswith(rebuilding.HANDED_IN):
            continue
        text = cell.source.replace("### BEGIN SOLUTION\n", "").replace("### END SOLUTION", "")
        if cell.cell_type == "code" and exercises.role(cell) != "test":
            code.append(text)
        elif exercises.role(cell) == "challenge" or not exercises.role(cell):
            words.append(text)
    if owner == MODEL:  # its other texts are the course's own
        words = [cell.source for cell in notebook.cells if exercises.role(cell) == "challenge"]
    tokens = [name if not own or name in known else "own" for name, own in _tokens("\n".join(code))]
    question = set(_runs(_words("\n".join(given)), "challenge"))
    given_code = [
        name if not own or name in known else "own"
        for cell in released.cells
        if cell.cell_type == "code"
        for name, own in _tokens(cell.source)
    ]
    yield Text(
        owner,
        "code",
        "\n".join(code),
        frozenset(_runs(tokens, "code")) - set(_runs(given_code, "code")),
    )
    said = "\n".join(words)
    yield Text(owner, "challenge", said, frozenset(_runs(_words(said), "challenge")) - question)


def _tokens(code: str) -> Iterator[tuple[str, bool]]:
    """Yield a code's tokens, and whether each is a name that its author chose."""
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER):
                continue
            if token.type == tokenize.STRING:
                yield "text", False
            elif token.type == tokenize.NAME:
                fixed = keyword.iskeyword(token.string) or hasattr(builtins, token.string)
                yield token.string, not fixed and before != "."
            elif token.string.strip():
                yield token.string, False
            before = token.string
    except (tokenize.TokenError, SyntaxError, RecursionError):
        return  # unfinished code: what stands before the mistake counts


def _words(text: str) -> list[str]:
    return ["".join(filter(str.isalnum, word)) for word in text.lower().split()]


def _runs(tokens: Sequence[str], kind: str) -> Iterator[tuple[str, ...]]:
    length = _LENGTH[kind]
    for start in range(len(tokens) - length + 1):
        yield tuple(tokens[start : start + length])


def _body(found: Sequence[Pair]) -> str:
    parts = [
        "<p>A hint, never a verdict: two may have worked together as you allow it, or have found "
        "the one way there is. Talk with them. Names that authors chose are made one before code "
        "is compared, and what many have in common does not count. What differs is marked.</p>"
    ]
    if not found:
        parts.append("<p>Nothing is alike beyond what many have in common.</p>")
    for pair in found:
        names = " and ".join(html.escape(text.owner) for text in (pair.one, pair.other))
        table = difflib.HtmlDiff(wrapcolumn=56).make_table(
            pair.one.source.splitlines(),
            pair.other.source.splitlines(),
            html.escape(pair.one.owner),
            html.escape(pair.other.owner),
        )
        # the links of difflib lead from change to change, and have no words
        parts.append(
            f"<details><summary>{pair.exercise}, {pair.one.kind}: {names} ({pair.share:.0%} of "
            f"the shorter one is in the other)</summary>{table}</details>"
        )
    return "\n".join(parts)
