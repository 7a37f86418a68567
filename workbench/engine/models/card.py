"""What a saved model says about itself, read without torch.

A model is one safetensors file. Its header is JSON behind eight bytes that hold its length (little
endian); the card lies in the header's ``__metadata__``, which may hold texts only. Source: the
description of the format in the safetensors repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.plain import fitted, parse_json
from workbench.core.schema import Value
from workbench.engine.models.context import Context, Facts, context_of
from workbench.extension.detection import DataFacts
from workbench.extension.sounds import SoundFacts
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular
from workbench.tasks.detection.engine.tiles import Tiling, tiling_of

KEY = "workbench"
_LONGEST_HEADER = 100_000_000  # bytes; the format's own limit


class _Header(TypedDict):
    __metadata__: dict[str, str]


class _CardData(TypedDict):
    id: str
    recipe: str
    classes: tuple[str, ...]
    settings: Mapping[str, Value]
    facts: dict[str, Any]
    input_size: tuple[int, int]
    epoch: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is written beside the weights.

    Parameters
    ----------
    id
        Differs between any two saved models; stored predictions name the model they came from.
    recipe
        Id of the recipe.
    classes
        Names in the order of the model's labels.
    settings
        All settings of the training.
    facts
        What the model was fitted to; with the settings they rebuild it.
    input_size
        (width, height) in pixels.
    epoch
        Epoch of the weights.
    metrics
        On the validation images, at that epoch.
    """

    id: str
    recipe: str
    classes: tuple[str, ...]
    settings: Mapping[str, Value]
    facts: Facts
    input_size: tuple[int, int]
    epoch: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "recipe": self.recipe,
            "classes": list(self.classes),
            "settings": dict(self.settings),
            "input_size": list(self.input_size),
            "epoch": self.epoch,
            "metrics": dict(self.metrics),
            "facts": facts_to_json(self.facts),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelCard:
        """Read what :meth:`to_json` made; raises ValueError for anything else."""
        known: _CardData = fitted(data, _CardData)
        return cls(known["id"], known["recipe"], known["classes"], known["settings"],
                   facts_from_json(known["facts"]), known["input_size"], known["epoch"],
                   known["metrics"])

    @property
    def tiling(self) -> Tiling | None:
        """How images are cut before the model sees them; None shows it whole images."""
        return None if isinstance(self.facts, SoundFacts) else tiling_of(self.facts)

    def context(self, device: str) -> Context:
        return context_of(self.classes, self.settings, self.facts, device)


def read_card(path: Path) -> ModelCard:
    """Read the card of a saved model, without its weights.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened.
    FormatError
        If it is no model of this program.
    """
    try:
        with open_regular(path) as file:
            length = int.from_bytes(file.read(8), "little")
            header = fitted(parse_json(file.read(min(length, _LONGEST_HEADER))), _Header)
        return ModelCard.from_json(parse_json(header["__metadata__"][KEY]))
    except FileNotFoundError:
        raise WorkbenchError("the model is not there", path=path) from None
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path) from error
    except (KeyError, ValueError) as error:
        raise FormatError("it is not a model of this program", path=path) from error


def facts_to_json(facts: Facts) -> dict[str, Any]:
    """Plain data; sizes are rounded to a hundredth of a pixel."""
    if isinstance(facts, SoundFacts):
        return {"sounds": facts.to_json()}
    return {
        "images": facts.images,
        "boxes": facts.boxes,
        "image_sizes": [list(size) for size in facts.image_sizes],
        "box_sizes": [[round(w, 2), round(h, 2)] for w, h in facts.box_sizes],
        "relative_sizes": [round(size, 6) for size in facts.relative_sizes],
        "boxes_per_image": facts.boxes_per_image,
        "class_counts": list(facts.class_counts),
        "tile": facts.tile,
        "overlap": facts.overlap,
        "pixels_an_image": facts.pixels_an_image,
    }


def facts_from_json(data: Mapping[str, Any]) -> Facts:
    """Read what :func:`facts_to_json` made; raises ValueError for anything else."""
    if "sounds" in data:
        sounds: SoundFacts = fitted(data["sounds"], SoundFacts, "facts")
        return sounds
    boxes: DataFacts = fitted(data, DataFacts, "facts")
    return boxes
