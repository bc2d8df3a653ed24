import os
import re
import signal
import threading
from collections.abc import Callable, Iterator

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from helpers import training

X = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]


class Do(keras.callbacks.Callback):
    """Do something after a step, counted from 1 over all epochs."""

    def __init__(self, **actions: Callable[[], None]) -> None:
        super().__init__()
        self.actions, self.step = actions, 0

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        self.step += 1
        self.actions.get(f"at_{self.step}", lambda: None)()


def press_stop() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def press_twice() -> None:
    press_stop()
    press_stop()


def fail() -> None:
    raise RuntimeError("boom")


def tiny(**options: object) -> keras.Model:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", **options)
    return model


def fit(model: keras.Model, *callbacks: keras.callbacks.Callback, **options: object) -> object:
    data = {"x": X, "y": 2 * X, "batch_size": 1, "verbose": 0, **options}
    return model.fit(callbacks=list(callbacks), **data)


def photo() -> np.ndarray:
    return np.full((4, 6, 3), 0.5)


@pytest.fixture
def old_handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable]:
    """Set the handler that Live must put back, and stay outside IPython."""
    monkeypatch.setattr(InteractiveShell, "_instance", None)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def test_live_writes_plain_lines_outside_ipython(
    old_handler: Callable, capsys: pytest.CaptureFixture
) -> None:
    fit(tiny(), training.Live(lambda: [photo()]))
    out, err = capsys.readouterr()
    assert "step 8 of 8, loss" in out
    assert "<" not in out
    assert err == ""


@pytest.mark.parametrize(
    ("steps_per_execution", "options", "total"),
    [
        (1, {"epochs": 1}, 8),
        (1, {"epochs": 3, "batch_size": 8}, 3),
        (1, {"epochs": 3}, 24),
        (1, {"epochs": 4, "initial_epoch": 1}, 32),
        (25, {"repeat": True, "steps_per_epoch": 100}, 100),
        (25, {"repeat": True, "steps_per_epoch": 25, "epochs": 4}, 100),
        (4, {"epochs": 2}, 16),
        (1, {"epochs": 1, "validation_data": (X, X)}, 8),
    ],
)
def test_live_counts_steps(
    old_handler: Callable,
    capsys: pytest.CaptureFixture,
    steps_per_execution: int,
    options: dict,
    total: int,
) -> None:
    if options.pop("repeat", False):
        data = tf.data.Dataset.from_tensors((X, 2 * X)).repeat()
        options = {**options, "x": data, "y": None, "batch_size": None, "shuffle": False}
    fit(tiny(steps_per_execution=steps_per_execution), training.Live(), **options)
    shown = [tuple(map(int, pair)) for pair in re.findall(r"step (\d+) of (\d+)", read(capsys))]
    assert shown[0] == (0, total)
    assert shown[-1] == (total, total)
    assert shown == sorted(shown)


def read(capsys: pytest.CaptureFixture) -> str:
    return capsys.readouterr().out


def test_live_takes_data_of_unknown_length(
    old_handler: Callable, capsys: pytest.CaptureFixture
) -> None:
    signature = (tf.TensorSpec((8, 1)), tf.TensorSpec((8, 1)))
    data = tf.data.Dataset.from_generator(lambda: iter([(X, X)] * 3), output_signature=signature)
    fit(tiny(), training.Live(), x=data, y=None, batch_size=None, shuffle=False, epochs=2)
    assert "done" in read(capsys)


def test_stop_button_ends_a_training_softly(
    old_handler: Callable, capsys: pytest.CaptureFixture
) -> None:
    model, handlers = tiny(), []
    before = model.get_weights()[0]
    watch = Do(at_3=press_stop, at_2=lambda: handlers.append(signal.getsignal(signal.SIGINT)))
    history = fit(model, training.Live(), watch, epochs=5)
    assert isinstance(history, keras.callbacks.History)
    assert model.optimizer.iterations == 3
    assert not np.array_equal(model.get_weights()[0], before)
    assert handlers != [old_handler]
    assert signal.getsignal(signal.SIGINT) is old_handler
    assert "step 3 of 40, loss" in (out := read(capsys))
    assert "stopped" in out.splitlines()[-1]


