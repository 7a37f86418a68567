"""What a detection recipe builds, as the engine uses it.

torch is imported for type checkers only: this module is safe to import in the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from workbench.extension.model import ClassRows, ModelContext, TrainableModel

if TYPE_CHECKING:
    from torch import Tensor


__all__ = ["BuildContext", "ClassRows", "DataFacts", "DenseDetector", "DetectionModel",
           "HasDetails", "RawDetections", "Targets", "finds_rotated", "learned_keypoints",
           "learns_outlines"]


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What the labels of the training split say, so that a recipe can fit itself to them."""

    images: int
    boxes: int
    """How many there are."""
    image_sizes: tuple[tuple[int, int], ...]
    """(width, height) of each training image in pixels."""
    box_sizes: tuple[tuple[float, float], ...]
    """(width, height) of each training box in pixels."""
    relative_sizes: tuple[float, ...]
    """sqrt(box area / image area) of each box, 0..1."""
    boxes_per_image: int
    """Largest number of boxes on one image."""
    class_counts: tuple[int, ...]
    """Boxes for each class, in class order."""
    tile: int = 0
    overlap: int = 0
    """Side of the square tiles that images are cut into and how far two neighbours overlap, in
    image pixels. Where ``tile`` is not 0, all of the above is about tiles instead of images."""
    pixels_an_image: float = 0.0
    """Pixels of input that there is time to learn from for each image, all passes together; 0 where
    no time was given or the recipe does not ask (``Recipe.uses_time``)."""
    outlines: int = 0
    keypoints: int = 0
    """Of how many boxes the outline, and of how many the key points are labelled, too."""
    partners: tuple[tuple[int, ...], ...] = ()
    """For each class the key points of its objects: for each of them the one that stands in its
    place where a picture is mirrored. Nothing for models from before there were key points."""
    rotated: int = 0
    """Of how many boxes the outline is that of a rotated box; 0 for models from before these were
    learned."""
    dot_sides: tuple[float, ...] = ()
    """For each class the side in pixels of the squares that are learned in place of dots, 0 for one
    without dots; nothing where none has any."""
    found_as_dots: tuple[bool, ...] = ()
    """For each class whether what is found are dots, in the middle of the squares."""
    dots: int = 0
    """How many boxes stand for dots, which have neither outlines nor key points."""

    @property
    def sides_of_dots(self) -> tuple[float, ...]:
        """``dot_sides`` of the classes that are found as dots, 0 for others."""
        return tuple(side if found else 0.0 for side, found in zip(
            self.dot_sides, self.found_as_dots, strict=True))


BuildContext: TypeAlias = ModelContext[DataFacts]
"""What a detection recipe is built for."""


class Targets(Protocol):
    """Labels of one image: ``boxes`` float32 (M, 4) xyxy in input pixels, ``labels`` int64 (M,)."""

    @property
    def boxes(self) -> Tensor: ...
    @property
    def labels(self) -> Tensor: ...


class RawDetections(Protocol):
    """Detections on one image before NMS, sorted by falling score.

    ``boxes`` float32 (N, 4) xyxy in input pixels, ``scores`` float32 (N,), ``labels`` int64 (N,).
    """

    @property
    def boxes(self) -> Tensor: ...
    @property
    def scores(self) -> Tensor: ...
    @property
    def labels(self) -> Tensor: ...


class DetectionModel(TrainableModel, Protocol):
    """A detector that the engine can train.

    The engine letterboxes every image to ``input_size`` (width, height) with one preprocessing
    path for training, validation and prediction, and hands over batches as uint8 (B, 3, H, W) RGB
    on the model's device; normalisation belongs to the model, so that it cannot be forgotten.

    A model with an attribute ``parallel`` that is true may be asked by several threads at once.
    One with an attribute ``learns_outlines`` that is true, or with ``keypoints`` (as
    ``DataFacts.partners`` has them, not empty), is taught these, too: its ``targets`` may have
    ``details`` (``workbench.tasks.detection.engine.details``), and its detections have ``outlines``
    and ``keypoints``. Where an attribute ``finds_rotated`` is true as well, what these outlines
    mean is a rotated box.
    """

    def losses(self, images: Tensor, targets: list[Targets]) -> dict[str, Tensor]:
        """Loss parts for a batch, as scalars with gradients; the engine minimises their sum."""

    def detect(self, images: Tensor) -> Sequence[RawDetections]:
        """Raw detections for a batch, before NMS, at most 1,000 an image with score ≥ 0.01."""


def learns_outlines(model: DetectionModel) -> bool:
    """Whether a model is taught where within their boxes objects end."""
    return bool(getattr(model, "learns_outlines", False))


def finds_rotated(model: DetectionModel) -> bool:
    """Whether what a model finds comes out as rotated boxes."""
    return learns_outlines(model) and bool(getattr(model, "finds_rotated", False))


def learned_keypoints(model: DetectionModel) -> Sequence[Sequence[int]]:
    """The key points of each class that a model is taught, as ``DataFacts.partners`` has them;
    nothing where it is taught none."""
    found: Sequence[Sequence[int]] = getattr(model, "keypoints", ())
    return found


@runtime_checkable
class DenseDetector(Protocol):
    """What a detector may have besides, so that it can be exported for other programs."""

    batches: bool
    """Whether :meth:`dense` takes batches of any number of images of any size in whole
    ``size_step`` pixels; else it takes one image of the model's input size."""
    size_step: int
    """Pixels."""

    def dense(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Everything that is found, in a way that ``torch.jit.trace`` can follow.

        Parameters
        ----------
        images
            uint8 (B, 3, H, W) RGB.

        Returns
        -------
        boxes, scores
            float32 (B, N, 4) xyxy in input pixels, which may reach beyond the input, and float32
            (B, N, C) in 0..1. Scores of at least 0.01 with their boxes are what ``detect`` finds.
        """


@runtime_checkable
class HasDetails(Protocol):
    """What a detector may have that finds more than boxes and finds fewer boxes with it: an
    exported model finds boxes only, and is compared with this one without the rest."""

    details: Sequence[str]
    """What it finds besides, in words ("outlines")."""

    def without_details(self) -> DetectionModel:
        """The same weights, of which boxes are asked only."""
