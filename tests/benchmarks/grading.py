"""Seconds that grading takes: copies of a right submission, several at a time.

Run it with: make bench-instructor, on a machine that does nothing else.
"""

import argparse
import tempfile
import time
from pathlib import Path

from instructor import collecting, exercises, grading


def main() -> None:
    """Grade copies of an exercise's solution, and print what each takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--exercise", default="ex07", choices=[one[:4] for one in exercises.names()]
    )
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    name = next(one for one in exercises.names() if one.startswith(given.exercise))
    with tempfile.TemporaryDirectory() as folder:
        course, files = Path(folder) / "course", Path(folder) / "files"
        grading.new(course)
        files.mkdir()
        for number in range(given.copies):
            file = files / f"Student {number:03}_{number}_assignsubmission_file_{name}.ipynb"
            file.write_text(exercises.text(exercises.read(name)), "utf-8")
        collecting.collect(course, files)
        start = time.perf_counter()
        failed = grading.grade(course, [given.exercise], jobs=given.jobs)
        seconds = time.perf_counter() - start
    each = seconds / given.copies
    print(f"{given.copies} x {given.exercise}, {given.jobs} at once, {len(failed)} failed:")
    print(
        f"{seconds:.0f} s, {each:.1f} s each with the start; 300 in {300 * each / 60:.0f} minutes"
    )


if __name__ == "__main__":
    main()
