"""The recipes of the shipped networks, each tried on a handful of photos."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import judging
import keras
import numpy as np
import pytest
import teaching
import tensorflow as tf
import train

from helpers import color, datasets, diffusion, photos


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, datasets.Split]:
    """A handful of photos as all three sets; the test photos of people have marks on skin."""
    flowers, outdoors = datasets.some_flowers(), datasets.outdoors()
    seen = judging.seen_on_test_photos()
    marked = [name for name, row in seen.items() if row["skin"] and row["group"] == "people"]
    people = [tmp_path_factory.mktemp("people") / f"{name}.jpg" for name in marked[:6]]
    for photo, copy in zip(outdoors[100:], people, strict=False):
        shutil.copy(photo, copy)
    return {
        "flowers": datasets.Split(flowers[:3], flowers[10:11], flowers[20:22]),
        "people": datasets.Split(outdoors[50:52], outdoors[60:61], people),
        "outdoors": datasets.Split(outdoors[:2], outdoors[20:21], outdoors[40:42]),
    }


@pytest.fixture(scope="module")
def to_learn_from(parts: dict[str, datasets.Split]) -> datasets.Split:
    return train.to_learn_from(parts)


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(teaching, "WARM_UP", 1)
    monkeypatch.setattr(teaching, "VIEWS", 2)
    monkeypatch.setattr(diffusion, "STEPS", 2)
    tf.config.run_functions_eagerly(True)  # for few steps a graph does not pay
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.filterwarnings("ignore")  # that tf.data goes on with graphs
@pytest.mark.parametrize("name", train.RECIPES)
def test_a_recipe_teaches_a_network_that_can_be_judged(
    name: str,
    parts: dict[str, datasets.Split],
    to_learn_from: datasets.Split,
    tmp_path: Path,
    few_steps: None,
) -> None:
    recipe = train.RECIPES[name]
    sets = {each: parts[each] for each in recipe.sets}
    first, *_ = recipe.teach.keywords["stages"]
    teach = partial(recipe.teach, stages=(first._replace(size=32, batch_size=4, epochs=1),))
    policy = keras.config.dtype_policy().name
    model = teach(recipe.network, to_learn_from, tmp_path / name)
    assert keras.config.dtype_policy().name == policy
    scores = train.judge(recipe, model, sets)
    assert {"flowers", "outdoors"} <= set(scores["test"])
    for group in scores["test"].values():
        assert list(group) == [*recipe.ways, "gray", "truth", "against gray"]
        assert all(0 < group[way]["CIEDE2000"] < 100 for way in recipe.ways)
    assert ("skin" in scores) == ("people" in sets)
    truth = photos.square(photos.load(sets["flowers"].test[0]), judging.SIZE)
    for way in recipe.ways.values():
        assert np.abs(way(model, truth) - color.to_gray(truth)).mean() > 0.001  # it has color
    assert len(judging.sheet(recipe.ways, model, sets["outdoors"].test).axes) % 6 == 0
