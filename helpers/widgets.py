"""Sliders, buttons and uploads around the course's figures; each has a fixed figure beside it.

They use what ipywidgets 7.7 (Colab) and 8 (JupyterLab) both have.
"""

import html
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anywidget
import keras
import numpy as np
import traitlets
from IPython.display import display
from ipywidgets import (
    HTML,
    Button,
    ColorPicker,
    Dropdown,
    FileUpload,
    HBox,
    Image,
    IntSlider,
    Layout,
    Text,
    VBox,
    Widget,
)
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from helpers import bins, color, colorizer, figures, hints, metrics, pages, photos, turing

Ways = Mapping[str, Callable[[np.ndarray, list[hints.Dot]], np.ndarray]]  # by name: photo and dots

UPLOAD = 9  # MB: Jupyter's websocket takes 10 MiB at once, and closes where more comes
JAVASCRIPT = Path(__file__).parent.parent / "book" / "widgets"
CHANNELS, STEP = 160, 0.03  # of a place's description in the book: how many, how exact
LARGEST = 640  # pixels of a picture's long side, so that a slider answers at once


class Panel(VBox):
    """Widgets in a column; where no kernel runs them, as in a book, a sentence stands for them."""

    def __repr__(self) -> str:  # noqa: D105
        return "Here are sliders or buttons: they work where the lesson runs."


def before_after(before: np.ndarray, after: np.ndarray) -> None:
    """Show two photos of one size with a line between them to drag."""
    if pages.are_made():
        before, after = (pages.photo(_shrunk(photo)) for photo in (before, after))
        return display(pages.moving("before_after", before=before, after=after))
    _slide(
        lambda position: figures.before_after(before, after, position),
        position=_slider("before | after", 50, 0, 100),
    )


def lab_explorer(photo: np.ndarray) -> None:
    """Show the colors that exist at a lightness, and which of them the photo uses."""
    if pages.are_made():
        return display(pages.moving("explorer", photo=pages.exact_photo(photo)))
    _slide(lambda L: figures.ab_plane(L, photo), L=_slider("L", 50, 1, 99))


def lab_mixer() -> None:
    """Show the color of three numbers L, a, b, or that no screen can show it."""
    if pages.are_made():
        return display(pages.moving("mixer"))
    _slide(
        figures.patch,
        L=_slider("L", 60, 0, 100),
        a=_slider("a", 40, -110, 110),
        b=_slider("b", 30, -110, 110),
    )


def feature_maps(model: keras.Model, L: np.ndarray) -> None:
    """Show what each layer of a network makes of L, shape (1, H, W, 1)."""
    watch = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
    maps = [np.asarray(output[0]) for output in watch(L)]

    def draw(layer: int) -> Figure:
        height, width, channels = maps[layer].shape
        kind = type(model.layers[layer]).__name__
        title = f"layer {layer}, {kind}: {height} x {width}, channels: {channels}"
        return figures.feature_maps(maps[layer], title)

    _slide(draw, layer=_slider("layer", 0, 0, len(maps) - 1))


def color_dials(photo: np.ndarray, ab: np.ndarray) -> None:
    """Show a photo with guessed ab under three dials: strength, saturation and temperature."""
    photo = color.to_gray(_shrunk(photo))
    if pages.are_made():
        ab = pages.numbers(ab, step=0.01)
        return display(pages.moving("dials", gray=pages.exact_photo(photo), ab=ab))

    def draw(strength: int, saturation: int, temperature: int) -> Figure:
        dials = strength / 100, saturation / 100, temperature
        return figures.grid({"gray": photo, "colored": colorizer.add_color(photo, ab, *dials)})

    _slide(
        draw,
        strength=_slider("strength (%)", 100, 0, 100),
        saturation=_slider("saturation (%)", 100, 0, 300),
        temperature=_slider("temperature", 0, -30, 30),
    )


def annealing(photo: np.ndarray, logits: np.ndarray) -> None:
    """Show a photo in the colors of its bins' logits (h, w, Q), and a slider for the mean's T."""
    photo = _shrunk(photo)
    if pages.are_made():
        below_best = np.maximum(logits - logits.max(axis=-1, keepdims=True), -32)
        data = {
            "gray": pages.exact_photo(color.to_gray(photo)),
            "logits": pages.numbers(below_best, step=0.001),
            "centers": bins.CENTERS.tolist(),
        }
        return display(pages.moving("temperature", **data))

    def draw(percent: int) -> Figure:
        colored = colorizer.add_color(photo, bins.annealed_mean(logits, percent / 100))
        caption = f"T = {percent / 100:.2f}, colorfulness {metrics.colorfulness(colored):.0f}"
        return figures.grid({"gray": color.to_gray(photo), caption: colored}, columns=2)

    _slide(draw, percent=_slider("temperature T (%)", 30, 1, 300))


