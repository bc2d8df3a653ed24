"""Assign, release, collect and grade the exercises, with nbgrader."""

import argparse
import importlib.util
import sys
from pathlib import Path

from instructor import exercises


def main() -> None:
    """Read the command line and do what it says."""
    arguments = _parser().parse_args()
    if arguments.command == "exercises":
        changed = exercises.write()
        print(f"{len(changed)} of {len(exercises.names())} learners' copies changed.")
    elif importlib.util.find_spec("nbgrader") is None:
        sys.exit("nbgrader is missing. Run: make instructor")
    else:
        _with_nbgrader(**vars(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m instructor", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, words: str, exercise: bool = True) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=words, description=words)
        one.add_argument("course", type=Path, help="your course folder")
        if exercise:
            one.add_argument("which", nargs="*", metavar="ex01", help="exercises; all, if none")
        return one

    fresh = command("new", "make a course folder for nbgrader", exercise=False)
    fresh.add_argument("--seed", type=int, help="of the hidden inputs; a random one, if none")
    command("release", "make the learners' copies, in COURSE/release")
    take = command(
        "collect", "take what was handed in, from a folder or a zip file", exercise=False
    )
    take.add_argument("files", type=Path, help="the folder or zip file, as the LMS gives it")
    command("grade", "grade what was collected")
    command("feedback", "write a page for every submission, in COURSE/feedback")
    command("marks", "write COURSE/marks.csv", exercise=False)
    commands.add_parser("exercises", help="make notebooks/exercises, from notebooks/solutions")
    return parser


def _with_nbgrader(
    command: str,
    course: Path,
    which: list[str] | None = None,
    files: Path | None = None,
    seed: int | None = None,
) -> None:
    from instructor import collecting, grading  # noqa: PLC0415  (nbgrader is an extra)

    try:
        if command == "new":
            count = len(grading.new(course, seed))
            print(f"{count} exercises in {course}, their hidden inputs with a seed of your own.")
            return
        known = grading.assignments(course)
        if not known or not set(which or known) <= set(known):
            raise grading.CannotGrade(
                f"{course} has these exercises: {', '.join(known) or 'none'}."
            )
        which = which or known
        if command == "release":
            print(*grading.release(course, which), sep="\n")
        elif command == "collect":
            _report(collecting.collect(course, files))
        elif command == "grade":
            for problem in grading.grade(course, which):
                print(f"NOT GRADED {problem}")
        elif command == "feedback":
            print(f"{len(grading.feedback(course, which))} pages in {course / 'feedback'}")
        else:
            rows = grading.marks(course)
            print(f"{len(rows)} rows in {course / 'marks.csv'}")
            by_hand = sum(bool(row["by hand"]) for row in rows)
            print(f"{by_hand} wait for a person: open JupyterLab in {course}, then Formgrader.")
    except (grading.CannotGrade, collecting.Unreadable) as why:
        sys.exit(f"Stopped: {why}")


def _report(result: list) -> None:
    for one in result:
        if one.state != "taken" or one.note:
            print(f"{one.state:<10} {one.student} {one.exercise}  {one.file}: {one.note}")
    states = [one.state for one in result]
    print(", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))


if __name__ == "__main__":
    main()
