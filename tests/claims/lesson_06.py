"""Lesson 06."""

CLAIMS = {
    "With raw L the loss leaps, many times above gray.": "max(raw) > 5 * gray_loss",
    "The cured network comes down.": "cured[-1] < 3 * gray_loss",
    "The validation loss stops falling.": "best < times",
    "The training loss falls and falls.": "by_heart['loss'][-1] < 0.8 * by_heart['val_loss'][-1]",
    "All networks are duller than the truth.": (
        "max(scores[who]['colorfulness'] for who in racers) < scores['the truth']['colorfulness']"
    ),
    "In the last row gray is closer to the truth than our U-Net.": "min(gain) < 0",
}
