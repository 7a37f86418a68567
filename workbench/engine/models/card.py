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
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular

KEY = "workbench"
_LONGEST_HEADER = 100_000_000  # bytes; the format's own limit


class _Header(TypedDict):
    __metadata__: dict[str, str]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is written beside the weights."""

    id: str
    """Differs between any two saved models; stored predictions name the model they came from."""
    recipe: str
    """Id of the recipe."""
    classes: tuple[str, ...]
    """Names in the order of the model's labels."""
    settings: Mapping[str, Value]
    """All settings of the training."""
    facts: Mapping[str, Any]
    """What the model was fitted to, as its task's ``facts_to_json`` made them; with the settings
    they rebuild it."""
    input_size: tuple[int, int]
    """(width, height) in pixels."""
    epoch: int = 0
    """Epoch of the weights."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """On the validation images, at that epoch."""

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "recipe": self.recipe,
            "classes": list(self.classes),
            "settings": dict(self.settings),
            "input_size": list(self.input_size),
            "epoch": self.epoch,
            "metrics": dict(self.metrics),
            "facts": dict(self.facts),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelCard:
        """Read what :meth:`to_json` made; raises ValueError for anything else."""
        card: ModelCard = fitted(data, cls)
        return card


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
