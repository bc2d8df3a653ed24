"""Exercises of lesson 17: learned queries, their palette, and how even a patch's color is."""

import numpy as np
from scipy.special import softmax

from helpers.checks import Answer, close, exercise, expect, shape


@exercise
def hear(answer: Answer, random: np.random.Generator) -> None:
    """Check (queries (q, c), keys (p, c), values (p, c)) -> (q, c)."""
    count, places, channels = map(int, random.permutation(range(4, 10))[:3])
    queries, keys, values = (
        random.normal(size=(rows, channels)) for rows in (count, places, places)
    )
    given = (queries, keys, values)
    hints = {(count, places): "these are the shares. Mix the values by them, and add the queries."}
    heard = shape("the answer", answer(*given), (count, channels), hints)
    right = queries + softmax(queries @ keys.T / channels**0.5, axis=1) @ values
    close("the answer", heard, right, answer.mistaken(*given), given=f"{channels} channels")


@hear.mistake("what is heard is right, but it is not added: queries + ...")
def _(queries, keys, values):
    return softmax(queries @ keys.T / queries.shape[1] ** 0.5, axis=1) @ values


@hear.mistake("the root is missing: divide the comparisons by the root of the channels.")
def _(queries, keys, values):
    return queries + softmax(queries @ keys.T, axis=1) @ values


@hear.mistake("you divide by the number of channels. Divide by its root.")
def _(queries, keys, values):
    return queries + softmax(queries @ keys.T / queries.shape[1], axis=1) @ values


@hear.mistake("you divide by the root of the number of places. Take that of the channels.")
def _(queries, keys, values):
    return queries + softmax(queries @ keys.T / len(keys) ** 0.5, axis=1) @ values


@hear.mistake("the shares sum to 1 over the queries. Each query shares among the places: axis=1.")
def _(queries, keys, values):
    return queries + softmax(queries @ keys.T / queries.shape[1] ** 0.5, axis=0) @ values


@hear.mistake("all shares together sum to 1. Those of each query should: axis=1.")
def _(queries, keys, values):
    return queries + softmax(queries @ keys.T / queries.shape[1] ** 0.5) @ values


@hear.mistake("you mix the keys. The values are what a place gives.")
def _(queries, keys, values):
    return queries + softmax(queries @ keys.T / queries.shape[1] ** 0.5, axis=1) @ keys


@hear.mistake("these are the shares")
def _(queries, keys, values):
    return softmax(queries @ keys.T / queries.shape[1] ** 0.5, axis=1)


@exercise
def paint(answer: Answer, random: np.random.Generator) -> None:
    """Check (places (p, c), queries (q, c), colors (q, 2)) -> (p, 2)."""
    count, places, channels = map(int, random.permutation(range(4, 10))[:3])
    asking, queries = (random.normal(size=(rows, channels)) for rows in (places, count))
    colors = random.uniform(-90, 90, (count, 2))
    given = (asking, queries, colors)
    hints = {(places, count): "these are the shares. Mix the colors by them: shares @ colors."}
    painted = shape("the colors", answer(*given), (places, 2), hints)
    right = softmax(asking @ queries.T / channels**0.5, axis=1) @ colors
    close("the colors", painted, right, answer.mistaken(*given), given=f"{channels} channels")


@paint.mistake("the shares sum to 1 over the places. Each place shares among the queries: axis=1.")
def _(places, queries, colors):
    return softmax(places @ queries.T / places.shape[1] ** 0.5, axis=0) @ colors


@paint.mistake("all shares together sum to 1. Those of each place should: axis=1.")
def _(places, queries, colors):
    return softmax(places @ queries.T / places.shape[1] ** 0.5) @ colors


@paint.mistake("the root is missing: divide the comparisons by the root of the channels.")
def _(places, queries, colors):
    return softmax(places @ queries.T, axis=1) @ colors


@paint.mistake("this is the color of the one winner. Mix all colors by their shares.")
def _(places, queries, colors):
    return colors[(places @ queries.T).argmax(axis=1)]


@paint.mistake("there is no softmax: the comparisons are no shares yet.")
def _(places, queries, colors):
    return places @ queries.T / places.shape[1] ** 0.5 @ colors


