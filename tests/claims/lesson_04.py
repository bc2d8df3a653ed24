"""What lesson 04 says of its networks."""

CLAIMS = {
    "Adam ends lower": "adams.history['loss'][-1] < sgd.history['loss'][-1]",
    "first one tint for all, then fruit by fruit": (
        "np.mean((color.split(moments.photos[30])[1] - ab) ** 2)"
        " > np.mean((color.split(moments.photos[200])[1] - ab) ** 2)"
    ),
    "below it no relu gets": "final_loss >= relu_limit",
    "no relu picture has any blue": "color.split(picture)[1][..., 1].min() > -1",
}
