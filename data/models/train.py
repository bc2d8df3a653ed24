"""Train a network that the course ships: NAME.npz, its figures in NAME.json, and NAME.jpg.

Run it with ``make model NAME=unet``, or another name of RECIPES: what each network is, how it is
taught, and how it colors when it is judged.

A training that was killed goes on when this is called again; delete build/ to begin anew.
Nothing but the training part of the data sets is learned from; the validation part chooses the
epoch and the settings, the test part judges.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import judging
import keras
import teaching
from teaching import Stage, but_for_blocks

from helpers import classifier, colorizer, datasets, diffusion, networks

HERE = Path(__file__).parent
SETS = {
    "flowers": datasets.flowers,
    "people": datasets.people_and_places,
    "outdoors": datasets.outdoors,
}


class Recipe(NamedTuple):
    """How a shipped network is built and taught, and how it is judged.

    ``teach`` is one of the ways in ``teaching``. ``ways`` to color a photo each get scores, on each
    of the ``groups`` of test photos.
    """

    network: Callable[..., keras.Model]
    teach: Callable[[Callable[..., keras.Model], datasets.Split, Path], keras.Model]
    ways: Mapping[str, judging.Way] = {"network": colorizer.colorize}
    sets: tuple[str, ...] = ("flowers", "outdoors")
    groups: Callable[[Mapping[str, datasets.Split]], dict[str, list[Path]]] = judging.by_set


RECIPES = {
    "unet": Recipe(
        networks.unet,
        partial(
            teaching.by_example,
            stages=(Stage(64, 32, 34, 1.5e-3), Stage(128, 16, 11, 8e-4)),
        ),
    ),
    "hints": Recipe(
        networks.unet_with_hints,
        partial(
            teaching.by_example,
            begin=teaching.unet_and_dots,
            show=teaching.photos_with_dots,
            stages=(Stage(64, 32, 10, 1e-3), Stage(128, 16, 4, 5e-4)),
        ),
        ways={f"{count} dots": judging.with_dots(count) for count in (0, 1, 3, 10)},
    ),
    "vivid": Recipe(
        networks.vivid_logits,
        partial(
            teaching.as_a_choice,
            begin=teaching.unet_to_a_quarter,
            stages=(Stage(64, 32, 14, 1e-3), Stage(128, 16, 5, 5e-4)),
            taken_back=0.35,  # with these two as colorful as the validation photos
            dials={"temperature": 0.3},
        ),
    ),
    "fusion": Recipe(
        networks.fusion,
        partial(
            teaching.by_example,
            begin=teaching.unet_that_is_told,
            show=teaching.photos_and_what_is_seen,
            stages=(Stage(64, 32, 10, 1e-3), Stage(128, 16, 4, 5e-4)),
        ),
        ways={"network": judging.told},
        groups=judging.by_set_and_flower,  # where does the classifier help?
    ),
    "pretrained": Recipe(
        networks.pretrained_logits,
        partial(
            teaching.as_a_choice,
            show=teaching.some_old_photos,
            stages=(
                Stage(96, 32, 4, 1e-3, but_for_blocks(16)),
                Stage(96, 32, 14, 6e-4, but_for_blocks(5)),
                Stage(128, 32, 14, 4e-4, but_for_blocks(5)),
            ),
            # Everyday validation photos stay 6 % closer than gray, and few get pure stains.
            taken_back=0.7,
            dials=networks.CALM,
        ),
        sets=("flowers", "people", "outdoors"),
    ),
    "diffusion": Recipe(
        networks.denoiser,
        partial(
            teaching.by_example,
            show=teaching.noisy_colors,
            stages=(Stage(128, 64, 4, 1e-3), Stage(128, 64, 2, 4e-4)),
            loss="mse",
            dropout=0.0,  # noise enough
        ),
        ways={"one walk": diffusion.colorize},
        sets=("flowers", "people", "outdoors"),
    ),
    "adversarial": Recipe(
        networks.unet,
        partial(
            teaching.by_a_critic,
            begin=teaching.unet,
            stages=(Stage(64, 16, 4, 1e-4), Stage(128, 16, 4, 1e-4)),
        ),
    ),
}


def to_learn_from(parts: Mapping[str, datasets.Split]) -> datasets.Split:
    """Join the sets' training and validation photos, without near-copies of what judges.

    There are few photos of the outdoors: they come three times an epoch.
    """
    every = datasets.Split(*(sum(files, []) for files in zip(*parts.values(), strict=True)))
    copies = classifier.near_copies(every.train, every.validation + every.test)
    train = every.train + 2 * parts["outdoors"].train
    return datasets.Split([file for file in train if file not in copies], every.validation, [])


def judge(
    recipe: Recipe, model: keras.Model, parts: Mapping[str, datasets.Split]
) -> dict[str, dict | list]:
    """Return the scores on each group of test photos, and on skin where there are people."""
    groups = recipe.groups(parts).items()
    result = {
        "test": {name: judging.scores(recipe.ways, model, files) for name, files in groups},
    }
    if "people" in parts:
        (way,) = recipe.ways.values()
        result["skin"] = judging.skin(way, model, parts["people"].test)
    return result


def main() -> None:
    """Train, judge and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--flowers", type=Path, help="the archive's folder, if you have it")
    parser.add_argument("--people", type=Path, help="people_and_places' folder, if you have it")
    parser.add_argument("--scratch", type=Path, default=Path("build"), help="for backups")
    arguments = parser.parse_args()
    recipe = RECIPES[arguments.name]
    keras.utils.set_random_seed(0)
    started = time.monotonic()
    folders = {"flowers": arguments.flowers, "people": arguments.people}
    files = {
        name: datasets.folder(folders[name]) if folders.get(name) else SETS[name]()
        for name in recipe.sets
    }
    parts = {name: datasets.split(datasets.clean(those)[0]) for name, those in files.items()}
    model = recipe.teach(recipe.network, to_learn_from(parts), arguments.scratch / arguments.name)
    scores = {
        "photos": {name: [len(part) for part in split] for name, split in parts.items()},
        "minutes": round((time.monotonic() - started) / 60, 1),
        **judge(recipe, model, parts),
    }
    (HERE / f"{arguments.name}.json").write_text(json.dumps(scores, indent=1) + "\n")
    print(json.dumps(scores, indent=1))
    colorizer.save(model, arguments.name)
    shown = parts["flowers"].test[::60] + parts["outdoors"].test[::5]
    judging.sheet(recipe.ways, model, shown).savefig(HERE / f"{arguments.name}.jpg", dpi=80)


if __name__ == "__main__":
    main()
