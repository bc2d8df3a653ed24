"""Train a network that the course ships: NAME.npz, its figures in NAME.json, and NAME.jpg.

Run it with ``make model NAME=unet``, or another name of RECIPES.

A training that was killed goes on when this is called again; delete build/ to begin anew.
Nothing but the training part of the data sets is learned from; the validation part chooses the
epoch and the settings, the test part judges.
"""

import argparse
import csv
import json
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from helpers import (
    adversarial,
    bins,
    classifier,
    color,
    colorizer,
    datasets,
    feeding,
    figures,
    hints,
    metrics,
    networks,
    photos,
    training,
)

HERE = Path(__file__).parent
SIZE = 128
SETS = {  # by name, in the order of their training photos
    "flowers": datasets.flowers,
    "people": datasets.people_and_places,
    "outdoors": datasets.outdoors,
}
VIVID = {"taken_back": 0.35, "temperature": 0.3}  # as colorful as the validation photos
# Everyday validation photos stay 6 % closer than gray, and few get stains of pure color.
PRETRAINED = {"taken_back": 0.7, **networks.CALM}


class Stage(NamedTuple):
    """A part of a training; half-size photos teach the coarse things four times faster."""

    size: int
    batch_size: int
    epochs: int
    rate: float
    frozen: int = 0  # the first blocks of a pre-trained encoder, which learn nothing


class Recipe(NamedTuple):
    """How a network is built, started, trained in stages, asked to color a photo, and fed.

    ``feed`` may change what the network gets (with a seed, always alike); ``loss`` may count in
    the photos; ``finish`` makes the trained network one that predicts ab.
    """

    network: Callable[..., keras.Model]
    start: Callable[[], list[np.ndarray] | None]
    stages: tuple[Stage, ...]
    ways: dict[str, Callable[[keras.Model, np.ndarray], np.ndarray]]
    feed: Callable[[tf.data.Dataset, int | None], tf.data.Dataset] = lambda pairs, seed: pairs
    loss: Callable[[datasets.Split], str | Callable] = lambda parts: "mae"
    finish: Callable[[keras.Model, datasets.Split], keras.Model] = lambda model, parts: model
    views: int = 0  # how many views of each photo the classifier is asked about
    sets: tuple[str, ...] = ("flowers", "outdoors")
    teach: Callable[["Recipe", datasets.Split, Path], keras.Model] | None = None  # else ``train``


def unet_weights_for_hints() -> list[np.ndarray]:
    """Return the shipped U-Net's weights; the dots' three planes begin without influence."""
    first, *others = colorizer.load("unet").get_weights()
    return [np.pad(first, ((0, 0), (0, 0), (0, 3), (0, 0))), *others]


def unet_weights_for_bins() -> list[np.ndarray]:
    """Return the shipped U-Net's weights up to a quarter of the size, and new ones from there."""
    learned, new = colorizer.load("unet").get_weights(), networks.vivid_logits().get_weights()
    return learned[: len(new) - 4] + new[-4:]


def weights_of_bins(parts: datasets.Split) -> np.ndarray:
    """Count the colors of the training photos, and weigh the rare ones more."""
    return bins.weights(bins.frequencies(feeding.pairs(parts.train, 64, 32)))


def painting(
    chooser: keras.Model, parts: datasets.Split, taken_back: float, **dials: float
) -> keras.Model:
    """Take a part of the rebalancing back, and let the network paint; validation chose the dials.

    Source: Menon et al., "Long-tail learning via logit adjustment" (2021), eq. 9, for taking back.
    """
    last = chooser.get_layer("logits")
    kernel, bias = last.get_weights()
    last.set_weights([kernel, bias - taken_back * np.log(weights_of_bins(parts))])
    return networks.vivid(chooser, **dials)


def with_dots(count: int) -> Callable[[keras.Model, np.ndarray], np.ndarray]:
    """Return a way to color a photo with ``count`` dots of its true colors at random places."""
    places = np.random.default_rng(0).random((count, 2))
    return lambda model, truth: hints.colorize(model, truth, hints.dots_from(truth, places))


