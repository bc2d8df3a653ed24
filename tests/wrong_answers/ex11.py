"""Typical wrong answers to ex11: for each, words of the feedback it must get, and its code."""

WRONG = {
    "soften": [
        (
            "divide each row by its sum",
            """
def soften(ab, centers):
    squared = ((ab[:, None] - centers) ** 2).sum(axis=-1)
    return np.exp(-squared / (2 * 5**2))
""",
        ),
        (
            "for each bin",
            """
def soften(ab, centers):
    near = np.exp(-((ab[:, None] - centers) ** 2).sum(axis=-1) / 50)
    return near / near.sum(axis=0)
""",
        ),
        (
            "It should be its square",
            """
def soften(ab, centers):
    near = np.exp(-np.linalg.norm(ab[:, None] - centers, axis=-1) / 50)
    return near / near.sum(axis=-1, keepdims=True)
""",
        ),
        (
            "all goes to the nearest bin",
            """
def soften(ab, centers):
    squared = ((ab[:, None] - centers) ** 2).sum(axis=-1)
    return np.eye(len(centers))[squared.argmin(axis=-1)]
""",
        ),
        (
            "one row for each color",
            """
def soften(ab, centers):
    near = np.exp(-((ab[:, None] - centers) ** 2).sum(axis=-1) / 50)
    return (near / near.sum(axis=-1, keepdims=True)).T
""",
        ),
        (
            "should be",
            """
def soften(ab, centers):
    return np.full((4, 9), 1 / 9)
""",
        ),
    ],
    "rebalance": [
        (
            "is not 1 yet",
            """
def rebalance(frequency, mix):
    return 1 / ((1 - mix) * frequency + mix / len(frequency))
""",
        ),
        (
            "Over points it should be",
            """
def rebalance(frequency, mix):
    weight = 1 / ((1 - mix) * frequency + mix / len(frequency))
    return weight / weight.mean()
""",
        ),
        (
            "wrong way round",
            """
def rebalance(frequency, mix):
    weight = 1 / (mix * frequency + (1 - mix) / len(frequency))
    return weight / (frequency * weight).sum()
""",
        ),
        (
            "The rare ones should",
            """
def rebalance(frequency, mix):
    weight = (1 - mix) * frequency + mix / len(frequency)
    return weight / (frequency * weight).sum()
""",
        ),
        (
            "not finite",
            """
def rebalance(frequency, mix):
    with np.errstate(all="ignore"):
        weight = 1 / frequency
        return weight / (frequency * weight).sum()
""",
        ),
        (
            "the weights is",
            """
def rebalance(frequency, mix):
    return np.ones(len(frequency))
""",
        ),
    ],
    "annealed": [
        (
            "upside down, and",
            """
def annealed(shares, centers, temperature):
    return believed(shares, centers, temperature)
""",
        ),
        (
            "so the color shrinks",
            """
def annealed(shares, centers, temperature):
    return shares ** (1 / temperature) @ centers
""",
        ),
        (
            "makes the shares more alike",
            """
def annealed(shares, centers, temperature):
    sharpened = shares**temperature
    return sharpened / sharpened.sum(axis=-1, keepdims=True) @ centers
""",
        ),
        (
            "divide their logarithms",
            """
def annealed(shares, centers, temperature):
    sharpened = np.exp(shares / temperature)
    return sharpened / sharpened.sum(axis=-1, keepdims=True) @ centers
""",
        ),
        (
            "the likeliest bin",
            """
def annealed(shares, centers, temperature):
    return centers[shares.argmax(axis=-1)]
""",
        ),
        (
            "stops with",
            """
def annealed(shares, centers, temperature):
    sharpened = shares ** (1 / temperature)
    return sharpened / sharpened.sum(axis=-1) @ centers
""",
        ),
    ],
}
