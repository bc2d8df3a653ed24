"""Templates for GitHub Classroom: a notebook, and a workflow that gives points at each push.

The points are those of the instant checks, which a learner can read and change; marks come from
``grade``. Sources: the READMEs of GitHub's autograding-command-grader and -grading-reporter.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import nbformat

from instructor import collecting, exercises

WORKFLOW = ".github/workflows/classroom.yml"
_START = """name: Checks
on: [push, repository_dispatch]
permissions:
  checks: write
  actions: read
  contents: read
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    if: github.actor != 'github-classroom[bot]'
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Fetch the course
        run: |
          git clone --depth 1 {repository} course
          pip install -c course/requirements.lock -e ./course
      - name: Run the notebook
        env:
          COURSE_FAST: "1"
        run: |
          cp {notebook} course/notebooks/exercises
          jupyter nbconvert --execute --allow-errors --ExecutePreprocessor.timeout=60 \\
            --to markdown --output-dir . --output said course/notebooks/exercises/{notebook}
          grep -E "(Right|Not yet|To do):" said.md
"""
_QUESTION = """      - name: {question}
        id: {question}
        if: always()
        uses: classroom-resources/autograding-command-grader@v1
        with:
          test-name: {question}
          command: 'grep "Right: {question} does" said.md'
          timeout: 1
          max-score: {points}
"""
_REPORT = """      - name: Report
        if: always()
        uses: classroom-resources/autograding-grading-reporter@v1
        env:
{results}
        with:
          runners: {questions}
"""


def write(course: Path, which: Sequence[str]) -> list[Path]:
    """Write a template of a repository for each exercise, into course/classroom/ex01 and so on."""
    return [_template(course, exercise) for exercise in which]


def _template(course: Path, exercise: str) -> Path:
    source = collecting.source_of(course, exercise)
    notebook = nbformat.read(source, 4)
    folder = course / "classroom" / exercise
    workflow = folder / WORKFLOW
    workflow.parent.mkdir(parents=True, exist_ok=True)
    workflow.write_text(_workflow(notebook, source.name), "utf-8")
    (folder / source.name).write_text(exercises.text(exercises.learners_copy(notebook)), "utf-8")
    return folder


def _workflow(notebook: nbformat.NotebookNode, name: str) -> str:
    [setup] = (cell for cell in notebook.cells if cell.id == "setup")
    repository = re.search(r'REPOSITORY = "(.+?)"', setup.source)[1]
    points = {
        cell.metadata.nbgrader.grade_id.removesuffix("_check"): cell.metadata.nbgrader.points
        for cell in notebook.cells
        if exercises.role(cell) == "test"
    }
    results = [
        f'          {question.upper()}_RESULTS: "${{{{steps.{question}.outputs.result}}}}"'
        for question in points
    ]
    return "".join(
        [
            _START.format(repository=repository, notebook=name),
            *(_QUESTION.format(question=one, points=most) for one, most in points.items()),
            _REPORT.format(results="\n".join(results), questions=",".join(points)),
        ]
    )
