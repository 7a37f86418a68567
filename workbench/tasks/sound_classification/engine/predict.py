"""Asking a trained model about sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.progress import Check, ProgressCallback
from workbench.engine import class_scores
from workbench.engine.models.saved import load_run
from workbench.engine.sounds.recording import LoudestStretch, Recording, around
from workbench.engine.sounds.store import ClipStore
from workbench.extension.engine_task import Reporter, Run, SavedModel
from workbench.extension.sounds import SoundModel
from workbench.formats.scores import ScoreSet
from workbench.jobs.commands import HEARD_FROM
from workbench.project.datasets.sounds import SoundSample
from workbench.project.suggestion import LEAST
from workbench.tasks.sound_classification.engine.clips import Cutter
from workbench.tasks.sound_classification.engine.features import FeatureSettings
from workbench.tasks.sound_classification.engine.gate import FRAME, Gate, windows_with_sound
from workbench.tasks.sound_classification.engine.regions import (
    HeardRegion,
    bounded,
    by_level,
    without_edges,
)
from workbench.tasks.sound_classification.engine.stored import facts_of, run_sounds

Scores = NDArray[np.float32]
Bands = Mapping[str, tuple[float, float]]

_BATCH = 64
_MEMORY = 1 << 28  # bytes of clips that are scored
LONG = 2.0
"""Windows; longer sounds are listened through as well."""
_HOPS = 4  # windows begin so often in the length of one
_QUIET = 1e-3  # RMS; what is below -60 dBFS is silence
_BELOW = 0.03  # of the loudest RMS in a hop: 30 dB under it nothing is looked for


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class HeardFile:
    """What is heard in a file: ``scores`` float32 (C,) of its loudest window, and for one that is
    longer than two windows the ``regions`` in which a class is heard, else None. ``nyquist`` is the
    highest frequency that it holds (Hz), ``seconds`` how long it is."""

    path: Path
    scores: Scores
    regions: list[HeardRegion] | None
    nyquist: float
    seconds: float


class SoundPredictor:
    """A trained model and the one way of giving it sounds."""

    gated = False
    """Whether, of long sounds, only what is louder than the background is heard."""
    least = HEARD_FROM
    """Least score of a region that is told."""

    def __init__(self, model: SoundModel, card: SavedModel, device: torch.device) -> None:
        self.card = card
        """What the model is."""
        facts = facts_of(card, card.recipe)
        self.features = FeatureSettings.from_json(facts.features)
        """How sounds become numbers."""
        self.problems: list[Problem] = []
        """Files that could not be read so far."""
        self._model = model
        self._device = device
        self._bands = facts.bands
        model.module.eval()

    @classmethod
    def load(cls, run: Run, device: str = "auto") -> Self:
        """Load the best model of ``run``.

        Raises
        ------
        WorkbenchError
            If the run has no model, or it is not one for sounds.
        """
        model, card, chosen = load_run(run, device)
        facts_of(card, run.name)
        return cls(model, card, chosen)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.card.classes

    def score(self, windows: torch.Tensor) -> Scores:
        """Probabilities of the classes, float32 (B, C), for windows float32 (B, samples)."""
        parts = [self._model.scores(part.to(self._device)).cpu().numpy()
                 for part in torch.split(windows, _BATCH)]
        return np.concatenate(parts)[:, : len(self.classes)]

    def score_samples(
        self, samples: Sequence[SoundSample], tick: ProgressCallback, check: Check = _nothing
    ) -> tuple[list[SoundSample], list[Scores]]:
        """Scores of labelled sounds; those whose file cannot be read are left out."""
        store = ClipStore([item.path for item in samples], self.features, _MEMORY, None)
        last = {item.path: index for index, item in enumerate(samples)}
        cut = Cutter(self.features)
        kept: list[SoundSample] = []
        found: list[Scores] = []
        try:
            for start in range(0, len(samples), _BATCH):
                check()
                part = range(start, min(len(samples), start + _BATCH))
                waves = store.get(part)
                good = [index for index in part if index not in store.broken]
                if good:
                    windows = [cut(waves[index - start], samples[index]) for index in good]
                    found.extend(self.score(torch.stack(windows)))
                    kept.extend(samples[index] for index in good)
                store.forget(samples[index].path for index in part
                             if last[samples[index].path] in part)
                tick(part[-1] + 1, len(samples))
        finally:
            store.close()
        self.problems += [Problem(str(samples[index].path), "unreadable-sound", reason)
                          for index, reason in store.broken.items()]
        return kept, found

    def listen_to(self, paths: Iterable[Path], check: Check = _nothing,
                  part: Callable[[float], None] = lambda _share: None) -> Iterator[HeardFile]:
        """What is heard in files, in their order; one that cannot be read is noted. ``part`` is
        told how much of a long one is through, 0..1."""
        for path in paths:
            check()
            try:
                found = self._listened(Recording(path, self.features), check, part)
            except WorkbenchError as error:
                self.problems.append(Problem(str(path), "unreadable-sound", error.sentence()))
                continue
            yield found

    def _listened(self, sound: Recording, check: Check, part: Callable[[float], None]
                  ) -> HeardFile:
        length = self.features.samples
        seconds = len(sound) / self.features.sample_rate
        if len(sound) > LONG * length:
            loudest, regions = self._regions(sound, check, part)
            window = around(sound, loudest, length)
            return HeardFile(sound.path, self.score(window[None])[0], regions, sound.rate / 2,
                             seconds)
        whole = SoundSample(sound.path.name, sound.path, 0.0, seconds, "")
        window = Cutter(self.features)(sound[:], whole)
        return HeardFile(sound.path, self.score(window[None])[0], None, sound.rate / 2, seconds)

    def _regions(self, sound: Recording, check: Check, part: Callable[[float], None]
                 ) -> tuple[int, list[HeardRegion]]:
        """Listen through a long sound, window after window; where its loudest begins, and what is
        heard in it."""
        length = self.features.samples
        hop = max(1, length // _HOPS)
        starts = list(range(0, max(1, len(sound) - length + hop), hop))
        # made once: small pieces that stay would keep the memory between them from being used again
        scores = np.zeros((len(starts), len(self.classes)), np.float32)
        levels = np.zeros(len(starts))
        loudest, position, gate = LoudestStretch(length), 0, Gate()
        ahead = _BATCH * hop  # samples from block to block
        sounding = np.zeros((-(-len(starts) // _BATCH), -(-ahead // FRAME)), np.bool_)
        for first in range(0, len(starts), _BATCH):
            check()
            part(first / len(starts))
            some = starts[first : first + _BATCH]
            block = sound[some[0] : some[-1] + length]
            windows = torch.stack([around(block, start - some[0], length) for start in some])
            loudest.hear(block[position - some[0] :])
            position = some[0] + len(block)
            here = slice(first, first + len(some))
            middle = windows[:, (length - hop) // 2 : (length + hop) // 2]
            levels[here] = middle.square().mean(1).sqrt().numpy()
            quiet = max(_QUIET, _BELOW * float(levels.max()))  # it only rises
            asked = levels[here] > quiet
            frames = gate.sounding(block)
            own = frames[: sounding.shape[1]]
            sounding[first // _BATCH, : len(own)] = own
            if self.gated:
                asked &= windows_with_sound(frames, np.asarray(some) - some[0], length)
            if asked.any():
                scores[here][asked] = self.score(windows[torch.from_numpy(asked)])
        bands = _below(self._bands, sound.rate / 2)
        heard = [self._heard(start, row, bool(level > quiet), bands)
                 for start, row, level in zip(starts, scores, levels, strict=True)]
        rate, (blocks, places) = self.features.sample_rate, np.nonzero(sounding)
        regions = without_edges(by_level([item for item in heard if item is not None], hop / rate),
                                hop / rate, length / rate)
        times = np.sort((blocks * ahead + places * FRAME) / rate)
        return loudest.start, [item for item in bounded(regions, times, FRAME / rate, hop / rate)
                               if item.score >= self.least]

    def _heard(self, start: int, scores: Scores, loud: bool, bands: Bands) -> HeardRegion | None:
        """The middle of a window, as wide as a hop, if a class is heard in it."""
        best = int(scores.argmax())
        if not loud or scores[best] < LEAST:
            return None
        rate, length = self.features.sample_rate, self.features.samples
        hop = length // _HOPS
        left = (start + (length - hop) / 2) / rate
        name = self.classes[best]
        return HeardRegion(name, left, left + hop / rate, float(scores[best]), bands.get(name))


def _below(bands: Bands, nyquist: float) -> Bands:
    """The bands of classes as far as a recording holds them (Hz)."""
    return {name: (low, min(high, nyquist)) for name, (low, high) in bands.items() if low < nyquist}


def score_set(
    card: SavedModel, split: str, samples: Sequence[SoundSample], scores: Sequence[Scores],
    unreadable: Iterable[str] = (),
) -> ScoreSet:
    """Scores as they are stored with a run."""
    background = facts_of(card, card.recipe).background
    return class_scores.score_set(card, split, samples, scores, unreadable, background=background)


def ensure_scores(
    project: Path, run: Run, split: str, report: Reporter, device: str = "auto"
) -> Path:
    """See :func:`workbench.engine.class_scores.ensure_scores`."""
    def score(samples: Sequence[SoundSample]) -> tuple[list[SoundSample], list[Scores]]:
        predictor = SoundPredictor.load(run, device)
        found = predictor.score_samples(samples, partial(report, f"Listening to {split}"),
                                        report.check)
        for problem in predictor.problems:
            report.warn(problem.reason)
        return found

    samples = run_sounds(project, run).get(split, [])
    return class_scores.ensure_scores(run, split, samples, "sounds", score, score_set)


def predict_each(
    run: Run, files: Iterable[Path], report: Reporter, device: str = "auto", *, gate: bool = False,
    least: float = HEARD_FROM,
) -> Iterator[dict[str, Any] | Problem]:
    """Listen to any files: ``{"file", "label", "scores" (by class name), "seconds"}`` each, for
    long ones ``"regions"`` too: ``[{"label", "start", "end" (seconds), "score"}]`` of at least the
    score ``least``, and ``"low"``, ``"high"`` (Hz) where they are known, with the ``"nyquist"`` of
    the recording; or the problem with one."""
    predictor = SoundPredictor.load(run, device)
    predictor.gated, predictor.least = gate, least
    reported = 0
    for item in predictor.listen_to(files, report.check, report.part):
        yield from predictor.problems[reported:]
        reported = len(predictor.problems)
        yield to_json(item, predictor.classes)
    yield from predictor.problems[reported:]


def to_json(heard: HeardFile, classes: Sequence[str]) -> dict[str, Any]:
    """One file as plain data."""
    data: dict[str, Any] = {
        "file": str(heard.path), "label": classes[int(heard.scores.argmax())],
        "scores": {name: round(float(value), 5)
                   for name, value in zip(classes, heard.scores, strict=True)},
        "seconds": round(heard.seconds, 2),
    }
    if heard.regions is not None:
        data["nyquist"] = heard.nyquist
        data["regions"] = [
            {"label": item.label, "start": round(item.start, 3), "end": round(item.end, 3),
             "score": round(item.score, 5),
             **({"low": item.band[0], "high": item.band[1]} if item.band else {})}
            for item in heard.regions
        ]
    return data
