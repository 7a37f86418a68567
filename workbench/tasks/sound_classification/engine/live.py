"""The window's jobs on single sounds: hearing classes in a stream, showing what a model sees."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.core.errors import UsageError
from workbench.core.schema import Value
from workbench.engine.models.card import read_card
from workbench.engine.training.control import Interrupt, TrainControl
from workbench.engine.training.plan import make_plan
from workbench.extension.sounds import SoundFacts
from workbench.jobs.messages import Event, Explain, Explained, Finished, Heard, Listen
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


def heard_event(job: str, heard: Hearing, classes: tuple[str, ...]) -> Heard:
    """A look as an event."""
    scores = {name: round(float(value), 4)
              for name, value in zip(classes, heard.scores, strict=True)}
    return Heard(job, round(heard.time, 3), heard.label, scores, round(heard.level_db, 1),
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


def explain(job: Explain, emit: Callable[[Event], None], control: TrainControl) -> None:
    """Show what a model sees of a sound."""
    project = Path(job.project)
    recipe, facts, settings = _of_run(project, job.run) if job.run else _of_request(project, job)
    features = FeatureSettings.from_json(facts.features)
    views = explain_sound(
        project / job.file, features, settings, start=job.start, end=job.end or None,
        seed=job.seed, check=control.check,
    )
    emit(Explained(job.job, job.file, recipe, features.to_json(), [_view(item) for item in views]))
    emit(Finished(job.job, "finished", {"file": job.file}))


def _of_run(project: Path, name: str) -> tuple[str, SoundFacts, dict[str, Value]]:
    card = read_card(RunFolder.find(project, name).best_path)
    return card.recipe, _facts(card.facts, name), dict(card.settings)


def _of_request(project: Path, job: Explain) -> tuple[str, SoundFacts, dict[str, Value]]:
    plan = make_plan(project, job.request, lambda text, done, total: None)
    return plan.recipe.id, _facts(plan.facts, plan.recipe.id), dict(plan.settings)


def _facts(facts: Any, name: str) -> SoundFacts:
    if not isinstance(facts, SoundFacts):
        raise UsageError(f"“{name}” learns from images, not from sounds")
    return facts


def _view(view: SoundView) -> dict[str, Any]:
    rows, frames = view.tensor.shape
    values = base64.b64encode(view.tensor.astype("<f4").tobytes()).decode("ascii")
    return {"id": view.id, "title": view.title, "rows": rows, "frames": frames, "values": values,
            "pcm": encode_pcm(view.audio)}
