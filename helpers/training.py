"""Train: watch it, stop it without loss, go on after a crash, on one machine or several."""

import base64
import contextlib
import errno
import hashlib
import io
import json
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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
DRAWS = 2  # seeds that a shuffled data set of known length draws while Keras takes an epoch of it
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
    model.fit(pairs, shuffle=False, verbose=0)  # the first epoch sets things up
    start = time.perf_counter()
    model.fit(pairs, shuffle=False, verbose=0)
    epoch = time.perf_counter() - start
    model.set_weights(weights)
    return max(2, round(seconds / epoch))


def repeated(X: np.ndarray, Y: np.ndarray) -> tf.data.Dataset:
    """Offer one batch of inputs and targets again and again, without end."""
    return tf.data.Dataset.from_tensors((X, Y)).repeat()


class OutOfMemory(photos.PhotoError):
    """A batch that does not fit into memory; the message says which number to lower."""


class TrainingError(photos.PhotoError):
    """A training that cannot be kept, or that has come to nothing; the message says what to do."""


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
    the last whole epoch; in a new session with the same random seed dropout, order and augmentation
    draw what they would have drawn. A finished training starts anew. So does one whose recipe has
    changed (its layers, optimizer, learning rate or loss), and the other's state is kept: call it
    by the old recipe, and it goes on. A damaged state is set aside.

    ``strategy`` spreads each batch over several GPUs (``tf.distribute.MirroredStrategy``) or
    machines (``MultiWorkerMirroredStrategy``: every machine makes this same call, with the same
    random seed, and sees the same ``folder``).

    Raises:
        OutOfMemory: a batch is too large for this device.
        TrainingError: the folder cannot hold the state, or no epoch gave a loss that is a number.
        workers.WorkersError: several workers cannot train together with this Keras.
    """
    team = _team(strategy)
    backup = Backup(folder, team)
    if team:
        train, validation = team.share(train), team.share(validation)
    with strategy.scope() if strategy else contextlib.nullcontext():
        model = build()
        start = backup.restore(model)
    for _ in range(start * DRAWS):
        iter(train)  # the random seeds of what was seen already
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
    crash at any moment leaves a state to go on from. What belongs to another recipe lies in a
    folder ``other-...``, what cannot be read in ``damaged``. Of several workers the first alone
    writes.
    """

    def __init__(self, folder: str | Path, team: "workers.Team | None" = None) -> None:
        super().__init__()
        self.folder, self.team = Path(folder), team
        self.writes = team is None or team.writes
        with _sentences(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)

    def restore(self, model: keras.Model) -> int:
        """Load the last state of this very recipe, if there is one; returns the epochs done.

        Raises:
            TrainingError: the folder cannot hold a state.
        """
        self.recipe, self.history, self.seeds = _recipe(model), {}, []
        model.optimizer.build(model.trainable_variables)
        if self.writes:
            self._expect_room(model)
            self._tidy()
        self._wait()
        saved = self._saved() or {}
        if saved.get("recipe") != self.recipe:
            return 0
        for done, file in sorted(self._states().items(), reverse=True):
            if self._load(model, file):
                self.history = {name: values[:done] for name, values in saved["history"].items()}
                self.seeds = saved.get("seeds", [])[:done]
                for variable, value in zip(_seeds(model), *self.seeds[-1:], strict=False):
                    variable.assign(value)
                print(f"Going on after epoch {done}, from {self.folder}.")
                return done
        return 0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        if not np.isfinite(self.history.get("loss", [0])[-1]):
            self.model.stop_training = True
            print(f"The loss of epoch {epoch + 1} is no number any more: the training stops here.")
            return
        older = self._states().values()
        self.seeds.append([variable.numpy().tolist() for variable in _seeds(self.model)])
        state = {"history": self.history, "recipe": self.recipe, "seeds": self.seeds}
        text = json.dumps(state, indent=1)
        self._write("history.json", lambda file: file.write_text(text))
        if self.history["val_loss"][-1] == self._lowest():
            self._write("best.weights.h5", self.model.save_weights)
        self._write(f"epoch-{epoch + 1}.weights.h5", self.model.save_weights)
        self._remove(older)

    def finish(self, model: keras.Model) -> dict[str, list[float]]:
        """Load the best weights, forget the state to go on from, and return the history.

        Raises:
            TrainingError: no epoch gave a loss that is a number.
        """
        self._wait()
        if not np.isnan(self._lowest()):  # else a best file is of another training
            if not self._load(model, self.folder / "best.weights.h5"):
                print("The network is that of the last epoch.")
        elif not np.isfinite(self.history.get("loss", [0])[-1]):
            raise TrainingError(
                "No epoch gave a loss that is a number: lower the learning rate, and look whether "
                "the photos hold numbers from 0 to 1."
            )
        self._wait()
        self._remove(self._states().values())
        return self.history

    def _lowest(self) -> float:
        """Return the lowest validation loss; nan, if there was none that is a number."""
        return float(np.fmin.reduce(self.history.get("val_loss", []), initial=np.nan))

    def _states(self) -> dict[int, Path]:
        states = {}
        for file in self._files():
            if number := re.fullmatch(r"epoch-(\d+)\.weights\.h5", file.name):
                states[int(number[1])] = file
        return states

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("epoch-*.weights.h5"))

    def _saved(self) -> dict | None:
        """Read what is known of the state; None where it cannot be read or does not fit."""
        try:
            saved = json.loads((self.folder / "history.json").read_text())
            epochs = min(len(values) for values in saved["history"].values())
            return saved if epochs >= max(self._states(), default=0) else None
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None

    def _tidy(self) -> None:
        """Set aside what is no state of this recipe, and fetch what was set aside of it."""
        states = self._states()
        odd = [file for file in self._files() if file not in states.values()]
        if states and self._saved() is None:
            odd += [*states.values(), self.folder / "history.json"]
        self._set_aside(odd)
        if self._states():
            other = self._saved().get("recipe") or {}
            changed = [name for name in self.recipe if other.get(name) != self.recipe[name]]
            if not changed:
                return
            place = self.folder / f"other-{_digest(other)}"
            self._move([*states.values(), *self._kept(self.folder)], place)
            print(
                f"The recipe has changed ({', '.join(changed)}): this training begins anew. "
                f"The other one is kept in {place}."
            )
        place = self.folder / f"other-{_digest(self.recipe)}"
        if place.is_dir():
            self._move(list(place.iterdir()), self.folder)
            place.rmdir()

    @staticmethod
    def _kept(folder: Path) -> list[Path]:
        files = (folder / "history.json", folder / "best.weights.h5")
        return [file for file in files if file.exists()]

    def _set_aside(self, files: Sequence[Path]) -> None:
        """Move files that cannot be used out of the way, and say so."""
        files = [file for file in files if file.exists()]
        if files and self.writes:
            place = self.folder / "damaged"
            self._move(files, place)
            names = ", ".join(file.name for file in files)
            print(f"Of no use, and moved to {place}: {names}.")

    def _move(self, files: Sequence[Path], place: Path) -> None:
        with _sentences(self.folder):
            place.mkdir(exist_ok=True)
            for file in files:
                os.replace(file, place / file.name)

    def _load(self, model: keras.Model, file: Path) -> bool:
        """Load weights; where that fails, set the file aside, and leave the network as it was."""
        variables = [*model.variables, *model.optimizer.variables]
        before = [keras.ops.convert_to_numpy(variable) for variable in variables]
        try:
            model.load_weights(file)
        except Exception:  # h5py and Keras have many words for a damaged file
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
            self._set_aside([file])
            return False
        return True

    def _expect_room(self, model: keras.Model) -> None:
        """Try whether the folder takes a state's bytes: HDF5 ends the program where it does not."""
        variables = [*model.variables, *model.optimizer.variables]
        self.bytes = 2**16 + 2 * sum(4 * int(np.prod(variable.shape)) for variable in variables)
        draft = self.folder / "unfinished-draft"
        with _sentences(self.folder, self.bytes):
            try:
                with open(draft, "wb") as file:
                    for start in range(0, self.bytes, 2**20):
                        file.write(bytes(min(2**20, self.bytes - start)))
            finally:
                draft.unlink(missing_ok=True)

    def _write(self, name: str, write: Callable[[Path], None]) -> None:
        """Write a file under another name first, so that its own name stands for a whole file."""
        if self.writes:
            with _sentences(self.folder, self.bytes):
                if shutil.disk_usage(self.folder).free < self.bytes // 2:
                    raise OSError(errno.ENOSPC, "no room")
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


