"""Windows of labelled sounds, as a classifier hears them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from workbench.engine.sounds.recording import SoundSamples, around, loudest_in
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.engine.features import FeatureSettings

_JITTER = 0.1  # of a window, by which a cut out of a longer sound moves in training


@dataclass(slots=True)
class Cutter:
    """Cuts windows out of clips."""

    settings: FeatureSettings
    """Say how long a window is."""
    _loudest: dict[SoundSample, int] = field(default_factory=dict)

    def __call__(
        self, samples: SoundSamples, sample: SoundSample, chance: np.random.Generator | None = None
    ) -> Tensor:
        """The window in which ``sample`` is heard: float32 (window,).

        A short region is looked at in the middle of its surroundings, of a long one its loudest
        stretch; a whole clip that is shorter than the window lies in the middle of silence. With
        ``chance`` the window moves a little, and goes anywhere inside background.
        """
        length = self.settings.samples
        first = max(0, round(sample.start * self.settings.sample_rate))
        last = len(samples) if sample.whole else min(
            len(samples), max(first + 1, round(sample.end * self.settings.sample_rate)))
        inside = last - first
        if inside <= length:
            start = first - (length - inside) // 2
            spare = 0 if sample.whole else _JITTER * length
        else:
            start = first + self._loudest_in(sample, samples, first, last)
            spare = _JITTER * length
            if not sample.label and chance is not None:
                start, spare = int(chance.integers(first, last - length + 1)), 0
        if chance is not None and spare:
            start += round(float(chance.uniform(-spare, spare)))
        return around(samples, start, length)

    def fixed(self, sample: SoundSample) -> bool:
        """Whether the window of ``sample`` never moves: the whole of it is a short clip."""
        return sample.whole and sample.duration <= self.settings.seconds

    def _loudest_in(self, sample: SoundSample, samples: SoundSamples, first: int, last: int) -> int:
        """Where the loudest window of a long sound begins; found once for each."""
        if sample not in self._loudest:
            self._loudest[sample] = loudest_in(samples, first, last, self.settings.samples)
        return self._loudest[sample]
