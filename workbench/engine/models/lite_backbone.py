"""A backbone that knows photos: EfficientNet-Lite0 with the weights that come with the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.engine.models.efficientnet_lite import EfficientNetLite0, renamed

CHANNELS = (24, 40, 112, 320)
"""Of its maps at strides 4, 8, 16 and 32."""

_ENDS = (2, 4, 10, 15)  # blocks that give these maps

LAST = 11
"""The first block of its last stages."""
FROZEN = {"head": 16, "last": LAST, "gradual": 0, "all": 0}
"""Blocks, from the first on, that keep the weights they began with, by what shall learn."""


class LiteBackbone(nn.Module):
    """Feature maps at strides 4, 8, 16 and 32.

    The statistics of its norms stay as they came: batches of a few images would spoil them. Built
    without pretrained weights it is an ordinary network, of which everything learns.

    Parameters
    ----------
    layers
        What learns, a key of :data:`FROZEN`.
    """

    mean, deviation = 127.0, 128.0  # of pixels 0..255, as the weights were trained

    def __init__(self, layers: str) -> None:
        super().__init__()
        whole = EfficientNetLite0(1)
        self.stem, self.stem_norm, self.blocks = whole.stem, whole.stem_norm, whole.blocks
        self.register_buffer("pretrained", torch.tensor(False))
        self._wanted = FROZEN[layers]
        self._frozen = 0

    def forward(self, x: Tensor) -> list[Tensor]:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self._frozen):
            x = functional.relu6(self.stem_norm(self.stem(x)))
        maps = []
        for index, block in enumerate(self.blocks):
            with torch.set_grad_enabled(torch.is_grad_enabled() and index >= self._frozen):
                x = block(x)
            if index in _ENDS:
                maps.append(x)
        return maps

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        self._frozen = self._wanted if bool(self.pretrained) else 0
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(not self._frozen or block_of(name) >= self._frozen)
        if bool(self.pretrained):
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def state_of_package(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Weights as the package names them, in the names used here."""
        own = self.state_dict()
        found = {name: value for name, value in renamed(state).items() if name in own}
        return {**found, "pretrained": torch.tensor(True)}


def block_of(name: str) -> int:
    """The block that a parameter of the backbone belongs to; -1 before the first."""
    return int(name.split(".")[1]) if name.startswith("blocks.") else -1
