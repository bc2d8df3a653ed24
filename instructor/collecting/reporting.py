"""What is reported: a line for every file that is not plain, and a count."""

from collections.abc import Iterable, Sequence

from instructor.collecting.records import State, Submission


def lines(result: Sequence[Submission], before: Iterable[str]) -> list[str]:
    """Say what became of the files, and which students were not seen before."""
    said = [
        f"{one.state:<10} {one.student} {one.exercise}  {one.file}: {one.note}"
        for one in result
        if one.state != State.TAKEN or one.note
    ]
    states = [one.state for one in result]
    said.append(", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    if late := sorted({one.student for one in result if one.late}):
        said.append(f"Late, as the LMS says: {', '.join(late)}.")
    taken = {one.student for one in result if one.state == State.TAKEN}
    new = ", ".join(sorted(taken - set(before))) or "none"
    said.append(f"Students: {len(taken)}. Not seen before: {new}.")
    return said
