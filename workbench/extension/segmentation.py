"""What a recipe for areas builds, as the engine uses it.

torch is imported for type checkers only: this module is safe to import in the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from workbench.extension.model import ModelContext, TrainableModel

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["AreaFacts", "BuildContext", "SegmentationModel"]


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """What the labels of the training split say, so that a recipe can fit itself to them."""

    images: int
    image_sizes: tuple[tuple[int, int], ...]
    """(width, height) in pixels of some training images, spread evenly over all."""
    shares: tuple[float, ...]
    """Which share of all labelled pixels each class covers, in class order."""
    thinnest: float = 0.0
    """How thin the thinnest class is, as a share of an image's longer side: twice its area by the
    length of its border, which is the width of a line and the radius of a disc; 0 where nothing
    is."""
    unlabelled: str = "background"
    """What pixels without a label are: "background", or "unknown", which teaches nothing."""


BuildContext: TypeAlias = ModelContext[AreaFacts]
"""What a recipe for areas is built for."""


class SegmentationModel(TrainableModel, Protocol):
    """A model of areas. ``input_size`` is (width, height) of whole images as it is given them to
    be asked, letterboxed."""

    @property
    def crop(self) -> tuple[int, int]:
        """(width, height) in pixels of what it learns from at a time: a piece of such an image."""

    def losses(self, images: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Named scalars whose sum is minimised.

        Parameters
        ----------
        images
            uint8 (B, 3, h, w) of the size ``crop``.
        targets
            uint8 (B, h, w): 0 for nothing, 1 + the place of a class, 255 for unknown.
        """

    def scores(self, images: Tensor) -> Tensor:
        """Probabilities float32 (B, 1 + C, H, W) of nothing and of each class, of uint8 (B, 3, H,
        W); the module must be in evaluation mode."""