@paint.mistake("these are the shares")
def _(places, queries, colors):
    return softmax(places @ queries.T / places.shape[1] ** 0.5, axis=1)


@exercise
def which_query(answer: Answer, random: np.random.Generator) -> None:
    """Check (shares (p, q), inside (p,)) -> the query that gives most inside."""
    count, places = int(random.integers(6, 9)), 40
    order = random.permutation(count)
    sky, elsewhere, once, never = order[:4]
    shares = random.uniform(0.1, 0.2, (places, count))
    inside = np.arange(places) % 4 == int(random.integers(1, 4))
    shares[inside, sky] += 0.3
    shares[~inside, elsewhere] += 0.5
    shares[np.flatnonzero(inside)[2], once] += 1.5  # most in one place, not in all together
    shares[inside, never] = 0.01
    shares /= shares.sum(axis=1, keepdims=True)
    given = (shares, inside)
    found = answer(*given)
    expect(np.shape(found) == (), "return one number: that of the query.")
    close("the query", found, sky, answer.mistaken(*given), given=f"{inside.sum()} places inside")


@which_query.mistake("this query gives most to the whole photo. Take the rows inside alone.")
def _(shares, inside):
    return shares.sum(axis=0).argmax()


@which_query.mistake("this query gives most outside. Take the rows inside.")
def _(shares, inside):
    return shares[~inside].sum(axis=0).argmax()


@which_query.mistake("this query gives most to one place. Add up all places inside.")
def _(shares, inside):
    return shares[inside].max(axis=0).argmax()


@which_query.mistake("this query gives least.")
def _(shares, inside):
    return shares[inside].sum(axis=0).argmin()


@which_query.mistake("return one number: that of the query.")
def _(shares, inside):
    return shares[inside].argmax(axis=1)


@exercise
def uneven(answer: Answer, random: np.random.Generator) -> None:
    """Check (ab (p, 2), patches (p,)) -> the mean distance from the patch's mean."""
    sizes = random.permutation([3, 7, 12])
    names = random.choice(np.arange(5, 50), 3, replace=False)
    order = random.permutation(np.repeat([0, 1, 2], sizes))
    patches = names[order]
    middles = random.permutation([[-40, -30], [40, -20], [0, 45]])  # each patch has its own color
    reach = random.permutation([10, 20, 30])[order, None]  # and its own unevenness
    ab = middles[order] + random.uniform(-reach, reach, (len(patches), 2))
    given = (ab, patches)
    right = _distances(ab, patches).mean()
    number = answer(*given)
    expect(np.shape(number) == (), "return one number: the mean over all points.")
    close("the mean distance", number, right, answer.mistaken(*given), given="three patches")
    even = np.stack([patches, -patches], axis=1).astype(float)
    close("the mean distance", answer(even, patches), 0.0, given="patches of one color each")


def _distances(ab: np.ndarray, patches: np.ndarray) -> np.ndarray:
    """Return how far each color (p, 2) lies from the mean of its patch: (p,)."""
    means = np.stack([ab[patches == one].mean(axis=0) for one in patches])
    return np.linalg.norm(ab - means, axis=1)


@uneven.mistake("this is the distance from the mean of the whole photo. Take each patch's own.")
def _(ab, patches):
    return np.linalg.norm(ab - ab.mean(axis=0), axis=1).mean()


@uneven.mistake("each patch counts alike. Let each point count: a large patch has more.")
def _(ab, patches):
    far = _distances(ab, patches)
    return np.mean([far[patches == one].mean() for one in np.unique(patches)])


@uneven.mistake("this is the sum over all points. Divide by their number.")
def _(ab, patches):
    return _distances(ab, patches).sum()


@uneven.mistake("these distances are squared: take the root before the mean.")
def _(ab, patches):
    return (_distances(ab, patches) ** 2).mean()


@uneven.mistake("a and b apart are no distance: np.linalg.norm(difference, axis=1).")
def _(ab, patches):
    means = np.stack([ab[patches == one].mean(axis=0) for one in patches])
    return np.abs(ab - means).mean()


@uneven.mistake("this is how far colors lie from gray. Subtract the mean of their patch.")
def _(ab, patches):
    return np.linalg.norm(ab, axis=1).mean()


@uneven.mistake("return one number: the mean over all points.")
def _(ab, patches):
    return _distances(ab, patches)
