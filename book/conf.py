"""The course as a book: Sphinx with MyST-NB, which runs the lessons and keeps what they show."""

import tomllib
from pathlib import Path

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

project = "Color from Gray"
author = "the authors of Color from Gray"
language = "en"
extensions = ["myst_nb"]
html_theme = "sphinx_book_theme"
html_title = project
html_theme_options = {
    "repository_url": PROJECT["urls"]["Repository"],
    "use_repository_button": True,
    "use_download_button": False,
    "show_toc_level": 2,
}
html_copy_source = False

nb_execution_mode = "cache"  # a lesson that has not changed does not run again
nb_execution_cache_path = str(ROOT / "build" / "book-cache")
nb_execution_timeout = -1
nb_execution_raise_on_error = True
