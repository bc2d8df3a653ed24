"""Typical wrong answers to ex07: for each, words of the feedback it must get, and its code."""

WRONG = {
    "any_size": [
        (
            "does not divide by 16",
            """
def any_size(model, L):
    return 128 * np.asarray(model(L[None])[0])
""",
        ),
        (
            "you cut the photo",
            """
def any_size(model, L):
    height, width = (side // 16 * 16 for side in L.shape[:2])
    return 128 * np.asarray(model(L[None, :height, :width])[0])
""",
        ),
        (
            "black border",
            """
def any_size(model, L):
    height, width = L.shape[:2]
    wider = np.pad(L, ((0, -height % 16), (0, -width % 16), (0, 0)))
    return 128 * np.asarray(model(wider[None])[0])[:height, :width]
""",
        ),
        (
            "you mirror the border",
            """
def any_size(model, L):
    height, width = L.shape[:2]
    wider = np.pad(L, ((0, -height % 16), (0, -width % 16), (0, 0)), mode="symmetric")
    return 128 * np.asarray(model(wider[None])[0])[:height, :width]
""",
        ),
        (
            "below and at the right",
            """
def any_size(model, L):
    down, right = -L.shape[0] % 16, -L.shape[1] % 16
    wider = np.pad(L, ((down, 0), (right, 0), (0, 0)), mode="edge")
    return 128 * np.asarray(model(wider[None])[0])[down:, right:]
""",
        ),
        (
            "[:-0] cuts all away",
            """
def any_size(model, L):
    down, right = -L.shape[0] % 16, -L.shape[1] % 16
    wider = np.pad(L, ((0, down), (0, right), (0, 0)), mode="edge")
    return 128 * np.asarray(model(wider[None])[0])[:-down, :-right]
""",
        ),
        (
            "cut the guess back",
            """
def any_size(model, L):
    edges = ((0, -L.shape[0] % 16), (0, -L.shape[1] % 16), (0, 0))
    return 128 * np.asarray(model(np.pad(L, edges, mode="edge")[None])[0])
""",
        ),
        (
            "still divided by 128",
            """
def any_size(model, L):
    height, width = L.shape[:2]
    edges = ((0, -height % 16), (0, -width % 16), (0, 0))
    return np.asarray(model(np.pad(L, edges, mode="edge")[None])[0])[:height, :width]
""",
        ),
        (
            "returns a batch",
            """
def any_size(model, L):
    height, width = L.shape[:2]
    edges = ((0, -height % 16), (0, -width % 16), (0, 0))
    return 128 * np.asarray(model(np.pad(L, edges, mode="edge")[None]))[:, :height, :width]
""",
        ),
        (
            "ab has shape (300, 451, 2)",
            """
def any_size(model, L):
    L, _ = color.split(cat)
    return colorizer.predict(unet, L)
""",
        ),
    ],
    "full_size": [
        (
            "the fine lines are gone",
            """
def full_size(photo, ab):
    L, _ = color.split(resize(photo, ab.shape[:2], anti_aliasing=True))
    return resize(color.join(L, ab), photo.shape[:2])
""",
        ),
        (
            "stops with ValueError",
            """
def full_size(photo, ab):
    height, width = photo.shape[:2]
    L, _ = color.split(photo)
    return color.join(L, resize(ab, (width, height)))
""",
        ),
        (
            "np.resize does not scale",
            """
def full_size(photo, ab):
    L, own = color.split(photo)
    return color.join(L, np.resize(ab, own.shape))
""",
        ),
        (
            "the small copy",
            """
def full_size(photo, ab):
    L, _ = color.split(resize(photo, ab.shape[:2]))
    return color.join(L, ab)
""",
        ),
        (
            "multiplied by 128",
            """
def full_size(photo, ab):
    L, _ = color.split(photo)
    return color.join(L, 128 * resize(ab, photo.shape[:2]))
""",
        ),
        (
            "the color the photo had",
            """
def full_size(photo, ab):
    L, ab = color.split(photo)
    return color.join(L, ab)
""",
        ),
        (
            "the photo has shape (427, 640, 3)",
            """
def full_size(photo, ab):
    return pagoda
""",
        ),
    ],
    "mix": [
        (
            "the brown of the print shows through",
            """
def mix(brown, colored, strength):
    return strength * colored + (1 - strength) * brown
""",
        ),
        (
            "runs the other way",
            """
def mix(brown, colored, strength):
    L, ab = color.split(colored)
    return color.join(L, (1 - strength) * ab)
""",
        ),
        (
            "Go by LAB",
            """
def mix(brown, colored, strength):
    return strength * colored
""",
        ),
        (
            "Light has to stay",
            """
def mix(brown, colored, strength):
    return color.lab_to_rgb(strength * color.rgb_to_lab(colored))
""",
        ),
        (
            "the strength changes nothing",
            """
def mix(brown, colored, strength):
    return colored
""",
        ),
        (
            "where it should be",
            """
def mix(brown, colored, strength):
    L, ab = color.split(colored)
    return color.join(L, 0.5 * ab)
""",
        ),
    ],
    "read": [
        (
            "it lies on its side",
            """
def read(file):
    return np.asarray(Image.open(file).convert("RGB")) / 255
""",
        ),
        (
            "no third axis",
            """
def read(file):
    return np.asarray(ImageOps.exif_transpose(Image.open(file))) / 255
""",
        ),
        (
            "fourth channel",
            """
def read(file):
    photo = np.asarray(ImageOps.exif_transpose(Image.open(file))) / 255
    return photo if photo.ndim == 3 else np.stack([photo, photo, photo], axis=-1)
""",
        ),
        (
            "from 0 to 255",
            """
def read(file):
    return np.asarray(ImageOps.exif_transpose(Image.open(file)).convert("RGB"))
""",
        ),
        (
            "stops with FileNotFoundError",
            """
def read(file):
    image = ImageOps.exif_transpose(Image.open("phone.jpg"))
    return np.asarray(image.convert("RGB")) / 255
""",
        ),
        (
            "it is gray, and the file is in color",
            """
def read(file):
    gray = np.asarray(ImageOps.exif_transpose(Image.open(file)).convert("RGB")).mean(axis=-1)
    return np.stack([gray, gray, gray], axis=-1) / 255
""",
        ),
    ],
}
