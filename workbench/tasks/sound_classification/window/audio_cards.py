"""The cards in Audio: what a model sees of the open clip, and what it hears live."""

from __future__ import annotations

from workbench.gui.app.context import AppContext
from workbench.gui.label.sounds.place import AudioPlace
from workbench.tasks.sound_classification.window.live_card import LiveCard
from workbench.tasks.sound_classification.window.model_input_card import ModelInputCard


def model_input(context: AppContext, place: AudioPlace) -> ModelInputCard:
    """“What the model sees”."""
    return ModelInputCard(context, place.editor)


def listening(context: AppContext, place: AudioPlace) -> LiveCard:
    """“Listening”."""
    return LiveCard(context, place.editor, place.recorder, place.player, place.colors,
                    lambda: place.canvas.display)
