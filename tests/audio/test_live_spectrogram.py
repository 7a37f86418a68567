"""The spectrogram of a stream: the same columns however the sound is cut into chunks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.media.sounds.live_spectrogram import QUIETEST, LiveSpectrogram
from workbench.media.sounds.spectrogram import SpectrogramSettings, frequency_to_row

RATE = 8000
LOOK = SpectrogramSettings(n_fft=256, bins=64)


def made(columns: int = 120) -> LiveSpectrogram:
    return LiveSpectrogram(RATE, columns, LOOK, -130.0, 0.0)


def sound(seconds: float = 1.0) -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal((1, round(seconds * RATE)))
    return (0.1 * noise).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, RATE), max_size=12))
def test_chunks_of_any_size_give_the_same_columns(cuts: list[int]) -> None:
    whole, parts = made(), made()
    waveform = sound()
    whole.feed(waveform)
    for part in np.split(waveform, sorted(cuts), axis=1):
        parts.feed(part)
    assert parts.total == whole.total > 50
    np.testing.assert_array_equal(parts.values, whole.values)


def test_a_tone_lights_its_row_and_nothing_else_of_note() -> None:
    live = made()
    live.feed(np.sin(2 * np.pi * 1000 * np.arange(RATE)[None] / RATE).astype(np.float32))
    column = live.values[:, live.total // 2].astype(int)
    row = LOOK.bins - 1 - int(frequency_to_row(1000, LOOK, RATE) * LOOK.bins)
    assert abs(int(column.argmax()) - row) <= 1
    assert column.max() >= 250, "a full-scale sine is at the top of the range"
    assert column[: row - 8].max() < 130 and live.loudest == live.values.max()


def test_a_click_is_where_it_happened() -> None:
    live = made()
    waveform = np.zeros((1, RATE), np.float32)
    waveform[0, RATE // 2] = 1.0
    live.feed(waveform)
    loud = np.flatnonzero(live.values.max(axis=0) > 100)
    assert abs(loud.mean() * live.hop / RATE - 0.5) < 1 / 60


def test_the_ring_keeps_the_newest_and_its_memory() -> None:
    live, long = made(columns=30), made(columns=300)
    memory = live.values
    for chunk in np.array_split(sound(2.0), 40, axis=1):
        live.feed(chunk)
        long.feed(chunk)
    assert live.values is memory and live.total == long.total > 100
    newest = np.arange(live.total - 30, live.total)
    np.testing.assert_array_equal(live.values[:, newest % 30], long.values[:, newest])
    assert live.span == pytest.approx(0.5, abs=0.01)
    assert live.seconds == pytest.approx(2.0, abs=0.03)


def test_one_chunk_longer_than_the_ring_and_silence_and_no_numbers() -> None:
    live, long = made(columns=10), made(columns=300)
    live.feed(sound())
    long.feed(sound())
    newest = np.arange(live.total - 10, live.total)
    np.testing.assert_array_equal(live.values[:, newest % 10], long.values[:, newest])
    quiet = made()
    quiet.feed(np.zeros((2, RATE), np.float32))
    assert quiet.loudest == QUIETEST and not quiet.values.any()
    quiet.feed(np.full((2, 4000), np.nan, np.float32))
    assert not quiet.values.any()
