"""What the points say of each question: how many solve it, whom it tells apart, what goes wrong.

Two tables, points.csv and items.csv, and a page with plots, items.html.
"""

import base64
import html
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib
import nbformat
import numpy as np
from matplotlib.figure import Figure

from instructor import pages, tables

FEWEST = 5  # submissions; fewer tell nothing about a question
_COMMON = 5  # mistakes that are listed, each in the words that its first author was told
_STYLE = """
@media (max-width: 45rem) {  /* a phone: the numbers of a question in a row, its mistakes below */
  tr { display: grid; grid-template-columns: 1.2fr 1fr .6fr 1.4fr; border-bottom: 1px solid #bbb; }
  th, td { border: 0; font-size: .8rem; overflow-wrap: anywhere; padding: .2rem; }
  tr > :last-child { grid-column: 1 / -1; }
}
"""
_LONGEST = 200  # characters of a mistake


class Point(NamedTuple):
    """What a submission earned for a question; ``mistake`` says what was wrong, if the test did."""

    student: str
    exercise: str
    question: str
    points: float
    of: float
    mistake: str = ""


class Item(NamedTuple):
    """A question in numbers; ``discrimination`` is None where it cannot be told."""

    exercise: str
    question: str
    submissions: int
    right: float
    discrimination: float | None
    mistakes: list[tuple[str, int]]


def write(course: Path, found: Sequence[Point]) -> list[Path]:
    """Write points.csv, items.csv and items.html into the course, if there are points."""
    if not found:
        return []
    made = analysis(found)
    rows = [
        {
            "exercise": item.exercise,
            "question": item.question,
            "submissions": item.submissions,
            "right": f"{item.right:.2f}",
            "discrimination": "" if item.discrimination is None else f"{item.discrimination:.2f}",
            "mistakes": "; ".join(f"{count} x {words}" for words, count in item.mistakes),
        }
        for item in made
    ]
    target = course / "items.html"
    target.write_text(pages.page("Questions", _body(made), _STYLE), "utf-8")
    return [
        tables.write(course / "points.csv", Point._fields, [one._asdict() for one in found]),
        tables.write(course / "items.csv", list(rows[0]), rows),
        target,
    ]


def told(cell: nbformat.NotebookNode) -> str:
    """Return what a test said was wrong."""
    said = ""
    for output in cell.get("outputs", []):
        text = output.get("evalue", "") if output.output_type == "error" else output.get("text", "")
        found = re.search(r"^(?:Not yet|To do): (.*)", text, re.M)
        if found or output.output_type == "error":
            said = found[1] if found else text
            break
    return said.split(" in the line: ")[0].strip()


def _alike(words: str) -> str:
    """Leave out the numbers that differ from one answer to the next."""
    return re.sub(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", "#", words)


def analysis(found: Sequence[Point]) -> list[Item]:
    """Put each question in numbers.

    The discrimination is the correlation of its points with those of the exercise's other
    questions: who solves it, solves the others. Below 0.2 a question deserves a look.
    """
    made = []
    for exercise in dict.fromkeys(one.exercise for one in found):
        those = [one for one in found if one.exercise == exercise]
        totals = Counter()
        for one in those:
            totals[one.student] += one.points
        for question in dict.fromkeys(one.question for one in those):
            mine = [one for one in those if one.question == question]
            share = [one.points / one.of for one in mine]
            rest = [totals[one.student] - one.points for one in mine]
            wrong = [one.mistake[:_LONGEST] for one in mine if one.mistake]
            example = {_alike(words): words for words in reversed(wrong)}
            counted = Counter(map(_alike, wrong)).most_common(_COMMON)
            common = [(example[words], count) for words, count in counted]
            number = _correlation(share, rest)
            made.append(Item(exercise, question, len(mine), float(np.mean(share)), number, common))
    return made


def _correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    if len(one) < FEWEST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _body(items: Sequence[Item]) -> str:
    parts = [
        "<p>A question that nearly nobody or everybody solves tells little. "
        "<em>Discrimination</em> is the correlation with the points of the other questions: "
        "below 0.2, look whether the question, its test or its words mislead.</p>"
    ]
    for exercise in dict.fromkeys(item.exercise for item in items):
        those = [item for item in items if item.exercise == exercise]
        parts.append(f"<h2>{html.escape(exercise)}</h2>{_plot(exercise, those)}")
        parts.append(
            "<table><thead><tr><th>question</th><th>handed in</th><th>right</th>"
            "<th>discrimination</th><th>what goes wrong, how often</th></tr></thead><tbody>"
        )
        for item in those:
            number = "too few" if item.discrimination is None else f"{item.discrimination:.2f}"
            wrong = "<br>".join(f"{n} x {html.escape(words)}" for words, n in item.mistakes)
            parts.append(
                f"<tr><th>{html.escape(item.question)}</th><td>{item.submissions}</td>"
                f"<td>{item.right:.0%}</td><td>{number}</td><td>{wrong}</td></tr>"
            )
        parts.append("</tbody></table>")
    return "\n".join(parts)


def _plot(exercise: str, items: Sequence[Item]) -> str:
    """Draw the shares as bars, with the numbers beside them."""
    with matplotlib.rc_context({"svg.hashsalt": "items", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 0.6 + 0.4 * len(items)), layout="constrained")
        axes = figure.subplots()
        bars = axes.barh([item.question for item in items], [100 * item.right for item in items])
        axes.bar_label(bars, fmt="%.0f %%", padding=3)
        axes.invert_yaxis()
        axes.set(xlim=(0, 115), xlabel="percent of the points")
        axes.spines[["top", "right"]].set_visible(False)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    data = base64.b64encode(drawn.getvalue()).decode()
    words = ", ".join(f"{item.question} {item.right:.0%}" for item in items)
    alt = html.escape(f"Bars: the share of the points of each question of {exercise}: {words}.")
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}">'
