"""Assign, release, collect and grade the exercises, with nbgrader."""

import argparse
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

from instructor import exercises


def main() -> None:
    """Read the command line and do what it says."""
    arguments = _parser().parse_args()
    if arguments.run is _exercises:
        _exercises(arguments)
        return
    if importlib.util.find_spec("nbgrader") is None:
        sys.exit("nbgrader is missing. Run: make instructor")
    from instructor import collecting, grading, roster  # noqa: PLC0415  (nbgrader is an extra)

    try:
        if arguments.run is not _new:
            arguments.which = _chosen(arguments.course, getattr(arguments, "which", None))
        arguments.run(arguments)
    except (grading.CannotGrade, collecting.Unreadable, roster.CannotRead) as why:
        sys.exit(f"Stopped: {why}")
    except KeyboardInterrupt:
        sys.exit("Stopped: interrupted. What is done stays; the same command goes on.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m instructor", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        run: Callable[[argparse.Namespace], None], words: str, exercise: bool = True
    ) -> argparse.ArgumentParser:
        one = commands.add_parser(run.__name__.strip("_"), help=words, description=words)
        one.set_defaults(run=run)
        one.add_argument("course", type=_path, help="your course folder")
        if exercise:
            one.add_argument("which", nargs="*", metavar="ex01", help="exercises; all, if none")
        return one

    fresh = command(_new, "make a course folder for nbgrader", exercise=False)
    fresh.add_argument("--seed", type=_seed, help="of the hidden inputs; a random one, if none")
    command(_release, "make the learners' copies, in COURSE/release")
    take = command(_collect, "take what was handed in", exercise=False)
    take.add_argument("files", type=_path, help="a folder or zip file of the LMS, or a notebook")
    score = command(_grade, "grade what was collected")
    score.add_argument("--again", action="store_true", help="also what is graded already")
    score.add_argument("--jobs", type=_count, default=1, help="how many at once; 1, if not said")
    command(_feedback, "write a page for every submission, in COURSE/feedback")
    command(_marks, "write COURSE/marks.csv, and files for Canvas and Moodle", exercise=False)
    alike = command(_similar, "list answers that are alike, in COURSE/similar.html")
    alike.add_argument(
        "--earlier", type=_path, action="append", default=[], help="an earlier term's course folder"
    )
    command(_items, "put each question in numbers, in COURSE/items.html", exercise=False)
    command(_keys, "write the answers as web pages, in COURSE/keys")
    shown = command(_slides, "make slides of lessons, in COURSE/slides", exercise=False)
    shown.add_argument("lessons", nargs="+", type=_path, help="notebooks, run and saved")
    command(_gradescope, "make autograders for Gradescope, in COURSE/gradescope")
    command(_classroom, "make repositories for GitHub Classroom, in COURSE/classroom")
    copies = commands.add_parser(
        "exercises", help="make notebooks/exercises, from notebooks/solutions"
    )
    copies.set_defaults(run=_exercises)
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


def _chosen(course: Path, words: list[str] | None) -> list[str]:
    """Return the exercises that are named, or all of the course folder."""
    from instructor import grading  # noqa: PLC0415

    known = grading.assignments(course)
    if not known:
        raise grading.CannotGrade(
            f"{course} is no course folder. Make one: python -m instructor new {course}"
        )
    return [_known_as(word, known) for word in words or known]


def _known_as(word: str, known: list[str]) -> str:
    """Find an exercise by its name, its number or its file's name."""
    for exercise in known:
        if word.lower()[:4] == exercise or word == exercise.removeprefix("ex"):
            return exercise
    sys.exit(f"Stopped: there is no exercise {word!r} here. There are: {', '.join(known)}.")


# A function a command. Each imports what it needs: nbgrader takes seconds, and is an extra.


def _exercises(arguments: argparse.Namespace) -> None:
    changed = exercises.write()
    print(f"{len(changed)} of {len(exercises.names())} learners' copies changed.")


