"""What a lesson writes into a page of the book, for the JavaScript there."""

import base64

import numpy as np

from helpers import pages


def test_numbers_are_kept_within_half_a_step() -> None:
    given = np.linspace(-30, 30, 24).reshape(2, 3, 4)
    kept = pages.numbers(given, step=0.01)
    whole = np.frombuffer(base64.b64decode(kept["int16"]), "<i2").reshape(kept["shape"])
    np.testing.assert_allclose(whole * kept["step"], given, atol=0.0051)


def test_data_cannot_end_the_script_that_holds_it() -> None:
    assert "</script><b>" not in pages.moving("x", text="</script><b>").data
