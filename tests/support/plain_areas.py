"""A model of areas as a plugin may bring one: it knows the colour of a pixel and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.core.schema import Value
from workbench.extension.segmentation import BuildContext


class ColourModel:
    """See :class:`workbench.extension.segmentation.SegmentationModel`."""

    input_size = crop = (96, 64)
    summary = "looks at colours"

    def __init__(self, classes: int) -> None:
        self.module = nn.Sequential(nn.Conv2d(3, 16, 1), nn.ReLU(), nn.Conv2d(16, 1 + classes, 1))

    def losses(self, images: Tensor, targets: Tensor) -> dict[str, Tensor]:
        logits = self.module(images.float() / 127.5 - 1)
        return {"pixel": functional.cross_entropy(logits, targets.long(), ignore_index=255)}

    @torch.no_grad()
    def scores(self, images: Tensor) -> Tensor:
        found: Tensor = self.module(images.float() / 127.5 - 1).softmax(1)
        return found

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        return [{"params": list(self.module.parameters())}]

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        return list(state)


def build(context: BuildContext) -> ColourModel:
    return ColourModel(len(context.classes))
