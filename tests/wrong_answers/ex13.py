"""Typical wrong answers to ex13: for each, words of the feedback it must get, and its code."""

_FUSE = """
def fuse(maps, vector, filters):
    height, width = maps.shape[1:3]
    repeated = layers.Reshape((height, width, -1))(layers.RepeatVector(height * width)(vector))
    both = layers.Concatenate()([maps, repeated])
    return layers.Conv2D(filters, 1, activation="relu")(both)
"""
_FREEZE = """
def freeze(model, count):
    first = len(model.layers) - count
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= first
    return sum(int(np.prod(one.shape)) for one in model.trainable_weights)
"""

WRONG = {
    "fuse": [
        (
            "is the convolution 3 x 3",
            _FUSE.replace("filters, 1,", 'filters, 3, padding="same",'),
        ),
        ("the ReLU is missing", _FUSE.replace(', activation="relu"', "")),
        ("it should be (None", _FUSE.replace("Conv2D(filters,", "Conv2D(256,")),
        ("concatenated with the maps", _FUSE.replace("(both)", "(maps)")),
        (
            "scattered",
            """
def fuse(maps, vector, filters):
    height, width = maps.shape[1:3]
    each = layers.Reshape((-1, 1))(vector)
    repeated = layers.Reshape((height, width, -1))(
        layers.Concatenate(axis=-1)([each] * (height * width))
    )
    both = layers.Concatenate()([maps, repeated])
    return layers.Conv2D(filters, 1, activation="relu")(both)
""",
        ),
        (
            "stops with ValueError",
            """
def fuse(maps, vector, filters):
    both = layers.Concatenate()([maps, vector])
    return layers.Conv2D(filters, 1, activation="relu")(both)
""",
        ),
    ],
    "prepare": [
        (
            "it is black",
            """
def prepare(L):
    return believed(L)
""",
        ),
        (
            "L is even to the eye",
            """
def prepare(L):
    return np.repeat(L / 50 - 1, 3, axis=-1)
""",
        ),
        (
            "three channels",
            """
def prepare(L):
    return L / 50 - 1
""",
        ),
        (
            "Black should be -1",
            """
def prepare(L):
    return color.join(L, np.zeros((*L.shape[:2], 2), np.float32))
""",
        ),
        (
            "should be",
            """
def prepare(L):
    return np.zeros((224, 224, 3))
""",
        ),
    ],
    "freeze": [
        (
            "model.layers[:-0] is an empty list",
            """
def freeze(model, count):
    for layer in model.layers:
        layer.trainable = True
    for layer in model.layers[:-count]:
        layer.trainable = False
    return sum(int(np.prod(one.shape)) for one in model.trainable_weights)
""",
        ),
        ("should be the reverse", _FREEZE.replace("number >= first", "number < count")),
        ("the frozen ones too", _FREEZE.replace("trainable_weights", "weights")),
        (
            "This counts arrays".lower(),
            _FREEZE.replace("sum(int(np.prod(one.shape)) for one in", "len(").replace(
                "weights)", "weights)"
            ),
        ),
        ("Set trainable for every layer", _FREEZE.replace("number >= first", "number > first")),
        (
            "last",
            """
def freeze(model, count):
    model.trainable = False
    return 0
""",
        ),
    ],
    "features_of": [
        (
            "look was called 12 times",
            """
def features_of(name, look, cache):
    return look(name)
""",
        ),
        (
            "look was called 12 times",
            """
def features_of(name, look, cache):
    cache[name] = cache.get(name, look(name))
    return cache[name]
""",
        ),
        (
            "look was called 12 times",
            """
def features_of(name, look, cache):
    if name in cache:
        return cache[name]
    return look(name)
""",
        ),
        (
            "what it gives for",
            """
def features_of(name, look, cache):
    if "features" not in cache:
        cache["features"] = look(name)
    return cache["features"]
""",
        ),
        (
            "returns nothing",
            """
def features_of(name, look, cache):
    if name not in cache:
        cache[name] = look(name)
""",
        ),
        (
            "should be (5,)",
            """
def features_of(name, look, cache):
    return np.zeros(1000)
""",
        ),
    ],
}
