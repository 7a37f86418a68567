"""The sound classifiers that come with the program; importing this imports no torch."""

from __future__ import annotations

from dataclasses import replace

from workbench.core.schema import Field, Value
from workbench.extension.recipe import Recipe, Weights
from workbench.extension.sounds import sound_settings
from workbench.project.networks.files import DesignedRecipes
from workbench.project.networks.network import LAYERS_SETTING, SOUNDS

_MODULE = "workbench.tasks.sound_classification.engine.recipes"

_RESNET18 = Weights(
    "resnet18-f37072fd.pth", "https://download.pytorch.org/models/resnet18-f37072fd.pth",
    "f37072fd", 46_830_571, "ImageNet, a thousand kinds of pictures",
    "BSD-3-Clause (torchvision), trained on ImageNet",
)

_COEFFICIENTS = Field(
    "n_mfcc", "int", 20, "Coefficients", "Cepstral coefficients that are kept.", minimum=4,
    maximum=80, advanced=True,
)


def _sounds(id: str, title: str, summary: str, parameters: int, **defaults: Value) -> Recipe:
    return Recipe(
        id=id, title=title, summary=summary, task="audio-classification",
        build=f"{_MODULE}:build_{id.removeprefix('sound-').replace('-', '_')}",
        settings=sound_settings(**defaults), parameters=parameters, from_nothing="yes",
    )


_CNN = _sounds(
    "sound-cnn", "Sound CNN",
    "Hears classes in log-mel pictures; trained on varied voices, rooms and noise.", 99_000,
    epochs=40, lr=0.003, weight_decay=0.02,
)
_PLAIN = _sounds(
    "sound-cnn-plain", "Four-layer CNN", "Small and quick: four convolutions on log-mel pictures.",
    100_000, epochs=40, lr=0.003, weight_decay=0.02,
)
_MFCC = _sounds(
    "sound-mfcc-cnn", "MFCC CNN", "Four convolutions on cepstral coefficients, as speech is "
    "classically described.", 100_000, epochs=40, lr=0.003, weight_decay=0.02,
)
_RESNET = _sounds(
    "sound-resnet18", "ResNet-18", "A large picture network on log-mel: for many sounds, from "
    "ImageNet weights or a GPU.", 11_170_000, epochs=20, lr=0.0005, weight_decay=0.02,
)
_LSTM = _sounds(
    "sound-lstm", "LSTM", "Reads a sound frame by frame, both ways.", 380_000,
    epochs=40, lr=0.002, weight_decay=0.02,
)
_GRU = _sounds(
    "sound-gru", "GRU", "Reads a sound frame by frame, both ways; a little smaller than the LSTM.",
    290_000, epochs=40, lr=0.002, weight_decay=0.02,
)

_OWN = replace(
    _CNN, id="own-sound-network", title="Your own network", parameters=0,
    summary="A network of layers that you chose yourself, on log-mel pictures.",
    build=f"{_MODULE}:build_designed", carries=(LAYERS_SETTING,))
NETWORKS = DesignedRecipes(_OWN, SOUNDS)
"""Those of a project."""

RECIPES = (
    _CNN, _PLAIN, replace(_RESNET, weights=(_RESNET18,)),
    replace(_MFCC, settings=_MFCC.settings.extended(_COEFFICIENTS)), _LSTM, _GRU,
    _OWN,
)
