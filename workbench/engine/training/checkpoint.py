"""Where a run is, in a file from which it goes on to the same curve.

Only tensors, numbers and texts are written, so that reading one cannot run code. No state of a
random generator is needed: :mod:`workbench.engine.seeds` derives all from the position.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import open_regular

_FORMAT = 1


@dataclass(slots=True)
class BestEpoch:
    """The best epoch so far; ``score`` is what epochs are compared by."""

    epoch: int
    score: float
    metrics: dict[str, float]


@dataclass(slots=True)
class Position:
    """How far a run is."""

    epoch: int = 1
    """The epoch under way, from 1."""
    batch: int = 0
    """The next step in it, from 0."""
    step: int = 0
    """Optimiser steps taken."""
    batch_size: int = 1
    """Images in a step; halved where memory did not suffice for a model that takes its own
    steps."""
    parts: int = 1
    """How many batches they come in; doubled where memory did not suffice."""
    looked: int = 0
    """Validation images looked at after an epoch."""
    elapsed: float = 0.0
    first: float = 0.0
    """Seconds used, and those used before training began."""
    epoch_seconds: float = 0.0
    """Seconds spent on training in the epoch under way."""
    sums: dict[str, float] = field(default_factory=dict)
    images: int = 0
    """Sums of the losses over the images of the epoch under way."""
    best: BestEpoch | None = None
    """The best epoch, or None."""
    gained_epoch: int = 0
    gained_score: float = 0.0
    cooling: int = 0
    """In a run that ends when nothing improves: the epoch that last improved the score and what it
    scored, and the epoch after which the run cools down (0 before that is known)."""

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> Position:
        best = data.pop("best")
        return cls(**data, best=BestEpoch(**best) if best else None)


def save_checkpoint(path: Path, position: Position, tensors: dict[str, Any]) -> None:
    """Write a checkpoint whole or not at all.

    Parameters
    ----------
    tensors
        State dicts by part ("model", "average", "optimizer", …).
    """
    buffer = io.BytesIO()
    torch.save({"format": _FORMAT, "position": position.to_plain(), **tensors}, buffer)
    write_atomic(path, buffer.getvalue())


def load_checkpoint(path: Path, device: torch.device) -> tuple[Position, dict[str, Any]]:
    """Read a checkpoint.

    Raises
    ------
    WorkbenchError
        If there is none or it cannot be read.
    """
    try:
        with open_regular(path) as file:
            data = torch.load(file, map_location=device, weights_only=True)
        if data.pop("format") != _FORMAT:
            raise WorkbenchError("this checkpoint is of another version", path=path)
        return Position.from_plain(data.pop("position")), data
    except FileNotFoundError:
        raise WorkbenchError(
            "there is no checkpoint to go on from: the run ended before the first one", path=path
        ) from None
    except WorkbenchError:
        raise
    except Exception as error:  # whatever torch says of a damaged file
        raise WorkbenchError(
            "the checkpoint is damaged. The best model is intact: start a new run from it",
            path=path,
        ) from error