@contextlib.contextmanager
def _sentences(folder: Path, size: int = 0) -> Iterator[None]:
    """Turn an error of the file system into a sentence for whoever trains."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            need = f"{size / 1e6:.0f} MB" if size > 1e6 else "a little"
            text = f"{folder} has no room for the training's state: free {need}, and try again."
        else:
            text = f"{folder} cannot be written to ({error.strerror}): choose another folder."
        raise TrainingError(text) from error


def _seeds(model: keras.Model) -> list[keras.Variable]:
    """List the states of a network's random numbers, which its files of weights do not hold."""
    known = {id(weight) for weight in model.weights}
    return [variable for variable in model.variables if id(variable) not in known]


NAMES = {"name", "seed", "inbound_nodes", "input_layers", "output_layers", "build_config"}


def _recipe(model: keras.Model) -> dict[str, str]:
    """Describe what decides how a training goes on: layers, optimizer with its rate, and loss."""
    layers = [[type(layer).__name__, _config(layer)] for layer in model.layers]
    shapes = [tuple(weight.shape) for weight in model.weights]
    loss = model.loss
    return {
        "layers": _digest([layers, shapes]),
        "optimizer": _text([type(model.optimizer).__name__, _config(model.optimizer)]),
        "loss": _text(_config(loss) if hasattr(loss, "get_config") else loss),
    }


def _config(thing: object) -> object:
    """Return what a layer, an optimizer or a loss is made of, if it can tell."""
    try:
        return [type(thing).__name__, thing.get_config()]
    except (NotImplementedError, TypeError, ValueError):
        return type(thing).__name__


def _text(thing: object) -> str:
    """Write a configuration such that the same one gives the same text in any session."""

    def plain(one: object) -> object:
        if isinstance(one, dict):
            return {str(key): plain(value) for key, value in one.items() if key not in NAMES}
        if isinstance(one, list | tuple):
            return [plain(part) for part in one]
        if one is None or isinstance(one, str | int | float):
            return one
        return getattr(one, "__name__", type(one).__name__)

    return json.dumps(plain(thing), sort_keys=True)


def _digest(thing: object) -> str:
    return hashlib.sha256(_text(thing).encode()).hexdigest()[:8]


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