def ask_another(
    choices: Mapping[str, np.ndarray], places_of: Callable[[np.ndarray], np.ndarray]
) -> None:
    """Let a photo ask a reference: a person chooses both, the place that asks, and T.

    ``choices`` are square photos of one size by name. ``places_of`` describes the places of such a
    photo, row by row, (places, channels): how alike two places are is the product of their rows.
    """
    names = list(choices)
    rows = np.stack([places_of(photo) for photo in choices.values()])  # (photos, places, channels)
    side = round(rows.shape[1] ** 0.5)
    values = [color.split(photos.resize(photo, side, side))[1] for photo in choices.values()]
    ab = np.reshape(values, (len(names), -1, 2))
    if pages.are_made():
        data = {
            "photos": {name: pages.photo(photo) for name, photo in choices.items()},
            "rows": [pages.small_numbers(one.T, STEP) for one in _fewer_channels(rows)],
            "ab": pages.numbers(ab, step=0.01),
        }
        return display(pages.moving("asking", **data))
    photo, reference = _menu("photo", names, 0), _menu("reference", names, 1)

    def draw(photo: str, reference: str, x: int, y: int, percent: int) -> Figure:
        gray, other = choices[photo], choices[reference]
        asks, asked = names.index(photo), names.index(reference)
        shares = bins.shares(rows[asks] @ rows[asked].T, percent / 100)
        row, column = (round((side - 1) * share / 100) for share in (y, x))
        taken = np.float32(shares @ ab[asked]).reshape(side, side, 2)
        views = {"the place in orange asks": figures.asking(gray, row, column, side)}
        views["and looks here"] = figures.looked_at(other, shares[side * row + column])
        return figures.grid(
            {**views, "the reference": other, "asked": colorizer.add_color(gray, taken)}
        )

    _slide(
        draw,
        photo=photo,
        reference=reference,
        x=_slider("x: left to right (%)", 50, 0, 100),
        y=_slider("y: top to bottom (%)", 50, 0, 100),
        percent=_slider("temperature T (%)", 10, 1, 100),
    )


def _fewer_channels(rows: np.ndarray) -> np.ndarray:
    """Turn rows (..., channels) so that ``CHANNELS`` keep most of their products, best first."""
    flat = rows.reshape(-1, rows.shape[-1])
    _, axes = np.linalg.eigh(flat.T @ flat)  # the weakest first
    return rows @ axes[:, : -CHANNELS - 1 : -1]


def _menu(name: str, options: Sequence[str], chosen: int) -> Dropdown:
    layout = Layout(width="min(100%, 300px)")
    return Dropdown(options=options, index=chosen, description=name, layout=layout)


def upload(
    colored: Callable[[np.ndarray], np.ndarray],
    folder: str | Path = "my_photos",
    ways: Ways | None = None,
) -> None:
    """Show a button that takes photos of one's own, and colors each with ``colored``.

    The photos are kept in ``folder``, so that they are there when the lesson runs again. With
    ``ways``, a person sets dots of color on each, as with ``hint_dots``.
    """
    if pages.are_made():
        return display(pages.elsewhere("a button takes photos of your own"))
    button = FileUpload(accept="image/*", multiple=False, description="Choose a photo")
    limit = f"A photo of at most {UPLOAD} MB. Put a larger one into the folder {folder} by hand: "
    limit += "its upload would break the connection to the notebook."
    said, shown = HTML(html.escape(limit)), VBox()

    def say(text: str) -> None:
        said.value = html.escape(text)  # a file's name may hold anything

    def take(change: dict) -> None:
        for name, content in _uploaded(change["new"]):
            say("Coloring ...")
            shown.children = ()
            try:
                file = _kept(Path(folder), name, content)
                photo = photos.load(file)
                after = _shrunk(colored(photo))
            except photos.PhotoError as error:
                say(str(error))
                continue
            except OSError as error:
                say(f"{name} cannot be kept in the folder {folder}: {error.strerror}.")
                continue
            height, width = photo.shape[:2]
            say(f"{file}: {width} x {height}")
            before = photos.resize(photo, *after.shape[:2])
            line = {"position": _slider("before | after", 50, 0, 100)}
            draw = lambda position: figures.before_after(before, after, position)  # noqa: E731, B023
            dotted = [_dotted(photo, ways)] if ways else []
            shown.children = [_sliding(draw, **line), *dotted]

    button.observe(take, names="value")
    display(Panel([button, said, shown]))


