"""Typical wrong answers to ex01: for each, words of the feedback it must get, and its code."""

WRONG = {
    "split": [
        (
            ", 3): did you keep L?",
            """
def split(photo):
    lab = rgb2lab(photo)
    return lab[..., :1], lab / 128
""",
        ),
        (
            "keep the last axis",
            """
def split(photo):
    lab = rgb2lab(photo)
    return lab[..., 0], lab[..., 1:] / 128
""",
        ),
        (
            "not divided by 128",
            """
def split(photo):
    lab = rgb2lab(photo)
    return lab[..., :1], lab[..., 1:]
""",
        ),
        (
            "divided by 100",
            """
def split(photo):
    lab = rgb2lab(photo)
    return lab[..., :1] / 100, lab[..., 1:] / 128
""",
        ),
        (
            "return 2 things",
            """
def split(photo):
    return rgb2lab(photo)
""",
        ),
        (
            "Is the word return missing",
            """
def split(photo):
    lab = rgb2lab(photo)
    lab[..., :1], lab[..., 1:] / 128
""",
        ),
        (
            "should be",
            """
def split(photo):
    return np.full((4, 4, 1), 50.0), np.zeros((4, 4, 2))
""",
        ),
    ],
    "join": [
        (
            "multiplied by 128",
            """
def join(L, ab):
    return lab2rgb(np.concatenate([L, ab], axis=-1))
""",
        ),
        (
            "LAB numbers",
            """
def join(L, ab):
    return np.concatenate([L, ab * 128], axis=-1)
""",
        ),
        (
            "wrong order",
            """
def join(L, ab):
    return lab2rgb(np.concatenate([L, ab[..., ::-1] * 128], axis=-1))
""",
        ),
        (
            "stops with ValueError",
            """
def join(L, ab):
    return lab2rgb(np.concatenate([L, ab * 128], axis=0))
""",
        ),
    ],
    "saturate": [
        (
            "Go by LAB",
            """
def saturate(photo, factor):
    return photo * factor
""",
        ),
        (
            "light has to stay",
            """
def saturate(photo, factor):
    return color.lab_to_rgb(rgb2lab(photo) * factor)
""",
        ),
        (
            "nothing has changed",
            """
def saturate(photo, factor):
    L, ab = color.split(photo)
    return color.join(L, ab)
""",
        ),
        (
            "b is color, too",
            """
def saturate(photo, factor):
    lab = rgb2lab(photo)
    lab[..., 1] *= factor
    return color.lab_to_rgb(lab)
""",
        ),
    ],
    "prepare": [
        (
            "L / 100",
            """
def prepare(image):
    return believed(image)
""",
        ),
        (
            "no green and no blue",
            """
def prepare(image):
    lab = rgb2lab(image / 255)
    return lab[..., :1], np.clip(lab[..., 1:] / 128, 0, 1)
""",
        ),
        (
            "tanh reaches -1",
            """
def prepare(image):
    lab = rgb2lab(image / 255)
    return lab[..., :1], (lab[..., 1:] / 128 + 1) / 2
""",
        ),
        (
            "divide by 255 first",
            """
def prepare(image):
    lab = rgb2lab(image)
    return lab[..., :1], lab[..., 1:] / 128
""",
        ),
    ],
}
