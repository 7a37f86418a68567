"""How long things took on this machine, remembered with the project for the next pre-flight."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass

import torch

from workbench.core.errors import WorkbenchError
from workbench.core.plain import fitted, parse_json
from workbench.engine.training.plan import TrainPlan
from workbench.extension.model import TrainableModel
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_regular
from workbench.project.cache import cache_folder

_FILE = "timing.json"
_REMEMBERED = 40


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of a step, of predicting on and of reading one sample; bytes of memory in use."""

    step: float
    detect: float
    read: float
    memory: int


def recall(plan: TrainPlan, model: TrainableModel) -> Timing | None:
    """What is known about a training like this one."""
    note = _notes(plan).get(_key(plan, model))
    with suppress(TypeError, ValueError, KeyError):  # written by another version
        if note is not None:
            return Timing(float(note["step"]), float(note["detect"]), float(note["read"]),
                          int(note["memory"]))
    return None


def remember(plan: TrainPlan, model: TrainableModel, timing: Timing) -> None:
    """Note what was measured; where that cannot be written, it is measured again."""
    notes = _notes(plan)
    key = _key(plan, model)
    notes.pop(key, None)
    notes[key] = asdict(timing)
    recent = dict(list(notes.items())[-_REMEMBERED:])
    with suppress(WorkbenchError):
        write_atomic(cache_folder(plan.project) / _FILE, json.dumps(recent).encode())


def _notes(plan: TrainPlan) -> dict[str, dict[str, float]]:
    try:
        data = parse_json(read_regular(cache_folder(plan.project) / _FILE))
        notes: dict[str, dict[str, float]] = fitted(data, dict[str, dict[str, float]])
    except (OSError, ValueError, WorkbenchError):
        return {}
    return notes


def _key(plan: TrainPlan, model: TrainableModel) -> str:
    """All that the time of a step depends on."""
    names = ("train_layers", "augment", "optimizer", "precision", "ema")
    facts = (plan.recipe.id, model.input_size, plan.batch_size, len(plan.classes),
             str(plan.device), torch.get_num_threads(), [plan.settings[name] for name in names],
             plan.data.summary, plan.start.kind,
             sum(item.numel() for item in model.module.parameters()))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
