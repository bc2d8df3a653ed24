"""The course as a book: Sphinx with MyST-NB, which runs the lessons and keeps what they show."""

import os
import tomllib
from pathlib import Path

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

project = html_title = "Color from Gray"
author = "the authors of Color from Gray"
extensions = ["myst_nb"]
myst_enable_extensions = ["html_image"]

os.environ["TQDM_DISABLE"] = "1"  # on paper, each step of a progress bar would be a line
os.environ["COURSE_BOOK"] = "1"  # helpers/pages.py: widgets in JavaScript, for no kernel is behind
nb_execution_mode = "force"
nb_execution_timeout = -1
nb_execution_raise_on_error = True
nb_ipywidgets_js = {}  # a widget without its kernel is dead: show the sentence in its place
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
nb_render_image_options = {"alt": "A figure that the code above draws"}

html_theme = "sphinx_book_theme"
html_static_path = ["static", "widgets"]
html_extra_path = ["extra"]  # the page that colors photos, as it is
html_css_files = ["pictures.css", "moving.css"]
html_js_files = [("start.js", {"type": "module"})]
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "repository_url": PROJECT["urls"]["Repository"],
    "use_repository_button": True,
    "use_download_button": False,
    "navbar_persistent": [],  # the search stands in the sidebar
}
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system is
