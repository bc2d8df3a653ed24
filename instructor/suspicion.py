"""Words in a submission that no answer needs: a note for the teacher to look, never a verdict."""

import re

import nbformat

from instructor import exercises

_ODD = (
    *(r"get_ipython", r"sys\.modules", r"meta_path", r"path_hooks", r"ctypes", r"subprocess"),
    *(r"os\.(?:system|popen|fork|exec\w*|spawn\w*|kill\w*|_exit)", r"multiprocessing", r"/proc\b"),
    *(r"_getframe", r"f_(?:back|globals|locals)", r"__(?:globals|builtins|import|code)__"),
    *(r"importlib", r"builtins", r"gc\.get_\w+", r"set(?:trace|profile)", r"currentframe"),
    *(
        r"(?:ast|input)_transformers?",
        r"showtraceback",
        r"gradebook",
        r"\binstructor\b",
        r"(?<![.\w])(?:exec|eval)\(",
    ),
    *(r"helpers[/\\]", r"helpers\.checks\.\w+\.\w+ *=", r"^[ \t]*%{1,2}(?!time|matplotlib)\w+"),
    *(r"^[ \t]*!", r"(?<![.\w])input\(", r"\b(?:exit|quit)\("),
)
_PATTERN = re.compile("|".join(_ODD), re.M)


def words(notebook: nbformat.NotebookNode, exercise: str) -> str:
    """Name the odd words in the code that a student has written, or return nothing."""
    own = {
        cell.source
        for name in exercises.names()
        if name.startswith(exercise)
        for cell in exercises.read(name).cells
    }
    found: dict[str, None] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and exercises.role(cell) != "test" and cell.source not in own:
            found |= dict.fromkeys(match.strip() for match in _PATTERN.findall(cell.source))
    return f"look at its code: {', '.join(found)}" if found else ""