def _new(arguments: argparse.Namespace) -> None:
    from instructor import grading  # noqa: PLC0415

    count = len(grading.new(arguments.course, arguments.seed))
    print(f"{count} exercises in {arguments.course}, their hidden inputs with a seed of your own.")


def _release(arguments: argparse.Namespace) -> None:
    from instructor import grading  # noqa: PLC0415

    print(*grading.release(arguments.course, arguments.which), sep="\n")


def _collect(arguments: argparse.Namespace) -> None:
    from instructor import collecting  # noqa: PLC0415
    from instructor.collecting import reporting  # noqa: PLC0415

    before = {one.student for one in collecting.recorded(arguments.course)}
    result = collecting.collect(arguments.course, arguments.files)
    print(*reporting.lines(result, before), sep="\n")


def _grade(arguments: argparse.Namespace) -> None:
    from instructor import grading  # noqa: PLC0415
    from instructor.collecting import writing  # noqa: PLC0415

    writing.back_up(arguments.course)
    problems = grading.grade(arguments.course, arguments.which, arguments.again, arguments.jobs)
    for problem in problems:
        print(f"NOT GRADED {problem}")
    sys.exit(1 if problems else 0)


def _feedback(arguments: argparse.Namespace) -> None:
    from instructor import grading  # noqa: PLC0415

    pages, problems = grading.feedback(arguments.course, arguments.which)
    print(f"{len(pages)} pages in {arguments.course / 'feedback'}")
    for problem in problems:
        print(f"NO PAGE {problem}")
    sys.exit(1 if problems else 0)


def _marks(arguments: argparse.Namespace) -> None:
    from instructor import grading, marks  # noqa: PLC0415

    rows, files = marks.write(arguments.course, grading.marks(arguments.course))
    print(f"{len(rows)} rows in {arguments.course / 'marks.csv'}")
    print(f"Beside it: {', '.join(file.name for file in files[1:]) or 'nothing for an LMS'}.")
    missing = [
        f"{row['student']} {row['exercise']}" for row in rows if row["note"] == marks.NOTHING
    ]
    if missing:
        print(f"Nothing handed in: {len(missing)} ({', '.join(missing)}).")
    by_hand = sum(bool(row["by hand"]) for row in rows)
    if by_hand:
        print(
            f"To grade by hand: {by_hand}. Open JupyterLab in {arguments.course}, then Formgrader."
        )
        print("Until then the files for an LMS hold their points without the challenge.")


def _similar(arguments: argparse.Namespace) -> None:
    from instructor import similar  # noqa: PLC0415

    found = similar.write(arguments.course, arguments.which, arguments.earlier)
    print(f"{len(found)} pairs in {arguments.course / 'similar.html'}: hints, no verdicts.")


def _items(arguments: argparse.Namespace) -> None:
    from instructor import items, points  # noqa: PLC0415

    files = items.write(arguments.course, points.read(arguments.course))
    print(*files or ["Nothing is graded yet."], sep="\n")


def _keys(arguments: argparse.Namespace) -> None:
    from instructor import handouts  # noqa: PLC0415

    print(*handouts.keys(arguments.course, arguments.which), sep="\n")


def _slides(arguments: argparse.Namespace) -> None:
    from instructor import handouts  # noqa: PLC0415

    missing = [lesson for lesson in arguments.lessons if not lesson.is_file()]
    if missing:
        sys.exit(f"Stopped: there is no lesson {missing[0]}. Name a notebook's file.")
    print(*handouts.slides(arguments.course, arguments.lessons), sep="\n")


def _gradescope(arguments: argparse.Namespace) -> None:
    from instructor import gradescope  # noqa: PLC0415

    print(*gradescope.write(arguments.course, arguments.which), sep="\n")


def _classroom(arguments: argparse.Namespace) -> None:
    from instructor import classroom  # noqa: PLC0415

    print(*classroom.write(arguments.course, arguments.which), sep="\n")


if __name__ == "__main__":
    main()
