"""Looking at the pictures of a camera as they come."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from workbench.engine.chain import Chain
from workbench.engine.data.images import Pixels
from workbench.engine.training.control import Interrupt, TrainControl
from workbench.jobs.commands import CameraFrame, Watch
from workbench.jobs.events import Event, Finished, WatchResult
from workbench.project.runs import RunFolder


def watch(job: Watch, emit: Callable[[Event], None], control: TrainControl,
          load: Callable[[RunFolder], Callable[[Pixels], dict[str, Any]]]) -> None:
    """Say what is in the newest picture, again and again, until the person ends it; ``load`` gives
    what answers with a run's model about one, uint8 (H, W, 3) RGB."""
    run = RunFolder.find(Path(job.project), job.run)
    look = load(run)
    chain = Chain.load(RunFolder(Path(job.then)), job.then_only) if job.then else None
    try:
        while True:
            frame: CameraFrame = control.take()[-1]
            began = time.perf_counter()
            pixels = _decoded(frame.jpeg)
            item = look(pixels)
            if chain is not None:
                item = chain.at_once(item, pixels)
            emit(WatchResult(job.job, frame.number, {**item, "file": ""},
                             round(time.perf_counter() - began, 4)))
    except Interrupt:
        emit(Finished(job.job, "stopped", {"run": run.name}))


def _decoded(jpeg: str) -> Pixels:
    with Image.open(io.BytesIO(base64.b64decode(jpeg)), formats=["JPEG"]) as image:
        return np.asarray(image.convert("RGB"), np.uint8)
