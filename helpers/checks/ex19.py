"""Exercises of lesson 19: fade a print, stretch it, find its scratches, and measure flicker."""

import numpy as np
from scipy.ndimage import median_filter, uniform_filter

from helpers.checks import Answer, close, exercise, expect, shape


@exercise
def fade(answer: Answer, random: np.random.Generator) -> None:
    """Check (L (h, w), light, left) -> L of the same shape, nearer to a light."""
    L = random.uniform(0, 100, (int(random.integers(4, 8)), 9))
    light, left = float(random.choice([60, 70, 85])), float(random.choice([0.2, 0.4, 0.7]))
    given = (L, light, left)
    faded = shape("the faded L", answer(*given), L.shape)
    right = light + left * (L - light)
    close("the faded L", faded, right, answer.mistaken(*given), given=f"light {light}, left {left}")


@fade.mistake("this is what is lost. left is the share that stays: light + left * (L - light).")
def _(L, light, left):
    return light + (1 - left) * (L - light)


@fade.mistake("the contrast is less, but everything got darker: go towards the light.")
def _(L, light, left):
    return left * L


@fade.mistake("it gets lighter than the light: keep only the rest of it, (1 - left) * light.")
def _(L, light, left):
    return light + left * L


@fade.mistake("the difference is taken the wrong way round: what was dark is light now.")
def _(L, light, left):
    return light + left * (light - L)


@fade.mistake("it fades towards the photo's mean. It should go towards the light.")
def _(L, light, left):
    return L.mean() + left * (L - L.mean())


@exercise
def stretch(answer: Answer, random: np.random.Generator) -> None:
    """Check (L (h, w), share) -> L from 0 to 100, the darkest and lightest share cut off."""
    L = random.uniform(30, 60, (int(random.integers(8, 12)), 10))
    L[0, 0], L[1, 1] = 2, 97  # dust, and a scratch
    share = float(random.choice([2, 5, 10]))
    given = (L, share)
    stretched = shape("the stretched L", answer(*given), L.shape)
    low, high = np.percentile(L, (share, 100 - share))
    right = np.clip(100 * (L - low) / (high - low), 0, 100)
    hints = answer.mistaken(*given)
    close("the stretched L", stretched, right, hints, given=f"share {share}")


@stretch.mistake("L leaves 0 to 100 where the ends were cut off: clip it.")
def _(L, share):
    low, high = np.percentile(L, (share, 100 - share))
    return 100 * (L - low) / (high - low)


@stretch.mistake("one speck of dust sets the ends. Take percentiles, not the smallest and largest.")
def _(L, share):
    return 100 * (L - L.min()) / (L.max() - L.min())


@stretch.mistake("it ends at 1. L goes to 100.")
def _(L, share):
    low, high = np.percentile(L, (share, 100 - share))
    return np.clip((L - low) / (high - low), 0, 1)


@stretch.mistake("it is cut off, but not stretched: the lightest should become 100.")
def _(L, share):
    return np.clip(L, *np.percentile(L, (share, 100 - share)))


@stretch.mistake("np.percentile counts from 0 to 100. Here it got shares from 0 to 1.")
def _(L, share):
    low, high = np.percentile(L, (share / 100, 1 - share / 100))
    return np.clip(100 * (L - low) / (high - low), 0, 100)


@stretch.mistake("the dark end is right. The light end is the percentile 100 - share.")
def _(L, share):
    low, high = np.percentile(L, share), L.max()
    return np.clip(100 * (L - low) / (high - low), 0, 100)


@exercise
def scratches(answer: Answer, random: np.random.Generator) -> None:
    """Check (L (h, w), threshold) -> bool (h, w): what differs from the median around."""
    y, x = np.mgrid[0:14, 0:16]
    L = 25 + 1.5 * x + random.uniform(-1, 1, x.shape)
    L[:, 8:11] = 95  # a broad light scratch
    L[random.integers(2, 6), 3:6] = 5  # and dust
    threshold = float(random.choice([8, 12, 20]))
    given = (L, threshold)
    found = answer(*given)
    hints = list(answer.mistaken(*given))
    mask = shape("the mask", found, L.shape)
    kind = np.asarray(found).dtype
    right = np.abs(L - median_filter(L, 7)) > threshold
    close("the mask", mask, right, hints, given=f"threshold {threshold}")
    expect(kind == np.bool_, f"the mask should hold True and False; it holds {kind}.")


