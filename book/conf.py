"""The course as a book: Sphinx with MyST-NB, which runs the lessons and keeps what they show."""

import os
import tomllib
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx

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
FIGURE = "A figure that the code above draws"  # until it is named, below
nb_render_image_options = {"alt": FIGURE}

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


def setup(app: Sphinx) -> None:
    """Let Sphinx name figures once a page is read."""
    app.connect("doctree-read", name_figures)


def name_figures(app: Sphinx, page: nodes.document) -> None:
    """Say of each figure where it stands and what it shows, for those who hear the page.

    A figure carries its titles: helpers/pages.py.
    """
    for section in page.findall(nodes.section):  # an inner one comes later, and is nearer
        for image in section.findall(nodes.image):
            if image.get("alt", "").startswith(FIGURE):
                image["alt"] = f"{FIGURE}, in “{section.next_node(nodes.title).astext()}”"
    for image in page.findall(nodes.image):
        if image.get("alt", "").startswith(FIGURE):
            with Image.open(Path(app.srcdir) / image["uri"]) as picture:
                image["alt"] += f": {picture.info.get('Description', '')}".rstrip(": ")
