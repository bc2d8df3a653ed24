"""Typical wrong answers to ex03: for each, words of the feedback it must get, and its code."""

CONVOLVE = """
def convolve(plane, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(plane, (3, 3))
    return {answer}
"""
LOSS = """
def colorful_loss(truth, guess):
    weight = {weight}
    error = ops.sum(ops.square(guess - truth), axis=-1)
    return {answer}
"""
CHROMA = "ops.sqrt(ops.sum(ops.square(truth), axis=-1))"

WRONG = {
    "convolve": [
        (
            "over the rim there is no answer",
            "def convolve(plane, kernel):\n    return correlate(plane, kernel)\n",
        ),
        (
            "turned around",
            CONVOLVE.format(answer="(windows * kernel[::-1, ::-1]).sum(axis=(2, 3))"),
        ),
        ("mean of the nine", CONVOLVE.format(answer="(windows * kernel).mean(axis=(2, 3))")),
        ("add up over each window", CONVOLVE.format(answer="windows * kernel")),
        ("are exchanged", CONVOLVE.format(answer="(windows * kernel.T).sum(axis=(2, 3))")),
    ],
    "count": [
        (
            "biases are missing",
            "def count(filters, size, channels):\n    return filters * size**2 * channels\n",
        ),
        (
            "not one in all",
            "def count(filters, size, channels):\n    return filters * size**2 * channels + 1\n",
        ),
        (
            "size x size",
            "def count(filters, size, channels):\n    return filters * (size * channels + 1)\n",
        ),
        (
            "looks at all channels",
            "def count(filters, size, channels):\n    return filters * (size**2 + 1)\n",
        ),
        ("should be", "def count(filters, size, channels):\n    return 9248\n"),
    ],
    "window": [
        (
            "strides are not in it",
            """
def window(convolutions):
    return 1 + sum(size - 1 for size, strides in convolutions)
""",
        ),
        (
            "windows overlap",
            """
def window(convolutions):
    width, step = 1, 1
    for size, strides in convolutions:
        width += size * step
        step *= strides
    return width
""",
        ),
        (
            "not for itself",
            """
def window(convolutions):
    width, step = 1, 1
    for size, strides in convolutions:
        step *= strides
        width += (size - 1) * step
    return width
""",
        ),
        ("should be", "def window(convolutions):\n    return 47\n"),
    ],
    "colorful_loss": [
        ("counts alike", LOSS.format(weight="1", answer="ops.mean(error)")),
        (
            "not from the guess",
            LOSS.format(
                weight="1 + " + CHROMA.replace("truth", "guess"), answer="ops.mean(weight * error)"
            ),
        ),
        ("gray counts too", LOSS.format(weight=CHROMA, answer="ops.mean(weight * error)")),
        ("this is the sum", LOSS.format(weight="1 + " + CHROMA, answer="ops.sum(weight * error)")),
        ("average over all", LOSS.format(weight="1 + " + CHROMA, answer="weight * error")),
        (
            "no slope",
            """
def colorful_loss(truth, guess):
    truth, guess = np.asarray(truth), np.asarray(guess)
    error = ((guess - truth) ** 2).sum(axis=-1)
    return np.mean((1 + np.linalg.norm(truth, axis=-1)) * error)
""",
        ),
    ],
}
