"""Spectrograms of any part of a clip, a picture column at a time.

A tile is a stretch of columns at one scale. Where a column covers more time than a window, a few
windows spread over it are combined by their maximum, so that an hour costs no more than a second
and short calls stay visible.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.media.sounds.clip import ClipReader, Waveform

Scale = Literal["linear", "log", "mel"]
WINDOWS = ("hann", "hamming", "blackman", "rectangular")
LOOKS = 4
"""Windows that a column is made from where it covers more time than one."""
FLOOR_DB = -140.0
WINDOW_SECONDS = 0.032
"""Length of a window where a person leaves its size to the program."""


@dataclass(frozen=True, slots=True)
class SpectrogramSettings:
    """How a spectrogram is made."""

    n_fft: int = 1024
    """Samples in a window."""
    hop_length: int = 256
    """Samples between the windows at the finest zoom."""
    window: str = "hann"
    """One of :data:`WINDOWS`."""
    scale: Scale = "mel"
    """Frequency axis: linear, logarithmic or mel."""
    bins: int = 256
    """Rows of the picture."""
    low: float = 0.0
    high: float = 0.0
    """Ends of the frequency axis in Hz; ``high`` 0 is half the sample rate."""
    channel: int = 0
    """From 1; 0, or one that the clip does not have, is the mean of all channels."""


def usual_fft(sample_rate: int) -> int:
    """The power of two whose window lasts about 32 ms."""
    wanted = sample_rate * WINDOW_SECONDS
    size = 64
    while size * 1.5 < wanted and size < 8192:
        size *= 2
    return size


def hz_to_mel(frequency: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Mel scale of O'Shaughnessy (1987): 2595 log10(1 + f / 700)."""
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(frequency, np.float64) / 700.0))


