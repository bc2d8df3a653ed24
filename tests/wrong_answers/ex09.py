"""Typical wrong answers to ex09: for each, words of the feedback it must get, and its code."""

WRONG = {
    "rare_colors": [
        (
            "Divide by the rare ones alone",
            """
def rare_colors(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(rare & (a > 15)), np.mean(a[~rare] > 30)
""",
        ),
        (
            "that the guess calls red",
            """
def rare_colors(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(rare[a > 15]), np.mean(a[~rare] > 30)
""",
        ),
        (
            "Divide by those that are not rare",
            """
def rare_colors(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[rare] > 15), np.mean(~rare & (a > 30))
""",
        ),
        (
            "above 30, not above 15",
            """
def rare_colors(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[rare] > 15), np.mean(a[~rare] > 15)
""",
        ),
        (
            "channel 0",
            """
def rare_colors(ab, guess):
    rare, a = ab[..., 1] > 30, guess[..., 1]
    return np.mean(a[rare] > 15), np.mean(a[~rare] > 30)
""",
        ),
        (
            "found comes first",
            """
def rare_colors(ab, guess):
    rare, a = ab[..., 0] > 30, guess[..., 0]
    return np.mean(a[~rare] > 30), np.mean(a[rare] > 15)
""",
        ),
        (
            "where it should be",
            """
def rare_colors(ab, guess):
    return 0.08, 0.0
""",
        ),
    ],
    "weights": [
        (
            "not finite",
            """
def weights(share, equal):
    return 1 / share
""",
        ),
        (
            "is not 1 yet",
            """
def weights(share, equal):
    return 1 / ((1 - equal) * share + equal / len(share))
""",
        ),
        (
            "they add up to 1",
            """
def weights(share, equal):
    weight = 1 / ((1 - equal) * share + equal / len(share))
    return weight / weight.sum()
""",
        ),
        (
            "A full cell counts more",
            """
def weights(share, equal):
    weight = 1 / ((1 - equal) * share + equal / len(share))
    return weight / weight.mean()
""",
        ),
        (
            "changed places",
            """
def weights(share, equal):
    weight = 1 / (equal * share + (1 - equal) / len(share))
    return weight / (share * weight).sum()
""",
        ),
        (
            "equal / n",
            """
def weights(share, equal):
    weight = 1 / ((1 - equal) * share + equal)
    return weight / (share * weight).sum()
""",
        ),
        (
            "the weights has shape",
            """
def weights(share, equal):
    return np.ones(256)
""",
        ),
    ],
    "planes": [
        (
            "y counts rows",
            """
def planes(height, width, dots):
    result = np.zeros((height, width, 3))
    for x, y, a, b in dots:
        row, column = int(x * height), int(y * width)
        result[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = (a, b, 1)
    return result
""",
        ),
        (
            "-1 is the last row",
            """
def planes(height, width, dots):
    result = np.zeros((height, width, 3))
    for x, y, a, b in dots:
        row, column = int(y * height), int(x * width)
        result[row - 2 : row + 3, column - 2 : column + 3] = (a, b, 1)
    return result
""",
        ),
        (
            "one point alone",
            """
def planes(height, width, dots):
    result = np.zeros((height, width, 3))
    for x, y, a, b in dots:
        result[int(y * height), int(x * width)] = (a, b, 1)
    return result
""",
        ),
        (
            "a slice ends before its end",
            """
def planes(height, width, dots):
    result = np.zeros((height, width, 3))
    for x, y, a, b in dots:
        row, column = int(y * height), int(x * width)
        result[max(0, row - 2) : row + 2, max(0, column - 2) : column + 2] = (a, b, 1)
    return result
""",
        ),
        (
            "the mask is missing",
            """
def planes(height, width, dots):
    result = np.zeros((height, width, 2))
    for x, y, a, b in dots:
        row, column = int(y * height), int(x * width)
        result[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = (a, b)
    return result
""",
        ),
        (
            "rows and columns changed places",
            """
def planes(height, width, dots):
    result = np.zeros((width, height, 3))
    for x, y, a, b in dots:
        row, column = int(x * width), int(y * height)
        result[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = (a, b, 1)
    return result
""",
        ),
        (
            "Make the array before the loop",
            """
def planes(height, width, dots):
    result = np.zeros((height, width, 3))
    for x, y, a, b in dots:
        result = np.zeros((height, width, 3))
        row, column = int(y * height), int(x * width)
        result[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = (a, b, 1)
    return result
""",
        ),
        (
            "the array has shape (256, 256, 3)",
            """
def planes(height, width, dots):
    return np.zeros((256, 256, 3))
""",
        ),
    ],
    "into_gamut": [
        (
            "points that a screen has are paler",
            """
def into_gamut(lab):
    return believed(lab)
""",
        ),
        (
            "hues have turned",
            """
def into_gamut(lab):
    lab = lab.copy()
    while (outside := ~color.in_gamut(lab)).any():
        lab[outside, 1] *= 0.9
        lab[outside, 2] *= 0.97
    return lab
""",
        ),
        (
            "light has to stay",
            """
def into_gamut(lab):
    return color.rgb_to_lab(color.lab_to_rgb(lab))
""",
        ),
        (
            "light has to stay",
            """
def into_gamut(lab):
    lab = lab.copy()
    while (outside := ~color.in_gamut(lab)).any():
        lab[outside] *= 0.95
    return lab
""",
        ),
        (
            "still outside the gamut",
            """
def into_gamut(lab):
    lab = lab.copy()
    lab[~color.in_gamut(lab), 1:] *= 0.95
    return lab
""",
        ),
        (
            "more color is taken away than needed",
            """
def into_gamut(lab):
    lab = lab.copy()
    lab[~color.in_gamut(lab), 1:] = 0
    return lab
""",
        ),
        (
            "all color is gone",
            """
def into_gamut(lab):
    return lab * [1, 0, 0]
""",
        ),
        (
            "changes its input",
            """
def into_gamut(lab):
    while (outside := ~color.in_gamut(lab)).any():
        lab[outside, 1:] *= 0.95
    return lab
""",
        ),
        (
            "the LAB colors has shape (256, 256, 3)",
            """
def into_gamut(lab):
    return vivid
""",
        ),
    ],
}
