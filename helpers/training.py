"""Train: watch it, stop it without loss, go on after a crash, on one machine or several."""

import base64
import contextlib
import io
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf
from IPython import get_ipython
from IPython.display import display, update_display

from helpers import colorizer, figures, photos

if TYPE_CHECKING:
    from helpers import workers

SECONDS_BETWEEN_PICTURES = 1.5
CPU_INFO = Path("/proc/cpuinfo")  # Linux tells here what the processor knows


class Live(keras.callbacks.Callback):
    """Show a progress bar and pictures that improve; the stop button ends the training softly.

    ``show`` holds RGB photos (H, W, 3) in [0, 1] that the network colors as it learns; or it is a
    function that returns the photos to show in a row. A training that is validated shows its
    losses by epoch as well.
    After the stop button ``fit`` returns as if it were done, with all that the network has
    learned; a second press interrupts the cell at once.
    """

    def __init__(
        self, show: Sequence[np.ndarray] | Callable[[], Sequence[np.ndarray]] = ()
    ) -> None:
        super().__init__()
        self.show = show

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.started, self.pictured = time.monotonic(), -np.inf
        self.done, self.stopped, self.pictures, self.curve = 0, False, "", ""
        self.first, self.losses = None, {"epoch": [], "loss": [], "val_loss": []}
        steps = self.params["steps"]  # None for data of unknown length
        self.total = steps and self.params["epochs"] * steps
        self.display_id = f"live-{id(self)}-{self.started}"
        self._show("starting", display)
        _on_interrupt(self._stop)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.done = self.before + batch + 1
        if time.monotonic() - self.pictured >= SECONDS_BETWEEN_PICTURES:
            left = f"{_minutes(self._seconds_left())} left" if self.total else "at work"
            self._update(left, logs)
        if self.stopped:
            self.model.stop_training = True

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.before = epoch * self.params["steps"] if self.total else self.done
        if self.first is None:  # a training that goes on begins later
            self.first = self.before

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if logs and "val_loss" in logs and get_ipython() is not None:
            for name, values in self.losses.items():
                values.append(epoch + 1 if name == "epoch" else logs[name])
            figure = figures.learning_curves({"": self.losses})
            file = io.BytesIO()
            figure.savefig(file, dpi=70)
            self.curve = _img(file.getvalue(), "png", "the losses so far", "max-width:100%")

    def on_train_end(self, logs: dict | None = None) -> None:
        _on_interrupt(signal.default_int_handler)
        took = _minutes(time.monotonic() - self.started)
        state = "stopped: the network keeps what it has learned" if self.stopped else "done"
        self._update(f"{state}, {took}", logs)

    def _stop(self, number: int, frame: object) -> None:
        """Take the first interrupt as a wish to stop after the step at hand."""
        self.stopped = True
        _on_interrupt(signal.default_int_handler)

    def _seconds_left(self) -> float:
        passed = time.monotonic() - self.started
        return passed / (self.done - self.first) * (self.total - self.done)

    def _update(self, state: str, logs: dict | None) -> None:
        loss = f"loss {logs['loss']:.5f}, " if logs and "loss" in logs else ""
        shown = self.show() if callable(self.show) else map(self._colored, self.show)
        jpegs = [photos.to_jpeg(photo) for photo in shown]
        self.pictures = "".join(
            _img(jpeg, "jpeg", f"picture {i}") for i, jpeg in enumerate(jpegs, 1)
        )
        self._show(loss + state, update_display)
        self.pictured = time.monotonic()

    def _colored(self, photo: np.ndarray) -> np.ndarray:
        return colorizer.colorize(self.model, photo)

    def _show(self, state: str, publish: Callable[..., None]) -> None:
        text = f"step {self.done} of {self.total or '?'}, {state}"
        if get_ipython() is None:
            print(text)
        else:
            publish(self._bundle(text), raw=True, display_id=self.display_id)

    def _bundle(self, text: str) -> dict[str, str]:
        html = (
            f'<progress value="{self.done}" max="{self.total or 1}" '
            'style="width:min(100%,24em)"></progress>'
            f"<div>{text}</div>"
            f'<div style="display:flex;gap:8px;flex-wrap:wrap">{self.pictures}</div>'
            f"{self.curve}"
        )
        return {"text/plain": text, "text/html": html}


