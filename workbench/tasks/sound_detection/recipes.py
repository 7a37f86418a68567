"""The detector of calls that comes with the program; importing this imports no torch."""

from dataclasses import replace

from workbench.core.schema import Schema
from workbench.extension.recipe import Recipe
from workbench.extension.sounds import sound_settings
from workbench.tasks.sound_detection.kind import ID

_WORDS = {
    "strength": "How much noise of any colour is laid under the calls in training, so that the "
                "model also finds them in louder surroundings. 0 lays none.",
    "seconds": "Length of sound that is looked at at once; automatic is longer than nine of ten "
               "calls. Of longer calls pieces are found and joined. Where a window is too "
               "coarse for calls so short or so high, it is made shorter; how long it is stands "
               "beside the button that begins the training.",
    "mix": "Share of windows in training that are laid over another one, with the calls of both: "
           "so the model learns calls above each other.",
}
"""What settings mean here, where that is not what they mean for classes of sounds."""

_LABELS = {"seconds": "Window length"}

_SETTINGS = sound_settings(("n_mels", "centred", "background", "smoothing"), epochs=60, lr=0.004,
                           weight_decay=0.02, mix=0.3)

RECIPES = (Recipe(
    id="calls-n", title="Calls", task=ID,
    summary="Finds each call with its start, end, lowest and highest frequency. Small, and quick "
    "even without a GPU.",
    build="workbench.tasks.sound_detection.engine.model:CallDetector",
    settings=Schema(*(replace(field, help=_WORDS.get(field.name, field.help),
                              label=_LABELS.get(field.name, field.label))
                      for field in _SETTINGS)),
    parameters=250_000, from_nothing="yes",
),)
