"""Typical wrong answers to ex15: for each, words of the feedback it must get, and its code."""

_LEAKY = 'same", activation="leaky_relu"))'
_BOUND = """

def conv(*sizes, **options):
    return layers.SpectralNormalization(layers.Conv2D(*sizes, **options))
"""
_CRITIC = """
def critic(halvings):
    model = keras.Sequential([keras.Input((None, None, 3))])
    for _ in range(halvings):
        model.add(layers.Conv2D(8, 4, strides=2, padding="same"))
        model.add(layers.LeakyReLU(0.2))
    model.add(layers.Conv2D(1, 4, padding="same"))
    return model
"""
_POOL = "    model.add(layers.GlobalAveragePooling2D())\n    return"
_LOSSES = """
def losses(true, false):
    critics = (cross_entropy(true, 1) + cross_entropy(false, 0)) / 2
    return critics, cross_entropy(false, 1)
"""
_FIELD = """
def receptive_field(stack):
    width, step = 1, 1
    for kernel, stride in stack:
        width += (kernel - 1) * step
        step *= stride
    return width
"""
_STEP = """
def generator_step(generator, critic, optimizer, L):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-critic(generator(L))))
    variables = generator.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return float(loss)
"""
_BOTH = "generator.trainable_variables + critic.trainable_variables"
_APPLY = "    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))\n"
_IN_ORDER = "        width += (kernel - 1) * step\n        step *= stride\n"
_EARLY = "        step *= stride\n        width += (kernel - 1) * step\n"

WRONG = {
    "critic": [
        ("have bounds", _CRITIC.replace("Conv2D(1, 4,", 'Conv2D(1, 4, activation="sigmoid",')),
        ("the map has to stay", _CRITIC.replace("    return", _POOL)),
        ("it should be (2,", _CRITIC.replace("range(halvings)", "range(5)")),
        ("three channels", _CRITIC.replace("None, 3", "None, 2")),
        ("should be 4 x 4", _CRITIC.replace("(8, 4,", "(8, 3,")),
        (
            "add a layer LeakyReLU",
            _CRITIC.replace('same"))\n        model.add(layers.LeakyReLU(0.2))', _LEAKY),
        ),
        ("leave spectral normalization out", _CRITIC.replace("layers.Conv2D(", "conv(") + _BOUND),
    ],
    "losses": [
        (
            "labels are swapped",
            _LOSSES.replace("(true, 1)", "(true, 0)").replace("(false, 0)", "(false, 1)"),
        ),
        ("Take their mean", _LOSSES.replace(" / 2", "")),
        (
            "to be found out",
            _LOSSES.replace("critics, cross_entropy(false, 1)", "critics, cross_entropy(false, 0)"),
        ),
        (
            "minus the critic's loss",
            _LOSSES.replace("critics, cross_entropy(false, 1)", "critics, -critics"),
        ),
        ("'s loss", "\ndef losses(true, false):\n    return 0.69, 0.69\n"),
    ],
    "receptive_field": [
        ("where it should be", "\ndef receptive_field(stack):\n    return 70\n"),
        ("strides do not count", _FIELD.replace("step *= stride", "pass")),
        ("Widen first", _FIELD.replace(_IN_ORDER, _EARLY)),
        ("one less than its size", _FIELD.replace("(kernel - 1)", "kernel")),
    ],
    "generator_step": [
        ("the critic has changed", _STEP.replace("generator.trainable_variables", _BOTH)),
        (
            "the critic has changed",
            _STEP.replace("generator.trainable_variables", "critic.trainable_variables"),
        ),
        ("the loss has grown", _STEP.replace("softplus(-critic", "softplus(critic")),
        ("has not changed", _STEP.replace(_APPLY, "")),
        ("the loss is", _STEP.replace("return float(loss)", "return 0.69")),
    ],
}
