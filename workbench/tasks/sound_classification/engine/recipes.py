"""The builders that the bundled recipes for sounds name."""

from __future__ import annotations

from workbench.extension.sounds import SoundContext
from workbench.tasks.sound_classification.engine.model import SoundClassifier


def build_cnn(context: SoundContext) -> SoundClassifier:
    return SoundClassifier("mel-cnn", context)


def build_cnn_plain(context: SoundContext) -> SoundClassifier:
    return SoundClassifier("cnn", context)


def build_mfcc_cnn(context: SoundContext) -> SoundClassifier:
    return SoundClassifier("cnn", context)


def build_resnet18(context: SoundContext) -> SoundClassifier:
    return SoundClassifier("resnet18", context)


def build_lstm(context: SoundContext) -> SoundClassifier:
    return SoundClassifier("lstm", context)


def build_gru(context: SoundContext) -> SoundClassifier:
    return SoundClassifier("gru", context)