class Snapshots(keras.callbacks.Callback):
    """Keep the picture that ``show`` returns after certain epochs, as ``photos[epoch]``."""

    def __init__(self, show: Callable[[], np.ndarray], epochs: Sequence[int]) -> None:
        super().__init__()
        self.show, self.epochs, self.photos = show, epochs, {}

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if epoch + 1 in self.epochs:
            self.photos[epoch + 1] = self.show()


def fit_quick(
    model: keras.Model,
    X: np.ndarray,
    Y: np.ndarray,
    steps: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> keras.callbacks.History:
    """Train on one batch by lesson 02's quick recipe; the history has a loss for every 25 steps.

    Raises:
        ValueError: ``steps`` is not 50 or more, in whole 25s.
    """
    if steps < 50 or steps % 25:
        raise ValueError(f"steps is {steps}: take 50, 75, 100 or any larger multiple of 25.")
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - 20, warmup_target=6e-3, warmup_steps=20
    )
    optimizer = keras.optimizers.Adam(rate, beta_2=0.97)
    model.compile(optimizer=optimizer, loss="mse", steps_per_execution=25)
    return model.fit(
        repeated(X, Y),
        epochs=steps // 25,
        steps_per_epoch=25,
        shuffle=False,
        verbose=0,
        callbacks=callbacks,
    )


def epochs_in_time(model: keras.Model, pairs: tf.data.Dataset, seconds: float) -> int:
    """Measure how many epochs of training fit into so many seconds, 2 at least.

    The network is compiled, trains for two epochs, and gets its weights back.
    """
    model.compile("adam", loss="mae")
    weights = model.get_weights()
    model.fit(pairs, verbose=0)  # the first epoch sets things up
    start = time.perf_counter()
    model.fit(pairs, verbose=0)
    epoch = time.perf_counter() - start
    model.set_weights(weights)
    return max(2, round(seconds / epoch))


def repeated(X: np.ndarray, Y: np.ndarray) -> tf.data.Dataset:
    """Offer one batch of inputs and targets again and again, without end."""
    return tf.data.Dataset.from_tensors((X, Y)).repeat()


class OutOfMemory(photos.PhotoError):
    """A batch that does not fit into memory; the message says which number to lower."""


