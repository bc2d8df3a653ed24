"""Exercises of lesson 16: attention as a look-up in another photo."""

import numpy as np
from scipy.special import softmax

from helpers.checks import Answer, close, exercise, expect, several, shape


@exercise
def attention(answer: Answer, random: np.random.Generator) -> None:
    """Check (queries (n, c), keys (m, c), values (m, 2), T) -> (n, 2)."""
    n, m, channels = map(int, random.permutation(range(4, 10))[:3])
    queries, keys = random.normal(size=(n, channels)), random.normal(size=(m, channels))
    values = random.uniform(-90, 90, (m, 2))
    T = float(random.choice([0.5, 2, 3]))
    given = (queries, keys, values, T)
    hints = {(n, m): "these are the shares. Mix the values by them: shares @ values."}
    mixed = shape("the mix", answer(*given), (n, 2), hints)
    right = softmax(queries @ keys.T / T, axis=1) @ values
    close("the mix", mixed, right, answer.mistaken(*given), given=f"T {T}")
    large = (1000 * queries, keys, values, T)
    mixed = shape("the mix for comparisons in the thousands", answer(*large), (n, 2))
    right = softmax(1000 * queries @ keys.T / T, axis=1) @ values
    close("the mix for comparisons in the thousands", mixed, right)


@attention.mistake(
    "the shares sum to 1 over the queries. Each query shares among the keys: axis=1."
)
def _(queries, keys, values, T):
    return softmax(queries @ keys.T / T, axis=0) @ values


@attention.mistake("all shares together sum to 1. Those of each query should: axis=1.")
def _(queries, keys, values, T):
    return softmax(queries @ keys.T / T) @ values


@attention.mistake("the temperature is missing.")
def _(queries, keys, values, T):
    return softmax(queries @ keys.T, axis=1) @ values


@attention.mistake("the temperature multiplies. It should divide.")
def _(queries, keys, values, T):
    return softmax(queries @ keys.T * T, axis=1) @ values


@attention.mistake("the temperature divides the shares. It should divide the comparisons.")
def _(queries, keys, values, T):
    return softmax(queries @ keys.T, axis=1) / T @ values


@attention.mistake("there is no softmax: the comparisons are no shares yet.")
def _(queries, keys, values, T):
    return queries @ keys.T / T @ values


@attention.mistake("this is the value of the one winner. Mix all values by their shares.")
def _(queries, keys, values, T):
    return values[(queries @ keys.T).argmax(axis=1)]


@attention.mistake("these are the shares")
def _(queries, keys, values, T):
    return softmax(queries @ keys.T / T, axis=1)


@attention.mistake("not finite")
def _(queries, keys, values, T):
    with np.errstate(all="ignore"):
        shares = np.exp(queries @ keys.T / T)
        return shares / shares.sum(axis=1, keepdims=True) @ values


@exercise
def looks_most(answer: Answer, random: np.random.Generator) -> None:
    """Check (shares (n, m), row, column, width) -> row and column of the largest share."""
    height, width = 8, int(random.integers(5, 8))
    row, column = 1, int(random.integers(2, 4))
    shares = random.dirichlet(np.ones(height * width), height * width)
    shares[row * width + column] /= 2
    shares[row * width + column, 4 * width + 1] = 0.5
    shares[2, 5 * width + 3] = 0.9  # the largest of all: another place's
    given = (shares, row, column, width)
    place = several("the row and the column", answer(*given), 2)
    for name, number in zip(("the row", "the column"), place, strict=True):
        expect(
            np.shape(number) == () and number == int(number), f"{name} should be a whole number."
        )
    asked = f"the place in row {row} and column {column} of {width} columns"
    close("row and column", place, (4, 1), answer.mistaken(*given), given=asked)


@looks_most.mistake("row and column are exchanged in your answer.")
def _(shares, row, column, width):
    return divmod(shares[row * width + column].argmax(), width)[::-1]


@looks_most.mistake("another place asks: it has the number row * width + column.")
def _(shares, row, column, width):
    return divmod(shares[column * width + row].argmax(), width)


@looks_most.mistake("this is who looks at the place. Take its row of the shares, not its column.")
def _(shares, row, column, width):
    return divmod(shares[:, row * width + column].argmax(), width)


@looks_most.mistake("this is the largest share of all places that ask. One place asks.")
def _(shares, row, column, width):
    return divmod(shares.argmax() % shares.shape[1], width)


@looks_most.mistake("this is the place that gets the smallest share.")
def _(shares, row, column, width):
    return divmod(shares[row * width + column].argmin(), width)


@looks_most.mistake("return 2 things")
def _(shares, row, column, width):
    return shares[row * width + column].argmax()


@exercise
def near_first(answer: Answer, random: np.random.Generator) -> None:
    """Check (alike (n, m), far (n, m), weight, T) -> shares (n, m)."""
    n, m = map(int, random.permutation(range(4, 9))[:2])
    alike, far = random.normal(size=(n, m)), random.uniform(0, 2, (n, m))
    weight, T = float(random.choice([0.5, 2, 3])), float(random.choice([0.3, 0.6, 2]))
    given = (alike, far, weight, T)
    shares = shape("the shares", answer(*given), (n, m))
    right = softmax((alike - weight * far) / T, axis=1)
    close("the shares", shares, right, answer.mistaken(*given), given=f"weight {weight}, T {T}")
    shares = answer(alike, far, 0.0, T)
    close("the shares", shares, softmax(alike / T, axis=1), given=f"weight 0, T {T}")


@near_first.mistake("the shares of each column sum to 1. Those of a row, of one that asks, should.")
def _(alike, far, weight, T):
    return softmax((alike - weight * far) / T, axis=0)


@near_first.mistake("T divides the distance alone. Put brackets: it divides the whole difference.")
def _(alike, far, weight, T):
    return softmax(alike - weight * far / T, axis=1)


@near_first.mistake("both mistakes are still in it: what T divides, and which shares sum to 1.")
def _(alike, far, weight, T):
    return softmax(alike - weight * far / T, axis=0)


@near_first.mistake("far places count more. Subtract the distance.")
def _(alike, far, weight, T):
    return softmax((alike + weight * far) / T, axis=1)


@near_first.mistake("the distance is divided by no temperature.")
def _(alike, far, weight, T):
    return softmax(alike / T - weight * far, axis=1)


@near_first.mistake("the shares do not sum to 1: divide by the sum of each row.")
def _(alike, far, weight, T):
    return np.exp((alike - weight * far) / T)


@near_first.mistake("the weight is missing.")
def _(alike, far, weight, T):
    return softmax((alike - far) / T, axis=1)
