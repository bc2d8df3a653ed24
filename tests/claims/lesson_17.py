"""What lesson 17 says of its queries, whose first numbers chance chooses."""

SKY = "palette_of('16 that ask', castle)[1].reshape(32, 32, 16)[:10].mean(axis=(0, 1))"
TREES = "palette_of('16 that ask', castle)[1].reshape(32, 32, 16)[26:].mean(axis=(0, 1))"
OF_TULIPS = "palette_of('16 that ask', tulips)"
MOVED = "np.ptp([palette_of({!r}, photo)[0] for photo in shown.values()], axis=0).max()"

CLAIMS = {
    "Two colors are too few": "metrics.bootstrap_interval(gains['2 that ask'])[1] < 0",
    "One gives blue, and works in the castle's sky": (
        f"max(({SKY} / {TREES})[palette_of('16 that ask', castle)[0][:, 1] < -20]) > 3"
    ),
    "One gives green, between the tulips": (
        f"max({OF_TULIPS}[1].mean(axis=0)[{OF_TULIPS}[0][:, 0] < -10]) > 0.05"
    ),
    "The tulips make theirs warmer": (
        f"({OF_TULIPS}[0] - palette_of('16 that ask', castle)[0]).mean() > 0"
    ),
    "Above all rows are alike": f"{MOVED.format('16 for all')} < 1e-3",
    "Below, a color comes in three shades": f"{MOVED.format('16 that ask')} > 5",
}
