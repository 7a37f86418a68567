"""A classifier of sounds for other programs, and whether it gives the same scores there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.engine.class_scores import samples_to_compare
from workbench.engine.sounds.recording import Recording
from workbench.extension.engine_task import Run, SavedModel
from workbench.extension.exports import Difference, Exportable, Graph, OpenedFile
from workbench.extension.sounds import SoundFacts, TraceableSoundModel
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.engine.clips import Cutter
from workbench.tasks.sound_classification.engine.features import FeatureSettings
from workbench.tasks.sound_classification.engine.stored import facts_of, run_sounds


def exportable(model: Any, card: SavedModel, run: Run) -> Exportable:
    """A loaded model as it is written for other programs.

    Raises
    ------
    WorkbenchError
        If this kind of model cannot be exported.
    """
    if not isinstance(model, TraceableSoundModel):
        raise WorkbenchError(
            f"models of the recipe “{card.recipe}” cannot be exported: they have no traceable()")
    facts = facts_of(card, card.recipe)
    settings = FeatureSettings.from_json(facts.features)
    samples = samples_to_compare(lambda: run_sounds(run.project, run))
    axes = {"waveform": {0: "batch"}, "scores": {0: "batch"}}
    graph = Graph(model.traceable().eval(), torch.zeros(2, settings.samples), "waveform",
                  ("scores",), axes)
    compare = partial(_compare, model, settings, samples)
    return Exportable(graph, _metadata(facts, settings), compare, len(samples) + 1, noun="sound",
                      first="noise")


def _metadata(facts: SoundFacts, settings: FeatureSettings) -> dict[str, Any]:
    return {
        "input": {
            "name": "waveform", "layout": "(B, samples)", "dtype": "float32", "range": [-1, 1],
            "channels": "mono, the mean of all", "sample_rate": settings.sample_rate,
            "samples": settings.samples, "any_batch": True,
        },
        "resize": {
            "mode": "window", "long_sounds": "the window of the highest power",
            "short_sounds": "in the middle of silence",
        },
        "normalisation": "inside the graph, as are the features",
        "features": settings.to_json(),
        "background": facts.background,
        "outputs": {
            "scores": "(B, C) probabilities" + (
                "; the last one, behind the classes, is none of them" if facts.background else ""),
        },
    }


def _compare(
    model: Any, settings: FeatureSettings, samples: Sequence[SoundSample], run: OpenedFile,
    check: object,
) -> Iterator[tuple[str, Difference]]:
    """Compare a classifier of sounds with its exported self on clips, and on noise first.

    Not on silence: its features are nought divided by nought, and rounding decides them.
    """
    noise = torch.rand(1, settings.samples, generator=torch.Generator().manual_seed(0)) - 0.5
    yield "noise", _on_sound(model, run, noise)
    cut = Cutter(settings)
    for sample in samples:
        try:
            waveform = Recording(sample.path, settings)
        except WorkbenchError:
            continue
        yield sample.path.name, _on_sound(model, run, cut(waveform, sample)[None])


def _on_sound(model: Any, run: OpenedFile, windows: Tensor) -> Difference:
    own = model.scores(windows).numpy()
    return Difference(score=float(np.abs(own - run(windows.numpy())[0]).max()))
