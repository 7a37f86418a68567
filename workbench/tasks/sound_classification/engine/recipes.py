"""The builders that the bundled recipes for sounds name."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.models.designed import DesignedNetwork, carried_design
from workbench.extension.sounds import SoundContext
from workbench.project.networks.network import SOUNDS
from workbench.tasks.sound_classification.engine.features import FeatureSettings
from workbench.tasks.sound_classification.engine.model import SoundClassifier
from workbench.tasks.sound_classification.engine.networks import picture

build_cnn = partial(SoundClassifier, "mel-cnn")
build_cnn_plain = build_mfcc_cnn = partial(SoundClassifier, "cnn")
build_resnet18 = partial(SoundClassifier, "resnet18")
build_lstm = partial(SoundClassifier, "lstm")
build_gru = partial(SoundClassifier, "gru")


class DesignedSounds(DesignedNetwork):
    """From features (B, rows, frames) to logits."""

    def maps(self, inputs: Tensor) -> Tensor:
        return picture(inputs)


def build_designed(context: SoundContext) -> SoundClassifier:
    """A network that somebody designed, for the features of the sounds that it learns from.

    Raises
    ------
    WorkbenchError
        If what the training carries is no network, or it does not fit these features.
    """
    design = carried_design(context.settings, SOUNDS)

    def made(features: FeatureSettings, outputs: int) -> nn.Module:
        return DesignedSounds(design, outputs, (1, features.rows, features.frames))

    try:
        return SoundClassifier(made, context)
    except UsageError as error:
        raise WorkbenchError(f"its network cannot be built: {error}") from error
