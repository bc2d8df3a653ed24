"""Several workers: one training on several machines, each with its share of every batch.

Only a training with ``tf.distribute.MultiWorkerMirroredStrategy`` comes here. Two slips of Keras 3
prevent such a training (Keras #20585); a team mends them while it trains, in Keras's own inside,
which no other module touches.
"""

import contextlib
import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import keras
import tensorflow as tf

from helpers import photos

CHECKED = ("3.13", "3.15")  # the first and the last Keras with which the tests of this file passed


class WorkersError(photos.PhotoError):
    """Several workers cannot train together here; the message says why, and what to do."""


class Team:
    """All workers of a strategy, as each of them sees it in a training.

    Raises:
        WorkersError: this Keras is none of those that were checked.
    """

    def __init__(self, strategy: tf.distribute.MultiWorkerMirroredStrategy) -> None:
        version = keras.__version__
        first, last = CHECKED
        if not _numbers(first) <= _numbers(version) <= _numbers(last):
            raise WorkersError(
                f"Several workers train together with Keras {first} to {last}, and this is Keras "
                f"{version}: install one of those, or train on one machine."
            )
        self.strategy = strategy
        self.writes = strategy.cluster_resolver.task_id == 0  # files, for all

    def share(self, pairs: tf.data.Dataset) -> tf.data.Dataset:
        """Give each worker its part of every batch."""
        options = tf.data.Options()
        policy = tf.data.experimental.AutoShardPolicy.DATA
        options.experimental_distribute.auto_shard_policy = policy
        return pairs.with_options(options)

    def wait(self) -> None:
        """Let every worker come to this point before any goes on."""
        self.strategy.reduce("SUM", self.strategy.run(lambda: tf.constant(0.0)), axis=None)

    @contextlib.contextmanager
    def mended(self, model: keras.Model) -> Iterator[None]:
        """Let ``fit`` run on several machines.

        Keras reads a worker's first batch as if it were a tensor, and averages the workers' losses
        over an axis that a number does not have.
        """
        strategy = self.strategy
        trainer = importlib.import_module("keras.src.backend.tensorflow.trainer")
        original = trainer.reduce_per_replica

        def own_part(value: object) -> object:
            return strategy.experimental_local_results(value)[0]

        def build_from_first_batch(iterator: Iterable = (), data_batch: object = None) -> None:
            for _, _, batches in iterator or ():
                data_batch = keras.tree.map_structure(own_part, next(batches))
                break
            with strategy.scope():
                model._symbolic_build(data_batch=data_batch)

        def reduce_per_replica(values: object, strategy: object, reduction: str) -> object:
            if reduction not in ("auto", "mean"):
                return original(values, strategy, reduction)
            return keras.tree.map_structure(lambda v: strategy.reduce("MEAN", v, axis=None), values)

        model._maybe_symbolic_build = build_from_first_batch
        trainer.reduce_per_replica = reduce_per_replica
        try:
            yield
        finally:
            trainer.reduce_per_replica = original
            del model._maybe_symbolic_build


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")[:2]]


def run(program: str, count: int, *arguments: str) -> list[str]:
    """Run a Python program in ``count`` processes of this machine, the workers of one cluster.

    Returns what each of them printed. When one fails, all are stopped.

    Raises:
        RuntimeError: a worker failed; the message ends with what it said last.
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:  # the system names a free port for each
            one.bind(("127.0.0.1", 0))
        cluster = {"worker": [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]}
    root = str(Path(__file__).parent.parent)
    with tempfile.TemporaryDirectory() as scratch:
        workers = []
        for index in range(count):
            task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
            more = {"PYTHONPATH": root, "CUDA_VISIBLE_DEVICES": "", "TF_CONFIG": json.dumps(task)}
            command = [sys.executable, "-c", program, *arguments]
            with open(f"{scratch}/{index}.out", "w") as out, open(f"{scratch}/{index}", "w") as err:
                environment = {**os.environ, **more}
                workers.append(subprocess.Popen(command, env=environment, stdout=out, stderr=err))
        try:
            while (codes := [worker.poll() for worker in workers]) and None in codes:
                if any(codes):
                    break
                time.sleep(0.1)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()  # only then are its files free
        for index, code in enumerate(codes):
            if code:
                said = Path(f"{scratch}/{index}").read_text().strip()[-300:]
                raise RuntimeError(f"Worker {index + 1} failed: {said}")
        return [Path(f"{scratch}/{index}.out").read_text() for index in range(count)]
