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
        one.add_argument("course", type=_path, help="your course folder")
        if exercise:
            one.add_argument("which", nargs="*", metavar="ex01", help="exercises; all, if none")
        return one

    fresh = command("new", "make a course folder for nbgrader", exercise=False)
    fresh.add_argument("--seed", type=_seed, help="of the hidden inputs; a random one, if none")
    command("release", "make the learners' copies, in COURSE/release")
    take = command("collect", "take what was handed in", exercise=False)
    take.add_argument("files", type=_path, help="a folder or zip file of the LMS, or a notebook")
    score = command("grade", "grade what was collected")
    score.add_argument("--again", action="store_true", help="also what is graded already")
    score.add_argument("--jobs", type=_count, default=1, help="how many at once; 1, if not said")
    command("feedback", "write a page for every submission, in COURSE/feedback")
    command("marks", "write COURSE/marks.csv", exercise=False)
    commands.add_parser("exercises", help="make notebooks/exercises, from notebooks/solutions")
    return parser


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _seed(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is not 0, 1, 2 or a larger number")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not 1, 2 or a larger number")
    return int(text)


def _with_nbgrader(
    command: str,
    course: Path,
    which: list[str] | None = None,
    files: Path | None = None,
    seed: int | None = None,
    again: bool = False,
    jobs: int = 1,
) -> None:
    from instructor import collecting, grading  # noqa: PLC0415  (nbgrader is an extra)

    try:
        if command == "new":
            count = len(grading.new(course, seed))
            print(f"{count} exercises in {course}, their hidden inputs with a seed of your own.")
            return
        known = grading.assignments(course)
        if not known:
            raise grading.CannotGrade(
                f"{course} is no course folder. Make one: python -m instructor new {course}"
            )
        which = [_known_as(word, known) for word in which or known]
        if command == "release":
            print(*grading.release(course, which), sep="\n")
        elif command == "collect":
            before = {one.student for one in collecting.recorded(course)}
            _report(collecting.collect(course, files), before)
        elif command == "grade":
            problems = grading.grade(course, which, again, jobs)
            for problem in problems:
                print(f"NOT GRADED {problem}")
            sys.exit(1 if problems else 0)
        elif command == "feedback":
            print(f"{len(grading.feedback(course, which))} pages in {course / 'feedback'}")
        else:
            rows = grading.marks(course)
            print(f"{len(rows)} rows in {course / 'marks.csv'}")
            by_hand = sum(bool(row["by hand"]) for row in rows)
            if by_hand:
                print(f"To grade by hand: {by_hand}. Open JupyterLab in {course}, then Formgrader.")
    except (grading.CannotGrade, collecting.Unreadable) as why:
        sys.exit(f"Stopped: {why}")
    except KeyboardInterrupt:
        sys.exit("Stopped: interrupted. What is done stays; the same command goes on.")


def _known_as(word: str, known: list[str]) -> str:
    """Find an exercise by its name, its number or its file's name."""
    for exercise in known:
        if word.lower()[:4] == exercise or word == exercise.removeprefix("ex"):
            return exercise
    sys.exit(f"Stopped: there is no exercise {word!r} here. There are: {', '.join(known)}.")


def _report(result: list, before: set[str]) -> None:
    for one in result:
        if one.state != "taken" or one.note:
            print(f"{one.state:<10} {one.student} {one.exercise}  {one.file}: {one.note}")
    states = [one.state for one in result]
    print(", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    taken = {one.student for one in result if one.state == "taken"}
    print(
        f"Students: {len(taken)}. Not seen before: {', '.join(sorted(taken - before)) or 'none'}."
    )


if __name__ == "__main__":
    main()
