"""The Turing test deals fairly, loses no vote, and counts right."""

from pathlib import Path

import numpy as np
import pytest

from helpers import turing
from helpers.turing import COLORED, REAL, Vote

NAMES = [f"photo{i}" for i in range(30)]
TRUTHS = {name: np.full((4, 4, 3), 0.5, np.float32) for name in NAMES}
WAYS = {"one": {name: np.zeros((4, 4, 3)) for name in NAMES}, "two": TRUTHS}


def test_half_of_the_rounds_are_real_and_no_photo_comes_twice() -> None:
    rounds = turing.deal(TRUTHS, WAYS, 20)
    assert len({one.photo for one in rounds}) == 20
    counts = {way: sum(one.way == way for one in rounds) for way in (REAL, *WAYS)}
    assert counts == {REAL: 10, "one": 5, "two": 5}
    assert all(one.picture.max() == 0 for one in rounds if one.way == "one")


def test_deals_differ_unless_they_have_the_same_seed() -> None:
    first, again = (turing.deal(TRUTHS, WAYS, 20, seed=1) for _ in range(2))
    assert [one[:2] for one in first] == [one[:2] for one in again]
    others = [[one[:2] for one in turing.deal(TRUTHS, WAYS, 20)] for _ in range(2)]
    assert others[0] != others[1]


def test_the_place_does_not_give_the_answer_away() -> None:
    deals = [turing.deal(TRUTHS, WAYS, 20, seed) for seed in range(60)]
    real = np.mean([[one.way == REAL for one in rounds] for rounds in deals], axis=0)
    assert 0.2 < real.min() and real.max() < 0.8


def test_too_few_photos_are_refused() -> None:
    with pytest.raises(ValueError, match="30 photos are too few for 40 rounds"):
        turing.deal(TRUTHS, WAYS, 40)


def test_letters_become_votes_and_a_dot_skips_a_photo() -> None:
    rounds = turing.deal(TRUTHS, WAYS, 4, seed=0)
    votes = turing.judge(rounds, "rC.")
    assert [vote.answer for vote in votes] == [REAL, COLORED]
    assert [vote.photo for vote in votes] == [one.photo for one in rounds[:2]]
    assert turing.judge(rounds, "rrrrrrrrr") == turing.judge(rounds, "rrrr")


def test_the_fooling_rate_counts_colored_photos_called_real() -> None:
    votes = [Vote("a", "net", REAL)] * 3 + [Vote("a", "net", COLORED)] * 7
    tally = turing.tally([*votes, Vote("b", REAL, REAL)])
    assert tally["net"][:2] == (3, 10)
    assert (tally["net"].low, tally["net"].high) == pytest.approx((0.108, 0.603), abs=0.001)
    assert str(tally["net"]) == "3 of 10 called real: 30% (95 % interval 11% to 60%)"
    assert tally[REAL][:2] == (1, 1)
    assert turing.tally([]) == {}


def test_a_class_s_votes_are_pooled(tmp_path: Path) -> None:
    ann, bob = [Vote("a, b", "net", REAL)], [Vote("ü", "net", COLORED), Vote("d", REAL, REAL)]
    turing.save(ann, tmp_path / "votes" / "ann.csv")
    turing.save(bob[:1], tmp_path / "votes" / "bob.csv")
    turing.save(bob[1:], tmp_path / "votes" / "bob.csv")  # later, in the same file
    assert turing.pool(tmp_path / "votes") == ann + bob
    assert turing.pool(tmp_path / "empty") == []


def test_files_without_votes_are_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    turing.save([Vote("a", "net", REAL)], tmp_path / "good.csv")
    with open(tmp_path / "good.csv", "a") as table:
        table.write("cut sho")  # the program was killed while it wrote
    (tmp_path / "bad.csv").write_text("name,mark\nann,3\n")
    (tmp_path / "worse.csv").write_bytes(b"photo,way,answer\n\xff\xfe\x00")
    assert turing.pool(tmp_path) == [Vote("a", "net", REAL)]
    said = capsys.readouterr().out
    assert "bad.csv is left out" in said and "worse.csv is left out" in said
    assert "good.csv" not in said


def test_a_file_that_a_spreadsheet_has_saved_is_read(tmp_path: Path) -> None:
    (tmp_path / "excel.csv").write_text("\ufeffphoto,way,answer,time\na,net,real,x\n", "utf-8")
    assert turing.pool(tmp_path) == [Vote("a", "net", REAL)]


def test_a_sheet_tells_who_colored_once_there_are_letters() -> None:
    rounds = turing.deal(TRUTHS, WAYS, 4, seed=0)
    assert [caption for caption, _ in turing.sheet(rounds)] == ["1", "2", "3", "4"]
    told = turing.sheet(rounds, "rrcc")
    assert [caption for caption, _ in told] == [f"{i} {r.way}" for i, r in enumerate(rounds, 1)]
    assert all(picture is one.picture for (_, picture), one in zip(told, rounds, strict=True))


def test_letters_become_votes_in_a_file(tmp_path: Path) -> None:
    rounds = turing.deal(TRUTHS, WAYS, 4, seed=0)
    turing.vote(rounds, "", tmp_path / "votes" / "me.csv")
    assert turing.pool(tmp_path / "votes") == []
    turing.vote(rounds, "r.cx", tmp_path / "votes" / "me.csv")
    assert turing.pool(tmp_path / "votes") == turing.judge(rounds, "r.cx")


def test_a_vote_after_a_line_without_end_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "me.csv").write_text("photo,way,answer,time\na,net,real,x", "utf-8")
    turing.save([Vote("b", "net", COLORED)], tmp_path / "me.csv")
    assert turing.pool(tmp_path) == [Vote("a", "net", REAL), Vote("b", "net", COLORED)]
