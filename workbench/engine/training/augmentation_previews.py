"""What a model would see in training: some of the project's images as its recipe varies them."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.core.errors import UsageError
from workbench.core.plain import JSON
from workbench.engine.data.batches import spread
from workbench.engine.models.build import all_settings
from workbench.engine.tasks import task_of
from workbench.engine.training.parts import build_bare
from workbench.engine.training.plan import TrainPlan
from workbench.engine.training.planning import make_plan
from workbench.engine.training.record import EventReporter
from workbench.extension.model import LearnsFromFeatures
from workbench.jobs.commands import TrainRequest, Vary
from workbench.jobs.events import Event, Finished
from workbench.project.cache import cache_folder

if TYPE_CHECKING:
    from PIL.Image import Image

_SIDE = 256  # longest side of what is sent, in pixels
_PICTURES, _DRAWS = 4, 2  # images, and how often each is varied
_FRESH = 60.0  # seconds for which what was read is good enough
_HEAVY = 30_000_000  # parameters of a model that is not kept
_VARIES = "augment"
"""Settings that begin so change neither what is read nor the model."""


@dataclass(slots=True)
class _LastModel:
    """A plan and a model, for other strengths of variation."""

    key: tuple[Any, ...]
    plan: TrainPlan
    model: Any
    until: float


_known: _LastModel | None = None


def vary(job: Vary, emit: Callable[[Event], None], control: Any) -> None:
    """Answer with images as the next training would see them.

    ``Finished.result`` holds "recipe" and "images", of which each is ``{"file", "jpeg" (base64),
    "size" (width, height), "boxes" ([left, top, right, bottom] in it), "corners" (x and y of
    the four of each box, where these are rotated), "areas"}``; no images where a recipe learns from
    something else than pixels. "areas", where these are learned, is a grey PNG (base64) of the same
    size: 0 for nothing, 1 + the place in "classes", 255 for unknown.

    Raises
    ------
    UsageError, WorkbenchError
        As a training would.
    """
    plan, model = _planned(Path(job.project), job.request, EventReporter(emit, job.job,
                                                                         control.check))
    control.check()
    images = list(_seen(plan, model, job.draw, control.check))
    emit(Finished(job.job, "finished", {"recipe": plan.recipe.id, "images": images,
                                           "classes": list(plan.classes)}))


def _planned(project: Path, request: TrainRequest, tick: EventReporter) -> tuple[TrainPlan, Any]:
    """A plan and a bare model; of a request that differs in strengths only, those of before."""
    global _known
    steady = {name: value for name, value in request.settings.items()
              if not name.startswith(_VARIES)}
    key = (str(project), repr(replace(request, settings={})), repr(sorted(steady.items())))
    known = _known
    if known is None or known.key != key or time.monotonic() > known.until:
        _known = None
        plan = make_plan(project, request, tick)
        model = build_bare(plan)
        if plan.recipe.parameters <= _HEAVY:
            _known = _LastModel(key, plan, model, time.monotonic() + _FRESH)
        return plan, model
    changed = all_settings(known.plan.recipe, request.settings)
    settings = {**known.plan.settings, **{name: value for name, value in changed.items()
                                          if name.startswith(_VARIES)}}
    return replace(known.plan, settings=settings), known.model


def _seen(plan: TrainPlan, model: Any, draw: int, check: Callable[[], None]) -> Iterator[JSON]:
    task = task_of(plan.recipe)
    chosen = _chosen(len(plan.train), draw)
    if not chosen:
        raise UsageError("there is nothing to learn from")
    if isinstance(model, LearnsFromFeatures) and model.has_features:
        return
    data = task.pipeline(plan, model, cache_folder(plan.project))
    try:
        for turn in range(_DRAWS):
            check()
            batch = data.loader.make(np.asarray(chosen), 1, draw * _DRAWS + turn, 0.0)
            if batch.inputs.dtype != torch.uint8 or batch.inputs.ndim != 4:
                return
            for place, index in enumerate(chosen):
                pixels = batch.inputs[place].permute(1, 2, 0).cpu().numpy()
                yield _image(plan.train[index].key, pixels, task.boxes_of(batch.targets, place),
                             task.corners_of(model, batch.targets, place),
                             task.areas_of(batch.targets, place))
    finally:
        data.store.close()


def _chosen(samples: int, draw: int) -> list[int]:
    """Numbers of some samples: at first spread evenly, then any."""
    if draw == 0 or samples <= _PICTURES:
        return spread(range(samples), _PICTURES)
    chance = np.random.default_rng(draw)
    return sorted(int(place) for place in chance.choice(samples, _PICTURES, replace=False))


def _image(file: str, pixels: NDArray[np.uint8], boxes: list[list[float]],
           corners: list[list[float]], areas: NDArray[np.uint8] | None) -> JSON:
    from PIL import Image as Images

    picture = Images.fromarray(pixels)
    whole = max(picture.size)
    picture.thumbnail((_SIDE, _SIDE))
    scale = max(picture.size) / whole
    shown: JSON = {"file": file, "jpeg": _encoded(picture, "JPEG", quality=85),
                   "size": list(picture.size),
                   "boxes": [[round(value * scale, 1) for value in box] for box in boxes],
                   "corners": [[round(value * scale, 1) for value in box] for box in corners]}
    if areas is not None:
        shown["areas"] = _encoded(
            Images.fromarray(areas).resize(picture.size, Images.Resampling.NEAREST), "PNG")
    return shown


def _encoded(picture: Image, kind: str, **options: int) -> str:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return base64.b64encode(stream.getvalue()).decode("ascii")
