"""Watch a training and stop it without loss: Keras callbacks for the lessons' ``model.fit``."""

import base64
import io
import signal
import threading
import time
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from IPython import get_ipython
from IPython.display import display, update_display

from helpers import photos

SECONDS_BETWEEN_PICTURES = 1.5


class Live(keras.callbacks.Callback):
    """Show a progress bar and pictures that improve; the stop button ends the training softly.

    ``show`` is called now and then and returns RGB photos (H, W, 3) in [0, 1] to show in a row.
    After the stop button ``fit`` returns as if it were done, with all that the network has
    learned; a second press interrupts the cell at once.
    """

    def __init__(self, show: Callable[[], Sequence[np.ndarray]] = tuple) -> None:
        super().__init__()
        self.show = show

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.started, self.pictured = time.monotonic(), -np.inf
        self.done, self.stopped, self.pictures = 0, False, ""
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
        return (time.monotonic() - self.started) * (self.total / self.done - 1)

    def _update(self, state: str, logs: dict | None) -> None:
        loss = f"loss {logs['loss']:.5f}, " if logs and "loss" in logs else ""
        self.pictures = "".join(map(_img, self.show()))
        self._show(loss + state, update_display)
        self.pictured = time.monotonic()

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


def repeated(X: np.ndarray, Y: np.ndarray) -> tf.data.Dataset:
    """Offer one batch of inputs and targets again and again, without end."""
    return tf.data.Dataset.from_tensors((X, Y)).repeat()


def _on_interrupt(handler: Callable) -> None:
    """Set what the stop button does; signals exist in the main thread alone."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handler)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"


def _img(photo: np.ndarray) -> str:
    """Write a photo as an HTML image that carries its own bytes."""
    file = io.BytesIO()
    photos.to_image(photo).save(file, "JPEG", quality=90)
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img style="width:min(32%,320px)" src="data:image/jpeg;base64,{data}">'
