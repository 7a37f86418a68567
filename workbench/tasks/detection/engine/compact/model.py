"""The compact detector as the engine trains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import partial

import torch
from torch import Tensor, nn

from workbench.core.schema import Value
from workbench.engine.devices import quick_half
from workbench.engine.models.learning import decay_groups, take_fitting
from workbench.engine.models.lite_backbone import LAST, LiteBackbone, block_of
from workbench.extension.detection import BuildContext, ClassRows, Targets
from workbench.tasks.detection.details import keypoints_wanted, outlines_wanted, rotated_wanted
from workbench.tasks.detection.engine.compact.first_weights import first_weights
from workbench.tasks.detection.engine.compact.keypoint_head import ROWS, rows_by_class
from workbench.tasks.detection.engine.compact.loss import detection_losses, join, unpack
from workbench.tasks.detection.engine.compact.network import SIZES, Network
from workbench.tasks.detection.engine.compact.other_grids import translated
from workbench.tasks.detection.engine.compact.plan import SHORTEST, GridPlan, make_plan
from workbench.tasks.detection.engine.types import Raw

LOWEST_SCORE = 0.01
MOST_DETECTIONS = 1000
PRETRAINED_SIDE = 352
"""Least longer side of the input in pixels for a pretrained backbone; 256 was worse on photos."""
BACKBONE_RATE = 0.3
"""Of the rate of everything else, for a backbone that came with weights."""
_GRADUAL = ((BACKBONE_RATE, 0.15), (BACKBONE_RATE / 4, 0.4))
"""Of its last stages and of what is below them, where they learn one after the other: the factor on
the rate, and the share of a run before which they rest (Howard and Ruder 2018)."""


class CompactDetector:
    """A one-stage, anchor-free detector that needs no weights to start from.

    Parameters
    ----------
    size
        "n", "s" or "m": about 0.5, 2 and 8 million parameters; "lite0" has the backbone of
        :mod:`workbench.engine.models.lite_backbone`.
    classes
        Number of classes.
    plan
        Input size and grids.
    half_on_cpu
        Whether to learn with bfloat16 products on a CPU.
    layers
        What of a pretrained backbone learns: "head", "last", "gradual" or "all".
    refine
        Whether boxes are refined (:mod:`.box_refinement`).
    rescore
        Whether refined boxes are also scored anew.
    twice
        Whether boxes are refined twice when detecting.
    outlines
        Whether outlines are learned, too (:mod:`.outline_head`).
    rotated
        Whether these are those of rotated boxes.
    keypoints
        The key points of each class that are learned (:mod:`.keypoint_head`), as
        ``DataFacts.partners`` has them; nothing for none.
    names
        Those of the classes, where the weights of other detectors may be taken over.
    """

    fixed_shapes = True
    batches = True
    parallel = True
    size_step = 32

    def __init__(
        self, size: str, classes: int, plan: GridPlan, *, half_on_cpu: bool = False,
        layers: str = "all", refine: bool = False, rescore: bool = False, outlines: bool = False,
        keypoints: Sequence[Sequence[int]] = (), names: Sequence[str] = (), rotated: bool = False,
        twice: bool = False,
    ) -> None:
        self._names = names
        self.learns_outlines = outlines
        self.finds_rotated = rotated
        self.keypoints = keypoints
        self._describes = True
        self._plan = plan
        self._size = size
        self._layers = layers
        backbone = LiteBackbone(layers) if size == "lite0" else None
        self._network = Network(SIZES[size], max(classes, 1), plan.strides, plan.object_size,
                                backbone, refine, rescore, outlines, list(map(len, keypoints)),
                                rotated, twice)
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
        also = " and ".join(self.details)
        return self._plan.summary + (f"; the {also} of objects are learned, too" if also else "")

    @property
    def details(self) -> list[str]:
        """See :class:`workbench.extension.detection.HasDetails`."""
        outlines = "rotated boxes" if self.finds_rotated else "outlines"
        return [*([outlines] if self.learns_outlines else []),
                *(["key points"] if self.keypoints else [])]

    def without_details(self) -> CompactDetector:
        other = copy(self)
        other._describes = False
        return other

    def losses(self, images: Tensor, targets: Sequence[Targets] | Tensor) -> dict[str, Tensor]:
        """Loss parts "class", "box" and perhaps "outline" and "keypoints" for a batch (see
        ``DetectionModel.losses``), whose labels may also come as
        :class:`workbench.extension.model.HasFixedShapes` says."""
        logits, boxes, maps = self._network.first(images)
        size = (images.shape[3], images.shape[2])
        refinement, heads = self._network.refinement, self._network.details
        refine = None if refinement is None else partial(refinement, maps[0])
        details = None if heads is None else partial(heads.losses, maps)
        objects = unpack(targets) if isinstance(targets, Tensor) else join(targets, images.device)
        return detection_losses(logits, boxes, objects, size, self._plan.strides, refine,
                                details)

    @torch.no_grad()
    def detect(self, images: Tensor) -> Sequence[Raw]:
        """Raw detections (see ``DetectionModel.detect``); a cell may name several classes."""
        logits, boxes, maps = self._network.refined(images)
        classes = logits.shape[2]
        scores = logits.sigmoid().flatten(1)
        best, where = scores.topk(min(MOST_DETECTIONS, scores.shape[1]), dim=1)
        places = (where // classes)[..., None].expand(*where.shape, 4)
        kept = boxes.gather(1, places).clamp_(min=0)
        kept = torch.stack((kept[..., 0::2].clamp(max=images.shape[3]),
                            kept[..., 1::2].clamp(max=images.shape[2])), -1).flatten(2)
        # one image after the other would wait for a GPU each time
        best, kept, labels = best.cpu(), kept.cpu(), (where % classes).cpu()
        counts = (best >= LOWEST_SCORE).sum(1).tolist()
        found = [Raw(kept[place, :count], best[place, :count], labels[place, :count])
                 for place, count in enumerate(counts)]
        heads = self._network.details if self._describes else None
        return found if heads is None else heads.describe(maps, found)

    def dense(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes and scores of all cells (see ``DenseDetector.dense``)."""
        logits, boxes = self._network(images)
        return boxes, logits.sigmoid()

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """Weights that decay, and biases and norms that do not; a pretrained backbone learns at a
        lower rate, and later where its layers learn one after the other."""
        return [group for own, scale, begins in self._rates()
                for group in decay_groups(own, begins=begins, lr_scale=scale)]

    def _rates(self) -> Iterator[tuple[list[nn.Parameter], float, float]]:
        """Parameters, the factor on their rate and the share of a run before which they rest; in
        an order that checkpoints rely on."""
        backbone = self._network.backbone
        inside = list(backbone.named_parameters())
        known = isinstance(backbone, LiteBackbone) and bool(backbone.pretrained)
        yield [item for name, item in self._network.named_parameters()
               if not name.startswith("backbone.")], 1.0, 0.0
        if known and self._layers == "gradual":
            for lower, (scale, begins) in enumerate(_GRADUAL):
                yield ([item for name, item in inside if (block_of(name) < LAST) == bool(lower)],
                       scale, begins)
        else:
            yield [item for _, item in inside], BACKBONE_RATE if known else 1.0, 0.0

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        """Take over all tensors of the same name and shape, or of the packaged backbone, to which
        the first weights of everything else belong; returns those that keep their own."""
        backbone = self._network.backbone
        if isinstance(backbone, LiteBackbone) and "_conv_stem.weight" in state:
            state = first_weights(self._plan) | {
                f"backbone.{name}": value
                for name, value in backbone.state_of_package(state).items()}
        return take_fitting(self._network, state)

    def translate(self, state: Mapping[str, Tensor], source: BuildContext) -> dict[str, Tensor]:
        """Weights of a compact detector built for ``source``, fitted to this one's grids, to the
        size of its objects and to the key points of its classes (see
        :class:`workbench.extension.detection.ClassRows`)."""
        found = translated(state, plan_of(source, self._size), self._plan)
        own = self._network.state_dict()
        old = _counts(source.classes, keypoints_of(source))
        for name in ROWS:
            if name in found and name in own:
                found[name] = rows_by_class(found[name], own[name], old,
                                            _counts(self._names, self.keypoints))
        return found


