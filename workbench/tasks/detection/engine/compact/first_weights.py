"""What a detector on the packaged backbone knows about framing things before it learns."""

from __future__ import annotations

import json
from pathlib import Path

import safetensors
from torch import Tensor

from workbench.tasks.detection.engine.compact.other_grids import translated
from workbench.tasks.detection.engine.compact.plan import GridPlan

FILE = Path(__file__).parent / "weights" / "things.safetensors"
"""Neck, heads and refinement, learned from boxes around things of many kinds, all called the same
(``weights/README.md``); without the layers that tell classes apart. Its metadata holds
``object_size``, a list of two numbers: the usual (width, height) of these things in pixels."""


def first_weights(plan: GridPlan) -> dict[str, Tensor]:
    """Those in :data:`FILE`, float32, for the grids of ``plan`` and the size of its objects."""
    with safetensors.safe_open(FILE, "pt") as file:
        width, height = json.loads(file.metadata()["object_size"])
        state = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    return translated(state, GridPlan((0, 0), (), (width, height), ""), plan)
