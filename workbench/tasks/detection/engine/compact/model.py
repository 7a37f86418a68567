"""The compact detector as the engine trains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from workbench.core.schema import Value
from workbench.engine.devices import quick_half
from workbench.extension.detection import BuildContext, ClassRows, Targets
from workbench.tasks.detection.engine.compact.loss import detection_losses, join
from workbench.tasks.detection.engine.compact.network import SIZES, Network
from workbench.tasks.detection.engine.compact.other_grids import translated
from workbench.tasks.detection.engine.compact.plan import GridPlan, make_plan
from workbench.tasks.detection.engine.types import Raw

LOWEST_SCORE = 0.01
MOST_DETECTIONS = 1000


class CompactDetector:
    """A one-stage, anchor-free detector that needs no weights to start from.

    Parameters
    ----------
    size
        "n", "s" or "m": about 0.5, 2 and 8 million parameters.
    classes
        Number of classes.
    plan
        Input size and grids.
    half_on_cpu
        Whether to learn with bfloat16 products on a CPU.
    """

    batches = True
    size_step = 32

    def __init__(
        self, size: str, classes: int, plan: GridPlan, *, half_on_cpu: bool = False
    ) -> None:
        self._plan = plan
        self._network = Network(SIZES[size], max(classes, 1), plan.strides, plan.object_size)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network.half_on_cpu = half_on_cpu
        self.class_rows: Mapping[str, ClassRows] = {
            f"heads.{stride}.scores.{part}": ClassRows()
            for stride in plan.strides for part in ("weight", "bias")
        }

    @property
    def module(self) -> nn.Module:
        return self._network

    @property
    def input_size(self) -> tuple[int, int]:
        return self._plan.input_size

    @property
    def summary(self) -> str:
        return self._plan.summary

    def losses(self, images: Tensor, targets: Sequence[Targets]) -> dict[str, Tensor]:
        """Loss parts "class" and "box" for a batch (see ``DetectionModel.losses``)."""
        logits, boxes = self._network(images)
        size = (images.shape[3], images.shape[2])
        return detection_losses(
            logits, boxes, join(targets, images.device), size, self._plan.strides
        )

    @torch.no_grad()
    def detect(self, images: Tensor) -> Sequence[Raw]:
        """Raw detections (see ``DetectionModel.detect``); a cell may name several classes."""
        logits, boxes = self._network(images)
        classes = logits.shape[2]
        scores = logits.sigmoid().flatten(1)
        limit = torch.tensor([images.shape[3], images.shape[2]] * 2, device=images.device)
        found: list[Raw] = []
        best, where = scores.topk(min(MOST_DETECTIONS, scores.shape[1]), dim=1)
        for values, places, image_boxes in zip(best, where, boxes, strict=True):
            count = int((values >= LOWEST_SCORE).sum())
            places = places[:count]
            kept = image_boxes[places // classes].clamp(min=0).minimum(limit)
            found.append(Raw(kept, values[:count], places % classes))
        return found

    def dense(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes and scores of all cells (see ``DenseDetector.dense``)."""
        logits, boxes = self._network(images)
        return boxes, logits.sigmoid()

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """Weights that decay, and biases and norms that do not."""
        decaying: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        for parameter in self._network.parameters():
            (decaying if parameter.ndim > 1 else others).append(parameter)
        return [{"params": decaying}, {"params": others, "weight_decay": 0.0}]

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        """Take over all tensors of the same name and shape; returns those that keep their own."""
        own = self._network.state_dict()
        fitting = {
            name: value for name, value in state.items()
            if name in own and own[name].shape == value.shape
        }
        self._network.load_state_dict(fitting, strict=False)
        return sorted(set(own) - set(fitting))

    def translate(self, state: Mapping[str, Tensor], source: BuildContext) -> dict[str, Tensor]:
        """Weights of a compact detector built for ``source``, fitted to this one's grids and to
        the size of its objects (see :class:`workbench.extension.detection.ClassRows`)."""
        return translated(state, plan_of(source), self._plan)


def plan_of(context: BuildContext) -> GridPlan:
    """The shape that is chosen for ``context``."""
    return make_plan(context.facts, int(context.settings.get("image_size", 0)))


def build_sized(context: BuildContext, size: str) -> CompactDetector:
    """Build the detector of ``size`` for the classes, labels and settings in ``context``."""
    settings = context.settings
    return CompactDetector(
        size, len(context.classes), plan_of(context),
        half_on_cpu=quick_half(context.device, str(settings.get("precision", "auto"))),
    )


def build(context: BuildContext) -> CompactDetector:
    return build_sized(context, "n")


def build_s(context: BuildContext) -> CompactDetector:
    return build_sized(context, "s")


def build_m(context: BuildContext) -> CompactDetector:
    return build_sized(context, "m")