def _kept(folder: Path, name: str, content: bytes) -> Path:
    """Write an uploaded file; another photo of the same name stays, and this one gets a number."""
    name = Path(name.replace("\\", "/")).name or "photo"
    folder.mkdir(parents=True, exist_ok=True)
    file, number = folder / name, 1
    while file.exists() and not (file.is_file() and file.read_bytes() == content):
        number += 1
        file = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    photos.write(content, file)
    return file


def _uploaded(value: object) -> list[tuple[str, bytes]]:
    """Return names and contents; ipywidgets 7 has them in a dict, 8 in a tuple."""
    if isinstance(value, dict):
        return [(name, bytes(file["content"])) for name, file in value.items()]
    return [(file["name"], bytes(file["content"])) for file in value]


def turing_test(rounds: Sequence[turing.Round], file: str | Path) -> None:
    """Ask for each picture: real or colored? Every answer is saved to a CSV file at once.

    Answer with the buttons, or type r or c. In the book, the file is a download.
    """
    if pages.are_made():
        dealt = [one._asdict() | {"picture": pages.photo(one.picture)} for one in rounds]
        return display(pages.moving("turing", rounds=dealt))
    said, picture = HTML(), Image(format="jpeg", layout=Layout(max_width="100%", width="384px"))
    real, colored = Button(description="real (r)"), Button(description="colored (c)")
    typed = Text(placeholder="or type r or c here", layout=Layout(width="160px"))
    buttons = HBox([real, colored, typed], layout=Layout(flex_flow="row wrap"))
    votes: list[turing.Vote] = []

    def ask() -> None:
        if len(votes) < len(rounds):
            said.value = f"Round {len(votes) + 1} of {len(rounds)}: is this photo real or colored?"
            picture.value = photos.to_jpeg(rounds[len(votes)].picture)
            return
        lines = [f"<b>{way}</b>: {share}" for way, share in turing.tally(votes).items()]
        said.value = "<br>".join([*lines, f"Your votes are in {file}."])
        fooled = [one for one, vote in zip(rounds, votes, strict=True) if _fooled(vote)]
        buttons.layout.display = "none"
        if fooled:
            captions = [(f"colored ({one.way}),\nyou said real", one.picture) for one in fooled]
            picture.layout.width, picture.format = "100%", "png"
            picture.value = _png(figures.grid(captions, columns=max(4, len(captions))))
        else:
            picture.layout.display = "none"

    def answer(letter: str) -> None:
        if len(votes) < len(rounds) and letter.lower() in turing.ANSWERS:
            [vote] = turing.judge(rounds[len(votes) :], letter)
            turing.save([vote], file)
            votes.append(vote)
            ask()

    def type_answer(change: dict) -> None:
        if change["new"]:
            answer(change["new"].strip()[-1:])
            typed.value = ""

    real.on_click(lambda _: answer("r"))
    colored.on_click(lambda _: answer("c"))
    typed.observe(type_answer, names="value")
    ask()
    display(Panel([said, picture, buttons]))


def _fooled(vote: turing.Vote) -> bool:
    return vote.answer == turing.REAL != vote.way


class ClickedDots(anywidget.AnyWidget):
    """A photo on which clicks and keys set, move and remove colored dots."""

    _esm = JAVASCRIPT / "dots.js"
    _css = JAVASCRIPT / "dots.css"
    photo = traitlets.Bytes().tag(sync=True)  # a PNG file
    dots = traitlets.List().tag(sync=True)  # of [x, y, "#rrggbb"]
    shown = traitlets.Bool().tag(sync=True)  # True once the JavaScript runs


def hint_dots(
    photo: np.ndarray,
    ways: Ways,
    dots: Sequence[hints.Dot] = (),
) -> None:
    """Let a person set colored dots on a photo, and show what each of the ``ways`` makes of them.

    Clicks or keys set, move and remove the dots. Where the photo cannot be clicked on, for want of
    anywidget's JavaScript, sliders move a cross over it.
    """
    if pages.are_made():
        return display(pages.elsewhere("you set dots of color"))
    display(_dotted(photo, ways, dots))


