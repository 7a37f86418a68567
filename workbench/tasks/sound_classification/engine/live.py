"""The window's jobs on single sounds: hearing classes in a stream, showing what a model sees."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.engine.training.control import Interrupt, TrainControl
from workbench.extension.explanations import Explanation, ExplanationRequest
from workbench.jobs.commands import Listen
from workbench.jobs.events import Event, Finished, ListenResult
from workbench.media.sounds.clip import Waveform
from workbench.project.runs import RunFolder
from workbench.tasks.sound_classification.engine.explain import SoundView, explain_sound
from workbench.tasks.sound_classification.engine.features import FeatureSettings
from workbench.tasks.sound_classification.engine.listener import Hearing, Listener
from workbench.tasks.sound_classification.engine.predict import SoundPredictor

_FULL = 32768.0


def listen(job: Listen, emit: Callable[[Event], None], control: TrainControl) -> None:
    """Hear classes until the person ends it."""
    run = RunFolder.find(Path(job.project), job.run)
    torch.set_num_threads(1)  # one window at a time: sharing it among threads only delays it
    predictor = SoundPredictor.load(run, job.device)
    listener = Listener(predictor, job.sample_rate, job.channels, threshold=job.threshold,
                        gate_db=job.gate_db)
    try:
        while True:
            for chunk in control.take():
                heard = listener.feed(decode_pcm(chunk, job.channels))
                if heard is not None:
                    emit(heard_event(job.job, heard, listener.classes))
    except Interrupt:
        emit(Finished(job.job, "stopped", {"run": run.name}))


def heard_event(job: str, heard: Hearing, classes: tuple[str, ...]) -> ListenResult:
    """A look as an event."""
    scores = {name: round(float(value), 4)
              for name, value in zip(classes, heard.scores, strict=True)}
    return ListenResult(job, round(heard.time, 3), heard.label, scores, round(heard.level_db, 1),
                        round(heard.latency, 5))


def decode_pcm(pcm: str, channels: int) -> Waveform:
    """float32 (channels, samples) of base64 int16, interleaved."""
    data = np.frombuffer(base64.b64decode(pcm), "<i2")
    whole = data[: len(data) // channels * channels].reshape(-1, channels).T
    return np.ascontiguousarray(whole, np.float32) / np.float32(_FULL)


def encode_pcm(samples: NDArray[np.float32]) -> str:
    """base64 int16 of float32 samples, ±1 at full scale."""
    limited = np.clip(samples * _FULL, -_FULL, _FULL - 1)
    return base64.b64encode(limited.astype("<i2").tobytes()).decode("ascii")


def explain(request: ExplanationRequest) -> Explanation:
    """The input tensor of a sound, and the same under each variation."""
    features = FeatureSettings.from_json(request.facts.features)
    views = explain_sound(
        request.file, features, dict(request.settings), start=request.start,
        end=request.end or None, seed=request.seed, check=request.check,
    )
    return Explanation(features.to_json(), [_view(item) for item in views])


def _view(view: SoundView) -> dict[str, Any]:
    rows, frames = view.tensor.shape
    values = base64.b64encode(view.tensor.astype("<f4").tobytes()).decode("ascii")
    return {"id": view.id, "title": view.title, "rows": rows, "frames": frames, "values": values,
            "pcm": encode_pcm(view.audio)}
