"""Claims of lesson 02, for which chance chooses the first weights."""

BIRD = "(slice(160, 260), slice(150, 220))"  # rows and columns of the parrot's breast
PALE = "(slice(100, 180), slice(0, 80))"  # of the background


def difference(name: str) -> str:
    """Return an expression for the color difference of one of the other photos."""
    return f"metrics.ciede2000(colorizer.colorize(model, others[{name!r}]), others[{name!r}])"


def of_gray(name: str) -> str:
    """Return an expression for the color difference of its gray photo."""
    return f"metrics.ciede2000(color.to_gray(others[{name!r}]), others[{name!r}])"


CLAIMS = {
    "By epoch 10 the network has retreated to a faint tint near gray": (
        "np.hypot(*color.split(snapshots.photos[10])[1].T).mean()"
        " < 0.7 * np.hypot(*color.split(truth)[1].T).mean()"
    ),
    "Then it finds the great division, red bird and pale background": (
        f"output[0][{BIRD}][..., 0].mean() > 25 > 15 > abs(output[0][{PALE}]).mean()"
    ),
    "spikes, sometimes worse than gray": "max(losses[100:]) > gray_loss",
    "mirrored, it is further from the truth than the parrot itself": (
        f"{difference('mirrored')} > {difference('the parrot itself')}"
    ),
    "the red panda is worse than no color": (f"{difference('red_panda')} > {of_gray('red_panda')}"),
    "the castle is worse than no color": f"{difference('castle')} > {of_gray('castle')}",
    "a speed counts only if the result is as good: both are far below gray": (
        "max(quick_loss, article_loss) < 0.25 * gray_loss"
    ),
    "spikes to its very end": "max(losses[-150:]) > 3 * min(losses[-150:])",
    "the quick curve comes to rest": "quick_losses[-1] > 0.8 * quick_losses[-30]",
}
