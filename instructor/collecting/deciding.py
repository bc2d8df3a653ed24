"""What is decided: whose a file is, which one counts, what is graded; nothing is read or written.

All that these functions know comes in by their arguments, and all that they find goes out as
decisions, so that a test can try each rule alone.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import nbformat

from instructor import exercises
from instructor.collecting import rebuilding
from instructor.collecting.records import State, Submission, joined
from instructor.collecting.whose import slug

_NEVER = datetime.min.replace(tzinfo=UTC)


class Read(NamedTuple):
    """A file as it was read: the notebook in it, or what the problem is.

    ``hand_in``: it may be an answer, though it is no notebook.
    """

    one: Submission
    notebook: nbformat.NotebookNode | None
    moment: datetime | None = None
    version: int = 0
    hand_in: bool = True


class Decision(NamedTuple):
    """What becomes of a file; ``text`` is the notebook to grade, if it is taken."""

    one: Submission
    text: str = ""
    replaces: bool = False


def told_apart(read: Sequence[Read], before: Sequence[Submission]) -> list[Read]:
    """Give students of the same name ids of their own, by the LMS's numbers, and keep them.

    Moodle has a number for each student and exercise, Canvas one for each student.
    """
    ids: dict[str, dict[tuple[str, str], str]] = {}  # by name: (exercise, number) -> student
    for one in before:
        if one.number:
            ids.setdefault(slug(one.name), {})[one.exercise, one.number] = one.student
    arriving: dict[tuple[str, str], set[str]] = {}
    for item in read:
        if item.one.number:
            key = (item.one.student, item.one.exercise)
            arriving.setdefault(key, set()).add(item.one.number)
    result = []
    for item in read:
        one = item.one
        if one.number:
            known = ids.setdefault(one.student, {})
            same = [student for (_, number), student in known.items() if number == one.number]
            rivals = {number for exercise, number in known if exercise == one.exercise}
            rivals |= arriving[one.student, one.exercise]
            student, note = one.student, one.note
            if same:
                student = same[0]
            elif rivals != {one.number}:
                student = f"{one.student}-{one.number}"
            if rivals != {one.number}:
                note = joined(note, f"{one.name} is here twice, told apart by number")
            elif not same and len(set(known.values())) > 1:
                note = joined(note, f"several are called {one.name}: whose is it?")
            known[one.exercise, one.number] = student
            one = one._replace(student=student, note=note)
        result.append(item._replace(one=one))
    return result


def decide(
    read: Sequence[Read],
    sources: Mapping[str, nbformat.NotebookNode],
    kept: Mapping[tuple[str, str], tuple[str, str]],
) -> list[Decision]:
    """Decide what becomes of each file.

    Args:
        read: the files of this download, their students told apart.
        sources: the course's notebooks by exercise, with solutions.
        kept: what is collected already, by student and exercise: the text, and its time.
    """
    read = [_judged(item, sources) for item in read]
    notebooks: dict[str, set[str]] = {}  # by student
    for item in read:
        if ".ipynb" in item.one.file.lower() or item.one.state == State.TAKEN:
            notebooks.setdefault(item.one.student, set()).add(item.one.exercise)
    newest = _newest(read)
    decisions = []
    for item in read:
        counts = newest.get((item.one.student, item.one.exercise), "")
        if item.one.state == State.UNREADABLE:
            decisions.append(_of_unreadable(item, counts, notebooks.get(item.one.student, set())))
        elif item.one.file != counts:
            note = f"a second file; graded instead: {counts}"
            decisions.append(Decision(item.one._replace(state=State.SET_ASIDE, note=note)))
        else:
            decisions.append(_of_notebook(item, sources[item.one.exercise], kept))
    return _with_twins(decisions, sources)


def _judged(item: Read, sources: Mapping[str, nbformat.NotebookNode]) -> Read:
    if item.notebook is None:
        return item
    if item.one.exercise not in sources:
        note = f"{item.one.exercise} is not in this course folder"
        return item._replace(one=item.one._replace(state=State.UNREADABLE, note=note))
    return item


def _of_unreadable(item: Read, counts: str, notebooks: set[str]) -> Decision:
    one = item.one
    if ".ipynb" not in one.file.lower():
        beside = one.exercise in notebooks or (notebooks and not one.exercise)
        if beside or not item.hand_in:
            return Decision(one._replace(state=State.IGNORED, note="it is no notebook"))
    also = f"graded instead: {counts}" if counts else ""
    asked = "" if counts else _whose(one)
    return Decision(one._replace(note=joined(one.note, also, asked)))


def _of_notebook(
    item: Read,
    source: nbformat.NotebookNode,
    kept: Mapping[tuple[str, str], tuple[str, str]],
) -> Decision:
    one = item.one
    try:
        result, notes = rebuilding.rebuilt(item.notebook, source)
        text = exercises.text(result)
    except Exception as error:  # whatever one file holds, the others go on
        note = f"cannot be read here ({type(error).__name__}: {error})"
        return Decision(one._replace(state=State.UNREADABLE, note=note))
    notes = [item.notebook.metadata.get("note", ""), *notes]
    old_text, earlier = kept.get((one.student, one.exercise), ("", ""))
    replaces = bool(old_text) and old_text != text
    if replaces and one.time and one.time < earlier:  # as texts, too
        note = f"older than what was collected before, which is of {earlier}"
        return Decision(one._replace(state=State.SET_ASIDE, note=note))
    if replaces:
        notes.append(f"replaces the one of {earlier or 'before'}")
    return Decision(one._replace(note=joined(one.note, *notes, _whose(one))), text, replaces)


def _whose(one: Submission) -> str:
    unknown = one.student.startswith("unknown")
    return "whose is it? Put the student's name into the file's name" if unknown else ""


def _newest(read: Sequence[Read]) -> dict[tuple[str, str], str]:
    """Choose one file for a student and an exercise: the newest, and of these the last by name."""
    chosen: dict[tuple[str, str], tuple[int, datetime, str]] = {}
    for item in read:
        if item.one.state == State.TAKEN:
            key = (item.one.student, item.one.exercise)
            value = (item.version, item.moment or _NEVER, item.one.file)
            chosen[key] = max(value, chosen.get(key, value))
    return {key: file for key, (_, _, file) in chosen.items()}


def _with_twins(
    decisions: list[Decision], sources: Mapping[str, nbformat.NotebookNode]
) -> list[Decision]:
    """Note which challenges were answered in the same words."""
    stubs = {
        exercise: rebuilding.sources(exercises.learners_copy(source))
        for exercise, source in sources.items()
    }
    said: dict[tuple[str, str], list[str]] = {}
    words = []
    for decision in decisions:
        one, text = decision.one, ""
        if decision.text:
            notebook = nbformat.reads(decision.text, 4)
            text = re.sub(r"\s+", " ", rebuilding.challenge_of(notebook, stubs[one.exercise]))
        words.append((one.exercise, text))
        if text:
            said.setdefault(words[-1], []).append(one.student)
    noted = []
    for decision, key in zip(decisions, words, strict=True):
        one = decision.one
        twins = [student for student in said.get(key, []) if student != one.student]
        if twins:
            note = f"the same words in the challenge: {', '.join(twins)}"
            one = one._replace(note=joined(one.note, note))
        noted.append(decision._replace(one=one))
    return noted


def recorded_after(before: Sequence[Submission], result: Sequence[Submission]) -> list[Submission]:
    """Add a collection to what is recorded; a file collected again is replaced, unless graded."""
    now = {(one.student, one.exercise, one.file): one for one in result}
    taken = {(one.student, one.exercise): one.file for one in result if one.state == State.TAKEN}
    kept = []
    for one in before:
        again = now.get((one.student, one.exercise, one.file))
        if again and (again.state == State.TAKEN or one.state != State.TAKEN):
            continue
        if again:
            del now[one.student, one.exercise, one.file]
        later = taken.get((one.student, one.exercise))
        if later and one.state == State.TAKEN:
            one = one._replace(state=State.SET_ASIDE, note=f"replaced by {later}")
        kept.append(one)
    return [*kept, *now.values()]