def _dotted(
    photo: np.ndarray,
    ways: Ways,
    dots: Sequence[hints.Dot] = (),
) -> Widget:
    photo = _shrunk(photo)
    board = ClickedDots(
        photo=photos.to_png(color.to_gray(photo)),
        dots=[[dot.x, dot.y, to_hex(dot.rgb)] for dot in dots],
    )
    sliders = _dot_sliders(photo, board)
    said, results = HTML(), Image(format="png", layout=Layout(max_width="100%"))

    def spread(change: object = None) -> None:
        made, complaints = {}, []
        for name, way in ways.items():
            try:
                made[name] = way(photo, _dots_of(board))
            except ValueError as error:  # Levin's way needs a dot
                complaints.append(f"{name}: {error}")
        said.value = html.escape(" ".join(complaints))
        results.layout.display = None if made else "none"
        results.value = _png(figures.grid(made, columns=max(2, len(made)))) if made else b""

    def hide_sliders(change: dict) -> None:
        sliders.layout.display = "none" if change["new"] else None

    board.observe(spread, names="dots")
    board.observe(hide_sliders, names="shown")
    spread()
    return Panel([board, sliders, said, results], layout=Layout(align_items="flex-start"))


def _dots_of(board: ClickedDots) -> list[hints.Dot]:
    return [hints.Dot(x, y, to_rgb(rgb)) for x, y, rgb in board.dots]


def _dot_sliders(photo: np.ndarray, board: ClickedDots) -> VBox:
    """Make sliders, buttons and a picture that change the board's dots without a click on it."""
    x, y = _slider("x: left to right (%)", 50, 0, 100), _slider("y: top to bottom (%)", 50, 0, 100)
    picker = ColorPicker(value="#3070c0", description="color", concise=False)
    add, undo = (
        Button(description=label, layout=Layout(width="auto"))
        for label in ("set the dot", "take the last one back")
    )
    marked = Image(format="png", layout=Layout(max_width="100%"))

    def mark(change: object = None) -> None:
        undo.disabled = not board.dots
        marked.value = _png(figures.dots(photo, _dots_of(board), (x.value / 100, y.value / 100)))

    def set_dot(_: Button) -> None:
        board.dots = [*board.dots, [x.value / 100, y.value / 100, picker.value]]

    def take_back(_: Button) -> None:
        board.dots = board.dots[:-1]

    for slider in (x, y):
        slider.observe(mark, names="value")
    board.observe(mark, names="dots")
    add.on_click(set_dot)
    undo.on_click(take_back)
    mark()
    buttons = HBox([picker, add, undo], layout=Layout(flex_flow="row wrap"))
    return VBox([x, y, buttons, marked], layout=Layout(align_items="flex-start"))


def _slide(draw: Callable[..., Figure], **sliders: IntSlider | Dropdown) -> None:
    """Show sliders and menus above the figure that ``draw`` makes of their values.

    In the book one slider moves between figures that are drawn beforehand; several do not move.
    """
    if pages.are_made() and len(sliders) == 1:
        [slider] = sliders.values()
        drawn = [pages.figure(draw(value)) for value in range(slider.min, slider.max + 1)]
        row = [slider.description, slider.value, slider.min, slider.max]
        return display(pages.moving("leaves", slider=row, pictures=drawn))
    display(_sliding(draw, **sliders))


def _sliding(draw: Callable[..., Figure], **sliders: IntSlider | Dropdown) -> Widget:
    picture = Image(format="png", layout=Layout(max_width="100%"))

    def redraw(change: object = None) -> None:
        picture.value = _png(draw(**{name: slider.value for name, slider in sliders.items()}))

    for slider in sliders.values():
        slider.observe(redraw, names="value")
    redraw()
    align = Layout(align_items="flex-start")  # else a small picture is stretched
    return Panel([*sliders.values(), picture], layout=align)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file)
    return file.getvalue()


def _shrunk(photo: np.ndarray) -> np.ndarray:
    """Scale a large photo down to what a notebook shows."""
    height, width = photo.shape[:2]
    scale = min(1, LARGEST / max(height, width))
    return photos.resize(photo, max(1, round(height * scale)), max(1, round(width * scale)))


def _slider(name: str, value: int, low: int, high: int) -> IntSlider:
    return IntSlider(
        value,
        low,
        high,
        description=name,
        continuous_update=False,  # draw when the slider is let go
        layout=Layout(width="min(100%, 500px)"),
        style={"description_width": "initial"},
    )
