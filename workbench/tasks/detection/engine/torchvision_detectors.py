"""torchvision's detectors as recipes: one adapter, driven by a table.

The letterboxed batch has its final size when it arrives, so torchvision's own resizing is taken
out; its NMS is opened wide (threshold 1), so that raw boxes come out.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import detection
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import roi_align

from workbench.core.schema import Value
from workbench.engine.models.learning import decay_groups
from workbench.engine.models.transfer import adapt_state
from workbench.extension.detection import BuildContext, ClassRows, DataFacts, Targets
from workbench.tasks.detection.engine.types import Raw

_STEP = 32  # the coarsest feature map has one cell for so many pixels


@dataclass(frozen=True, slots=True)
class _Family:
    """What differs between torchvision's detectors."""

    builder: Callable[..., nn.Module]
    """torchvision's function."""
    options: Mapping[str, Any]
    """Its options for raw output: a low score threshold, no NMS, many detections."""
    weights: str
    """Name of its weights class, for the names of COCO's classes."""
    long_side: int
    """Longer side of the input in pixels where the settings leave it open."""
    square: bool = False
    """Whether the input must be square."""
    background: int = 1
    """Whether row 0 of the classes is the background."""
    head: tuple[str, ...] = ("rpn.", "roi_heads.")
    """Beginnings of the names of the weights that "only the head" trains."""
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    """Normalisation of RGB in 0..1."""


_RCNN = {"box_score_thresh": 0.01, "box_nms_thresh": 1.0, "box_detections_per_img": 1000}
_ONE_STAGE = {"score_thresh": 0.01, "nms_thresh": 1.0, "detections_per_img": 1000}

FAMILIES: dict[str, _Family] = {
    "fasterrcnn-resnet50-fpn-v2": _Family(
        detection.fasterrcnn_resnet50_fpn_v2, _RCNN, "FasterRCNN_ResNet50_FPN_V2_Weights", 800
    ),
    "fasterrcnn-mobilenet-v3-320": _Family(
        detection.fasterrcnn_mobilenet_v3_large_320_fpn,
        {**_RCNN, "rpn_score_thresh": 0.0},
        "FasterRCNN_MobileNet_V3_Large_320_FPN_Weights",
        512,
    ),
    "ssdlite320-mobilenet-v3": _Family(
        detection.ssdlite320_mobilenet_v3_large,
        {**_ONE_STAGE, "topk_candidates": 400},
        "SSDLite320_MobileNet_V3_Large_Weights",
        320,
        square=True,
        head=("head.",),
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
    ),
    "retinanet-resnet50-fpn-v2": _Family(
        detection.retinanet_resnet50_fpn_v2,
        {**_ONE_STAGE, "topk_candidates": 1000},
        "RetinaNet_ResNet50_FPN_V2_Weights",
        800,
        background=0,
        head=("head.",),
    ),
}


class _NoResize(GeneralizedRCNNTransform):  # type: ignore[misc]  # torchvision has no types
    """torchvision's normalisation without its resizing."""

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__(1, 1, list(mean), list(std), size_divisible=1)

    def resize(
        self, image: Tensor, target: dict[str, Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor] | None]:
        return image, target


class PoolEverywhere(nn.Module):
    """The pooling of Faster R-CNN on one image in a way that a trace can follow.

    torchvision pools the boxes of each level apart, and how many those were in the example would
    be fixed in an exported file. Here all boxes are pooled at all levels, and what belongs to a
    box's own level is kept.
    """

    def __init__(self, own: nn.Module) -> None:
        super().__init__()
        self.own = own

    def forward(
        self, maps: Mapping[str, Tensor], boxes: list[Tensor], sizes: list[tuple[int, int]]
    ) -> Tensor:
        own: Any = self.own
        if own.map_levels is None:
            own(maps, boxes, sizes)  # finds out the scales
        used = [item for name, item in maps.items() if name in own.featmap_names]
        places = torch.cat([torch.zeros_like(boxes[0][:, :1]), boxes[0]], 1)
        levels = own.map_levels(boxes)[:, None, None, None]
        pooled: Tensor | None = None
        for level, (item, scale) in enumerate(zip(used, own.scales, strict=True)):
            part = roi_align(item, places, own.output_size, scale, own.sampling_ratio)
            pooled = part if pooled is None else torch.where(levels == level, part, pooled)
        assert pooled is not None
        return pooled