def aged(pairs: tf.data.Dataset, seed: int | None) -> tf.data.Dataset:
    """Make old photos of a third of the photos, for learning: L alone fades, blurs, gets grain."""
    if seed is not None:  # what a training is watched by stays as it is
        return pairs
    return pairs.map(lambda L, ab: (_aged(L), ab), num_parallel_calls=tf.data.AUTOTUNE)


def _aged(L: tf.Tensor) -> tf.Tensor:
    draw = tf.unstack(tf.random.uniform([6, tf.shape(L)[0], 1, 1, 1]))
    curve, contrast, lightest, grain, blurred, old = draw
    aged = 100 * (L / 100) ** tf.exp(curve - 0.5)
    contrast = 1 - 0.5 * contrast
    aged = contrast * aged + (1 - contrast) * 100 * lightest
    aged = tf.where(blurred < 0.3, tf.nn.avg_pool2d(aged, 3, 1, "SAME"), aged)
    aged += 8 * grain**2 * tf.random.normal(tf.shape(L))
    return tf.where(old < 1 / 3, tf.clip_by_value(aged, 0, 100), L)


def train_against_a_critic(recipe: Recipe, parts: datasets.Split, scratch: Path) -> keras.Model:
    """Train painter and critic through all stages; return the painter as it is at the end.

    No epoch is chosen: no loss of such a training tells which is best.
    """
    keras.config.set_dtype_policy(training.precision())
    painter = recipe.network()
    keras.config.set_dtype_policy("float32")
    painter.set_weights(recipe.start())
    duel = adversarial.Duel(painter, networks.critic())
    duel(tf.zeros((1, 16, 16, 1)))  # builds it, which the backup asks for
    for size, batch_size, epochs, rate, *_ in recipe.stages:
        steps = len(parts.train) // batch_size * epochs
        falling = partial(keras.optimizers.schedules.CosineDecay, warmup_steps=100, alpha=0.1)
        painter_rate, critic_rate = (
            falling(0.0, steps - 100, warmup_target=one) for one in (rate, 4 * rate)
        )
        duel.compile(painter_rate, critic_rate)
        duel.fit(
            feeding.pairs(parts.train, size, batch_size, augment=True),
            epochs=epochs,
            verbose=0,
            callbacks=[
                keras.callbacks.BackupAndRestore(scratch / str(size), delete_checkpoint=False),
                training.Live(),
            ],
        )
    model = recipe.network()
    model.set_weights(painter.get_weights())
    return model


def unet_weights_for_fusion() -> list[np.ndarray]:
    """Return the shipped U-Net's weights; what the classifier sees begins without influence."""
    return networks.fusion_from(colorizer.load("unet")).get_weights()


def told(model: keras.Model, truth: np.ndarray) -> np.ndarray:
    """Color a photo with what the classifier sees in it."""
    L, ab = color.split(truth)
    ab = model.predict_on_batch([L[None], classifier.logits(L[None])])[0]
    return color.join(L, color.AB_SCALE * ab)


RECIPES = {
    "unet": Recipe(
        networks.unet,
        lambda: None,
        (Stage(64, 32, 34, 1.5e-3), Stage(SIZE, 16, 11, 8e-4)),
        {"network": colorizer.colorize},
    ),
    "hints": Recipe(
        networks.unet_with_hints,
        unet_weights_for_hints,
        (Stage(64, 32, 10, 1e-3), Stage(SIZE, 16, 4, 5e-4)),
        {f"{count} dots": with_dots(count) for count in (0, 1, 3, 10)},
        feed=hints.simulated,
    ),
    "vivid": Recipe(
        networks.vivid_logits,
        unet_weights_for_bins,
        (Stage(64, 32, 14, 1e-3), Stage(SIZE, 16, 5, 5e-4)),
        {"network": colorizer.colorize},
        loss=lambda parts: bins.loss(weights_of_bins(parts)),
        finish=partial(painting, **VIVID),
    ),
    "fusion": Recipe(
        networks.fusion,
        unet_weights_for_fusion,
        (Stage(64, 32, 10, 1e-3), Stage(SIZE, 16, 4, 5e-4)),
        {"network": told},
        views=6,
    ),
    "pretrained": Recipe(
        networks.pretrained_logits,
        lambda: None,
        (
            Stage(96, 32, 4, 1e-3, frozen=16),
            Stage(96, 32, 14, 6e-4, frozen=5),
            Stage(SIZE, 32, 14, 4e-4, frozen=5),
        ),
        {"network": colorizer.colorize},
        feed=aged,
        loss=lambda parts: bins.loss(weights_of_bins(parts)),
        finish=partial(painting, **PRETRAINED),
        sets=("flowers", "people", "outdoors"),
    ),
    "adversarial": Recipe(
        networks.unet,
        lambda: colorizer.load("unet").get_weights(),
        (Stage(64, 16, 4, 1e-4), Stage(SIZE, 16, 4, 1e-4)),
        {"network": colorizer.colorize},
        teach=train_against_a_critic,
    ),
}