def test_a_stopped_training_can_go_on(old_handler: Callable) -> None:
    model, live = tiny(), training.Live()
    fit(model, live, Do(at_3=press_stop))
    fit(model, live)
    assert model.optimizer.iterations == 3 + 8


def test_second_press_interrupts_at_once(old_handler: Callable) -> None:
    model = tiny()
    with pytest.raises(KeyboardInterrupt):
        fit(model, training.Live(), Do(at_3=press_twice))
    assert model.optimizer.iterations == 2
    assert signal.getsignal(signal.SIGINT) is old_handler


@pytest.mark.parametrize("new", [True, False])
def test_a_training_after_one_that_failed_can_be_stopped(old_handler: Callable, new: bool) -> None:
    model, live = tiny(), training.Live()
    with pytest.raises(RuntimeError, match="boom"):
        fit(model, live, Do(at_3=fail))
    live = training.Live() if new else live
    fit(model, live, Do(at_3=press_stop))
    assert model.optimizer.iterations == 2 + 3
    with pytest.raises(KeyboardInterrupt):
        fit(model, live, Do(at_3=press_twice))
    with pytest.raises(KeyboardInterrupt):
        press_stop()


def test_live_works_in_another_thread(old_handler: Callable, capsys: pytest.CaptureFixture) -> None:
    histories = []
    thread = threading.Thread(target=lambda: histories.append(fit(tiny(), training.Live())))
    thread.start()
    thread.join()
    assert len(histories) == 1
    assert signal.getsignal(signal.SIGINT) is old_handler
    assert "step 8 of 8" in read(capsys)


def test_snapshots_keep_the_epochs_asked_for() -> None:
    model = tiny()
    keep = training.Snapshots(lambda: int(model.optimizer.iterations), epochs=(1, 3, 99))
    fit(model, keep, epochs=4)
    assert keep.photos == {1: 8, 3: 24}


@pytest.mark.parametrize("steps", [50, 75])
def test_fit_quick_takes_the_steps_asked_for_and_learns(steps: int) -> None:
    model = tiny()
    history = training.fit_quick(model, X, 2 * X, steps)
    losses = history.history["loss"]
    assert len(losses) == steps // 25
    assert model.optimizer.iterations == steps
    assert float(model.evaluate(X, 2 * X, verbose=0)) < losses[0]
    assert float(model.optimizer.learning_rate) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("steps", [0, 25, 60])
def test_fit_quick_names_the_steps_it_can_take(steps: int) -> None:
    with pytest.raises(ValueError, match="multiple of 25"):
        training.fit_quick(tiny(), X, 2 * X, steps)


SETUP = """
import os, signal
import keras, numpy as np
from helpers import photos, training

class Stop(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        if batch == 3:
            os.kill(os.getpid(), signal.SIGINT)

def train(*callbacks):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    live = training.Live(lambda: [np.full((4, 6, 3), 0.5)])
    X = np.ones((8, 1))
    history = model.fit(X, X, batch_size=1, verbose=0, callbacks=[live, *callbacks])
"""


@pytest.fixture(scope="module")
def cells() -> list:
    """Run cells in a real kernel and return what each has put out."""
    sources = [SETUP, "train()", "train(Stop())", "photos.load('none.jpg')", "print('alive')"]
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    root = os.path.dirname(os.path.dirname(__file__))
    client = NotebookClient(book, kernel_name="python3", timeout=120, allow_errors=True)
    client.execute(cwd=root)
    return [cell.outputs for cell in book.cells]


@pytest.mark.parametrize(("cell", "text"), [(1, "step 8 of 8"), (2, "step 4 of 8")])
def test_live_in_a_notebook_ends_in_one_output(cells: list, cell: int, text: str) -> None:
    [output] = cells[cell]
    assert output.output_type == "display_data"
    assert text in output.data["text/plain"]
    html = output.data["text/html"]
    assert text in html
    assert html.count("<progress") == 1
    assert html.count("<img") == 1


def test_a_notebook_shows_a_photo_error_as_one_sentence(cells: list) -> None:
    [output] = cells[3]
    [line] = output.traceback
    assert line.startswith("PhotoError: ")
    assert "none.jpg" in line


def test_a_notebook_goes_on_after_a_stop_and_an_error(cells: list) -> None:
    assert cells[0] == []
    assert cells[4][0].text == "alive\n"