def _counts(names: Sequence[str], keypoints: Sequence[Sequence[int]]) -> dict[str, int]:
    """How many key points each class has."""
    return dict(zip(names, map(len, keypoints), strict=False))


def keypoints_of(context: BuildContext) -> Sequence[Sequence[int]]:
    """Those that a detector learns in ``context``."""
    return context.facts.partners if keypoints_wanted(context.settings, context.facts) else ()


def plan_of(context: BuildContext, size: str) -> GridPlan:
    """The shape that is chosen for a detector of ``size`` in ``context``."""
    shortest = PRETRAINED_SIDE if size == "lite0" else SHORTEST
    return make_plan(context.facts, int(context.settings.get("image_size", 0)), shortest)


def build_sized(context: BuildContext, size: str) -> CompactDetector:
    """Build the detector of ``size`` for the classes, labels and settings in ``context``."""
    settings = context.settings
    # models from before boxes were refined do not have the setting, and "auto" is settled when a
    # training begins
    refine = settings.get("refine_boxes")
    return CompactDetector(
        size, len(context.classes), plan_of(context, size),
        half_on_cpu=quick_half(context.device, str(settings.get("precision", "auto"))),
        layers=str(settings.get("train_layers", "all")),
        refine=refine in ("on", "scored", "twice"), rescore=refine in ("scored", "twice"),
        twice=refine == "twice",
        outlines=outlines_wanted(settings, context.facts),
        rotated=rotated_wanted(settings, context.facts),
        keypoints=keypoints_of(context), names=context.classes,
    )


def build(context: BuildContext) -> CompactDetector:
    return build_sized(context, "n")


def build_s(context: BuildContext) -> CompactDetector:
    return build_sized(context, "s")


def build_lite0(context: BuildContext) -> CompactDetector:
    return build_sized(context, "lite0")


def build_m(context: BuildContext) -> CompactDetector:
    return build_sized(context, "m")
