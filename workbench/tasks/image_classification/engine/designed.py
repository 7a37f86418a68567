"""Designed networks for images."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.models.designed import DesignedNetwork, carried_design
from workbench.project.networks.network import IMAGES, Design, input_shape
from workbench.project.networks.presets import VGG_6
from workbench.tasks.image_classification.engine.model import ImageClassifier, small_side
from workbench.tasks.image_classification.engine.objectives import Context
from workbench.tasks.image_classification.engine.pictures import CROP

_UNCUT = 40  # pixels; smaller images are digits and icons, of which nothing is cut off


class DesignedImages(DesignedNetwork):
    """From uint8 RGB pictures (B, 3, side, side) to logits; ``grey`` says whether they have no
    colour."""

    def __init__(self, design: Design, classes: int, grey: bool) -> None:
        shape = input_shape(design, grey)
        super().__init__(design, classes, shape)
        self.grey = shape[0] == 1

    def maps(self, inputs: Tensor) -> Tensor:
        x = inputs.to(self.classifier.weight.dtype) / 127.5 - 1
        return x.mean(1, keepdim=True) if self.grey else x


def build_designed(context: Context) -> ImageClassifier:
    """The recipe's builder.

    Raises
    ------
    WorkbenchError
        If what the training carries is no network.
    """
    try:
        design = carried_design(context.settings, IMAGES)
        side = int(design.settings()["side"])
        network = DesignedImages(design, max(1, len(context.classes)), context.facts.grey)
    except UsageError as error:
        raise WorkbenchError(f"its network cannot be built: {error}") from error
    stored = side if side <= _UNCUT else round(side / CROP)
    return ImageClassifier(network, context, side, stored, pretrained=False)


def build_vgg6(context: Context) -> ImageClassifier:
    """A designed network that comes with the program, for images as small as LeNet-5's."""
    side = small_side(context.facts.side)
    network = DesignedImages(replace(VGG_6, values={"side": side}), max(1, len(context.classes)),
                             context.facts.grey)
    return ImageClassifier(network, context, side, side, pretrained=False)
