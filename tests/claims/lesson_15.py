"""What lesson 15 says of its game."""

CLAIMS = {
    "Bolder colors after the duel": (
        "np.mean(metrics.differences('colorfulness', by_unet,"
        " [colorizer.colorize(duel.painter, truth) for truth in truths], truths)) > 0"
    ),
    "It learned to suspect this painter": (
        "np.mean([verdict(photo).mean() for photo in by_unet])"
        " < np.mean([verdict(truth).mean() for truth in truths])"
    ),
    "Let go, the painter throws away what it knew": (
        "np.mean(metrics.differences('CIEDE2000', by_unet,"
        " [colorizer.colorize(broken.painter, truth) for truth in truths], truths)) > 0"
    ),
}
