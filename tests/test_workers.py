import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import keras
import nbformat
import pytest

from helpers import workers


def lesson_program() -> str:
    lesson = Path(__file__).parent.parent / "notebooks" / "21_several_machines.ipynb"
    cells = nbformat.read(lesson, 4).cells
    scope: dict = {}
    for cell in cells:
        if "the-worker" in cell.metadata.get("tags", ()):
            exec(cell.source, scope)
    return scope["prepare"] + scope["train"]


def test_two_workers_reach_the_loss_of_one_within_two_percent(tmp_path: Path) -> None:
    def losses(count: int) -> list[float]:
        # Small steps: with large ones, even two runs of one program drift apart.
        program = lesson_program().replace("Adam(1e-3)", "Adam(1e-4)")
        printed = workers.run(program, count, "2", str(tmp_path / str(count)))
        return [float(re.search(r"validation loss (\S+),", text)[1]) for text in printed]

    (alone,), (first, second) = losses(1), losses(2)
    assert first == second
    assert first == pytest.approx(alone, rel=0.02)


def test_two_workers_go_on_together_after_a_crash(tmp_path: Path) -> None:
    crash = """
import keras
class Crash(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        assert epoch < 1, "the power is gone"
"""
    failing = crash + lesson_program().replace(
        "strategy=strategy", "strategy=strategy, callbacks=[Crash()]"
    )
    with pytest.raises(RuntimeError, match="Worker . failed"):
        workers.run(failing, 2, "3", str(tmp_path))
    for text in workers.run(lesson_program(), 2, "3", str(tmp_path)):
        # The one that fails first takes the other along, which may not have written its state yet.
        assert re.search("Going on after epoch [12]", text)


def test_another_keras_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras, "__version__", "3.99.1")
    with pytest.raises(workers.WorkersError, match="3.15, and this is Keras 3.99.1: install"):
        workers.Team(None)


@pytest.mark.parametrize("version", ["3.13.0", "3.14.2", "3.15.9"])
def test_the_first_worker_alone_writes_for_all(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras, "__version__", version)
    for task in range(3):
        strategy = SimpleNamespace(cluster_resolver=SimpleNamespace(task_id=task))
        assert workers.Team(strategy).writes == (task == 0)


def test_a_training_on_one_machine_reaches_into_no_private_part() -> None:
    program = (
        "import sys\nfrom helpers import training\nassert 'helpers.workers' not in sys.modules"
    )
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True)


def test_a_failing_worker_stops_the_others_and_says_why() -> None:
    program = "import json, os, time\ntask = json.loads(os.environ['TF_CONFIG'])['task']['index']\n"
    started = time.monotonic()
    with pytest.raises(RuntimeError, match="Worker 2 failed(.|\n)*no such data"):
        workers.run(program + "assert task == 0, 'no such data'\ntime.sleep(60)", 2)
    assert time.monotonic() - started < 30
