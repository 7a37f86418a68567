"""Training batches of windows with their calls: a pure function of seed, epoch and index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from workbench.core.arrays import IntArray
from workbench.core.schema import Value
from workbench.engine import seeds
from workbench.engine.data.batches import EpochLoader
from workbench.engine.data.upload import upload
from workbench.engine.sounds.store import ClipStore
from workbench.engine.training.samplers import shuffled
from workbench.extension.augmentations import registered_variation
from workbench.extension.calls import CallModel
from workbench.extension.training import Order
from workbench.project.datasets.sounds import is_inside
from workbench.tasks.sound_detection.calls import CallWindow, has_band
from workbench.tasks.sound_detection.engine.loss import NOTHING, UNKNOWN
from workbench.tasks.sound_detection.engine.spectrum import SpectrumSettings, window_at
from workbench.tasks.sound_detection.kind import ID

_MOVED = 0.5  # of a window, to either side
_CALLS = 8  # the number of calls of a window is rounded up to a multiple
_LEFT = 0.25  # of a call's time: with less of it in the window nothing is taught
_LOUDER = 0.7  # how much louder or softer, as logarithm, what is mixed in becomes
_NOISE = -3.5, -0.7  # beside the window's loudness, as logarithm to base 10


@dataclass(frozen=True, slots=True)
class CallBatch:
    """What the network sees, float32 (B, 2, rows, frames), and the calls (B, M, 5) as
    :meth:`workbench.extension.calls.CallModel.losses` has them."""

    inputs: Tensor
    targets: Tensor
    index: int


def targets_at(window: CallWindow, start: float, classes: Mapping[str, int],
               settings: SpectrumSettings) -> Tensor:
    """float32 (M, 5): what is taught in the window at ``start``, nothing of what lies above all
    that the model hears."""
    end, rows = start + settings.seconds, []
    for item in window.record.regions:
        left, low, right, high = item.box
        common = item.region.overlap(max(start, window.span[0]), min(end, window.span[1]))
        if common <= 0 or (has_band(item) and low >= settings.high):
            continue
        known = (has_band(item) and is_inside(item, window.record) and item.label in classes
                 and common >= _LEFT * (right - left))
        box = (left, low, right, high) if has_band(item) else (left, 0.0, right, settings.high)
        sides = settings.in_cells(np.array(box, np.float64), start)
        rows.append((float(classes[item.label]) if known else UNKNOWN, *sides))
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)


class CallLoader(EpochLoader[CallBatch]):
    """Cuts, mixes and transforms whole batches, on a thread of its own beside the network."""

    def __init__(
        self, store: ClipStore, windows: Sequence[CallWindow], model: CallModel,
        spectrum: SpectrumSettings, classes: Sequence[str], settings: Mapping[str, Value],
        seed: int, device: torch.device, order: Order | None = None,
    ) -> None:
        super().__init__(order or shuffled(len(windows), seed), device)
        self._store = store
        self._windows = windows
        self._model = model
        self._spectrum = spectrum
        self._classes = {name: place for place, name in enumerate(classes)}
        self._settings = settings
        self._seed = seed
        self._device = device
        self._vary = registered_variation(ID, settings)

    def make(self, indices: IntArray, epoch: int, index: int, progress: float) -> CallBatch:
        """One batch; ``progress`` (0..1 of the run) changes nothing."""
        chosen = [int(item) for item in indices]
        waves, rows = [], []
        for item, samples in zip(chosen, self._store.get(chosen), strict=True):
            window = self._windows[item]
            start = self._moved(window, seeds.numpy_generator(self._seed, epoch, item, "cut"))
            waves.append(window_at(samples, start, window.span, self._spectrum))
            rows.append(targets_at(window, start, self._classes, self._spectrum))
        generator = seeds.generator(self._seed, epoch, index, "vary")
        wave, rows = self._varied(torch.stack(waves), rows, generator)
        # the lengths that a GPU has recorded steps for are few
        most = max(1, *(len(item) for item in rows))
        length = -(-most // _CALLS) * _CALLS
        targets = torch.stack([functional.pad(item, (0, 0, 0, length - len(item)), value=NOTHING)
                               for item in rows])
        with torch.no_grad():
            seen = self._model.pictures(upload(wave, self._device))
            seen, targets = self._vary(seen, targets, generator)
        return CallBatch(seen, upload(targets, self._device), index)

    def _moved(self, window: CallWindow, chance: np.random.Generator) -> float:
        """Where a window begins this time: most of it lies in what may be heard."""
        length, (first, last) = self._spectrum.seconds, window.span
        start = window.start + float(chance.uniform(-_MOVED, _MOVED)) * length
        return max(first - length / 4, min(start, last - 3 * length / 4))

    def _varied(self, wave: Tensor, rows: list[Tensor], generator: torch.Generator,
                ) -> tuple[Tensor, list[Tensor]]:
        """Some windows over others, with the calls of both, and noise of any colour below them."""
        count, strength = len(wave), float(self._settings.get("strength", 1.0))
        order = torch.randperm(count, generator=generator)
        mixed = torch.rand(count, generator=generator) < float(self._settings.get("mix", 0.0))
        louder = (torch.rand(count, generator=generator) * 2 - 1) * _LOUDER
        level = wave.square().mean(1).sqrt().clamp(min=1e-6)
        gain = mixed * level / level[order] * louder.exp()
        both = wave + gain[:, None] * wave[order]
        rows = [torch.cat((own, rows[int(other)])) if mix else own
                for own, other, mix in zip(rows, order, mixed, strict=True)]
        if strength <= 0:
            return both, rows
        white = torch.randn(wave.shape, generator=generator)
        deep = white.cumsum(1)
        deep = deep - functional.avg_pool1d(deep[:, None], 257, 1, 128,
                                                     count_include_pad=False)[:, 0]
        colour = torch.rand(count, 1, generator=generator)
        noise = colour * white + (1 - colour) * deep / deep.std(1, keepdim=True)
        low, high = _NOISE
        loud = 10 ** (torch.rand(count, generator=generator) * (high - low) + low) * strength
        return both + (loud * level)[:, None] * noise, rows
