"""Claims of lesson 03, for which chance chooses the first weights."""

CLAIMS = {
    "the two differ by rounding alone": "difference < 1e-3",
    "the light spots of the wing are gone, and all is softer": (
        "np.abs(np.diff(guess[wing], axis=0)).mean()"
        " < 0.7 * np.abs(np.diff(ab[wing], axis=0)).mean()"
    ),
    "through a small window the color is another one": (
        "np.hypot(*(color_seen_through(4, 190, 86) - whole)) > 10"
    ),
    "24 points in each direction give the same color": (
        "np.abs(color_seen_through(24, 190, 86) - whole).max() < 0.005"
    ),
    "one channel tells the breast from the rest": (
        "on_breast[knows_breast] > 2 * everywhere[knows_breast]"
    ),
}
