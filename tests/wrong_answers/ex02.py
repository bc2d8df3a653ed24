"""Typical wrong answers to ex02: for each, words of the feedback it must get, and its code."""

NETWORK = """
def hourglass():
    network = keras.Sequential([keras.Input((None, None, 1))])
    for filters in {down}:
        network.add(layers.Conv2D(filters, (3, 3), activation="relu", padding="same", strides=2))
    for filters in {up}:
        network.add(layers.Conv2D(filters, (3, 3), activation="relu", padding="same"))
        network.add(layers.UpSampling2D((2, 2)))
    network.add(layers.Conv2D({channels}, (3, 3), activation="tanh", padding="same"))
    return network
"""

WRONG = {
    "decode": [
        (
            "take the one photo out of the batch",
            """
def decode(X, output):
    return lab2rgb(np.concatenate([X, output * 128], axis=-1))
""",
        ),
        (
            "multiplied by 128",
            """
def decode(X, output):
    return lab2rgb(np.concatenate([X[0], output[0]], axis=-1))
""",
        ),
        (
            "Turn them into RGB",
            """
def decode(X, output):
    return np.concatenate([X[0], output[0] * 128], axis=-1)
""",
        ),
        (
            "should be",
            """
def decode(X, output):
    canvas = np.zeros((400, 400, 3))
    canvas[:, :, 0] = 50
    return lab2rgb(canvas)
""",
        ),
    ],
    "hourglass": [
        ("add doublings", "def hourglass():\n    return listed\n"),
        ("add doublings", NETWORK.format(down=(8, 16, 32), up=(32, 16), channels=2)),
        ("1/4 as high", NETWORK.format(down=(8, 16), up=(16, 8), channels=2)),
        ("a and b are 2 channels", NETWORK.format(down=(8, 16, 32), up=(32, 16, 8), channels=3)),
        (
            "1/1 as high",
            """
def hourglass():
    return keras.Sequential(
        [keras.Input((None, None, 1)), layers.Conv2D(2, 3, activation="tanh", padding="same")]
    )
""",
        ),
        (
            "cannot take a photo of",
            NETWORK.format(down=(8, 16, 32), up=(32, 16, 8), channels=2).replace(
                "(None, None, 1)", "(400, 400, 1)"
            ),
        ),
    ],
    "last_layer": [
        (
            "no green and no blue",
            """
def last_layer():
    return layers.Conv2D(2, (3, 3), activation="relu", padding="same")
""",
        ),
        (
            "no green and no blue",
            """
def last_layer():
    return layers.Conv2D(2, (3, 3), activation="sigmoid", padding="same")
""",
        ),
        (
            "1 is the limit",
            """
def last_layer():
    return layers.Conv2D(2, (3, 3), padding="same")
""",
        ),
        (
            "loses the rim",
            """
def last_layer():
    return layers.Conv2D(2, (3, 3), activation="tanh")
""",
        ),
        (
            "its answer has shape",
            """
def last_layer():
    return layers.Conv2D(3, (3, 3), activation="tanh", padding="same")
""",
        ),
        (
            "one point only",
            """
def last_layer():
    return layers.Conv2D(2, (1, 1), activation="tanh", padding="same")
""",
        ),
    ],
    "shown_losses": [
        ("last step", "def shown_losses(losses, steps):\n    return losses[steps - 1 :: steps]\n"),
        (
            "Keras shows the mean",
            "def shown_losses(losses, steps):\n"
            "    return np.reshape(losses, (-1, steps)).sum(axis=1)\n",
        ),
        (
            "begins anew",
            """
def shown_losses(losses, steps):
    mean = np.cumsum(losses) / np.arange(1, len(losses) + 1)
    return mean[steps - 1 :: steps]
""",
        ),
        ("has shape ()", "def shown_losses(losses, steps):\n    return np.mean(losses)\n"),
        ("has shape (7,)", "def shown_losses(losses, steps):\n    return np.full(7, 0.5)\n"),
    ],
}
