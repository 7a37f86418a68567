"""A model of areas as the engine trains it, and what the bundled recipes build."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from workbench.core.schema import Value
from workbench.engine.devices import quick_half
from workbench.engine.models.learning import decay_groups, take_fitting
from workbench.engine.models.lite_backbone import LAST, LiteBackbone, block_of
from workbench.extension.model import ClassRows
from workbench.extension.segmentation import BuildContext
from workbench.tasks.segmentation.engine.loss import area_losses
from workbench.tasks.segmentation.engine.network import (
    AreaNetwork,
    Encoder,
    PretrainedEncoder,
)
from workbench.tasks.segmentation.engine.plan import crop_of, input_size, shrunk_text, usual_size

_BACKBONE_RATE = 0.3
"""Of the rate of everything else, for a backbone that came with weights."""
_GRADUAL = ((_BACKBONE_RATE, 0.15), (_BACKBONE_RATE / 4, 0.4))
"""Of its last stages and of what is below them: the factor on the rate, and the share of a run
before which they rest (Howard and Ruder 2018)."""


class AreaModel:
    """See :class:`workbench.extension.segmentation.SegmentationModel`.

    Parameters
    ----------
    network
        The network.
    size
        (width, height) of its input in pixels.
    layers
        What of a pretrained backbone learns: "head", "last", "gradual" or "all".
    usual
        (width, height) that most images have, where that is known.
    """

    fixed_shapes = True

    def __init__(self, network: AreaNetwork, size: tuple[int, int], layers: str = "all",
                 usual: tuple[int, int] | None = None) -> None:
        self._network = network
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._size = size
        self._layers = layers
        self._usual = usual or size
        self.class_rows: Mapping[str, ClassRows] = {
            f"head.{part}": ClassRows(background=1) for part in ("weight", "bias")}

    @property
    def module(self) -> nn.Module:
        return self._network

    @property
    def input_size(self) -> tuple[int, int]:
        return self._size

    @property
    def crop(self) -> tuple[int, int]:
        return crop_of(self._size)

    @property
    def summary(self) -> str:
        (width, height), (across, down) = self._size, self.crop
        pieces = "" if self.crop == self._size else f", learned in pieces of {across}×{down}"
        smaller = shrunk_text(self._usual, width)
        smaller += " (Image size below More makes it larger)" if smaller else ""
        return f"images are looked at in {width}×{height} px{smaller}{pieces}"

    def losses(self, images: Tensor, targets: Tensor) -> dict[str, Tensor]:
        return area_losses(self._network(images), targets)

    @torch.no_grad()
    def scores(self, images: Tensor) -> Tensor:
        found: Tensor = self._network(images).softmax(1)
        return found

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """Weights that decay, and biases and norms that do not; a pretrained backbone learns at a
        lower rate, and later where its layers learn one after the other."""
        return [group for scale, begins, own in self._rates()
                for group in decay_groups(own, begins=begins, lr_scale=scale)]

    def _rates(self) -> list[tuple[float, float, list[nn.Parameter]]]:
        """The factor on the rate of parameters, and the share of a run before which they rest; in
        an order that checkpoints rely on."""
        backbone = getattr(self._network.encoder, "backbone", None)
        inside = [] if backbone is None else list(backbone.named_parameters())
        ids = {id(item) for _, item in inside}
        others = [item for item in self._network.parameters() if id(item) not in ids]
        known = isinstance(backbone, LiteBackbone) and bool(backbone.pretrained)
        if known and self._layers == "gradual":
            return [(1.0, 0.0, others), *(
                (scale, begins, [item for name, item in inside
                                 if (block_of(name) < LAST) == bool(lower)])
                for lower, (scale, begins) in enumerate(_GRADUAL))]
        return [(1.0, 0.0, others),
                (_BACKBONE_RATE if known else 1.0, 0.0, [item for _, item in inside])]

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        """Take over all tensors of the same name and shape, or of the packaged backbone; returns
        those that keep their own."""
        backbone = getattr(self._network.encoder, "backbone", None)
        if backbone is not None and "_conv_stem.weight" in state:
            state = {f"encoder.backbone.{name}": value
                     for name, value in backbone.state_of_package(state).items()}
        return take_fitting(self._network, state)


def _built(context: BuildContext, encoder: Encoder | PretrainedEncoder, widths: tuple[int, ...],
           layers: str = "all") -> AreaModel:
    settings = context.settings
    network = AreaNetwork(encoder, widths, len(context.classes))
    network.half_on_cpu = quick_half(context.device, str(settings.get("precision", "auto")))
    size = input_size(context.facts, int(settings.get("image_size", 0)))
    return AreaModel(network, size, layers, usual_size(context.facts))


def build(context: BuildContext) -> AreaModel:
    return _built(context, Encoder(), (16, 32, 64, 96, 96, 96))


def build_lite0(context: BuildContext) -> AreaModel:
    layers = str(context.settings.get("train_layers", "all"))
    return _built(context, PretrainedEncoder(layers), (16, 24, 48, 64, 96, 96), layers)
