"""Training batches in an order that depends on the seed and the epoch only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.core.arrays import IntArray
from workbench.core.schema import Value
from workbench.engine import seeds
from workbench.engine.data.batches import EpochLoader
from workbench.engine.data.images import ImageStore
from workbench.engine.data.upload import Uploaded, upload
from workbench.engine.training.samplers import shuffled
from workbench.extension.augmentations import is_varied, registered_variation
from workbench.extension.training import Order
from workbench.tasks.detection.engine.augment import BatchLabels, Variation, augment_batch
from workbench.tasks.detection.engine.details import BOXES_ONLY, Wanted, target_in_input
from workbench.tasks.detection.engine.packed import filled_up, pack
from workbench.tasks.detection.engine.samples import Sample
from workbench.tasks.detection.engine.turning import (
    chosen_angles,
    turn_pictures,
    turned_in_input,
)
from workbench.tasks.detection.engine.types import DetectionTarget
from workbench.tasks.detection.kind import ID

_SMALLEST = 1.0  # boxes below one input pixel cannot be learned, and some losses divide by them


@dataclass(frozen=True, slots=True)
class DetectionBatch:
    """Images uint8 (B, 3, H, W) on the model's device with the labels of each, or all of them as
    :mod:`.packed` lays them out."""

    inputs: Tensor
    targets: list[DetectionTarget] | Tensor
    index: int


class BatchLoader(EpochLoader[DetectionBatch]):
    """Makes the batches of a run.

    Parameters
    ----------
    store
        Pixels; index i of the store is image i of the labels.
    samples, labels
        The training images, and the classes of the objects in each.
    settings
        Checked settings of the run, for the augmentation.
    seed
        Of the run.
    device
        Where batches are put.
    ahead
        Whether batches are made ahead of their use on another thread. For a GPU they are. On a CPU
        that learns on all cores that takes more than it gives (a third of the speed on two cores),
        so they are made in between.
    order
        Which samples an epoch shows; None: each once, in a random order.
    packed
        Whether labels are laid out for a model with fixed shapes.
    wanted
        What the model learns besides boxes: that of an image is asked for when it is first shown,
        as that of all would be waited for.
    """

    def __init__(
        self, store: ImageStore, samples: Sequence[Sample], labels: Sequence[IntArray],
        settings: Mapping[str, Value], seed: int, device: torch.device, ahead: bool | None = None,
        order: Order | None = None, packed: bool = False,
        wanted: Wanted = BOXES_ONLY,
    ) -> None:
        super().__init__(order or shuffled(len(samples), seed), device,
                         device.type != "cpu" if ahead is None else ahead)
        self._store = store
        self._samples = samples
        self._labels = labels
        self._settings = settings
        self._seed = seed
        self._device = device
        self._vary = registered_variation(ID, settings) if is_varied(ID, settings) else None
        self._turn = Variation.read(settings).turn if settings.get("augment", True) else 0.0
        self._packed = packed
        self._wanted = wanted
        self._pictures = Uploaded(store.get, len(samples), device)

    def make(self, indices: IntArray, epoch: int, index: int, progress: float) -> DetectionBatch:
        chosen = [int(item) for item in indices]
        images = self._pictures.get(chosen)
        generator = seeds.generator(self._seed, epoch, index, "augment")
        angles = [0.0] * len(chosen)
        if self._turn:
            angles = chosen_angles([self._samples[item] for item in chosen], self._turn, generator)
            images = turn_pictures(images, angles)
        targets = list(map(self._target, chosen, angles))
        images, labels = augment_batch(images, targets, generator, self._settings, progress)
        if self._vary is not None and progress <= float(self._settings.get("augment.until", 1.0)):
            given = self._there(labels.of_each(len(chosen)))
            boxes = [item.boxes.clone() for item in given]
            images, varied = self._vary(images, given, generator)
            labels = BatchLabels.join([item.to(torch.device("cpu"))
                                       for item in _without_stale(varied, given, boxes)])
        labels = labels.where(large_enough(labels.boxes))
        if not self._packed:
            return DetectionBatch(images, self._there(labels.of_each(len(chosen))), index)
        details = labels.details
        if details is None and self._wanted:
            # all batches have the same columns, as a recorded step has the same losses
            details = labels.boxes.new_zeros(len(labels.boxes), self._wanted.numbers)
        rows = pack(labels.boxes, labels.labels, labels.image, details)
        if self._device.type == "cuda":
            rows = filled_up(rows)
        return DetectionBatch(images, upload(rows, self._device), index)

    def _there(self, targets: list[DetectionTarget]) -> list[DetectionTarget]:
        return [item.to(self._device) for item in targets]

    def _target(self, index: int, angle: float) -> DetectionTarget:
        sample, labels = self._samples[index], self._labels[index]
        if index in self._store.broken:  # its picture is grey: nothing is there to be found
            return DetectionTarget(torch.from_numpy(sample.boxes[:0]), torch.from_numpy(labels[:0]))
        place = self._store.letterboxes[index]
        sample, labels = turned_in_input(sample, labels, place, angle)
        return target_in_input(sample, labels, place, self._wanted)


def _without_stale(
    varied: Sequence[DetectionTarget], given: Sequence[DetectionTarget], boxes: Sequence[Tensor]
) -> list[DetectionTarget]:
    """Labels as an augmentation returns them, without the details that it left behind: one that
    knows of boxes only may move these, or leave some out, in the labels that it was ``given``."""
    before = {id(item.details): own for item, own in zip(given, boxes, strict=True)
              if item.details is not None}
    return [DetectionTarget(item.boxes, item.labels)
            if (own := before.get(id(getattr(item, "details", None)))) is not None
            and not torch.equal(own, item.boxes) else item for item in varied]


def large_enough(boxes: Tensor) -> Tensor:
    """Which boxes are large enough in input pixels to be learned, bool (G,)."""
    return ((boxes[:, 2:] - boxes[:, :2]) >= _SMALLEST).all(1)


def learnable(target: DetectionTarget) -> DetectionTarget:
    """The labels whose boxes are large enough."""
    return target.where(large_enough(target.boxes))
