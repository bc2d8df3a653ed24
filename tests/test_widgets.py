"""The sliders: each draws at once, and anew when it is moved."""

from collections.abc import Callable

import ipywidgets
import numpy as np
import pytest

from helpers import networks, photos, widgets

PHOTO = photos.hero("castle", 32)
WIDGETS = {
    "before_after": lambda: widgets.before_after(PHOTO * 0, PHOTO),
    "lab_explorer": lambda: widgets.lab_explorer(PHOTO),
    "lab_mixer": widgets.lab_mixer,
    "feature_maps": lambda: widgets.feature_maps(
        networks.alpha_scaled(), np.full((1, 32, 32, 1), 50, np.float32)
    ),
}


@pytest.mark.parametrize("name", WIDGETS)
def test_every_slider_changes_the_picture(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    *sliders, picture = shown(WIDGETS[name], monkeypatch)
    assert bytes(picture.value).startswith(b"\x89PNG")
    for slider in sliders:
        before = bytes(picture.value)
        slider.value = slider.max - 3
        assert bytes(picture.value) != before, slider.description


def shown(show: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> list[ipywidgets.Widget]:
    """Return the parts of the box that a widget function displays."""
    boxes: list[ipywidgets.VBox] = []
    monkeypatch.setattr(widgets, "display", boxes.append)
    show()
    return list(boxes[0].children)