@scratches.mistake("dark specks are missed: take the absolute difference.")
def _(L, threshold):
    return L - median_filter(L, 7) > threshold


@scratches.mistake("a mean is drawn along by the scratch itself. Compare with the median.")
def _(L, threshold):
    return np.abs(L - uniform_filter(L, 7)) > threshold


@scratches.mistake("this is what is whole. The mask is True where the photo is damaged.")
def _(L, threshold):
    return np.abs(L - median_filter(L, 7)) <= threshold


@scratches.mistake("compare with the median of the neighborhood, not of the whole photo.")
def _(L, threshold):
    return np.abs(L - np.median(L)) > threshold


@scratches.mistake("these are differences. The mask says where they are larger than the threshold.")
def _(L, threshold):
    return np.abs(L - median_filter(L, 7))


@scratches.mistake("the mask should hold True and False")
def _(L, threshold):
    return (np.abs(L - median_filter(L, 7)) > threshold).astype(float)


@exercise
def flicker(answer: Answer, random: np.random.Generator) -> None:
    """Check (ab (frames, h, w, 2), dy, dx) -> the mean change of the same point's color."""
    dy, dx = (int(one) for one in random.permutation([1, 2, 3])[:2])
    scene = random.uniform(-60, 60, (24, 30, 2))
    frames = [scene[dy * i : dy * i + 12, dx * i : dx * i + 14] for i in range(4)]
    ab = np.stack(frames) + random.normal(0, 3, (4, 12, 14, 2))
    given = (ab, dy, dx)
    moved = float(shape("the flicker", answer(*given), ()))
    hints = answer.mistaken(*given)
    close("the flicker", moved, _flicker(ab, dy, dx), hints, given=f"dy {dy}, dx {dx}")
    still = (ab, 0, 0)
    close("the flicker of a window that stands still", answer(*still), _flicker(*still))


def _flicker(ab, dy, dx):
    height, width = ab.shape[1:3]
    before, after = ab[:-1, dy:, dx:], ab[1:, : height - dy, : width - dx]
    return np.linalg.norm(after - before, axis=-1).mean()


@flicker.mistake("this compares the same place of the frame. The scene moved on: shift it first.")
def _(ab, dy, dx):
    return np.linalg.norm(np.diff(ab, axis=0), axis=-1).mean()


@flicker.mistake("the shift goes the wrong way: what stood at dy, dx stands at 0, 0 a frame later.")
def _(ab, dy, dx):
    height, width = ab.shape[1:3]
    before, after = ab[:-1, : height - dy, : width - dx], ab[1:, dy:, dx:]
    return np.linalg.norm(after - before, axis=-1).mean()


@flicker.mistake("dy and dx are exchanged: dy counts rows, the axis after the frames.")
def _(ab, dy, dx):
    return _flicker(ab, dx, dy)


@flicker.mistake("a and b are averaged apart. A color's change is one length: the root of squares.")
def _(ab, dy, dx):
    height, width = ab.shape[1:3]
    return np.abs(ab[1:, : height - dy, : width - dx] - ab[:-1, dy:, dx:]).mean()


@flicker.mistake("up and down cancel out: take the length of each change before the mean.")
def _(ab, dy, dx):
    height, width = ab.shape[1:3]
    return (ab[1:, : height - dy, : width - dx] - ab[:-1, dy:, dx:]).mean()


@flicker.mistake("this is the mean of squares. Take the root of each, then the mean.")
def _(ab, dy, dx):
    height, width = ab.shape[1:3]
    change = ab[1:, : height - dy, : width - dx] - ab[:-1, dy:, dx:]
    return (change**2).sum(axis=-1).mean()


@flicker.mistake("all frames are compared with the first. Compare each with the one before.")
def _(ab, dy, dx):
    height, width = ab.shape[1:3]
    changes = []
    for i in range(1, len(ab)):
        before, after = ab[0, i * dy :, i * dx :], ab[i, : height - i * dy, : width - i * dx]
        changes.append(np.linalg.norm(after - before, axis=-1).mean())
    return np.mean(changes)