def fit(
    build: Callable[[], keras.Model],
    train: tf.data.Dataset,
    validation: tf.data.Dataset,
    epochs: int,
    folder: str | Path,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    strategy: tf.distribute.Strategy | None = None,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train the compiled network that ``build`` returns; keep its best weights in ``folder``.

    Returns the network as it was after the epoch with the lowest validation loss, and a list of
    values by epoch for each quantity that Keras reports. After a crash the same call goes on from
    the last whole epoch; a finished training, or one of another network, starts anew.

    ``strategy`` spreads each batch over several GPUs (``tf.distribute.MirroredStrategy``) or
    machines (``MultiWorkerMirroredStrategy``: every machine makes this same call, with the same
    random seed, and sees the same ``folder``).

    Raises:
        OutOfMemory: a batch is too large for this device.
        workers.WorkersError: several workers cannot train together with this Keras.
    """
    team = _team(strategy)
    backup = Backup(folder, team)
    if team:
        train, validation = team.share(train), team.share(validation)
    with strategy.scope() if strategy else contextlib.nullcontext():
        model = build()
        start = backup.restore(model)
    try:
        with team.mended(model) if team else contextlib.nullcontext():
            model.fit(
                train,
                validation_data=validation,
                initial_epoch=start,
                epochs=epochs,
                shuffle=False,
                verbose=0,
                callbacks=[backup, *callbacks],
            )
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        size = keras.tree.flatten(train.element_spec)[0].shape[0]
        many = f"of {size} photos " if size else ""
        raise OutOfMemory(f"A batch {many}is too much: lower batch_size.") from error
    return model, backup.finish(model)


class Backup(keras.callbacks.Callback):
    """Save the state after each epoch, so that a killed training goes on where it was.

    The folder holds ``history.json``, ``best.weights.h5`` and, while training, the network with
    its optimizer as ``epoch-N.weights.h5``. A file gets its name when it is whole, so that a
    crash at any moment leaves a state to go on from. Of several workers the first alone writes.
    """

    def __init__(self, folder: str | Path, team: "workers.Team | None" = None) -> None:
        super().__init__()
        self.folder, self.team = Path(folder), team
        self.writes = team is None or team.writes
        self.folder.mkdir(parents=True, exist_ok=True)

    def restore(self, model: keras.Model) -> int:
        """Load the last state of this very network, if there is one; returns the epochs done."""
        layers = [type(layer).__name__ for layer in model.layers]
        self.network = str([*layers, *(tuple(weight.shape) for weight in model.weights)])
        self.history = {}
        states, history = self._states(), self.folder / "history.json"
        saved = json.loads(history.read_text()) if states and history.exists() else {}
        if saved.get("network") != self.network:
            self._remove(states.values())
            return 0
        done = max(states)
        self.history = {name: values[:done] for name, values in saved["history"].items()}
        model.optimizer.build(model.trainable_variables)
        model.load_weights(states[done])
        print(f"Going on after epoch {done}, from {self.folder}.")
        return done

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        older = self._states().values()
        text = json.dumps({"history": self.history, "network": self.network}, indent=1)
        self._write("history.json", lambda file: file.write_text(text))
        if self.history["val_loss"][-1] == self._lowest():
            self._write("best.weights.h5", self.model.save_weights)
        self._write(f"epoch-{epoch + 1}.weights.h5", self.model.save_weights)
        self._remove(older)

    def finish(self, model: keras.Model) -> dict[str, list[float]]:
        """Load the best weights, forget the state to go on from, and return the history."""
        self._wait()
        if not np.isnan(self._lowest()):  # else a best file is of another training
            model.load_weights(self.folder / "best.weights.h5")
        self._wait()
        self._remove(self._states().values())
        return self.history

    def _lowest(self) -> float:
        """Return the lowest validation loss; nan, if there was none that is a number."""
        return float(np.fmin.reduce(self.history.get("val_loss", []), initial=np.nan))

    def _states(self) -> dict[int, Path]:
        files = self.folder.glob("epoch-*.weights.h5")
        return {int(file.name.split("-")[1].split(".")[0]): file for file in files}

    def _write(self, name: str, write: Callable[[Path], None]) -> None:
        """Write a file under another name first, so that its own name stands for a whole file."""
        if self.writes:
            scratch = self.folder / f"unfinished-{name}"
            write(scratch)
            os.replace(scratch, self.folder / name)

    def _remove(self, files: Iterable[Path]) -> None:
        for file in files if self.writes else ():
            file.unlink()

    def _wait(self) -> None:
        """Let every worker come to this point before any goes on."""
        if self.team:
            self.team.wait()


def _team(strategy: tf.distribute.Strategy | None) -> "workers.Team | None":
    """Gather the workers, if there are several; others need nothing of what only these need."""
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return None
    from helpers import workers  # noqa: PLC0415

    return workers.Team(strategy)


def precision() -> str:
    """Name the Keras dtype policy that trains fastest on this device.

    GPUs calculate in float16 and processors that know bfloat16 in that, while weights stay in
    float32 (Micikevicius et al., "Mixed precision training", 2018). Others take float32.
    """
    if tf.config.list_physical_devices("GPU"):
        return "mixed_float16"
    flags = CPU_INFO.read_text() if CPU_INFO.exists() else ""
    return "mixed_bfloat16" if "avx512_bf16" in flags or "amx_bf16" in flags else "float32"


def _on_interrupt(handler: Callable) -> None:
    """Set what the stop button does; signals exist in the main thread alone."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handler)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"


def _img(content: bytes, kind: str, alt: str, style: str = "width:min(32%,320px)") -> str:
    """Write an image file as HTML that carries its bytes; ``alt`` says what it shows."""
    source = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return f'<img style="{style}" alt="{alt}" src="{source}">'