def mel_to_hz(mel: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Inverse of :func:`hz_to_mel`."""
    return np.asarray(700.0 * (10.0 ** (np.asarray(mel, np.float64) / 2595.0) - 1.0))


@lru_cache(maxsize=16)
def axis(settings: SpectrogramSettings, sample_rate: int) -> NDArray[np.float64]:
    """Frequencies in Hz of the centres of the picture's rows, rising: float64 (bins,)."""
    high = settings.high or sample_rate / 2
    low = settings.low
    position = (np.arange(settings.bins) + 0.5) / settings.bins
    if settings.scale == "linear":
        return low + position * (high - low)
    if settings.scale == "log":
        low = max(low, high / 400, 20.0) if high > 40 else max(low, high / 400)
        return np.asarray(low * (high / low) ** position)
    bottom, top = float(hz_to_mel(low)), float(hz_to_mel(high))
    return mel_to_hz(bottom + position * (top - bottom))


@lru_cache(maxsize=4096)  # it is asked for every region whenever these are painted
def frequency_to_row(frequency: float, settings: SpectrogramSettings, sample_rate: int) -> float:
    """Position of ``frequency`` on the axis, 0 at the bottom, 1 at the top, as in :func:`axis`."""
    rows = axis(settings, sample_rate)
    return float((np.interp(frequency, rows, np.arange(settings.bins)) + 0.5) / settings.bins)


@lru_cache(maxsize=16)
def _window(name: str, length: int) -> NDArray[np.float32]:
    make = {"hann": np.hanning, "hamming": np.hamming, "blackman": np.blackman}.get(name)
    # a periodic window: one sample longer, the last left out
    values = np.ones(length) if make is None else make(length + 1)[:-1]
    return np.asarray(values / values.sum() * 2, np.float32)


@lru_cache(maxsize=16)
def _row_weights(
    settings: SpectrogramSettings, sample_rate: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each row the lower FFT bin and the share of the next one (linear interpolation)."""
    position = axis(settings, sample_rate) * settings.n_fft / sample_rate
    lower = np.clip(np.floor(position).astype(np.int64), 0, settings.n_fft // 2 - 1)
    return lower, np.clip(position - lower, 0, 1).astype(np.float32)


def spectrum_db(
    frames: NDArray[np.float32], settings: SpectrogramSettings, sample_rate: int
) -> NDArray[np.float32]:
    """dB re full scale of windows of samples.

    Parameters
    ----------
    frames
        float32 (columns, n_fft).

    Returns
    -------
    float32 (bins, columns), row 0 is the lowest frequency; a full-scale sine is 0 dB.
    """
    magnitude = np.abs(np.fft.rfft(frames * _window(settings.window, settings.n_fft), axis=1))
    lower, share = _row_weights(settings, sample_rate)
    rows = magnitude[:, lower] * (1 - share) + magnitude[:, lower + 1] * share
    rows = np.maximum(rows, _row_maxima(magnitude, settings, sample_rate))
    decibel = 20 * np.log10(np.maximum(rows, 10 ** (FLOOR_DB / 20)))
    return np.ascontiguousarray(decibel.T, np.float32)


def _row_maxima(
    magnitude: NDArray[np.float64], settings: SpectrogramSettings, sample_rate: int
) -> NDArray[np.float64]:
    """Largest bin inside each row, so that a thin tone is not lost between wide rows."""
    centres = axis(settings, sample_rate) * settings.n_fft / sample_rate
    edges = np.concatenate([[centres[0]], (centres[1:] + centres[:-1]) / 2])
    starts = np.clip(np.ceil(edges).astype(np.int64), 0, magnitude.shape[1] - 1)
    return np.asarray(np.maximum.reduceat(magnitude, starts, axis=1))


def tile(
    reader: ClipReader, start: float, samples_per_column: float, columns: int,
    settings: SpectrogramSettings,
) -> NDArray[np.float32]:
    """A stretch of a spectrogram.

    Parameters
    ----------
    reader
        The open clip.
    start
        Sample at the left edge of the first column.
    samples_per_column
        Time that a column covers, in samples.
    columns
        How many.

    Returns
    -------
    float32 (bins, columns) in dB; columns beyond the clip are at the floor.
    """
    size = settings.n_fft
    looks = 1 if samples_per_column <= size else LOOKS
    share = (np.arange(looks) + 0.5) / looks
    centres = start + samples_per_column * (np.arange(columns)[:, None] + share)
    begins = np.round(centres - size / 2).astype(np.int64).reshape(-1)
    frames = _frames(reader, begins, size, settings.channel)
    decibel = spectrum_db(frames, settings, reader.info.sample_rate)
    decibel = np.asarray(decibel.reshape(settings.bins, columns, looks).max(axis=2), np.float32)
    middle = start + samples_per_column * (np.arange(columns) + 0.5)
    decibel[:, (middle < 0) | (middle >= reader.info.frames)] = FLOOR_DB
    return decibel


def _frames(reader: ClipReader, begins: NDArray[np.int64], size: int,
            channel: int) -> NDArray[np.float32]:
    """Windows of one channel (0: the mean) that begin at ``begins``, silence beyond the ends."""
    frames = np.zeros((len(begins), size), np.float32)
    low, high = int(begins[0]), int(begins[-1]) + size
    if high - low <= max(4 * len(begins) * size, 1 << 20):
        span = np.zeros(high - low, np.float32)
        block = pick_channel(reader.read(max(low, 0), high), channel)
        span[max(0, -low):max(0, -low) + len(block)] = block
        return np.asarray(span[(begins - low)[:, None] + np.arange(size)], np.float32)
    for row, begin in zip(frames, begins, strict=True):
        block = reader.read(max(int(begin), 0), int(begin) + size)
        skip = max(0, -int(begin))
        if block.shape[1]:
            row[skip:skip + block.shape[1]] = pick_channel(block, channel)
    return frames


def pick_channel(waveform: Waveform, channel: int) -> NDArray[np.float32]:
    """One channel, from 1, of float32 (channels, samples); the mean for 0 and for one that there
    is not: float32 (samples,)."""
    if 0 < channel <= waveform.shape[0]:
        return np.asarray(waveform[channel - 1])
    return np.asarray(waveform.mean(axis=0, dtype=np.float32))


def to_bytes(decibel: NDArray[np.float32], floor_db: float, ceiling_db: float) -> NDArray[np.uint8]:
    """Map dB to 0..255 for a colour table, top row first as pictures are: uint8 (bins, columns)."""
    span = max(ceiling_db - floor_db, 1e-6)
    scaled = (decibel[::-1] - floor_db) * (255.0 / span)
    return np.ascontiguousarray(scaled.clip(0, 255).astype(np.uint8))
