"""What lesson 10 says, as expressions over the names that it leaves."""

CLAIMS = {
    "at half the size the loss is below what people notice": (
        "errors([coarse(truth, 2) for truth in truths]).mean() < 1"
    ),
    "even at an eighth it is a small part of the network's error": (
        "errors([coarse(truth, 8) for truth in truths]).mean() < errors_128.mean() / 4"
    ),
    "a larger copy bleeds less and brings more color": (
        "rows['copies of 256 points']['bleeding'] < rows['copies of 128 points']['bleeding'] "
        "and rows['copies of 256 points']['colorfulness'] "
        "> rows['copies of 128 points']['colorfulness']"
    ),
    "the guided filter bleeds less and is a little closer": (
        "rows['128, then guided']['bleeding'] < rows['copies of 128 points']['bleeding'] "
        "and '(+' in rows['128, then guided']['closer than copies of 128']"
    ),
    "four times the points, and four times the memory": (
        "np.allclose(memory[1:] / memory[:-1], 4, 0.02)"
    ),
    "one, one, two, one, two; and four": (
        "patches[0, :5].tolist() == [1, 1, 2, 1, 2] and patches.max() == 4"
    ),
    "nothing varies": "sums.min() == sums.max() == 9",
    "less color removes most stains": (
        "float(stain_rows['less color']['stained'].rstrip('%')) "
        "< float(stain_rows['as guessed']['stained'].rstrip('%')) / 2"
    ),
}
