"""Exercises of lesson 18: into noise, and back again in steps."""

import numpy as np

from helpers.checks import Answer, close, exercise, shape


def _shares(time: float) -> tuple[float, float]:
    return np.cos(time * np.pi / 2), np.sin(time * np.pi / 2)


@exercise
def mixed(answer: Answer, random: np.random.Generator) -> None:
    """Check (colors (n, 2), noise (n, 2), time) -> (n, 2)."""
    n = int(random.integers(4, 9))
    colors, noise = random.normal(size=(2, n, 2))
    time = float(random.choice([0.2, 0.4, 0.7]))
    given = (colors, noise, time)
    mixture = shape("the mixture", answer(*given), (n, 2))
    of_colors, of_noise = _shares(time)
    right = of_colors * colors + of_noise * noise
    close("the mixture", mixture, right, answer.mistaken(*given), given=f"time {time}")
    for time, right in ((0.0, colors), (1.0, noise)):
        mixture = shape("the mixture", answer(colors, noise, time), (n, 2))
        close("the mixture", mixture, right, given=f"time {time}")


@mixed.mistake("the shares are exchanged: at the time 0 there is color alone.")
def _(colors, noise, time):
    of_colors, of_noise = _shares(time)
    return of_noise * colors + of_colors * noise


@mixed.mistake("the shares are 1 - time and time. Take the cosine and the sine.")
def _(colors, noise, time):
    return (1 - time) * colors + time * noise


@mixed.mistake(
    "the angle is the time alone: from 0 to 1 it should run a quarter of a circle, pi/2."
)
def _(colors, noise, time):
    return np.cos(time) * colors + np.sin(time) * noise


@mixed.mistake("the angle runs half a circle. A quarter, pi/2, is enough.")
def _(colors, noise, time):
    return np.cos(time * np.pi) * colors + np.sin(time * np.pi) * noise


@mixed.mistake("the shares are squared. Their squares sum to 1, not they.")
def _(colors, noise, time):
    of_colors, of_noise = _shares(time)
    return of_colors**2 * colors + of_noise**2 * noise


@mixed.mistake("the noise is subtracted. Add it.")
def _(colors, noise, time):
    of_colors, of_noise = _shares(time)
    return of_colors * colors - of_noise * noise


@mixed.mistake("this is the velocity. The mixture is asked for.")
def _(colors, noise, time):
    of_colors, of_noise = _shares(time)
    return of_colors * noise - of_noise * colors


@exercise
def clean(answer: Answer, random: np.random.Generator) -> None:
    """Check (mixture (n, 2), velocity (n, 2), time) -> (n, 2)."""
    n = int(random.integers(4, 9))
    colors, noise = random.normal(size=(2, n, 2))
    time = float(random.choice([0.2, 0.4, 0.7]))
    of_colors, of_noise = _shares(time)
    given = (of_colors * colors + of_noise * noise, of_colors * noise - of_noise * colors, time)
    guess = shape("the guess", answer(*given), (n, 2))
    close("the guess", guess, colors, answer.mistaken(*given), given=f"time {time}")
    mixture, velocity = random.normal(size=(2, n, 2))  # a network's answer is never quite right
    guess = shape("the guess", answer(mixture, velocity, time), (n, 2))
    right = of_colors * mixture - of_noise * velocity
    close("the guess", guess, right, answer.mistaken(mixture, velocity, time), given=f"time {time}")


@clean.mistake("the velocity is added. Subtract it: we go back.")
def _(mixture, velocity, time):
    of_colors, of_noise = _shares(time)
    return of_colors * mixture + of_noise * velocity


@clean.mistake("this is the guess of the noise. The colors are asked for.")
def _(mixture, velocity, time):
    of_colors, of_noise = _shares(time)
    return of_noise * mixture + of_colors * velocity


@clean.mistake("the shares are exchanged.")
def _(mixture, velocity, time):
    of_colors, of_noise = _shares(time)
    return of_noise * mixture - of_colors * velocity


@clean.mistake("the velocity is subtracted as if it were the noise, and the rest divided.")
def _(mixture, velocity, time):
    of_colors, of_noise = _shares(time)
    return (mixture - of_noise * velocity) / of_colors


@clean.mistake("the whole velocity is subtracted: it counts by the share of the noise.")
def _(mixture, velocity, time):
    of_colors, _ = _shares(time)
    return of_colors * mixture - velocity


@clean.mistake("the mixture counts by the share of the colors.")
def _(mixture, velocity, time):
    _, of_noise = _shares(time)
    return mixture - of_noise * velocity


@exercise
def stepped(answer: Answer, random: np.random.Generator) -> None:
    """Check (mixture (n, 2), velocity (n, 2), time, later) -> (n, 2)."""
    n = int(random.integers(4, 9))
    mixture, velocity = random.normal(size=(2, n, 2))
    time = float(random.choice([0.5, 0.7, 0.9]))
    later = time - float(random.choice([0.1, 0.25, 0.4]))
    given = (mixture, velocity, time, later)
    there = shape("the next mixture", answer(*given), (n, 2))
    right = _step(*given)
    words = f"time {time}, later {later:.2f}"
    close("the next mixture", there, right, answer.mistaken(*given), given=words)
    there = shape("the next mixture", answer(mixture, velocity, time, 0.0), (n, 2))
    close("the next mixture", there, _step(mixture, velocity, time, 0.0), given="later 0")


def _step(mixture: np.ndarray, velocity: np.ndarray, time: float, later: float) -> np.ndarray:
    of_colors, of_noise = _shares(time)
    colors = of_colors * mixture - of_noise * velocity
    noise = of_noise * mixture + of_colors * velocity
    of_colors, of_noise = _shares(later)
    return of_colors * colors + of_noise * noise


@stepped.mistake(
    "colors and noise are mixed for the old time, so nothing moves: mix them for later."
)
def _(mixture, velocity, time, later):
    return mixture


@stepped.mistake("this is the guess of the clean colors: a step goes a part of the way.")
def _(mixture, velocity, time, later):
    of_colors, of_noise = _shares(time)
    return of_colors * mixture - of_noise * velocity


@stepped.mistake("the noise counts by the old time. Both shares are those of later.")
def _(mixture, velocity, time, later):
    of_colors, of_noise = _shares(time)
    colors = of_colors * mixture - of_noise * velocity
    noise = of_noise * mixture + of_colors * velocity
    return _shares(later)[0] * colors + of_noise * noise


@stepped.mistake("the noise has the wrong sign: it is of_noise * mixture + of_colors * velocity.")
def _(mixture, velocity, time, later):
    of_colors, of_noise = _shares(time)
    colors = of_colors * mixture - of_noise * velocity
    noise = of_noise * mixture - of_colors * velocity
    of_colors, of_noise = _shares(later)
    return of_colors * colors + of_noise * noise


@stepped.mistake("both mistakes are still in it: the old time's share, and the sign of the noise.")
def _(mixture, velocity, time, later):
    of_colors, of_noise = _shares(time)
    colors = of_colors * mixture - of_noise * velocity
    noise = of_noise * mixture - of_colors * velocity
    return _shares(later)[0] * colors + of_noise * noise


@stepped.mistake("the noise is left out: without it the colors only fade.")
def _(mixture, velocity, time, later):
    of_colors, of_noise = _shares(time)
    return _shares(later)[0] * (of_colors * mixture - of_noise * velocity)


@stepped.mistake("time and later are exchanged: the guesses belong to time, the mixing to later.")
def _(mixture, velocity, time, later):
    return _step(mixture, velocity, later, time)
