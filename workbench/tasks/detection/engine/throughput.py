"""How much can be learned in a time, measured on this machine as it is now."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch

from workbench.engine import seeds
from workbench.engine.training.trial_steps import learn, step_times
from workbench.extension.model import has_fixed_shapes
from workbench.tasks.detection.engine.augment import BatchLabels
from workbench.tasks.detection.engine.details import Wanted, keypoints_of
from workbench.tasks.detection.engine.packed import pack
from workbench.tasks.detection.engine.types import DetectionTarget

_BATCH, _GPU_BATCH = 8, 64  # a GPU would be timed at being sent work
_BOXES = 5  # on each made-up image: what a loss costs hardly depends on it
_ENOUGH, _LEAST = 0.8, 2  # seconds of timed steps, and how many at least
_SHARE = 0.65  # of a run's time goes into what is timed here; measured on two cores
_START = 10.0  # seconds of a run that go into starting
_HOLDS = 120.0  # seconds for which a measured speed is taken for the present one

_speeds: dict[tuple[object, ...], tuple[float, float]] = {}
"""When which speed was measured, by all that it depends on but the load of the machine."""


def pixels_an_image(
    model: Any, device: torch.device, minutes: float, images: int,
    check: Callable[[], None] = lambda: None,
) -> float:
    """Pixels of input that a run can learn from for each image, all passes together.

    Parameters
    ----------
    model
        A fresh one, of which nothing is used afterwards.
    minutes
        That the run may take.
    images
        To learn from.
    check
        Called before every step; may raise to end the work.
    """
    seconds = max(0.0, minutes * 60 - _START) * _SHARE
    return float(round(seconds * _known_speed(model, device, check) / max(images, 1)))


def _known_speed(model: Any, device: torch.device, check: Callable[[], None]) -> float:
    """As :func:`pixels_a_second`, but what a pre-flight has just told holds for its training."""
    key = (sum(item.numel() for item in model.module.parameters()), model.input_size,
           str(device), torch.get_num_threads())
    measured, speed = _speeds.get(key, (-math.inf, 0.0))
    if time.monotonic() - measured > _HOLDS:
        speed = pixels_a_second(model, device, check)
        _speeds[key] = time.monotonic(), speed
    return speed


def pixels_a_second(
    model: Any, device: torch.device, check: Callable[[], None] = lambda: None
) -> float:
    """Pixels of input that are learned from in a second, forwards and backwards."""
    width, height = model.input_size
    seeds.seed_torch(0, "pace")
    batch = _GPU_BATCH if device.type == "cuda" else _BATCH
    images = torch.randint(0, 256, (batch, 3, height, width), dtype=torch.uint8, device=device)
    made = [_made_up(width, height, Wanted.by(model)) for _ in range(batch)]
    targets: Any = [item.to(device) for item in made]
    if has_fixed_shapes(model):
        labels = BatchLabels.join(made)
        targets = pack(labels.boxes, labels.labels, labels.image, labels.details).to(device)
    model.module.to(device)

    def step(number: int) -> None:
        learn(model, images, targets)
        model.module.zero_grad(set_to_none=True)

    # the quickest: what another program takes for a moment says nothing about minutes
    quickest = min(step_times(model, step, device, check, _ENOUGH, least=_LEAST))
    return float(batch * width * height / quickest)


def _made_up(width: int, height: int, wanted: Wanted) -> DetectionTarget:
    size = torch.tensor([width, height], dtype=torch.float32)
    corners = torch.rand(_BOXES, 2) * 0.7 * size
    boxes = torch.cat((corners, corners + 0.25 * size), 1)
    details = None
    if wanted.outlines or wanted.points:
        details = torch.ones(_BOXES, wanted.numbers)
        details[:, 1:5] = boxes
        keypoints_of(details)[..., :2] = boxes[:, None, :2]
    return DetectionTarget(boxes, torch.zeros(_BOXES, dtype=torch.int64), details)