class TorchvisionDetector:
    """One of :data:`FAMILIES` as a :class:`workbench.extension.detection.DetectionModel`."""

    batches = False
    size_step = _STEP

    def __init__(self, family: str, context: BuildContext) -> None:
        self._family = FAMILIES[family]
        self._classes = context.classes
        self._input_size = _input_size(self._family, context)
        rows = len(context.classes) + self._family.background
        self.module = self._family.builder(
            weights=None, weights_backbone=None, num_classes=rows, **self._family.options
        )
        self.module.transform = _NoResize(self._family.mean, self._family.std)
        # In the state, so that a resumed or fine-tuned model goes on as it began.
        self.module.register_buffer("frozen_statistics", torch.tensor(False))
        self._head_only = context.settings.get("train_layers") == "head"
        self.class_rows = self._find_class_rows(rows)

    @property
    def input_size(self) -> tuple[int, int]:
        return self._input_size

    @property
    def summary(self) -> str:
        width, height = self._input_size
        layers = "only the head learns" if self._head_only else "all layers learn"
        return f"images at {width}×{height}, {layers}"

    def losses(self, images: Tensor, targets: Sequence[Targets]) -> dict[str, Tensor]:
        """torchvision's losses for uint8 ``images`` (B, 3, H, W)."""
        self._training_mode()
        labels = [
            {"boxes": target.boxes, "labels": target.labels + self._family.background}
            for target in targets
        ]
        losses: dict[str, Tensor] = self.module(list(_to_float(images)), labels)
        return losses

    def detect(self, images: Tensor) -> list[Raw]:
        """Raw detections for uint8 ``images`` (B, 3, H, W)."""
        if self.module.training:
            self.module.eval()
        found = self.module(list(_to_float(images)))
        return [self._raw(item) for item in found]

    def dense(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes and scores on one image (see ``DenseDetector.dense``); every box has one class."""
        heads: Any = getattr(self.module, "roi_heads", None)
        own = getattr(heads, "box_roi_pool", None)
        try:
            if own is not None:
                heads.box_roi_pool = PoolEverywhere(own)
            found = self.module(list(_to_float(images)))[0]
        finally:
            if own is not None:
                heads.box_roi_pool = own
        labels = found["labels"] - self._family.background
        named = nn.functional.one_hot(labels, len(self._classes)).to(torch.float32)
        return found["boxes"][None].float(), (named * found["scores"][:, None].float())[None]

    def _raw(self, found: Mapping[str, Tensor]) -> Raw:
        labels = found["labels"] - self._family.background
        order = torch.argsort(found["scores"], descending=True, stable=True)
        return Raw(found["boxes"][order].float(), found["scores"][order].float(), labels[order])

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """Weights with decay, and norms and biases without."""
        for name, parameter in self.module.named_parameters():
            parameter.requires_grad_(not self._head_only or name.startswith(self._family.head))
        return decay_groups(item for item in self.module.parameters() if item.requires_grad)

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        """Take over COCO weights; rows of classes with COCO's names are kept.

        Batch norm's statistics in the backbone are kept as they are from then on: batches of a few
        images would spoil them.
        """
        categories: list[str] = getattr(detection, self._family.weights).DEFAULT.meta["categories"]
        fitted, left = adapt_state(
            state,
            self.module.state_dict(),
            class_rows=self.class_rows,
            old_classes=categories[self._family.background :],
            new_classes=self._classes,
        )
        fitted["frozen_statistics"] = torch.tensor(True)
        self.module.load_state_dict(fitted)
        return [name for name in left if name != "frozen_statistics"]

    def _training_mode(self) -> None:
        self.module.train()
        if bool(self.module.frozen_statistics) or self._head_only:
            for child in self.module.get_submodule("backbone").modules():
                if isinstance(child, nn.BatchNorm2d):
                    child.eval()

    def _find_class_rows(self, rows: int) -> dict[str, ClassRows]:
        background = self._family.background
        found: dict[str, ClassRows] = {}
        for name, tensor in self.module.state_dict().items():
            if name.startswith("rpn."):
                continue  # tells things from background only, whatever the classes are
            if ".cls_score." in name:
                found[name] = ClassRows(background=background)
            elif ".bbox_pred." in name:
                found[name] = ClassRows(inner=4, background=background)
            elif ".cls_logits." in name or _is_ssd_output(name, tensor, self.module):
                found[name] = ClassRows(outer=len(tensor) // rows, background=background)
        return found


def _is_ssd_output(name: str, tensor: Tensor, module: nn.Module) -> bool:
    prefix = "head.classification_head.module_list."
    if not name.startswith(prefix):
        return False
    owner = module.get_submodule(name.rsplit(".", 1)[0])
    return isinstance(owner, nn.Conv2d) and owner.groups == 1


def _to_float(images: Tensor) -> Tensor:
    return images.to(torch.float32).div_(255.0)


def _input_size(family: _Family, context: BuildContext) -> tuple[int, int]:
    long_side = int(context.settings.get("image_size") or 0) or family.long_side
    if family.square:
        side = _whole_steps(long_side)
        return side, side
    ratio = _median_ratio(context.facts)
    if ratio >= 1:
        return _whole_steps(long_side), _whole_steps(long_side / ratio)
    return _whole_steps(long_side * ratio), _whole_steps(long_side)


def _median_ratio(facts: DataFacts) -> float:
    ratios = [width / height for width, height in facts.image_sizes if width and height]
    return min(4.0, max(0.25, statistics.median(ratios))) if ratios else 1.0


def _whole_steps(pixels: float) -> int:
    return max(_STEP, round(pixels / _STEP) * _STEP)


build_fasterrcnn_resnet50_fpn_v2 = partial(TorchvisionDetector, "fasterrcnn-resnet50-fpn-v2")
build_fasterrcnn_mobilenet_v3_320 = partial(TorchvisionDetector, "fasterrcnn-mobilenet-v3-320")
build_ssdlite320_mobilenet_v3 = partial(TorchvisionDetector, "ssdlite320-mobilenet-v3")
build_retinanet_resnet50_fpn_v2 = partial(TorchvisionDetector, "retinanet-resnet50-fpn-v2")
