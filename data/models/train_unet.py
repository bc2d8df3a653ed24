"""Train the U-Net that the course ships: unet.keras, its figures in unet.json, and unet.jpg.

Run it with ``make model``.

A training that was killed goes on when this is called again; delete build/ to begin anew.
Nothing but the training part of the two data sets is learned from; the validation part chooses
the epoch, the test part judges.
"""

import argparse
import json
import time
from functools import partial
from pathlib import Path

import keras
import numpy as np
from matplotlib.figure import Figure

from helpers import color, colorizer, datasets, figures, metrics, networks, photos, training

HERE = Path(__file__).parent
SIZE = 128
# Half-size photos teach the coarse things four times faster; then come the sharp ones.
STAGES = (
    {"size": 64, "batch_size": 32, "epochs": 70, "rate": 1.5e-3},
    {"size": SIZE, "batch_size": 16, "epochs": 45, "rate": 8e-4},
)


def build(weights: list[np.ndarray] | None, steps: int, rate: float) -> keras.Model:
    """Return the network, compiled, with an earlier stage's weights if there are any."""
    model = networks.unet(dropout=0.2)
    if weights:
        model.set_weights(weights)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - 100, warmup_target=rate, warmup_steps=100
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=0.03, use_ema=True, ema_momentum=0.998, ema_overwrite_frequency=500
    )
    model.compile(optimizer=optimizer, loss="mae")
    return model


def train(parts: datasets.Split, scratch: Path) -> keras.Model:
    """Train through all stages and return the network in float32."""
    weights = None
    keras.config.set_dtype_policy(training.precision())
    for stage in STAGES:
        size, batch_size, epochs = stage["size"], stage["batch_size"], stage["epochs"]
        steps = len(parts.train) // batch_size * epochs
        new, folder = partial(build, weights, steps, stage["rate"]), scratch / str(size)
        if epochs_done(folder) == epochs:
            model = new()
            model.load_weights(folder / "best.weights.h5")
        else:
            model, _ = training.fit(
                new,
                datasets.pairs(parts.train, size, batch_size, augment=True),
                datasets.pairs(parts.validation, size, batch_size),
                epochs,
                folder,
                callbacks=[training.Live()],
            )
        weights = model.get_weights()
    keras.config.set_dtype_policy("float32")
    model = networks.unet()
    model.set_weights(weights)
    return model


def epochs_done(folder: Path) -> int:
    """Return how far a stage has come."""
    file = folder / "history.json"
    return len(json.loads(file.read_text())["history"]["loss"]) if file.exists() else 0


def judge(model: keras.Model, files: list[Path]) -> dict[str, dict[str, float]]:
    """Return the mean scores of the network, and of gray, on photos of SIZE x SIZE."""
    rows = {"network": [], "gray": [], "truth": []}
    for file in files:
        truth = photos.square(photos.load(file), SIZE)
        rows["network"].append(metrics.scores(colorizer.colorize(model, truth), truth))
        rows["gray"].append(metrics.scores(color.to_gray(truth), truth))
        rows["truth"].append({"colorfulness": metrics.colorfulness(truth)})
    return {
        name: {key: round(float(np.mean([row[key] for row in those])), 2) for key in those[0]}
        for name, those in rows.items()
    }


def sheet(model: keras.Model, files: list[Path]) -> Figure:
    """Show test photos in gray, colored, and as they are, with their color difference."""
    shown = []
    for file in files:
        truth = photos.square(photos.load(file), SIZE)
        for name, photo in (
            ("gray", color.to_gray(truth)),
            ("U-Net", colorizer.colorize(model, truth)),
        ):
            shown.append((f"{name}: {metrics.ciede2000(photo, truth):.1f}", photo))
        shown.append((file.stem[:10], truth))
    return figures.grid(shown, columns=6)


def main() -> None:
    """Train, judge and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flowers", type=Path, help="the archive's folder, if you have it")
    parser.add_argument("--scratch", type=Path, default=Path("build/unet"), help="for backups")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    started = time.monotonic()
    sets = {
        "flowers": datasets.folder(arguments.flowers) if arguments.flowers else datasets.flowers(),
        "outdoors": datasets.outdoors(),
    }
    parts = {name: datasets.split(datasets.clean(files)[0]) for name, files in sets.items()}
    # There are ten times as many flowers: the others come three times an epoch.
    both = datasets.Split(
        parts["flowers"].train + 3 * parts["outdoors"].train,
        parts["flowers"].validation + parts["outdoors"].validation,
        [],
    )
    model = train(both, arguments.scratch)
    scores = {
        "photos": {name: [len(part) for part in split] for name, split in parts.items()},
        "minutes": round((time.monotonic() - started) / 60, 1),
        "test": {name: judge(model, split.test) for name, split in parts.items()},
    }
    model.save(HERE / "unet.keras")
    (HERE / "unet.json").write_text(json.dumps(scores, indent=1) + "\n")
    shown = parts["flowers"].test[::40] + parts["outdoors"].test[::4]
    sheet(model, shown).savefig(HERE / "unet.jpg", dpi=80)
    print(json.dumps(scores, indent=1))


if __name__ == "__main__":
    main()
