"""What moves in the pages of the book, where no Python runs: data for JavaScript in book/widgets.

The modules there draw from the same photos and numbers as the figures of a lesson.
"""

import base64
import io
import json
import os

import numpy as np
from IPython.core.pylabtools import print_figure
from IPython.display import HTML
from matplotlib.figure import Figure
from PIL import Image

from helpers import photos


def are_made() -> bool:
    """Tell whether a lesson runs to become a page of the book; book/conf.py says so."""
    return "COURSE_BOOK" in os.environ


def moving(module: str, **data: object) -> HTML:
    """Return a place in a page, with the data for the JavaScript module that fills it."""
    text = json.dumps(data).replace("<", "\\u003c")  # no </script> in it
    return HTML(
        f'<div class="moving" data-module="{module}">'
        "<p>Here is something to move: it needs JavaScript.</p>"
        f'<script type="application/json">{text}</script></div>'
    )


def elsewhere(doing: str) -> HTML:
    """Return a sentence on what needs Python, and where else in the book a reader can do it."""
    link = '<a href="../color_a_photo.html">Color a photo</a>'  # from a lesson's page
    sentence = f"Where the lesson runs, {doing} here. In the book, do so in {link}."
    return HTML(f'<p class="elsewhere">{sentence}</p>')


def described(figure: Figure) -> str:
    """Draw a figure as a PNG picture in base64 that says in words what it shows.

    book/conf.py makes of these words what a screen reader says.
    """
    words = []
    for axis in figure.axes:
        label = axis.get_xlabel() and axis.get_ylabel() and f"{axis.get_ylabel()} by "
        words.append(" ".join(f"{axis.get_title()} {label}{axis.get_xlabel()}".split()))
    known = "; ".join(dict.fromkeys(filter(None, words)))
    return print_figure(figure, base64=True, metadata={"Description": known})


def photo(content: np.ndarray) -> str:
    """Write an RGB photo (H, W, 3) as the address of a JPEG picture."""
    return _address("jpeg", photos.to_jpeg(content))


def exact_photo(content: np.ndarray) -> str:
    """Write an RGB photo (H, W, 3) as the address of a PNG picture, in steps of 1/255."""
    return _address("png", photos.to_png(content))


def figure(content: Figure) -> str:
    """Draw a figure as the address of a WebP picture."""
    file = io.BytesIO()
    content.savefig(file, format="webp", pil_kwargs={"quality": 80})
    return _address("webp", file.getvalue())


def numbers(content: np.ndarray, step: float) -> dict[str, object]:
    """Write numbers of any shape as multiples of ``step``, at most 32,767 of it."""
    whole = np.round(np.asarray(content) / step).astype("<i2")
    data = base64.b64encode(whole.tobytes()).decode()
    return {"shape": whole.shape, "step": step, "int16": data}


def small_numbers(content: np.ndarray, step: float) -> dict[str, object]:
    """Write a table of numbers as the gray of a PNG picture: multiples of ``step``, -128 to 127.

    Small ones take few bits there.
    """
    whole = np.clip(np.round(np.asarray(content) / step), -128, 127)
    file = io.BytesIO()
    Image.fromarray(np.uint8(whole + 128)).save(file, "PNG", optimize=True)
    return {"step": step, "picture": _address("png", file.getvalue())}


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
