"""Seconds that grading takes: copies of a right submission, collected, several graded at a time.

Run it with: make bench-instructor, on a machine that does nothing else. For a large class:
make bench-instructor COPIES=300
"""

import argparse
import tempfile
import time
from pathlib import Path

from instructor import collecting, exercises, grading

CLASS = 300


def main() -> None:
    """Grade copies of an exercise's solution, and print what each takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--exercise", default="ex05", choices=[one[:4] for one in exercises.names()]
    )
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    name = next(one for one in exercises.names() if one.startswith(given.exercise))
    start = seconds(name, given.jobs, given.jobs)
    total = seconds(name, given.jobs + given.copies, given.jobs)
    each = (total - start) / given.copies
    minutes = (start + (CLASS - given.jobs) * each) / 60
    print(
        f"{given.exercise}, {given.jobs} at once: {start:.0f} s for {given.jobs}, {total:.0f} s "
        f"with {given.copies} more, so {each:.1f} s each and {minutes:.0f} min for {CLASS}"
    )


def seconds(name: str, copies: int, jobs: int) -> float:
    """Grade copies of an exercise's solution in a course folder of their own."""
    text = exercises.text(exercises.read(name))
    with tempfile.TemporaryDirectory() as folder:
        course, files = Path(folder) / "course", Path(folder) / "files"
        grading.new(course)
        files.mkdir()
        for number in range(copies):
            file = files / f"Student {number:03}_{number}_assignsubmission_file_{name}.ipynb"
            file.write_text(text, "utf-8")
        collecting.collect(course, files)
        start = time.perf_counter()
        failed = grading.grade(course, [name[:4]], jobs=jobs)
        if failed:
            raise RuntimeError(f"{len(failed)} of {copies} were not graded: {failed[0]}")
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
