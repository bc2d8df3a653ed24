"""What each submission earned for each question, out of the gradebook; nbgrader is needed."""

from pathlib import Path

import nbformat

from instructor import collecting, grading
from instructor.items import Point, told


def read(course: Path) -> list[Point]:
    """Read the points of each question; a challenge that waits for a person is left out."""
    found = []
    with grading.gradebook_of(course) as gradebook:
        for one in collecting.recorded(course):
            graded = list((course / "autograded" / one.student / one.exercise).glob("*.ipynb"))
            if one.state != collecting.State.TAKEN or not graded:
                continue
            cells = {cell.id: cell for cell in nbformat.read(graded[0], 4).cells}
            for notebook in gradebook.find_submission(one.exercise, one.student).notebooks:
                for grade in notebook.grades:
                    if grade.needs_manual_grade or not grade.max_score:
                        continue
                    question = grade.name.removesuffix("_check")
                    wrong = told(cells[grade.name]) if grade.score < grade.max_score else ""
                    point = (grade.score, grade.max_score, wrong)
                    found.append(Point(one.student, one.exercise, question, *point))
    return found
