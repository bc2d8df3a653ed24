"""Typical wrong answers to ex06: for each, words of the feedback it must get, and its code."""

KEEP = """
def keep(photo):
    ab = color.split(photo)[1]
    large = {large}
    filled = {filled}
    colorful = {colorful}
    return bool(large and filled and colorful)
"""
LARGE = "min(photo.shape[:2]) >= 96"
FILLED = "(photo > 0.95).all(axis=-1).mean() <= 0.5"
COLORFUL = "(np.hypot(ab[..., 0], ab[..., 1]) > 10).mean() >= 0.05"

DEAL = """
def deal(files):
    parts = [], []
    for file in files:
        parts[{choice}].append(file)
    return parts
"""
AUGMENT = """
def augment(L, ab, size, random):
    lab = np.concatenate([L, ab], axis=-1)
    top = {top}
    left = {left}
    window = lab[top : top + size, left : left + size]
    {flip}
    return window[..., :1], window[..., 1:]
"""
TOP, LEFT = "random.integers(0, L.shape[0] - size + 1)", "random.integers(0, L.shape[1] - size + 1)"
FLIP = "window = window[:, ::-1] if random.random() < 0.5 else window"

WRONG = {
    "keep": [
        ("points wide", KEEP.format(large="len(photo) >= 96", filled=FILLED, colorful=COLORFUL)),
        (
            "that is large enough",
            KEEP.format(large="min(photo.shape[:2]) > 96", filled=FILLED, colorful=COLORFUL),
        ),
        (
            "yellow is not white",
            KEEP.format(
                large=LARGE,
                filled="(photo > 0.95).any(axis=-1).mean() <= 0.5",
                colorful=COLORFUL,
            ),
        ),
        (
            "small colorful thing",
            KEEP.format(
                large=LARGE,
                filled=FILLED,
                colorful="np.hypot(ab[..., 0], ab[..., 1]).mean() > 10",
            ),
        ),
        (
            "a little noise",
            KEEP.format(large=LARGE, filled=FILLED, colorful="np.ptp(photo, axis=-1).max() > 0"),
        ),
        ("it keeps", "def keep(photo):\n    return True\n"),
    ],
    "deal": [
        ("on both sides", DEAL.format(choice="zlib.crc32(file.encode()) % 5 == 0")),
        (
            "About 20 % should be",
            DEAL.format(choice="zlib.crc32(file.split('_')[0].encode()) % 2 == 0"),
        ),
        ("0% of the photos", DEAL.format(choice="0")),
        (
            "",
            """
def deal(files):
    photos = sorted({file.split("_")[0] for file in files})
    chosen = set(np.random.default_rng().permutation(photos)[: len(photos) // 5])
    test = [file for file in files if file.split("_")[0] in chosen]
    return [file for file in files if file not in test], test
""",
        ),
        (
            "the list grows",
            """
def deal(files):
    photos = sorted({file.split("_")[0] for file in files})
    chosen = set(photos[::5])
    test = [file for file in files if file.split("_")[0] in chosen]
    return [file for file in files if file not in test], test
""",
        ),
        (
            "exactly once",
            """
def deal(files):
    test = [file for file in files if zlib.crc32(file.split("_")[0].encode()) % 5 == 0]
    return files, test
""",
        ),
    ],
    "augment": [
        (
            "torn apart",
            """
def augment(L, ab, size, random):
    def cut(plane):
        top = random.integers(0, plane.shape[0] - size + 1)
        left = random.integers(0, plane.shape[1] - size + 1)
        return plane[top : top + size, left : left + size]

    return cut(L), cut(ab)
""",
        ),
        (
            "torn apart",
            """
def augment(L, ab, size, random):
    return L[:size, :size][:, ::-1], ab[:size, :size]
""",
        ),
        ("never flips", AUGMENT.format(top=TOP, left=LEFT, flip="")),
        ("always flips", AUGMENT.format(top=TOP, left=LEFT, flip="window = window[:, ::-1]")),
        (
            "not top to bottom",
            AUGMENT.format(top=TOP, left=LEFT, flip=FLIP.replace("[:, ::-1]", "[::-1]")),
        ),
        ("in the same place", AUGMENT.format(top="0", left="0", flip=FLIP)),
        (
            "the last start is",
            AUGMENT.format(top=TOP.replace(" + 1", ""), left=LEFT.replace(" + 1", ""), flip=FLIP),
        ),
    ],
    "best_epoch": [
        (
            "after the training stopped",
            "def best_epoch(losses, patience):\n    return int(np.argmin(losses))\n",
        ),
        (
            "in which the training stops",
            """
def best_epoch(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            return epoch
    return best
""",
        ),
        (
            "Return the number of its epoch",
            """
def best_epoch(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return losses[best]
""",
        ),
        (
            "last moment",
            """
def best_epoch(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience - 1:
            break
    return best
""",
        ),
    ],
}
