"""What can be measured in a region of a sound."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.shapes import Region
from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.spectrogram import usual_fft

TAIL = 0.05
"""Share of the energy that lies below ``low`` and above ``high`` where no band was drawn."""
NEAR_SECONDS = (0.25, 5.0)
"""Least and most sound on each side of a region that noise is measured in."""
_SILENCE = 1e-14
_AT_ONCE = 1 << 18  # samples that are read at a time

Stretch = tuple[float, float]
Spectrum = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one region; what cannot be measured is None."""

    duration: float
    """Seconds."""
    low: float | None = None
    high: float | None = None
    """Hz: the band that was drawn, or else what 90 % of the energy lies between (the 5 % and 95 %
    points of the mean spectrum, as Raven's "Freq 5%" and "Freq 95%")."""
    peak: float | None = None
    """Hz of the strongest frequency, in the band where one was drawn."""
    bandwidth: float | None = None
    """``high`` − ``low`` in Hz."""
    level: float | None = None
    """RMS in dB of full scale (a full-scale sine is −3 dB), in the band where one was drawn."""
    snr: float | None = None
    """Signal to noise in dB: power above that beside the region, over the latter; in the band.
    Noise is measured up to one length of the region on each side, without other regions."""


def measure(reader: ClipReader, region: Region, others: Iterable[Region] = ()) -> Measures:
    """Measure ``region`` of an open clip, all channels averaged; ``others`` are no noise.

    Raises
    ------
    FormatError
        If the clip cannot be read.
    """
    rate = reader.info.sample_rate
    n_fft = usual_fft(rate)
    unheard = region.low is not None and region.low >= rate / 2
    spectrum = None if unheard else _spectrum(reader, [(region.start, region.end)], n_fft)
    if spectrum is None or spectrum.sum() <= _SILENCE:
        band = None if region.low is None or region.high is None else region.high - region.low
        return Measures(region.duration, region.low, region.high, None, band)
    hertz = np.arange(len(spectrum)) * rate / n_fft
    low, high = region.low, region.high
    inside = np.ones(len(hertz), bool)
    if low is None or high is None:
        total = np.cumsum(spectrum)
        low, high = (float(np.interp(part * total[-1], total, hertz)) for part in (TAIL, 1 - TAIL))
    else:
        low, high = max(0.0, low), min(high, rate / 2)
        inside = (hertz >= low) & (hertz <= high)
        inside[np.abs(hertz - (low + high) / 2).argmin()] = True  # of a band narrower than a bin
    power = float(spectrum[inside].sum())
    noise = _spectrum(reader, _around(region, others, reader.info.duration), n_fft)
    return Measures(
        region.duration, low, high, float(hertz[inside][spectrum[inside].argmax()]), high - low,
        10 * float(np.log10(max(power, _SILENCE))),
        None if noise is None else _snr(power, float(noise[inside].sum())))


class RegionsBySide:
    """The regions of a clip, of which those beside one are found without looking at all."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._regions = sorted(regions, key=lambda item: item.start)
        self._starts = [item.start for item in self._regions]
        self._longest = max((item.duration for item in self._regions), default=0.0)

    def others(self, region: Region) -> list[Region]:
        """Those that :func:`measure` is to know of when it measures ``region``, which is one of
        them."""
        reach = NEAR_SECONDS[1]
        first = bisect_left(self._starts, region.start - reach - self._longest)
        last = bisect_right(self._starts, region.end + reach)
        return [item for item in self._regions[first:last] if item is not region]


def _snr(power: float, noise: float) -> float | None:
    if noise <= _SILENCE:
        return None  # beside it is digital silence: any figure would be made up
    return 10 * float(np.log10(max(power - noise, noise * 1e-3) / noise))


def _around(region: Region, others: Iterable[Region], duration: float) -> list[Stretch]:
    """Stretches beside a region in which no other region lies."""
    reach = min(max(region.duration, NEAR_SECONDS[0]), NEAR_SECONDS[1])
    free = [(max(0.0, region.start - reach), region.start),
            (region.end, min(duration, region.end + reach))]
    for other in others:
        cut: list[Stretch] = []
        for start, end in free:
            if other.overlap(start, end) <= 0:
                cut.append((start, end))
            else:
                cut += [(start, other.start), (other.end, end)]
        free = cut
    return [(start, end) for start, end in free if end - start > 0.01]


def _spectrum(reader: ClipReader, stretches: Iterable[Stretch], n_fft: int) -> Spectrum | None:
    """Mean power of each frequency, so that all of them sum to the mean square: float64
    (n_fft // 2 + 1,); None where there is no sound. Welch's method, half a window apart."""
    rate, window = reader.info.sample_rate, np.hanning(n_fft + 1)[:-1]
    total, count = np.zeros(n_fft // 2 + 1), 0
    for start, end in stretches:
        first, last = (round(min(max(0.0, at), reader.info.duration) * rate)
                       for at in (start, end))
        for at in range(first, last, _AT_ONCE):
            mono = reader.read(at, min(at + _AT_ONCE, last)).mean(axis=0, dtype=np.float64)
            if not len(mono):
                continue
            if len(mono) < n_fft:
                # a short stretch is judged by what is there, not by the silence behind it
                short = np.hanning(len(mono) + 2)[1:-1]
                total += _power(mono[None] * short, n_fft, float(np.square(short).sum()))
                count += 1
                continue
            frames = np.lib.stride_tricks.sliding_window_view(mono, n_fft)[::n_fft // 2]
            total += _power(frames * window, n_fft, float(np.square(window).sum()))
            count += len(frames)
    return total / count if count else None


def _power(frames: Spectrum, n_fft: int, energy: float) -> Spectrum:
    """Summed one-sided power of windowed frames."""
    power = np.square(np.abs(np.fft.rfft(frames, n_fft, axis=1))).sum(axis=0) / (n_fft * energy)
    power[1:-1] *= 2
    return np.asarray(power)
