"""Exercises of lesson 06: training on a data set."""

import numpy as np

from helpers.checks import Answer, close, exercise, expect, several, shape


@exercise(rounds=2)
def keep(answer: Answer, random: np.random.Generator) -> None:
    """Check photo -> whether it is large, filled and colorful enough."""
    for wanted, photo, words in _photos(random):
        got = answer(photo)
        expect(isinstance(got, bool | np.bool_), f"return True or False. You return {got!r}.")
        expect(got == wanted, f"it {'keeps' if got else 'removes'} {words}")


def _photos(random: np.random.Generator) -> list[tuple[bool, np.ndarray, str]]:
    """Make photos with one property each: what keep should say, the photo, and its description."""

    def gray(height: int, width: int) -> np.ndarray:
        light = random.uniform(0.2, 0.8, (height, width, 1))
        return np.clip(light + random.normal(0, 0.004, (height, width, 3)), 0, 1)

    def painted(photo: np.ndarray, share: float, rgb: tuple) -> np.ndarray:
        points = photo.reshape(-1, 3).copy()
        points[random.permutation(len(points))[: round(share * len(points))]] = rgb
        return points.reshape(photo.shape).astype(np.float32)

    height, width = random.integers(97, 150, 2).tolist()
    small = random.integers(40, 96)
    rgb = tuple(random.permutation([0.9, 0.1, 0.3]))
    large = gray(height, width)
    colorful = painted(large, 0.4, rgb)
    return [
        (True, colorful, "a colorful photo of good size."),
        (False, painted(gray(small, width), 0.4, rgb), f"a photo only {small} points high."),
        (False, painted(gray(height, small), 0.4, rgb), f"a photo only {small} points wide."),
        (True, painted(gray(96, 96), 0.4, rgb), "a photo of 96 x 96: that is large enough."),
        (False, gray(height, width).astype(np.float32), "a gray photo with a little noise."),
        (False, painted(large, 0.03, rgb), "a photo with color in only 3 % of its points."),
        (True, painted(large, 0.08, rgb), "a gray photo with a small colorful thing, 8 %."),
        (False, painted(colorful, 0.6, (1, 1, 1)), "a photo that is white to 60 %."),
        (True, painted(colorful, 0.4, (1, 1, 1)), "a photo that is white to 40 %."),
        (True, painted(large, 0.9, (1, 1, 0)), "a yellow photo: yellow is not white."),
        (False, painted(large, 0.9, (0.55, 0.5, 0.5)), "a photo whose chroma nowhere exceeds 10."),
    ]


@exercise
def deal(answer: Answer, random: np.random.Generator) -> None:
    """Check files -> (train, test) by the photo's name."""
    letters = list("abcdefghijklmnopqrstuvwxyz")
    names = sorted({"".join(random.choice(letters, 6)) for _ in range(400)})
    files = [f"{name}_{v}.jpg" for name in names for v in range(random.integers(1, 4))]
    files = list(map(str, random.permutation(files)))
    train, test = map(list, several("the training and the test files", answer(files), 2))
    expect(sorted(train + test) == sorted(files), "every file has to be in one list, exactly once.")
    sides = [{file.split("_")[0] for file in part} for part in (train, test)]
    leaked = len(sides[0] & sides[1])
    expect(not leaked, f"{leaked} photos are on both sides, in different versions.")
    share = len(sides[1]) / len(names)
    expect(0.1 < share < 0.3, f"{share:.0%} of the photos are test photos. About 20 % should be.")
    again = answer(files)
    expect(list(again[1]) == test, "the same files, dealt again, go to other sides.")
    fewer = answer(files[: len(files) // 2])
    moved = set(fewer[1]) - set(test)
    expect(not moved, "when the list grows, some photos change sides. The name has to decide.")


@exercise(rounds=1)
def augment(answer: Answer, random: np.random.Generator) -> None:
    """Check (L, ab, size, random) -> a window of both, flipped in half of the cases."""
    height, width = random.integers(9, 14, 2).tolist()
    size = int(random.integers(4, 7))
    L = random.permutation(height * width).reshape(height, width, 1).astype(float)
    where = np.stack(np.mgrid[:height, :width], axis=-1).astype(float)  # ab names its point
    flips, places = [], set()
    for _ in range(60):
        new_L, new_ab = several("L and ab", answer(L, where, size, random), 2)
        new_L = shape("L", new_L, (size, size, 1))
        new_ab = shape("ab", new_ab, (size, size, 2)).astype(int)
        there = L[new_ab[..., 0], new_ab[..., 1]]
        expect(
            np.array_equal(there, new_L),
            "L and ab are torn apart: they come from different points.",
        )
        down, right = np.diff(new_ab[..., 0], axis=0), np.diff(new_ab[..., 1], axis=1)
        expect((down == 1).all(), "rows are out of order: flip left to right, not top to bottom.")
        expect((np.abs(right) == 1).all(), "the window should be size x size neighboring points.")
        flips.append(right[0, 0] < 0)
        places.add((new_ab[0, :, 0].min(), new_ab[0, :, 1].min()))
    expect(any(flips), "it never flips.")
    expect(not all(flips), "it always flips.")
    expect(
        0.2 < np.mean(flips) < 0.8, f"it flips in {np.mean(flips):.0%} of the cases, not in half."
    )
    tops, lefts = ({place[i] for place in places} for i in (0, 1))
    expect(len(tops) > 1 and len(lefts) > 1, "the window always lies in the same place.")
    few = "windows at the lower or right rim never come: the last start is height - size."
    for _ in range(200):
        new_ab = np.asarray(answer(L, where, size, random)[1])
        tops.add(new_ab[..., 0].min())
        lefts.add(new_ab[..., 1].min())
    expect(max(tops) == height - size and max(lefts) == width - size, few)


@exercise
def best_epoch(answer: Answer, random: np.random.Generator) -> None:
    """Check (losses, patience) -> the best epoch that early stopping sees."""
    patience, better = random.integers(2, 5, 2).tolist()
    falling = np.sort(random.uniform(0.5, 1, better + 1))[::-1]
    worse = falling[-1] + random.uniform(0.01, 0.2, patience)
    late = random.uniform(0.1, 0.3, 2)  # never seen
    losses = np.concatenate([falling, worse, late])
    close(
        "the best epoch",
        answer(losses, patience),
        better,
        {
            "it has looked at losses after the training stopped.": int(np.argmin(losses)),
            "this is the epoch in which the training stops. Which was the best?": better + patience,
            "this is a loss. Return the number of its epoch.": falling[-1],
            "epochs are counted from 0 here.": better + 1,
        },
        tolerance=1e-6,
    )
    waits = np.concatenate([falling, worse[:-1], late])
    close(
        "the best epoch (better again in the last moment)",
        answer(waits, patience),
        int(np.argmin(waits)),
    )
    close("the best epoch (always falling)", answer(falling, patience), better)
