"""What each submission earned for each question, out of the gradebook; nbgrader is needed."""

from pathlib import Path

import nbformat

from instructor import collecting, grading
from instructor.items import Point, told


def read(course: Path) -> list[Point]:
    """Read the points of each question; challenges are left out until the last one is graded."""
    found, waiting = [], set()
    with grading.gradebook_of(course) as gradebook:
        for one in collecting.recorded(course):
            graded = list((course / "autograded" / one.student / one.exercise).glob("*.ipynb"))
            if one.state != collecting.State.TAKEN or not graded:
                continue
            cells = {cell.id: cell for cell in nbformat.read(graded[0], 4).cells}
            for notebook in gradebook.find_submission(one.exercise, one.student).notebooks:
                for grade in notebook.grades:
                    question = grade.name.removesuffix("_check")
                    if grade.needs_manual_grade:
                        waiting.add((one.exercise, question))
                    if not grade.max_score:
                        continue
                    wrong = told(cells[grade.name]) if grade.score < grade.max_score else ""
                    point = (grade.score, grade.max_score, wrong)
                    found.append(Point(one.student, one.exercise, question, *point))
    return [one for one in found if (one.exercise, one.question) not in waiting]