def build(
    recipe: Recipe, weights: list | None, loss: str | Callable, steps: int, stage: Stage
) -> keras.Model:
    """Return the network, compiled, with an earlier stage's weights if there are any."""
    model = recipe.network(dropout=0.2)
    if weights:
        model.set_weights(weights)
    if stage.frozen:
        classifier.freeze(model.get_layer("encoder"), stage.frozen)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - 100, warmup_target=stage.rate, warmup_steps=100
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=0.03, use_ema=True, ema_momentum=0.998, ema_overwrite_frequency=500
    )
    model.compile(optimizer=optimizer, loss=loss)
    return model


def train(recipe: Recipe, parts: datasets.Split, scratch: Path) -> keras.Model:
    """Train through all stages and return the network in float32."""
    weights, loss, seen = recipe.start(), recipe.loss(parts), [None, None]
    if recipe.views:
        seen = [
            classifier.views(part, scratch.parent / f"views_{name}.npz", count)
            for name, part, count in zip(parts._fields, parts[:2], (recipe.views, 1), strict=False)
        ]
    keras.config.set_dtype_policy(training.precision())
    for number, stage in enumerate(recipe.stages, 1):
        size, batch_size, epochs = stage.size, stage.batch_size, stage.epochs
        steps = len(parts.train) // batch_size * epochs
        folder = scratch / str(number)
        if epochs_done(folder) == epochs:
            model = recipe.network(dropout=0.2)
            model.load_weights(folder / "best.weights.h5")
        else:
            learn = feeding.pairs(parts.train, size, batch_size, augment=True, views=seen[0])
            watch = feeding.pairs(parts.validation, size, batch_size, views=seen[1])
            model, _ = training.fit(
                partial(build, recipe, weights, loss, steps, stage),
                recipe.feed(learn, None),
                recipe.feed(watch, 0),
                epochs,
                folder,
                callbacks=[training.Live()],
            )
        weights = model.get_weights()
    keras.config.set_dtype_policy("float32")
    model = recipe.network()
    model.set_weights(weights)
    return recipe.finish(model, parts)


def epochs_done(folder: Path) -> int:
    """Return how far a stage has come."""
    file = folder / "history.json"
    return len(json.loads(file.read_text())["history"]["loss"]) if file.exists() else 0


def judge(recipe: Recipe, model: keras.Model, files: list[Path]) -> dict[str, dict[str, float]]:
    """Return the mean scores of the network, and of gray, on photos of SIZE x SIZE.

    ``against gray`` is the mean difference of CIEDE2000, photo by photo, with its interval.
    """
    rows = {name: [] for name in (*recipe.ways, "gray", "truth")}
    for file in files:
        truth = photos.square(photos.load(file), SIZE)
        for name, way in recipe.ways.items():
            rows[name].append(metrics.scores(way(model, truth), truth))
        rows["gray"].append(metrics.scores(color.to_gray(truth), truth))
        rows["truth"].append({"colorfulness": metrics.colorfulness(truth)})
    means = {
        name: {key: round(float(np.mean([row[key] for row in those])), 2) for key in those[0]}
        for name, those in rows.items()
    }
    means["against gray"] = {}
    for name in recipe.ways:
        off = [row["CIEDE2000"] for row in rows[name]]
        gain = np.subtract(off, [row["CIEDE2000"] for row in rows["gray"]])
        interval = [gain.mean(), *metrics.bootstrap_interval(gain)]
        means["against gray"][name] = [round(float(value), 2) for value in interval]
    return means


