"""What lesson 11 says and chance might decide."""

CLAIMS = {
    "The chooser dares more color than the U-Net": (
        "np.mean([metrics.colorfulness(colorizer.colorize(painter, photo)) for photo in watched])"
        " > np.mean([metrics.colorfulness(colorizer.colorize(unet, photo)) for photo in watched])"
    ),
    "More than half of all points fall into nine bins": "frequency[grayish].sum() > 0.5",
}
