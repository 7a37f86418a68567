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

from workbench.core.video import Shown
from workbench.engine.data.images import Pixels
from workbench.engine.training.control import Interrupt, TrainControl
from workbench.jobs.messages import CameraFrame, Event, Finished, Seen, Watch
from workbench.project.runs import RunFolder
from workbench.tasks.detection.engine.predict import Found, Predictor, to_json


def watch(job: Watch, emit: Callable[[Event], None], control: TrainControl) -> None:
    """Say what is in the newest picture, again and again, until the person ends it."""
    run = RunFolder.find(Path(job.project), job.run)
    predictor = Predictor.load(run)
    try:
        while True:
            frame: CameraFrame = control.take()[-1]
            began = time.perf_counter()
            pixels = _decoded(frame.jpeg)
            found = Found(Shown(Path()), (pixels.shape[1], pixels.shape[0]),
                          predictor.detect(pixels))
            item: dict[str, Any] = {**to_json(found, predictor.card.classes, job.score_thresh,
                                              job.nms_thresh), "file": ""}
            emit(Seen(job.job, frame.number, item, round(time.perf_counter() - began, 4)))
    except Interrupt:
        emit(Finished(job.job, "stopped", {"run": run.name}))


def _decoded(jpeg: str) -> Pixels:
    with Image.open(io.BytesIO(base64.b64decode(jpeg)), formats=["JPEG"]) as image:
        return np.asarray(image.convert("RGB"), np.uint8)
