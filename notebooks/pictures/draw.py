"""Draw the lessons' opening pictures anew: run each lesson, keep what its tagged cell shows."""

import base64
import io
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

PICTURES = Path(__file__).parent
NOTEBOOKS = PICTURES.parent
WIDTH = 800  # pixels: sharp enough in a lesson, small enough in the repository


def opening_picture(file: Path) -> Image.Image:
    """Run a lesson and return the picture of its cell tagged ``opening-picture``."""
    notebook = nbformat.read(file, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    cell = next(one for one in notebook.cells if "opening-picture" in one.metadata.get("tags", ()))
    shown = (output.get("data", {}).get("image/png") for output in cell.outputs)
    image = Image.open(io.BytesIO(base64.b64decode(next(filter(None, shown))))).convert("RGB")
    image.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
    return image


if __name__ == "__main__":
    for file in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        opening_picture(file).save(PICTURES / f"{file.stem}.jpg", quality=88)
        print(f"{file.stem}.jpg")
