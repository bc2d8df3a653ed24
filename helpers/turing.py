"""The color Turing test: is this photo real or colored? Rounds, votes, and what they add up to."""

import csv
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import metrics

REAL = "real"
COLORED = "colored"
ANSWERS = {"r": REAL, "c": COLORED}  # what one types


class Round(NamedTuple):
    """One picture to judge: the photo's name, who colored it ("real": nobody), and the pixels."""

    photo: str
    way: str
    picture: np.ndarray


class Vote(NamedTuple):
    """One answer: the photo's name, who had colored it, and what the person said."""

    photo: str
    way: str
    answer: str


def deal(
    truths: Mapping[str, np.ndarray],
    ways: Mapping[str, Mapping[str, np.ndarray]],
    count: int = 20,
    seed: int | None = None,
) -> list[Round]:
    """Deal rounds: each photo once at most, half of them real, the others by all ways in turn.

    ``truths`` and each of the ``ways`` (by the name of who colored) map photos' names to RGB
    photos. Without a ``seed`` every deal is another one.

    Raises:
        ValueError: there are fewer photos than rounds.
    """
    if len(truths) < count:
        raise ValueError(f"{len(truths)} photos are too few for {count} rounds: add photos.")
    random = np.random.default_rng(seed)
    names = random.choice(sorted(truths), count, replace=False)
    kinds = [REAL] * (count // 2) + [list(ways)[i % len(ways)] for i in range(count - count // 2)]
    sources = {REAL: truths, **ways}
    return [
        Round(str(name), kind, sources[kind][name])
        for name, kind in zip(names, random.permutation(kinds).tolist(), strict=True)
    ]


def judge(rounds: Sequence[Round], letters: str) -> list[Vote]:
    """Turn letters, r for real and c for colored, into votes on the rounds; others are skipped."""
    return [
        Vote(one.photo, one.way, ANSWERS[letter])
        for one, letter in zip(rounds, letters.lower(), strict=False)
        if letter in ANSWERS
    ]


def sheet(rounds: Sequence[Round], letters: str = "") -> list[tuple[str, np.ndarray]]:
    """List the pictures under their numbers, and once there are letters, who colored each."""
    captions = [f"{i} {one.way}" if letters else f"{i}" for i, one in enumerate(rounds, 1)]
    return [(caption, one.picture) for caption, one in zip(captions, rounds, strict=True)]


def save(votes: Iterable[Vote], file: str | Path) -> None:
    """Add votes to a CSV file, which begins with the columns' names and gets the time of each."""
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_bytes() if file.exists() else b""
    with open(file, "a", encoding="utf-8", newline="") as table:
        if before and not before.endswith(b"\n"):  # an editor's habit, or a cut
            table.write("\n")
        rows = csv.writer(table)
        if not before:
            rows.writerow([*Vote._fields, "time"])
        rows.writerows([*vote, time.strftime("%Y-%m-%d %H:%M:%S")] for vote in votes)


def vote(rounds: Sequence[Round], letters: str, file: str | Path) -> None:
    """Turn letters into votes on the rounds, as ``judge`` does, and add them to a CSV file."""
    save(judge(rounds, letters), file)


def pool(folder: str | Path) -> list[Vote]:
    """Read the votes of all CSV files in a folder; a file that holds no votes is named and left."""
    votes = []
    for file in sorted(Path(folder).glob("*.csv")):
        try:
            with open(file, encoding="utf-8-sig", newline="") as table:
                rows = [[row[field] for field in Vote._fields] for row in csv.DictReader(table)]
        except (KeyError, UnicodeDecodeError, csv.Error):
            print(f"{file.name} is left out: it holds no votes (photo, way, answer).")
            continue
        votes += [Vote(*row) for row in rows if row[2] in ANSWERS.values()]
    return votes


class Share(NamedTuple):
    """How many pictures of one kind were called real; the 95 % interval of that share."""

    called_real: int
    shown: int
    low: float
    high: float

    def __str__(self) -> str:
        """Say it in one line."""
        share = self.called_real / self.shown
        return (
            f"{self.called_real} of {self.shown} called real: {share:.0%} "
            f"(95 % interval {self.low:.0%} to {self.high:.0%})"
        )


def tally(votes: Iterable[Vote]) -> dict[str, Share]:
    """Count for every way how often its pictures were called real: for a network, its fooling rate.

    The share of the real photos that are called real is the rate that a perfect network reaches.
    """
    votes = list(votes)
    shares = {}
    for way in dict.fromkeys(vote.way for vote in votes):
        answers = [vote.answer for vote in votes if vote.way == way]
        called_real = answers.count(REAL)
        interval = metrics.wilson_interval(called_real, len(answers))
        shares[way] = Share(called_real, len(answers), *interval)
    return shares
