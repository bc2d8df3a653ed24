"""What a lesson writes into a page of the book, for the JavaScript there."""

import base64
import io

import numpy as np
from PIL import Image

from helpers import figures, pages


def test_numbers_are_kept_within_half_a_step() -> None:
    given = np.linspace(-30, 30, 24).reshape(2, 3, 4)
    kept = pages.numbers(given, step=0.01)
    whole = np.frombuffer(base64.b64decode(kept["int16"]), "<i2").reshape(kept["shape"])
    np.testing.assert_allclose(whole * kept["step"], given, atol=0.0051)


def test_small_numbers_are_kept_in_a_picture() -> None:
    given = np.random.default_rng(0).normal(0, 0.5, (7, 9))
    kept = pages.small_numbers(given, step=0.03)
    content = base64.b64decode(kept["picture"].partition(",")[2])
    with Image.open(io.BytesIO(content)) as picture:
        whole = np.float32(picture) - 128
    np.testing.assert_allclose(whole * kept["step"], given, atol=0.0151)


def test_data_cannot_end_the_script_that_holds_it() -> None:
    assert "</script><b>" not in pages.moving("x", text="</script><b>").data


def test_a_figure_says_what_it_shows() -> None:
    grid = figures.grid([("gray", np.zeros((8, 8))), ("the café", np.ones((8, 8)))])
    curves = figures.loss_curves({"mine": [3.0, 2.0, 1.0]})
    said = []
    for figure in (grid, curves):
        with Image.open(io.BytesIO(base64.b64decode(pages.described(figure)))) as picture:
            said.append(picture.info["Description"])
    assert said[0] == "gray; the café"
    assert " by " in said[1]
