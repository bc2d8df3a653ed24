import errno
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from helpers import networks, training

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
    signal.raise_signal(signal.SIGINT)


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
import signal
import keras, numpy as np
from helpers import feeding, photos, training

class Stop(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        if batch == 3:
            signal.raise_signal(signal.SIGINT)

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


RNG = np.random.default_rng(0)
PAIRS = [
    tf.data.Dataset.from_tensor_slices((x, 0.3 * x + 0.1)).batch(4)
    for x in (RNG.normal(size=(count, 1)).astype(np.float32) for count in (16, 8))
]


def build(units: int = 1) -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((1,)), keras.layers.Dense(units), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    # A rate that falls by step, and Adam's memory: both must survive a crash.
    rate = keras.optimizers.schedules.CosineDecay(0.1, 24)
    model.compile(keras.optimizers.Adam(rate), "mae")
    return model


def weights(model: keras.Model) -> np.ndarray:
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


class CrashAfter(keras.callbacks.Callback):
    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.last = epoch - 1

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if epoch == self.last:
            fail()


def test_fit_returns_the_best_network_and_its_history(tmp_path: Path) -> None:
    def overshooting() -> keras.Model:
        model = build()
        model.compile(keras.optimizers.SGD(2.0), "mae")
        return model

    model, history = training.fit(overshooting, *PAIRS, 6, tmp_path)
    assert len(history["loss"]) == len(history["val_loss"]) == 6
    assert min(history["val_loss"]) < history["val_loss"][-1]  # the last epoch is not the best
    assert model.evaluate(PAIRS[1], verbose=0) == pytest.approx(min(history["val_loss"]), rel=1e-5)
    assert {file.name for file in tmp_path.iterdir()} == {"best.weights.h5", "history.json"}
    assert json.loads((tmp_path / "history.json").read_text())["history"] == history


def test_fit_goes_on_after_a_crash_as_if_nothing_had_happened(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    calm, expected = training.fit(build, *PAIRS, 6, tmp_path / "calm")
    folder = tmp_path / "crash"
    for epoch in (2, 3):
        with pytest.raises(RuntimeError, match="boom"):
            training.fit(build, *PAIRS, 6, folder, callbacks=[CrashAfter(epoch)])
    model, history = training.fit(build, *PAIRS, 6, folder)
    assert "Going on after epoch 3" in capsys.readouterr().out
    assert history == expected
    np.testing.assert_array_equal(weights(model), weights(calm))


def chancy() -> keras.Model:
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense
    layers = [keras.Input((1,)), dense(8), keras.layers.Dropout(0.2), dense(1)]
    model = keras.Sequential(layers)
    model.compile("adam", "mae")
    return model


def test_in_a_new_session_dropout_order_and_augmentation_go_on_as_well(tmp_path: Path) -> None:
    def session(folder: str, *callbacks: keras.callbacks.Callback) -> list[float]:
        keras.utils.set_random_seed(0)
        noise = tf.data.Dataset.random(rerandomize_each_iteration=True).batch(2)
        slices = tf.data.Dataset.from_tensor_slices((X, 2 * X))
        pairs = tf.data.Dataset.zip(slices.cache().shuffle(8), noise)
        pairs = pairs.map(lambda xy, seed: (xy[0] + tf.random.stateless_uniform([1], seed), xy[1]))
        fitted = training.fit(chancy, pairs.batch(4), PAIRS[1], 5, tmp_path / folder, callbacks)
        return fitted[1]["loss"]

    for epoch in (2, 3):
        with pytest.raises(RuntimeError, match="boom"):
            session("crash", CrashAfter(epoch))
    assert session("crash") == session("calm")


def test_a_file_cut_off_in_the_middle_does_no_harm(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        training.fit(build, *PAIRS, 6, tmp_path, callbacks=[CrashAfter(3)])
    (tmp_path / "unfinished-epoch-4.weights.h5").write_bytes(b"half a file")
    (tmp_path / "unfinished-history.json").write_text('{"history": {"lo')
    _, history = training.fit(build, *PAIRS, 6, tmp_path)
    assert len(history["loss"]) == 6


def test_a_finished_training_starts_anew(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    _, first = training.fit(build, *PAIRS, 2, tmp_path)
    _, second = training.fit(build, *PAIRS, 2, tmp_path)
    assert first == second
    assert "Going on" not in capsys.readouterr().out


def test_losses_that_are_no_numbers_are_never_the_best(tmp_path: Path) -> None:
    training.fit(build, *PAIRS, 2, tmp_path)  # leaves best weights, which are not of the next
    for losses, best in (([np.nan, 0.5, 0.4, np.nan], 3.0), ([np.nan, np.nan], 2.0)):
        model, backup = build(), training.Backup(tmp_path)
        backup.restore(model)
        backup.set_model(model)
        for epoch, loss in enumerate(losses):
            model.set_weights([np.full(one.shape, epoch + 1.0) for one in model.get_weights()])
            backup.on_epoch_end(epoch, {"val_loss": loss})
        backup.finish(model)
        assert set(weights(model)) == {best}


def test_epochs_in_time_grow_with_the_time_and_leave_the_weights() -> None:
    model = build()
    before = weights(model)
    assert training.epochs_in_time(model, PAIRS[0], 0) == 2
    assert training.epochs_in_time(model, PAIRS[0], 1e4) > 100
    np.testing.assert_array_equal(weights(model), before)


def changed(**recipe: object) -> Callable[[], keras.Model]:
    def build_changed() -> keras.Model:
        model = build(recipe.get("units", 1))
        optimizer = recipe.get("optimizer", model.optimizer)
        model.compile(optimizer, recipe.get("loss", "mae"))
        return model

    return build_changed


def crashed(folder: Path, recipe: Callable[[], keras.Model] = build) -> None:
    with pytest.raises(RuntimeError, match="boom"):
        training.fit(recipe, *PAIRS, 6, folder, callbacks=[CrashAfter(3)])


@pytest.mark.parametrize(
    ("what", "recipe"),
    [
        ("layers", {"units": 3}),
        ("optimizer", {"optimizer": keras.optimizers.SGD}),
        ("optimizer", {"optimizer": partial(keras.optimizers.Adam, 0.1)}),
        ("loss", {"loss": "mse"}),
        ("loss", {"loss": keras.losses.Huber()}),
    ],
)
def test_a_changed_recipe_begins_anew_and_the_other_one_is_kept(
    what: str, recipe: dict, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    calm, expected = training.fit(build, *PAIRS, 6, tmp_path / "calm")
    if "optimizer" in recipe:
        recipe["optimizer"] = recipe["optimizer"]()
    crashed(tmp_path)
    _, history = training.fit(changed(**recipe), *PAIRS, 2, tmp_path)
    assert f"The recipe has changed ({what}): this training begins anew" in capsys.readouterr().out
    assert len(history["loss"]) == 2
    model, history = training.fit(build, *PAIRS, 6, tmp_path)
    assert "Going on after epoch 3" in capsys.readouterr().out
    assert history == expected
    np.testing.assert_array_equal(weights(model), weights(calm))


def test_two_unfinished_recipes_take_turns(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    crashed(tmp_path)
    crashed(tmp_path, changed(loss="mse"))
    for recipe in (build, changed(loss="mse")):
        _, history = training.fit(recipe, *PAIRS, 4, tmp_path)
        assert "Going on after epoch 3" in capsys.readouterr().out
        assert len(history["loss"]) == 4


def test_the_same_recipe_in_another_session_is_the_same() -> None:
    def painter() -> keras.Model:
        model = networks.unet(width=4, dropout=0.1)
        model.compile("adam", "mae")
        return model

    assert training._recipe(painter()) == training._recipe(painter())


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("harm", [cut, lambda file: file.write_bytes(b"")])
@pytest.mark.parametrize("name", ["epoch-3.weights.h5", "history.json"])
def test_a_damaged_state_is_set_aside(
    harm: Callable, name: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    calm, expected = training.fit(build, *PAIRS, 6, tmp_path / "calm")
    crashed(tmp_path)
    harm(tmp_path / name)
    model, history = training.fit(build, *PAIRS, 6, tmp_path)
    said = capsys.readouterr().out
    assert f"Of no use, and moved to {tmp_path / 'damaged'}: " in said and name in said
    assert history == expected
    np.testing.assert_array_equal(weights(model), weights(calm))
    assert (tmp_path / "damaged" / name).exists()


@pytest.mark.parametrize("text", ["[]", "{}", '{"history": {}}', '{"history": {"loss": [1]}}', "7"])
def test_a_history_that_does_not_fit_is_set_aside(text: str, tmp_path: Path) -> None:
    crashed(tmp_path)
    (tmp_path / "history.json").write_text(text)
    _, history = training.fit(build, *PAIRS, 2, tmp_path)
    assert len(history["loss"]) == 2


def test_a_copy_that_google_drive_makes_does_no_harm(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    crashed(tmp_path)
    copy = tmp_path / "epoch-3 (1).weights.h5"
    copy.write_bytes((tmp_path / "epoch-3.weights.h5").read_bytes())
    training.fit(build, *PAIRS, 6, tmp_path)
    said = capsys.readouterr().out
    assert f"damaged: {copy.name}." in said and "Going on after epoch 3" in said


def test_damaged_best_weights_leave_those_of_the_last_epoch(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    class Harm(keras.callbacks.Callback):
        def on_train_end(self, logs: dict | None = None) -> None:
            self.last = weights(self.model)
            cut(tmp_path / "best.weights.h5")

    harm = Harm()
    model, _ = training.fit(build, *PAIRS, 2, tmp_path, callbacks=[harm])
    assert "The network is that of the last epoch." in capsys.readouterr().out
    np.testing.assert_array_equal(weights(model), harm.last)


def test_a_loss_that_is_no_number_stops_a_training(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            if epoch == 2:
                self.model.set_weights([one * np.nan for one in self.model.get_weights()])

    model, history = training.fit(build, *PAIRS, 6, tmp_path, callbacks=[Spoil()])
    assert "The loss of epoch 3 is no number any more" in capsys.readouterr().out
    assert len(history["loss"]) == 3
    assert np.isfinite(weights(model)).all()  # the best ones


def test_a_training_without_one_loss_that_is_a_number_says_what_to_do(tmp_path: Path) -> None:
    pairs = [one.map(lambda x, y: (x, y * np.nan)) for one in PAIRS]
    with pytest.raises(training.TrainingError, match="lower the learning rate"):
        training.fit(build, *pairs, 6, tmp_path)


def test_a_full_disk_is_told_before_the_first_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(training, "open", full, raising=False)
    with pytest.raises(training.TrainingError, match="has no room .*: free"):
        training.fit(build, *PAIRS, 2, tmp_path, callbacks=[Do(at_1=fail)])


def test_a_disk_that_fills_up_leaves_the_last_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def fill() -> None:
        monkeypatch.setattr(training.shutil, "disk_usage", lambda path: SimpleNamespace(free=0))

    with pytest.raises(training.TrainingError, match="has no room"):
        training.fit(build, *PAIRS, 6, tmp_path, callbacks=[Do(at_9=fill)])  # in the third epoch
    monkeypatch.undo()
    training.fit(build, *PAIRS, 6, tmp_path)
    assert "Going on after epoch 2" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_to_is_told_before_the_first_epoch(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folders = [tmp_path / "file", tmp_path / "file" / "folder"]
    if sys.platform == "linux":
        folders.append(Path("/proc/self/fdinfo"))  # read-only, for root too
    for folder in folders:
        with pytest.raises(training.TrainingError, match="choose another folder"):
            training.fit(build, *PAIRS, 2, folder, callbacks=[Do(at_1=fail)])


KILLED = """
import time, sys
import keras, numpy as np
from helpers import datasets, feeding, networks, training

class Slow(keras.callbacks.Callback):  # leaves time to be killed in the middle of an epoch
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(float(sys.argv[2]))

def build():
    keras.utils.set_random_seed(0)
    model = networks.unet(width=4, dropout=0.2)
    model.compile("adam", "mae")
    return model

parts = datasets.split(datasets.outdoors())
keras.utils.set_random_seed(0)
pairs = [feeding.pairs(files[:16], 32, 4, augment) for files, augment in zip(parts, (True, False))]
_, history = training.fit(build, *pairs, 4, sys.argv[1], callbacks=[Slow()])
print("losses", history["loss"], history["val_loss"])
"""


def test_a_killed_process_costs_no_more_than_an_epoch(tmp_path: Path) -> None:
    def start(folder: str, slow: float) -> subprocess.Popen:
        command = [sys.executable, "-c", KILLED, str(tmp_path / folder), str(slow)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    calm, killed = start("calm", 0), start("killed", 0.3)
    deadline = time.monotonic() + 300
    while not (tmp_path / "killed" / "epoch-2.weights.h5").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.4)  # into the third epoch
    killed.kill()
    killed.communicate()
    expected = calm.communicate()[0]
    printed = start("killed", 0).communicate()[0]
    assert "Going on after epoch 2" in printed
    # What dropout, order and augmentation draw by chance goes on as well.
    assert printed.splitlines()[-1] == expected.splitlines()[-1]


def test_out_of_memory_names_the_number_to_lower(tmp_path: Path) -> None:
    def exhausted() -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    with pytest.raises(training.OutOfMemory, match="A batch of 4 photos .* lower batch_size"):
        pairs = [data.unbatch().batch(4, drop_remainder=True) for data in PAIRS]
        training.fit(build, *pairs, 1, tmp_path, callbacks=[Do(at_2=exhausted)])


def test_live_counts_the_time_left_from_where_a_training_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture, old_handler: Callable
) -> None:
    with pytest.raises(RuntimeError):
        training.fit(build, *PAIRS, 6, tmp_path, callbacks=[CrashAfter(5)])
    capsys.readouterr()
    training.fit(build, *PAIRS, 6, tmp_path, callbacks=[training.Live()])
    out = capsys.readouterr().out
    assert "step 21 of 24" in out
    assert "step 24 of 24" in out


@pytest.mark.parametrize(
    ("flags", "policy"),
    [
        ("flags : fpu avx512_bf16", "mixed_bfloat16"),
        ("flags : amx_bf16", "mixed_bfloat16"),
        ("flags : fpu avx2", "float32"),
        (None, "float32"),
    ],
)
def test_precision_follows_the_processor(
    flags: str | None, policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    monkeypatch.setattr(training, "CPU_INFO", tmp_path / "cpuinfo")
    if flags is not None:
        (tmp_path / "cpuinfo").write_text(flags)
    assert training.precision() == policy


def test_precision_is_float16_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    assert training.precision() == "mixed_float16"


MIRRORED = """
import sys
import keras, tensorflow as tf
from helpers import datasets, feeding, networks, training

def build():
    keras.utils.set_random_seed(0)
    model = networks.unet(width=4)
    model.compile("adam", "mae")
    return model

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
parts = datasets.split(datasets.outdoors())
pairs = [feeding.pairs(files[:16], 32, 4) for files in parts[:2]]
for strategy in (None, tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])):
    _, history = training.fit(build, *pairs, 2, sys.argv[1], strategy=strategy)
    print(history["val_loss"][-1])
"""


def test_two_devices_of_one_machine_reach_the_loss_of_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MIRRORED, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    alone, both = map(float, run.stdout.split())
    assert both == pytest.approx(alone, rel=1e-3)


def test_live_shows_the_losses_of_a_validated_training(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict] = []
    monkeypatch.setattr(training, "get_ipython", lambda: object())
    for name in ("display", "update_display"):
        monkeypatch.setattr(training, name, lambda bundle, **_: shown.append(bundle))
    fit(tiny(), training.Live())
    assert "image/png" not in shown[-1]["text/html"]
    fit(tiny(), training.Live(), epochs=2, validation_data=(X, X))
    assert shown[-1]["text/html"].count("data:image/png") == 1


def test_live_colors_photos_with_the_network_as_it_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict] = []
    monkeypatch.setattr(training, "get_ipython", lambda: object())
    for name in ("display", "update_display"):
        monkeypatch.setattr(training, name, lambda bundle, **_: shown.append(bundle))
    model = networks.alpha_scaled()
    model.compile("sgd", "mse")
    L = np.full((1, 16, 16, 1), 50.0, np.float32)
    options = {"x": L, "y": np.zeros((1, 16, 16, 2)), "verbose": 0}
    model.fit(**options, callbacks=[training.Live([np.full((16, 16, 3), 0.5)] * 2)])
    assert shown[-1]["text/html"].count("data:image/jpeg") == 2