@cache
def seen_on_test_photos() -> dict[str, dict[str, str]]:
    """Read what a person saw on the test photos of Open Images, by their names.

    ``group`` is people, room, street, other or odd; ``skin`` a window of even skin in the middle
    square, as shares of its side (left, top, right, bottom), or nothing.
    """
    with open(photos.DATA / "people_and_places_test.csv", encoding="utf-8", newline="") as table:
        return {row["id"]: row for row in csv.DictReader(table)}


def judge_skin(model: keras.Model, files: list[Path]) -> list[dict[str, float | list[float]]]:
    """Return CIEDE2000 on skin alone for its darkest, its middle and its lightest third by L."""
    rows = []
    for file in files:
        window = seen_on_test_photos().get(file.stem, {}).get("skin")
        if not window:
            continue
        left, top, right, bottom = (float(share) * SIZE for share in window.split())
        skin = np.s_[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))]
        truth = photos.square(photos.load(file), SIZE)
        guess = colorizer.colorize(model, truth)
        L = np.median(color.split(truth)[0][skin])
        off = [metrics.ciede2000(one[skin], truth[skin]) for one in (guess, color.to_gray(truth))]
        rows.append((L, *off))
    thirds = np.array_split(np.array(sorted(rows)), 3)
    return [
        {
            "L": [round(float(third[0, 0])), round(float(third[-1, 0]))],
            "photos": len(third),
            "network": round(float(third[:, 1].mean()), 2),
            "gray": round(float(third[:, 2].mean()), 2),
            "against gray": [
                round(float(value), 2)
                for value in metrics.bootstrap_interval(third[:, 1] - third[:, 2])
            ],
        }
        for third in thirds
    ]


def judged(recipe: Recipe, parts: dict[str, datasets.Split]) -> dict[str, list[Path]]:
    """Return the test photos by group: what they show, and where the classifier helps."""
    groups = {name: split.test for name, split in parts.items()}
    if recipe.views:
        for file in parts["flowers"].test:
            groups.setdefault(file.parent.name, []).append(file)
    for file in groups.pop("people", []):
        seen = seen_on_test_photos().get(file.stem, {"group": file.parent.name})  # food has no row
        groups.setdefault(seen["group"], []).append(file)
    groups.pop("odd", None)  # posters, toned prints, light of one color: no measure of anything
    return groups


def sheet(recipe: Recipe, model: keras.Model, files: list[Path]) -> figures.Figure:
    """Show test photos in gray, colored, and as they are, with their color difference."""
    shown = []
    for file in files:
        truth = photos.square(photos.load(file), SIZE)
        guesses = {name: way(model, truth) for name, way in recipe.ways.items()}
        for name, photo in {"gray": color.to_gray(truth), **guesses}.items():
            shown.append((f"{name}: {metrics.ciede2000(photo, truth):.1f}", photo))
        shown.append((file.stem[:10], truth))
    return figures.grid(shown, columns=6)


def to_learn_from(parts: dict[str, datasets.Split]) -> datasets.Split:
    """Join the sets' training and validation photos, without near-copies of what judges.

    There are few photos of the outdoors: they come three times an epoch.
    """
    every = datasets.Split(*(sum(files, []) for files in zip(*parts.values(), strict=True)))
    copies = classifier.near_copies(every.train, every.validation + every.test)
    train = every.train + 2 * parts["outdoors"].train
    return datasets.Split([file for file in train if file not in copies], every.validation, [])


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
    learned = to_learn_from(parts)
    model = (recipe.teach or train)(recipe, learned, arguments.scratch / arguments.name)
    scores = {
        "photos": {name: [len(part) for part in split] for name, split in parts.items()},
        "minutes": round((time.monotonic() - started) / 60, 1),
        "test": {
            name: judge(recipe, model, files) for name, files in judged(recipe, parts).items()
        },
    }
    if "people" in parts:
        scores["skin"] = judge_skin(model, parts["people"].test)
    (HERE / f"{arguments.name}.json").write_text(json.dumps(scores, indent=1) + "\n")
    print(json.dumps(scores, indent=1))
    colorizer.save(model, arguments.name)
    shown = parts["flowers"].test[::60] + parts["outdoors"].test[::5]
    sheet(recipe, model, shown).savefig(HERE / f"{arguments.name}.jpg", dpi=80)


if __name__ == "__main__":
    main()
