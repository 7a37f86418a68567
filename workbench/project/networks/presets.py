"""Networks to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.project.networks.layers import Layer
from workbench.project.networks.network import Design


def _rows(*rows: tuple[str, Mapping[str, Any]]) -> tuple[Layer, ...]:
    return tuple(Layer(kind, values) for kind, values in rows)


_RELU = ("activation", {"function": "relu"})
_HALF = ("pooling", {"size": 2})


def _unit(channels: int, kernel: int = 3) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """A convolution with its norm and activation."""
    return (("convolution", {"channels": channels, "kernel": kernel, "bias": False}),
            ("normalisation", {"over": "batch"}), _RELU)


LENET = Design("LeNet-5", _rows(
    *_unit(32, 5), _HALF, *_unit(64, 5), _HALF, ("flatten", {}), ("dense", {"units": 120}), _RELU,
    ("dropout", {"share": 0.3}), ("dense", {"units": 84}), _RELU), {"side": 28})
"""After LeCun et al. (1998), with today's activation and norms, for digits and icons."""

LITTLE_VGG = Design("LittleVGG", _rows(
    *_unit(32), *_unit(32), _HALF, *_unit(64), *_unit(64), _HALF, *_unit(128), *_unit(128),
    *_unit(128), _HALF, ("global-pooling", {}), ("dropout", {"share": 0.2}),
    ("dense", {"units": 256}), _RELU), {"side": 64})
"""After Simonyan and Zisserman (2014), for small photos."""

VGG_6 = Design("VGG, six layers", _rows(
    *_unit(16), *_unit(16), _HALF, *_unit(32), *_unit(32), _HALF, *_unit(64), *_unit(64),
    ("flatten", {}), ("dropout", {"share": 0.3}), ("dense", {"units": 128}), _RELU,
    ("dropout", {"share": 0.3})), {"side": 28})
"""For many digits and icons: pairs of small windows see more than the large ones of LeNet-5, for
less work."""

LITTLE_RESNET = Design("LittleResNet", _rows(
    *_unit(32), ("residual", {"channels": 32}), ("residual", {"channels": 64, "stride": 2}),
    ("residual", {"channels": 128, "stride": 2}), ("global-pooling", {}),
    ("dropout", {"share": 0.2})), {"side": 64})
"""After He et al. (2015), for small photos."""

PRESETS = (LITTLE_VGG, LENET, VGG_6, LITTLE_RESNET)
EMPTY = Design("My network", (), {"side": 64})
